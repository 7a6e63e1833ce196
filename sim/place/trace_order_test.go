package place_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/durabench/durabench/sim/place"
)

// TestOneWrongClock puts lines far in the future among others. A lenient reader leaves out those lines and no others; a
// gap is none, nor is what two lines agree upon.
func TestOneWrongClock(t *testing.T) {
	const late = "9000000" // a hundred days later
	for _, test := range []struct {
		story, times, want string
		skipped            string
		lost               int64
	}{
		{"in the middle", "10 20 " + late + " 30 40", "10 20 30 40", "t.csv:3: ahead of its time: 2499h59m30s after line 4, which comes next", 0},
		{"at the beginning", late + " 30 40", "30 40", "t.csv:1: ahead of its time: 2499h59m30s after line 2, which comes next", 0},
		{"two, apart", "10 " + late + " 20 " + late + " 30", "10 20 30", "t.csv:2: ahead of its time: 2499h59m40s after line 3, which comes next", 0},
		{"at the end, where it harms nobody", "10 20 " + late, "10 20 " + late, "", 0},
		{"a gap", "10 20 " + late + " 9000001 9000002", "10 20 " + late + " 9000001 9000002", "", 0},
		{"gaps behind gaps", "10 20000 40000 60000", "10 20000 40000 60000", "", 0},
		{"a gap, and then a line out of order by a little", "10 " + late + " 8999999 9000001", "10 " + late + " 9000001", "t.csv:3: out of order: 1s before line 2", 1},
		{"late lines say nothing about one ahead", "10 20 " + late + " 5 30", "10 20 30", "t.csv:4: out of order: 15s before line 2", 1},
		{"one second ahead is not far: the line behind it goes", "10 12 11 13", "10 12 13", "t.csv:3: out of order: 1s before line 2", 1},
		{"two that agree are believed, and what that loses is counted", "10 " + late + " " + late + " 20 30 40", "10 " + late + " " + late, "t.csv:4: out of order: 2499h59m40s before line 3", 3},
	} {
		o := options(t)
		o.Lenient = true
		var text strings.Builder
		for _, at := range strings.Fields(test.times) {
			fmt.Fprintf(&text, "%s,a,LHR\n", at)
		}
		var copied bytes.Buffer
		o.Copy = &copied
		trace, err := place.ReadTrace(strings.NewReader(text.String()), o)
		if err != nil {
			t.Errorf("%s: %v", test.story, err)
			continue
		}
		want := strings.ReplaceAll(strings.ReplaceAll(test.want, " ", ":LHR:500 ")+":LHR:500", late, "9e+06")
		want = strings.NewReplacer("9000001", "9.000001e+06", "9000002", "9.000002e+06").Replace(want)
		if got := spelt(t, trace, o.Table); got != want || int(trace.N) != len(strings.Fields(test.want)) || strings.Count(copied.String(), "\n") != int(trace.N)+1 {
			t.Errorf("%s: got %d accesses, %s; want %s; copied: %s", test.story, trace.N, got, want, copied.String())
		}
		first := ""
		if len(trace.Skipped.Examples) > 0 {
			first = trace.Skipped.Examples[0]
		}
		if first != test.skipped || trace.Skipped.Lost != test.lost {
			t.Errorf("%s: skipped %+v, want %q and %d behind one line", test.story, trace.Skipped, test.skipped, test.lost)
		}
		if behind := trace.Skipped.Behind; test.lost == 3 && behind != 3 {
			t.Errorf("%s: line %d is to blame, want 3", test.story, behind)
		}
	}
}
