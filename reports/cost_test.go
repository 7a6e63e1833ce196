package reports_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/reports/price"
)

// asked is an operation that was at its object for a second.
func asked(kind loadgen.Kind, at time.Duration) *loadgen.Observation {
	o := &loadgen.Observation{Object: "it", Edge: "LHR", Scheduled: at, Sent: at, Done: at + time.Second, Outcome: loadgen.OK}
	o.Operation.Kind = kind
	o.Reply.Status = 200
	o.Budget[loadgen.Turn] = time.Second
	return o
}

// untold is what a member of a room records.
func untold(kind loadgen.Kind, at time.Duration) *loadgen.Observation {
	o := asked(kind, at)
	o.Budget, o.Done = loadgen.Budget{}, at
	return o
}

const objectSecond = 0.128

func TestCostCounts(t *testing.T) {
	failed := func(status int) *loadgen.Observation {
		o := asked(loadgen.Increment, 10*time.Second)
		o.Outcome, o.Reply.Status = loadgen.Failed, status
		return o
	}
	for _, row := range []struct {
		story, class, way string
		of                []*loadgen.Observation
		want              map[string]float64
	}{
		{
			"two increments: requests, rows, and two seconds of memory", "counter", reports.OnObject,
			[]*loadgen.Observation{asked(loadgen.Increment, 0), asked(loadgen.Increment, 20*time.Second)},
			map[string]float64{"object request": 2, "object row read": 2, "object row written": 2, "object GB-s": 2 * objectSecond},
		},
		{
			"time that two share is billed once", "counter", reports.OnObject,
			[]*loadgen.Observation{asked(loadgen.Read, 0), asked(loadgen.Read, 500*time.Millisecond), asked(loadgen.Read, 2*time.Second)},
			map[string]float64{"object request": 3, "object row read": 3, "object GB-s": 2.5 * objectSecond},
		},
		{
			"an object that may not hibernate stays 70 s after each event, and until the end of the run", "counter", reports.OnAwakeObject,
			[]*loadgen.Observation{asked(loadgen.Read, 0), asked(loadgen.Read, 500*time.Second), asked(loadgen.Read, 510*time.Second)},
			map[string]float64{"object GB-s": (1 + 70 + 1 + 9 + 0 + 1) * objectSecond},
		},
		{
			"what never arrived is free, what was refused there is not", "counter", reports.OnObject,
			[]*loadgen.Observation{asked(loadgen.Increment, 0), failed(0), failed(503)},
			map[string]float64{"object request": 2},
		},
		{
			"a limiter reads its row each time it wakes up, which takes more than ten seconds of sleep", "limiter", reports.OnObject,
			[]*loadgen.Observation{asked(loadgen.Take, 0), asked(loadgen.Take, 5*time.Second), asked(loadgen.Take, 17*time.Second)},
			map[string]float64{"object request": 3, "object row written": 3, "object row read": 2},
		},
		{
			"a room: a request to join, a message to send, and nothing to deliver", "chat", reports.OnObject,
			[]*loadgen.Observation{untold(loadgen.Join, 0), untold(loadgen.Send, time.Second), untold(loadgen.Deliver, time.Second), untold(loadgen.Send, 9*time.Second), untold(loadgen.Leave, 20*time.Second)},
			map[string]float64{"object request": 1, "object message": 2, "object row written": 2, "object GB-s": 4 * 0.010 * objectSecond},
		},
		{
			"a room that keeps its sockets itself is in memory from the first to the last", "chat", reports.OnAwakeObject,
			[]*loadgen.Observation{untold(loadgen.Join, 0), untold(loadgen.Send, 0), untold(loadgen.Send, 200*time.Second), untold(loadgen.Leave, 300*time.Second)},
			map[string]float64{"object GB-s": 300.010 * objectSecond},
		},
		{
			"where nothing pushes, members poll every two seconds", "chat", "kv",
			[]*loadgen.Observation{untold(loadgen.Join, 0), untold(loadgen.Join, 10*time.Second), untold(loadgen.Send, 0), untold(loadgen.Deliver, 1), untold(loadgen.Leave, 30*time.Second), untold(loadgen.Send, 40*time.Second)},
			map[string]float64{"KV list": 30, "KV write": 2, "KV read": 1},
		},
		{
			"an increment on R2", "counter", "r2",
			[]*loadgen.Observation{asked(loadgen.Increment, 0), asked(loadgen.Read, 1)},
			map[string]float64{"R2 class A": 1, "R2 class B": 2},
		},
	} {
		tally := reports.NewTally(reports.Run{Class: row.class})
		for _, o := range row.of {
			tally.Add(o)
		}
		way := tally.Run().Cost.Way(row.way)
		for unit, want := range row.want {
			if got := way.Units[unit]; math.Abs(got-want) > 1e-9 {
				t.Errorf("%s: %v of %s, want %v", row.story, got, unit, want)
			}
		}
	}
}

// TestCostOfAMonth: a second's increment, all month.
func TestCostOfAMonth(t *testing.T) {
	tally := reports.NewTally(reports.Run{Class: "counter"})
	for i := range 101 {
		o := asked(loadgen.Increment, time.Duration(i)*time.Second)
		tally.Add(o)
	}
	way := tally.Run().Cost.Way(reports.OnObject)
	const n = 30 * 24 * 3600 * 1.01 // 101 operations in 100 seconds
	for _, row := range []struct {
		story     string
		got, want float64
	}{
		{"requests", way.Month.Requests, n * 0.15e-6},
		{"rows", way.Month.Rows, n * 1.001e-6},
		{"memory, all the time", way.Month.Duration, n * 0.128 * 12.5e-6},
		{"the sum", way.MonthUSD, n * (0.15 + 1.001 + 1.6) * 1e-6},
		{"a million", way.PerMillionUSD, 0.15 + 1.001 + 1.6},
		{"beyond what the plan includes: requests over a million", way.BeyondUSD, (n - 1e6) * 0.15e-6},
	} {
		if math.Abs(row.got-row.want) > 1e-6 {
			t.Errorf("%s: $%v, want $%v", row.story, row.got, row.want)
		}
	}
}

// TestWhatTheModelCountedGoesBefore: it knows of retries and refusals.
func TestWhatTheModelCountedGoesBefore(t *testing.T) {
	for _, row := range []struct {
		on      string
		want    map[string]float64
		onKV    float64
		unusual bool
	}{
		{"kv", map[string]float64{"KV read": 7, "KV write": 5}, 7, false},
		{"do+kv", map[string]float64{"KV read": 7, "KV write": 5, "object request": 1, "object row written": 1}, 2, true},
	} {
		tally := reports.NewTally(reports.Run{Class: "counter"})
		tally.Billed(row.on, price.Bill{price.KVRead: 7, price.KVWrite: 5})
		tally.Add(asked(loadgen.Increment, 0))
		tally.Add(asked(loadgen.Read, 3*time.Second))
		cost := tally.Run().Cost
		way := cost.Way(row.on)
		if !way.Counted || cost.Way("d1").Counted || cost.Way("kv").Units["KV read"] != row.onKV {
			t.Errorf("%s: %+v", row.on, cost.Ways)
		}
		for unit, want := range row.want {
			if way.Units[unit] != want {
				t.Errorf("%s: %v of %s, want %v", row.on, way.Units[unit], unit, want)
			}
		}
	}
}

// TestCostSaysWhatItIs: no reader may take it for a bill.
func TestCostSaysWhatItIs(t *testing.T) {
	run := reports.NewTally(reports.Run{Name: "r", Class: "theatre"})
	o := untold("play", 0)
	run.Add(o)
	r := &reports.Report{Runs: []reports.Run{run.Run()}}
	for name, render := range map[string]reports.Renderer{"html": reports.HTML, "markdown": reports.Markdown, "terminal": reports.Terminal} {
		var out strings.Builder
		if err := render(&out, r); err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"model", price.Current().Dated} {
			if !strings.Contains(out.String(), words) {
				t.Errorf("%s does not say %q of its cost", name, words)
			}
		}
		if name != "terminal" && !strings.Contains(out.String(), "nobody described what") {
			t.Errorf("%s hides that it guessed", name)
		}
	}
}

func TestNothingAskedCostsNothing(t *testing.T) {
	if c := reports.NewTally(reports.Run{}).Run().Cost; c != nil {
		t.Errorf("cost of nothing: %+v", c)
	}
}
