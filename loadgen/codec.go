package loadgen

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Format is the version of the file of observations that this package writes,
// and the only one it reads.
const Format = 1

// maxLine bounds one line of a file, in bytes.
const maxLine = 1 << 20

// Header is the first line of a file of observations: what was run, with what,
// and where.
type Header struct {
	Format  int    `json:"format"`  // set by NewWriter
	Version string `json:"version"` // of durabench
	Commit  string `json:"commit,omitempty"`
	Seed    uint64 `json:"seed"`
	Machine string `json:"machine,omitempty"` // processor, cores, system
	// Args is the line that runs it again.
	Args    []string  `json:"args"`
	Started time.Time `json:"started"` // instants of observations count from here
}

// Writer writes a file of observations: gzip, a header, then one JSON object to
// a line. It is not safe for concurrent use; see Recorder.
type Writer struct {
	line   []byte
	digest hash.Hash // of the lines; equal histories have equal digests
	text   *bufio.Writer
	zip    *gzip.Writer
	file   *bufio.Writer
}

// NewWriter writes the header. The caller closes w itself, after Writer.Close.
func NewWriter(w io.Writer, header Header) (*Writer, error) {
	header.Format = Format
	first, err := json.Marshal(header)
	if err != nil {
		return nil, fmt.Errorf("encode header of observations: %w", err)
	}
	file := bufio.NewWriterSize(w, 1<<16)
	// BestSpeed: the writer shares its processor with what is measured. This package's is
	// twice as fast as the standard library's, and its files are smaller.
	zip, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("start compression: %w", err)
	}
	out := &Writer{digest: sha256.New(), text: bufio.NewWriterSize(zip, 1<<16), zip: zip, file: file}
	if _, err := out.text.Write(append(first, '\n')); err != nil {
		return nil, fmt.Errorf("write header of observations: %w", err)
	}
	return out, nil
}

// Write appends one observation.
func (w *Writer) Write(o *Observation) error {
	w.line = append(appendObservation(w.line[:0], o), '\n')
	w.digest.Write(w.line) // a hash takes everything
	if _, err := w.text.Write(w.line); err != nil {
		return fmt.Errorf("write observation %d: %w", o.Seq, err)
	}
	return nil
}

// Digest identifies what was written, without the header.
func (w *Writer) Digest() string { return hex.EncodeToString(w.digest.Sum(nil)[:8]) }

// Close writes what is buffered and ends the compressed stream.
func (w *Writer) Close() error {
	if err := errors.Join(w.text.Flush(), w.zip.Close(), w.file.Flush()); err != nil {
		return fmt.Errorf("close observations: %w", err)
	}
	return nil
}

// Reader reads what Writer wrote, compressed or not. A file may hold several
// runs, one after the other, each with its own header: a suite writes them so.
type Reader struct {
	header Header
	lines  *bufio.Scanner
	line   int
	ahead  bool // the scanner's line is the next run's header
	decoder
}

// headerMark is how a header begins, and no observation does.
var headerMark = []byte(`{"format":`)

// NewReader reads the header.
func NewReader(r io.Reader) (*Reader, error) {
	source := bufio.NewReaderSize(r, 1<<16)
	var text io.Reader = source
	if magic, _ := source.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		zip, err := gzip.NewReader(source)
		if err != nil {
			return nil, fmt.Errorf("read observations: %w", err)
		}
		text = zip
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	in := &Reader{lines: lines, line: 1}
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return nil, in.fail(err)
		}
		return nil, fmt.Errorf("read observations: the file is empty: %w", io.ErrUnexpectedEOF)
	}
	return in, in.readHeader()
}

// NextRun moves on to the next run of the file, passing over what is unread of
// this one. It returns io.EOF if there is none.
func (r *Reader) NextRun() error {
	var unread Observation
	for !r.ahead {
		if err := r.Read(&unread); err != nil && !r.ahead {
			return err
		}
	}
	r.ahead = false
	return r.readHeader()
}

// readHeader reads the scanner's line.
func (r *Reader) readHeader() error {
	r.header = Header{}
	if err := json.Unmarshal(r.lines.Bytes(), &r.header); err != nil {
		return fmt.Errorf("read observations: line %d is no header: %w", r.line, err)
	}
	if r.header.Format != Format {
		return fmt.Errorf("read observations: format %d, this version of durabench reads format %d",
			r.header.Format, Format)
	}
	return nil
}

// Header is the header of the run being read.
func (r *Reader) Header() Header { return r.header }

// Read reads the run's next observation into o. It returns io.EOF after the last one;
// an error that wraps io.ErrUnexpectedEOF says that the file was cut short, and
// what was read until then is good.
func (r *Reader) Read(o *Observation) error {
	if r.ahead {
		return io.EOF
	}
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil {
			r.line++
			return r.fail(err)
		}
		return io.EOF
	}
	r.line++
	if bytes.HasPrefix(r.lines.Bytes(), headerMark) {
		r.ahead = true
		return io.EOF
	}
	if err := r.decode(r.lines.Bytes(), o); err != nil {
		// The last line of a file that was cut is half a line: name the cut.
		if !r.lines.Scan() && r.lines.Err() != nil {
			err = r.lines.Err()
		}
		return r.fail(err)
	}
	return nil
}

func (r *Reader) fail(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read observations: line %d: the file was cut short: %w", r.line, err)
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("read observations: line %d: longer than %d bytes", r.line, maxLine)
	}
	return fmt.Errorf("read observations: line %d: %w", r.line, err)
}

// ReadFile reads the first run of a file of observations. On error it returns what was
// read before it.
func ReadFile(path string) (Header, []Observation, error) {
	file, err := os.Open(path)
	if err != nil {
		return Header{}, nil, fmt.Errorf("open observations: %w", err)
	}
	defer file.Close()
	reader, err := NewReader(file)
	if err != nil {
		return Header{}, nil, fmt.Errorf("%s: %w", path, err)
	}
	history, err := reader.ReadRun()
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return reader.Header(), history, err
}

// ReadRun reads what is left of the run. On error it returns what was read before it.
func (r *Reader) ReadRun() ([]Observation, error) {
	var history []Observation
	_, err := r.EachOfRun(func(o *Observation) { history = append(history, *o) })
	return history, err
}

// EachOfRun gives what is left of the run to hear, one observation after the other,
// and returns how many there were. An observation is valid until the next one is read.
func (r *Reader) EachOfRun(hear func(*Observation)) (count int, err error) {
	var o Observation
	for {
		switch err := r.Read(&o); {
		case errors.Is(err, io.EOF):
			return count, nil
		case err != nil:
			return count, err
		}
		hear(&o)
		count++
	}
}
