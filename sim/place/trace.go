package place

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// TraceOptions say how to read a trace.
type TraceOptions struct {
	Name    string // of the file, for errors
	Table   *placement.Table
	Lenient bool   // count bad lines and skip them
	Bytes   int64  // size of an object, which traces do not tell
	Message uint32 // bytes of an access whose line does not tell
	Spool   string // directory for temporary files; empty: the system's
	// Copy gets what was read, as CSV in order of time, with the objects' names: the way to make a trace of observations.
	Copy io.Writer
}

// Skipped is what a lenient reader left out.
type Skipped struct {
	Lines    int64
	Examples []string // the first of each trouble, as file:line: reason
}

// ReadTrace reads accesses in order of time and sorts them by object, as a source. A trace is text, gzipped or not:
//
//	time,object,edge[,op[,bytes]]                                  CSV; a first line may name the columns in any order
//	{"time": …, "object": …, "edge": …, "op": …, "bytes": …}       JSON, one object to a line
//	observations.jsonl.gz of an earlier run                        each run's objects are objects of their own
//
// Times are RFC 3339, or seconds since 1970 or any other moment. Operations are not told apart. What does not fit in
// memory goes to temporary files, which Close removes.
func ReadTrace(from io.Reader, options TraceOptions) (*Trace, error) {
	t := &Trace{spool: newSpool(options.Spool), options: options, edges: map[string]placement.Edge{}}
	if options.Copy != nil {
		t.copier = newCopier(options.Copy, options.Table)
	}
	err := t.read(from)
	if t.copier != nil && err == nil {
		err = t.copier.out.Flush()
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	if t.N == 0 {
		return nil, errors.Join(fmt.Errorf("%s: no accesses in it", options.Name), t.Close())
	}
	return t, nil
}

// Trace is accesses that somebody recorded.
type Trace struct {
	*spool
	N       int64
	Skipped Skipped

	options TraceOptions
	copier  *copier // nil: no copy is wanted
	line    int
	last    time.Duration
	edges   map[string]placement.Edge // as the trace spells them
	columns [5]int                    // of CSV: where each field stands; -1: nowhere
}

// The fields of a line.
const (
	timeField = iota
	objectField
	edgeField
	opField
	bytesField
)

var fieldNames = [...]string{"time", "object", "edge", "op", "bytes"}

// maxLine bounds a line, in bytes.
const maxLine = 1 << 20

func (t *Trace) read(from io.Reader) error {
	source := bufio.NewReaderSize(from, 1<<16)
	if magic, _ := source.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		zip, err := gzip.NewReader(source)
		if err != nil {
			return fmt.Errorf("%s: %w", t.options.Name, err)
		}
		source = bufio.NewReaderSize(zip, 1<<16)
	}
	if head, _ := source.Peek(10); bytes.HasPrefix(head, []byte(`{"format":`)) {
		return t.readObservations(source)
	}
	t.columns = [5]int{0, 1, 2, 3, 4}
	lines := bufio.NewScanner(source)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	for lines.Scan() {
		t.line++
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' || t.line == 1 && t.header(text) {
			continue
		}
		if err := t.take(text); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s:%d: %w", t.options.Name, t.line+1, err)
	}
	return t.flushed()
}

// header reads the names of columns, if the first line has them.
func (t *Trace) header(text string) bool {
	names := strings.Split(strings.ToLower(text), ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	if !slices.Contains(names, "object") {
		return false
	}
	for field, name := range fieldNames {
		t.columns[field] = slices.Index(names, name)
	}
	return true
}

// take reads one line; only what cannot be skipped is an error.
func (t *Trace) take(text string) error {
	var fields [5]string
	var err error
	if text[0] == '{' {
		fields, err = jsonFields(text)
	} else {
		fields, err = t.csvFields(text)
	}
	if err == nil {
		err = t.access(fields)
	}
	return t.bad(err)
}

// bad counts a line that is not good, or ends the reading.
func (t *Trace) bad(err error) error {
	var broken spoolError
	if err == nil || errors.As(err, &broken) {
		return err
	}
	err = fmt.Errorf("%s:%d: %w", t.options.Name, t.line, err)
	if !t.options.Lenient {
		return err
	}
	if t.Skipped.Lines++; len(t.Skipped.Examples) < 5 {
		t.Skipped.Examples = append(t.Skipped.Examples, err.Error())
	}
	return nil
}

func (t *Trace) csvFields(text string) (fields [5]string, err error) {
	parts := strings.Split(text, ",")
	if strings.Contains(text, `"`) {
		if parts, err = csv.NewReader(strings.NewReader(text)).Read(); err != nil {
			return fields, errors.New("the quotes do not match")
		}
	}
	for field, at := range t.columns {
		if at >= 0 && at < len(parts) {
			fields[field] = strings.TrimSpace(parts[at])
		} else if field <= edgeField {
			return fields, fmt.Errorf("no %s: want time,object,edge[,op[,bytes]]", fieldNames[field])
		}
	}
	return fields, nil
}

func jsonFields(text string) (fields [5]string, err error) {
	var line struct {
		Time, Bytes      json.RawMessage
		Object, Edge, Op string
	}
	if err := json.Unmarshal([]byte(text), &line); err != nil {
		return fields, fmt.Errorf("no line of JSON: %w", err)
	}
	return [5]string{strings.Trim(string(line.Time), `"`), line.Object, line.Edge, line.Op, string(line.Bytes)}, nil
}

// access takes a line in that has all its fields.
func (t *Trace) access(fields [5]string) error {
	at, err := parseTime(fields[timeField])
	if err != nil {
		return err
	}
	if fields[objectField] == "" {
		return errors.New("no object")
	}
	edge, err := t.edge(fields[edgeField])
	if err != nil {
		return err
	}
	size := t.options.Message
	if fields[bytesField] != "" {
		n, err := strconv.ParseUint(fields[bytesField], 10, 32)
		if err != nil {
			return fmt.Errorf("%q is no number of bytes below 4 GB", fields[bytesField])
		}
		size = uint32(n)
	}
	if t.N > 0 && at < t.last {
		return fmt.Errorf("out of order: %v before the line above", (t.last - at).Round(time.Microsecond))
	}
	return t.append(at, fields[objectField], edge, size)
}

func (t *Trace) append(at time.Duration, object string, edge placement.Edge, size uint32) error {
	t.last = at
	t.N++
	if t.copier != nil {
		t.copier.line(at, object, edge, size)
	}
	return t.put(record{key: placement.KeyOf(object), at: at, edge: edge, bytes: size})
}

func (t *Trace) edge(name string) (placement.Edge, error) {
	if e, ok := t.edges[name]; ok {
		return e, nil
	}
	place, err := t.options.Table.Map.Place(name)
	if err != nil {
		return 0, err
	}
	e, ok := t.options.Table.Edge(place.ID)
	if !ok {
		return 0, fmt.Errorf("%s is not among the edges", place.ID)
	}
	t.edges[strings.Clone(name)] = e
	return e, nil
}

// parseTime reads RFC 3339 or seconds.
func parseTime(text string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds >= 0 && seconds < math.MaxInt64/1e9) {
			return 0, fmt.Errorf("%s is no time: want seconds from 0 to 9000000000", text)
		}
		return exactly(text, seconds), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 1970 || at.Year() > 2261 {
		return 0, fmt.Errorf("%q is no time: want RFC 3339, such as 2026-01-05T08:00:00Z, or seconds", text)
	}
	return time.Duration(at.UnixNano()), nil
}

// exactly keeps the nanoseconds that a floating-point number of today's size has no room for.
func exactly(text string, seconds float64) time.Duration {
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 9 {
		part = part[:9]
	}
	s, errS := strconv.ParseInt(whole, 10, 64)
	ns, errNs := strconv.ParseInt(part+"000000000"[len(part):], 10, 64)
	if errS != nil || errNs != nil {
		return time.Duration(seconds * 1e9)
	}
	return time.Duration(s)*time.Second + time.Duration(ns)
}
