package fault_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/fault"
)

func Example() {
	schedule, err := fault.Parse("partition weur|enam at 10s for 5s", "kill LHR at 3s for 2s; ack lost at 4s")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, span := range schedule.Spans() {
		fmt.Println(span.From, span.To, span.Name)
	}
	_, err = fault.Parse("partiton weur|enam at 10s for 5s")
	fmt.Println(err)
	// Output:
	// 10s 15s partition weur|enam at 10s for 5s
	// 3s 5s kill LHR at 3s for 2s
	// 4s 4s ack lost at 4s
	// fault "partiton weur|enam at 10s for 5s": unknown kind of fault "partiton"; did you mean partition?
}

func TestTextGoesThereAndBack(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"partition FRA , GRU > LHR at 10s for 5s", "partition FRA,GRU>LHR at 10s for 5s"},
		{"slow FRA|LHR by 80ms at 5s for 10s", ""},
		{"pause LHR,iad at 3s for 6s", ""},
		{"kill FOR at 3s for 6s", ""}, // Fortaleza
		{"clock LHR by +500ms at 5s", ""},
		{"clock LHR by 500ms at 5s", "clock LHR by +500ms at 5s"},
		{"clock LHR by -1.5s at 0s", ""},
		{"postgres down at 5s for 1m", "postgres down at 5s for 1m0s"},
		{"postgres weur down at 5s for 10s", ""},
		{"ack late by 200ms at 5s for 10s", ""},
		{"ack LHR late by 200ms at 5s for 10s", ""},
		{"ack lost at 4s", ""},
		{"session LHR killed at 5s", ""},
	} {
		schedule, err := fault.Parse(row.text)
		if err != nil {
			t.Errorf("%q: %v", row.text, err)
			continue
		}
		want := row.want
		if want == "" {
			want = row.text
		}
		if got := schedule.String(); got != want {
			t.Errorf("%q became %q", row.text, got)
		}
	}
}

func TestRefusalsNameTheWord(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"pertition FRA|LHR at 1s for 1s", `"pertition"; did you mean partition?`},
		{"flood FRA at 1s", "there are partition, slow, kill, pause, clock, postgres, ack, session"},
		{"partition FRA at 1s for 1s", `"at" after the first group; want | and the other group`},
		{"partition |LHR at 1s for 1s", `"|" where partition wants a place`},
		{"partition FRA|LHR at 1s", `it ends before "for"`},
		{"partition FRA|LHR tomorrow", `unknown word "tomorrow"; there are at`},
		{"kill LHR at soon for 1s", `at "soon": want a duration`},
		{"kill LHR at -1s for 1s", "at -1s: instants count from the start"},
		{"kill LHR at 1s for 0s", "for 0s: want more than nothing"},
		{"kill LHR at 1s for 1s twice", `"twice" is more than kill has`},
		{"kill LHR at 1s for 1000h", "at most 24h"},
		{"slow FRA|LHR by -1ms at 1s for 1s", "by -1ms: want more than nothing"},
		{"postgres dwn at 1s for 1s", `"dwn"; did you mean down?`},
		{"ack LHR lots at 1s", `"lots"; did you mean lost?`},
		{"ack later by 1s at 1s for 1s", `"later"; did you mean late?`},
		{"session LHR at 1s", `unknown word "at"; there are killed`},
		{"kill", `"" where kill wants a place`},
	} {
		_, err := fault.Parse(row.text)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: %v; want %q in it", row.text, err, row.want)
		}
	}
}

func world(t testing.TB) fault.World {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	return fault.World{Map: m, Homes: []regions.ID{"LHR", "IAD"}, Edges: []regions.ID{"FRA", "IAD", "GRU", "CDG"}}
}

func TestNamesAreOfTheRunsPlaces(t *testing.T) {
	w := world(t)
	for _, row := range []struct {
		story, text, want string
		nameError         bool
	}{
		{"hints stand for the run's places", "partition weur|enam at 1s for 1s", "", false},
		{"a slip of the pen is no place", "kill LRH at 1s for 1s", "did you mean LHR (London)?", true},
		{"a place of the map, but not of the run", "kill NRT at 1s for 1s", `no home "NRT"`, true},
		{"an edge is no home", "kill GRU at 1s for 1s", `no home "GRU": it takes no part in this run as a home; the nearest is IAD`, true},
		{"nobody of the run lives there", "pause oc at 1s for 1s", "this run has none in", true},
		{"two edges do not talk", "partition FRA|GRU at 1s for 1s", "nothing would happen", false},
	} {
		schedule, err := fault.Parse(row.text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = schedule.Bind(w)
		var name *regions.NameError
		switch {
		case row.want == "" && err != nil, row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s: %v; want %q", row.story, err, row.want)
		case errors.As(err, &name) != row.nameError:
			t.Errorf("%s: %T, want a name error: %v", row.story, err, row.nameError)
		}
	}
}

func TestWays(t *testing.T) {
	w := world(t)
	for _, row := range []struct {
		text       string
		edge, home regions.ID
		out, in    bool
	}{
		{"partition FRA|LHR at 1s for 1s", "FRA", "LHR", true, true},
		{"partition LHR|FRA at 1s for 1s", "FRA", "LHR", true, true},
		{"partition FRA>LHR at 1s for 1s", "FRA", "LHR", true, false},
		{"partition LHR>FRA at 1s for 1s", "FRA", "LHR", false, true},
		{"partition FRA|LHR at 1s for 1s", "IAD", "LHR", false, false},
		{"partition weur|enam at 1s for 1s", "IAD", "LHR", true, true},
		{"partition weur|enam at 1s for 1s", "CDG", "IAD", true, true},
		{"partition weur|enam at 1s for 1s", "CDG", "LHR", false, false},
		{"partition weur|enam at 1s for 1s", "FRA", "IAD", false, false}, // Frankfurt counts as eastern Europe
	} {
		schedule, err := fault.Parse(row.text)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := schedule.Bind(w)
		if err != nil {
			t.Fatal(err)
		}
		if out, in := bound[0].Ways(row.edge, row.home); out != row.out || in != row.in {
			t.Errorf("%s: from %s to %s out %v in %v, want %v %v", row.text, row.edge, row.home, out, in, row.out, row.in)
		}
	}
}

func TestRandomSchedulesAreGoodAndRepeat(t *testing.T) {
	w := world(t)
	kinds := make(map[fault.Kind]int)
	for seed := range uint64(500) {
		draw := func() fault.Schedule {
			return fault.Random(rand.New(rand.NewPCG(seed, 1)), w.Homes, w.Edges, 20*time.Second)
		}
		schedule := draw()
		if again := draw(); !reflect.DeepEqual(schedule, again) {
			t.Fatalf("seed %d: %q and %q", seed, schedule, again)
		}
		read, err := fault.Parse(schedule.String())
		if err != nil || !reflect.DeepEqual(read, schedule) {
			t.Fatalf("%q became %q: %v", schedule, read, err)
		}
		if _, err := schedule.Bind(w); err != nil {
			t.Fatal(err)
		}
		for _, f := range schedule {
			kinds[f.Kind]++
		}
	}
	if len(kinds) != int(fault.Sever) {
		t.Errorf("only these kinds were drawn: %v", kinds)
	}
}

// FuzzParse: whatever is read is written so that it reads the same.
func FuzzParse(f *testing.F) {
	f.Add("partition weur|enam at 10s for 5s; ack LHR late by 200ms at 5s for 10s")
	f.Add("postgres down at 5s for 10s")
	f.Fuzz(func(t *testing.T, text string) {
		schedule, err := fault.Parse(text)
		if err != nil {
			return
		}
		again, err := fault.Parse(schedule.String())
		if err != nil || !reflect.DeepEqual(schedule, again) {
			t.Errorf("%q was read as %q and then as %q: %v", text, schedule, again, err)
		}
	})
}
