package place

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// record is one access of a trace.
type record struct {
	key   uint64
	at    time.Duration
	bytes uint32
	edge  placement.Edge
}

// recordSize is a record in a file, in bytes.
const recordSize = 22

// portions is how many portions a trace is split into, by object. A hundred million accesses are 16 MB in each.
const portions = 128

// inMemory is how many records are kept before they go to files: half a gigabyte.
const inMemory = 1 << 24

// spool sorts records by object with bounded memory: each object's go to one of many portions, and a portion is sorted
// when its turn comes. Portions are in memory until there are too many records, and then in files.
type spool struct {
	parent string
	dir    string // of the files; empty while there are none
	limit  int
	held   int
	recent [portions][]record
	files  [portions]*os.File
}

// spoolError is trouble with reading or with the files: no fault of a line, and not to be skipped.
type spoolError struct{ error }

func newSpool(parent string) *spool { return &spool{parent: parent, limit: inMemory} }

func portionOf(key uint64) int { return int(sample(key) >> 32 % portions) }

func (s *spool) put(r record) error {
	i := portionOf(r.key)
	s.recent[i] = append(s.recent[i], r)
	if s.held++; s.held < s.limit {
		return nil
	}
	return s.write()
}

// write moves what is in memory to the files.
func (s *spool) write() (err error) {
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp(s.parent, "durabench-trace-"); err != nil {
			return spoolError{fmt.Errorf("make a directory for the trace: %w", err)}
		}
	}
	for i := range s.recent {
		if err := s.writePortion(i); err != nil {
			return spoolError{fmt.Errorf("write the trace to %s: %w", s.dir, err)}
		}
		s.recent[i] = s.recent[i][:0]
	}
	s.held = 0
	return nil
}

func (s *spool) writePortion(i int) (err error) {
	if s.files[i] == nil {
		if s.files[i], err = os.CreateTemp(s.dir, "portion-"); err != nil {
			return err
		}
	}
	out := bufio.NewWriterSize(s.files[i], 1<<16)
	var b [recordSize]byte
	for _, r := range s.recent[i] {
		binary.LittleEndian.PutUint64(b[0:], r.key)
		binary.LittleEndian.PutUint64(b[8:], uint64(r.at))
		binary.LittleEndian.PutUint32(b[16:], r.bytes)
		binary.LittleEndian.PutUint16(b[20:], uint16(r.edge))
		if _, err := out.Write(b[:]); err != nil {
			return err
		}
	}
	return out.Flush()
}

// flushed leaves nothing half written: all in memory, or all in files.
func (s *spool) flushed() error {
	if s.dir == "" {
		return nil
	}
	return s.write()
}

// Close removes the files.
func (s *spool) Close() error {
	if s.dir == "" {
		return nil
	}
	var errs []error
	for _, f := range s.files {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// load is a portion, sorted by object; within one, in the order of the trace.
func (s *spool) load(i int) ([]record, error) {
	all := s.recent[i]
	if f := s.files[i]; f != nil {
		info, err := f.Stat()
		if err != nil {
			return nil, fmt.Errorf("read the trace: %w", err)
		}
		in := bufio.NewReaderSize(io.NewSectionReader(f, 0, info.Size()), 1<<16)
		all = make([]record, 0, info.Size()/recordSize)
		var b [recordSize]byte
		for range info.Size() / recordSize {
			if _, err := io.ReadFull(in, b[:]); err != nil {
				return nil, fmt.Errorf("read the trace: %w", err)
			}
			all = append(all, record{
				key: binary.LittleEndian.Uint64(b[0:]), at: time.Duration(binary.LittleEndian.Uint64(b[8:])),
				bytes: binary.LittleEndian.Uint32(b[16:]), edge: placement.Edge(binary.LittleEndian.Uint16(b[20:])),
			})
		}
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b record) int { return cmp.Compare(a.key, b.key) })
	return all, nil
}

// Sample is a part of a trace, as a source: the objects of one portion in so many. Samples of a trace play the part that
// seeds play for populations.
func (t *Trace) Sample(i, of int) Source { return &traceSample{t, i, of} }

type traceSample struct {
	*Trace
	at, of int
}

func (s *traceSample) Parts() int { return (portions - s.at + s.of - 1) / s.of }

func (s *traceSample) Part(i int) (Stream, error) {
	records, err := s.load(s.at + i*s.of)
	return &recorded{rest: records, size: s.options.Bytes}, err
}

// recorded hands out the objects of a portion.
type recorded struct {
	rest []record
	key  uint64
	size int64
}

func (r *recorded) Err() error { return nil }

func (r *recorded) Next(o *Object) bool {
	if len(r.rest) == 0 {
		return false
	}
	first := r.rest[0]
	r.key = first.key
	*o = Object{Key: first.key, Born: first.edge, Bytes: r.size}
	return true
}

func (r *recorded) Read(into []Access) int {
	for n := range into {
		if len(r.rest) == 0 || r.rest[0].key != r.key {
			return n
		}
		next := r.rest[0]
		into[n] = Access{At: next.at, Edge: next.edge, Bytes: next.bytes}
		r.rest = r.rest[1:]
	}
	return len(into)
}
