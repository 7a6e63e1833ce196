package place_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/place"
)

func options(t testing.TB) place.TraceOptions {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	table, err := placement.NewTable(m, []regions.ID{"LHR", "IAD", "SIN"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return place.TraceOptions{Name: "t.csv", Table: table, Message: 500, Spool: t.TempDir()}
}

// spelt writes a trace back as what was understood: object, seconds:edge:bytes …
func spelt(t *testing.T, trace *place.Trace, table *placement.Table) string {
	t.Helper()
	source := trace.Sample(0, 1)
	var lines []string
	for i := range source.Parts() {
		stream, err := source.Part(i)
		if err != nil {
			t.Fatal(err)
		}
		var o place.Object
		for stream.Next(&o) {
			line, buffer := "", make([]place.Access, 2)
			for n := stream.Read(buffer); n > 0; n = stream.Read(buffer) {
				for _, a := range buffer[:n] {
					line += fmt.Sprintf(" %g:%s:%d", a.At.Seconds(), table.Edges[a.Edge].ID, a.Bytes)
				}
			}
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

func TestReadTrace(t *testing.T) {
	for _, test := range []struct{ story, text, want string }{
		{"the usual columns", "10,a,LHR\n11.5,a,FRA,get,77\n", "10:LHR:500 11.5:FRA:77"},
		{"named columns, in any order", "edge,bytes,object,time\nLHR,3,a,10\n", "10:LHR:3"},
		{"lower case, blanks, comments and empty lines", "# mine\n\n 10 , a , lhr \n", "10:LHR:500"},
		{"an object with a comma", "10,\"a,b\",LHR\n", "10:LHR:500"},
		{"a hint is the home it stands for", "10,a,apac\n", "10:SIN:500"},
		{"RFC 3339", "1970-01-01T01:00:00+01:00,a,LHR\n1970-01-01T00:00:07Z,a,LHR\n", "0:LHR:500 7:LHR:500"},
		{"a byte order mark and quoted names, after a comment", "\ufeff# exported\n\"time\",\"object\",\"edge\"\n10,a,LHR\n", "10:LHR:500"},
		{"lines that end as on Windows", "time,object,edge\r\n10,a,LHR\r\n", "10:LHR:500"},
		{"JSON that takes numbers for text, and text for numbers", `{"time": "10", "object": 7, "edge": "LHR", "bytes": "9"}` + "\n" + `{"time": 11, "object": "7", "edge": "SIN", "bytes": null}`, "10:LHR:9 11:SIN:500"},
		{"lines of JSON", `{"time": 10, "object": "a", "edge": "LHR", "op": "get", "bytes": 9}` + "\n" + `{"time": "1970-01-01T00:00:11Z", "object": "a", "edge": "SIN"}`, "10:LHR:9 11:SIN:500"},
	} {
		o := options(t)
		for _, zipped := range []bool{false, true} {
			text := []byte(test.text)
			if zipped {
				var out bytes.Buffer
				w := gzip.NewWriter(&out)
				if _, err := w.Write(text); err != nil || w.Close() != nil {
					t.Fatal(err)
				}
				text = out.Bytes()
			}
			trace, err := place.ReadTrace(bytes.NewReader(text), o)
			if err != nil {
				t.Errorf("%s: %v", test.story, err)
				continue
			}
			if got := spelt(t, trace, o.Table); got != test.want {
				t.Errorf("%s: got %s, want %s", test.story, got, test.want)
			}
		}
	}
}

func TestBadLines(t *testing.T) {
	for _, test := range []struct{ story, text, want string }{
		{"back in time", "10,a,LHR\n7,b,LHR\n11,a,LHR\n", "t.csv:2: out of order: 3s before line 1"},
		{"no such place", "10,a,LRH\n10,a,LHR\n", `t.csv:1: unknown place "LRH"; did you mean LHR (London)?`},
		{"no time", "soon,a,LHR\n10,a,LHR\n", `t.csv:1: "soon" is no time: want RFC 3339, such as 2026-01-05T08:00:00Z, or seconds`},
		{"a time before all times", "10,a,LHR\n-1,a,LHR\n", "t.csv:2: -1 is no time: want seconds from 0 to 9000000000"},
		{"not a number", "NaN,a,LHR\n1,a,LHR\n", "t.csv:1: NaN is no time: want seconds from 0 to 9000000000"},
		{"no edge", "10,a\n10,a,LHR\n", "t.csv:1: no edge: want time,object,edge[,op[,bytes]]"},
		{"no object", "10,,LHR\n10,a,LHR\n", "t.csv:1: no object"},
		{"no size", "10,a,LHR,,big\n10,a,LHR\n", `t.csv:1: "big" is no number of bytes below 4 GB`},
		{"half a line of JSON", `{"time": 10, "obj` + "\n10,a,LHR\n", "t.csv:1: no line of JSON: unexpected end of JSON input"},
		{"a line without end", strings.Repeat("x", 3<<20) + "\n10,a,LHR\n", "t.csv:1: a line of more than 1 MB"},
		{"a last line without end", "10,a,LHR\n" + strings.Repeat("x", 3<<20), "t.csv:2: a line of more than 1 MB"},
		{"bytes below nothing", "10,a,LHR,get,-5\n10,a,LHR\n", `t.csv:1: "-5" is no number of bytes below 4 GB`},
		{"quotes", "10,\"a,LHR\n10,a,LHR\n", "t.csv:1: the quotes do not match"},
	} {
		o := options(t)
		if _, err := place.ReadTrace(strings.NewReader(test.text), o); err == nil || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.story, err, test.want)
		}
		o.Lenient = true
		trace, err := place.ReadTrace(strings.NewReader(test.text), o)
		if err != nil {
			t.Errorf("%s, leniently: %v", test.story, err)
			continue
		}
		if trace.Skipped.Lines != 1 || trace.Skipped.Examples[0] != test.want {
			t.Errorf("%s, leniently: skipped %+v", test.story, trace.Skipped)
		}
	}
	if _, err := place.ReadTrace(strings.NewReader("time,object,edge\n"), options(t)); err == nil || err.Error() != "t.csv: no accesses in it" {
		t.Errorf("a trace without accesses: %v", err)
	}
}

// TestHalfAnArchive reads what is left of a gzipped trace whose end is missing; a line that is cut short is no line.
func TestHalfAnArchive(t *testing.T) {
	var file bytes.Buffer
	w := gzip.NewWriter(&file)
	for i := range 20_000 {
		fmt.Fprintf(w, "%d,object-%d,LHR\n", i, i*7919%1000)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	half, o := file.Bytes()[:file.Len()/2], options(t)
	if _, err := place.ReadTrace(bytes.NewReader(half), o); err == nil || !strings.Contains(err.Error(), "the compressed file is damaged from here on: unexpected EOF") {
		t.Errorf("half a file: %v", err)
	}
	o.Lenient = true
	trace, err := place.ReadTrace(bytes.NewReader(half), o)
	if err != nil || trace.N < 5_000 || trace.N > 15_000 || trace.Skipped.Lines != 1 {
		t.Fatalf("leniently: %v, %d accesses, skipped %+v", err, trace.N, trace.Skipped)
	}
	if got, want := trace.Skipped.Examples[0], fmt.Sprintf("t.csv:%d: ", trace.N+1); !strings.HasPrefix(got, want) {
		t.Errorf("%s: want %s", got, want)
	}
}

// TestSkippedLinesAreTold wants one example of each trouble, however many there are of the first.
func TestSkippedLinesAreTold(t *testing.T) {
	o := options(t)
	o.Lenient = true
	trace, err := place.ReadTrace(strings.NewReader("10,a,LHR\n"+strings.Repeat("9,a,LHR\n8,a,LHR\n", 50)+"11,a,LRH\n"), o)
	if err != nil || trace.Skipped.Lines != 101 || len(trace.Skipped.Examples) != 2 || !strings.Contains(trace.Skipped.Examples[1], "t.csv:102: unknown place") {
		t.Errorf("%v, %+v", err, trace.Skipped)
	}
	if _, err := place.ReadTrace(strings.NewReader("soon,a,LHR\n"), o); err == nil || !strings.Contains(err.Error(), "lines skipped: 1, such as t.csv:1") {
		t.Errorf("nothing but bad lines: %v", err)
	}
}

// TestManyUnknownPlaces wants a trace of nothing but addresses to be read as fast as any other: the nearest spelling is
// looked for a few times only. Places are still found, in every spelling.
func TestManyUnknownPlaces(t *testing.T) {
	o := options(t)
	o.Lenient = true
	var text strings.Builder
	text.WriteString("0,a,LRH\n")
	for i := range 20_000 {
		fmt.Fprintf(&text, "%d,a,address-%d\n", i, i)
	}
	text.WriteString("20000,a,lhr\n20001,a,apac\n20002,a,LRH\n")
	trace, err := place.ReadTrace(strings.NewReader(text.String()), o)
	if err != nil || trace.N != 2 || trace.Skipped.Lines != 20_002 || !strings.HasSuffix(trace.Skipped.Examples[0], "did you mean LHR (London)?") {
		t.Fatalf("%v, %d accesses, skipped %d, %.300s", err, trace.N, trace.Skipped.Lines, trace.Skipped.Examples)
	}
	if got := spelt(t, trace, o.Table); got != "20000:LHR:500 20001:SIN:500" {
		t.Errorf("got %s", got)
	}
}

// TestObservationsAreATrace reads what a run recorded, which is in the order of replies.
func TestObservationsAreATrace(t *testing.T) {
	var file bytes.Buffer
	for range 2 {
		w, err := loadgen.NewWriter(&file, loadgen.Header{Started: time.Unix(100, 0)})
		if err != nil {
			t.Fatal(err)
		}
		for i, at := range []time.Duration{3, 1, 2} {
			o := loadgen.Observation{
				Seq: uint64(i), Edge: "LHR", Object: "a", Scheduled: at * time.Second, Sent: at * time.Second, Done: 4 * time.Second,
				Operation: loadgen.Operation{Kind: loadgen.Increment}, Outcome: loadgen.OK,
			}
			if i == 1 {
				o.Operation.Kind = loadgen.Join
			}
			if err := w.Write(&o); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	o := options(t)
	trace, err := place.ReadTrace(&file, o)
	if err != nil {
		t.Fatal(err)
	}
	one := "102:LHR:500 103:LHR:500"
	if got := spelt(t, trace, o.Table); got != one+"\n"+one {
		t.Errorf("got %s", got)
	}
}
