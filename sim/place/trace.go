package place

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
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
	Examples []string // the first of each of at most eight kinds of trouble, as file:line: reason
	Lost     int64    // the most lines that came too late behind one and the same line
	Behind   int      // that line
	kinds    map[string]bool
}

// ReadTrace reads accesses in order of time and sorts them by object, as a source. A trace is text, gzipped or not:
//
//	time,object,edge[,op[,bytes]]                                  CSV; a first line may name the columns in any order
//	{"time": …, "object": …, "edge": …, "op": …, "bytes": …}       JSON, one object to a line
//	observations.jsonl.gz of an earlier run                        each run's objects are objects of their own
//
// Times are RFC 3339, or seconds since 1970 or any other moment. Operations are not told apart. Empty lines and lines that
// begin with # do not count. A lenient reader leaves out what makes no sense, the one line whose time is more than an hour
// ahead of the next one's, too, and keeps the whole part of a file that was cut short. What does not fit in memory goes to temporary files, which Close removes.
func ReadTrace(from io.Reader, options TraceOptions) (*Trace, error) {
	t := &Trace{spool: newSpool(options.Spool), options: options, edges: map[string]placement.Edge{}, unknown: map[string]error{}}
	if options.Copy != nil {
		t.copier = newCopier(options.Copy, options.Table)
	}
	err := t.read(from)
	if t.misnamed && t.N == 0 && err != nil {
		err = fmt.Errorf("%s is not gzip, although its name says so, and as plain text: %w", options.Name, err)
	}
	if t.copier != nil && err == nil {
		err = t.copier.out.Flush()
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	if t.N == 0 {
		return nil, errors.Join(t.nothing(), t.Close())
	}
	return t, nil
}

func (t *Trace) nothing() error {
	if t.misnamed && t.Skipped.Lines > 0 {
		return fmt.Errorf("%s: no accesses in it: it is not gzip, although its name says so, and as plain text %d lines of it make no sense", t.options.Name, t.Skipped.Lines)
	}
	if t.Skipped.Lines > 0 {
		return fmt.Errorf("%s: no accesses in it; lines skipped: %d, such as %s", t.options.Name, t.Skipped.Lines, t.Skipped.Examples[0])
	}
	return fmt.Errorf("%s: no accesses in it", t.options.Name)
}

// Trace is accesses that somebody recorded.
type Trace struct {
	*spool
	N       int64
	Skipped Skipped

	options TraceOptions
	copier  *copier // nil: no copy is wanted
	line    int
	begun   bool // the names of columns can come no more
	// misnamed is a file that is not gzip, whatever its name says; plain text will do.
	misnamed bool
	order
	edges   map[string]placement.Edge // as the trace spells them
	unknown map[string]error          // places that are none; some
	columns [5]int                    // of CSV: where each field stands; -1: nowhere
}

// order is where the lines of a trace are in time.
type order struct {
	last   time.Duration
	lastAt int   // the line of last
	lost   int64 // lines that came too late behind it
	ahead  line  // a line far ahead of last that the next one has not confirmed yet
	holds  bool
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

// access takes a line in that has all its fields.
func (t *Trace) access(fields [5]string) error {
	at, err := parseTime(fields[timeField])
	if err != nil {
		return err
	}
	if fields[objectField] == "" {
		return errors.New("no object")
	}
	if fields[edgeField] == "" {
		return errors.New("no edge")
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
	return t.ordered(line{at, fields[objectField], edge, size, t.line})
}

func (t *Trace) edge(name string) (placement.Edge, error) {
	if e, ok := t.edges[name]; ok {
		return e, nil
	}
	if err, ok := t.unknown[name]; ok {
		return 0, err
	}
	place, err := t.place(name)
	if err != nil {
		if len(t.unknown) < maxUnknown {
			t.unknown[strings.Clone(name)] = err
		}
		return 0, err
	}
	e, ok := t.options.Table.Edge(place.ID)
	if !ok {
		return 0, fmt.Errorf("%s is not among the edges", place.ID)
	}
	t.edges[strings.Clone(name)] = e
	return e, nil
}

// maxUnknown is how many unknown names are remembered. Each is compared with all there are for the nearest spelling, which
// takes as long as a thousand good lines; in a trace with more of them, slips are not what is wrong.
const maxUnknown = 256

func (t *Trace) place(name string) (regions.Place, error) {
	m := t.options.Table.Map
	if len(t.unknown) < maxUnknown {
		return m.Place(name)
	}
	if e, ok := t.options.Table.Edge(regions.ID(strings.ToUpper(name))); ok {
		return t.options.Table.Edges[e], nil
	}
	if hint, err := m.Hint(name); err == nil {
		return m.Place(string(hint.Home))
	}
	return regions.Place{}, &regions.NameError{Kind: "place", Name: name}
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
