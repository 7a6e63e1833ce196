package reports_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports"
)

func ExampleTally() {
	tally := reports.NewTally(reports.Run{Name: "three increments", Engine: "live", Class: "counter", Args: []string{"run", "--class", "counter"}})
	for i := range 3 {
		at := time.Duration(i) * 10 * time.Millisecond
		tally.Add(&loadgen.Observation{
			Edge: "LHR", Object: "global", Operation: loadgen.Operation{Kind: loadgen.Increment},
			Scheduled: at, Sent: at, Done: at + 2*time.Millisecond, Outcome: loadgen.OK,
		})
	}
	run := tally.Run()
	run.Verdicts = []reports.Verdict{{Law: "counter is linearizable", Verdict: reports.OK, Why: "3 operations"}}
	_ = reports.Terminal(os.Stdout, &reports.Report{Title: "My first report", Runs: []reports.Run{run}})
	// Output:
	// My first report: OK (1 run: 1 good)
	//
	// run               verdict  per s  failed  unknown       p50       p99     p99.9      max
	// three increments  OK         136       0        0  2.00 ms†  2.00 ms†  2.00 ms†  2.00 ms
	// † fewer than ten samples lie beyond this quantile: one slow reply more or less moves it.
	//
	// cost: a million operations in USD, a model by the price list of 2026-11-23: object 1.17; object kept
	//       awake 1.17; kv 5.50; d1 1.00; r2 4.86
	//
	// three increments: OK
	//   warning: p99 rests on 3 samples; it takes 1000
	//   warning: p99.9 rests on 3 samples; it takes 10000
	//   warning: the p99 of 1 edge rests on fewer than 1,000 samples each (fewest: LHR with 3)
}

// reply is a good increment that took so long.
func reply(at, took time.Duration) *loadgen.Observation {
	return &loadgen.Observation{
		Edge: "LHR", Object: "global", Operation: loadgen.Operation{Kind: loadgen.Increment},
		Scheduled: at, Sent: at, Done: at + took, Outcome: loadgen.OK, Server: loadgen.Server{Home: "AMS"},
	}
}

func tallied(observations ...*loadgen.Observation) reports.Run {
	t := reports.NewTally(reports.Run{Name: "x", Engine: "live", Class: "counter"})
	for _, o := range observations {
		t.Add(o)
	}
	return t.Run()
}

func TestUnknownIsNotFailed(t *testing.T) {
	lost, refused, odd := reply(0, time.Second), reply(0, time.Second), reply(0, time.Second)
	lost.Outcome, refused.Outcome, odd.Outcome = loadgen.Unknown, loadgen.Failed, "gibberish"
	run := tallied(reply(0, time.Millisecond), lost, refused, odd)
	if run.N != 1 || run.Errors != 1 || run.Unknown != 2 {
		t.Errorf("n %d, failed %d, unknown %d; want 1, 1, 2: what nobody can tell is unknown", run.N, run.Errors, run.Unknown)
	}
	if run.Latency.Max != reports.Micros(time.Millisecond) {
		t.Errorf("max %v counts operations without a good reply", run.Latency.Max)
	}
	if !strings.Contains(strings.Join(run.Warnings, "\n"), "quantiles leave out 3 operations") {
		t.Errorf("nothing said of what quantiles leave out: %q", run.Warnings)
	}
}

func TestLatencyCountsFromTheSchedule(t *testing.T) {
	late := reply(0, 80*time.Millisecond)
	late.Sent = 50 * time.Millisecond
	run := tallied(late)
	if got := run.Latency.Max; got != reports.Micros(80*time.Millisecond) {
		t.Errorf("latency %v, want 80 ms: the wait in the load generator is in it", got)
	}
	if !strings.Contains(strings.Join(run.Warnings, "\n"), "fell behind its schedule") {
		t.Errorf("a late load generator was not mentioned: %q", run.Warnings)
	}
}

func TestQuantiles(t *testing.T) {
	var all []*loadgen.Observation
	for i := range 2000 {
		all = append(all, reply(time.Duration(i)*time.Millisecond, time.Duration(i+1)*100*time.Microsecond))
	}
	run := tallied(all...)
	for _, row := range []struct {
		name string
		got  reports.Micros
		want time.Duration
	}{
		{"p50", run.Latency.P50, 100 * time.Millisecond},
		{"p90", run.Latency.P90, 180 * time.Millisecond},
		{"p99", run.Latency.P99, 198 * time.Millisecond},
		{"p99.9", run.Latency.P999, 199800 * time.Microsecond},
		{"max", run.Latency.Max, 200 * time.Millisecond},
	} {
		if off := time.Duration(row.got) - row.want; off < -row.want/500 || off > row.want/500 {
			t.Errorf("%s of 0.1 … 200 ms = %v, want %v within 0.2 %%", row.name, row.got, row.want)
		}
	}
	if got := run.ByEdgeAndHome["LHR"]["AMS"].N; got != 2000 {
		t.Errorf("LHR to AMS has %d replies, want 2000", got)
	}
	if run.OfferedPerS != 1000 {
		t.Errorf("offered %g/s, want 1000", run.OfferedPerS)
	}
}

func TestWarmAndColdApart(t *testing.T) {
	warm, cold, silent := reply(0, 3*time.Millisecond), reply(0, 9*time.Millisecond), reply(0, time.Millisecond)
	warm.Budget = loadgen.Budget{loadgen.WAN: 2 * time.Millisecond, loadgen.Commit: time.Millisecond}
	cold.Budget = loadgen.Budget{loadgen.WAN: 2 * time.Millisecond, loadgen.Activate: 7 * time.Millisecond}
	run := tallied(warm, cold, silent)
	if run.Warm == nil || run.Cold == nil || run.Warm.N != 1 || run.Cold.N != 1 {
		t.Fatalf("warm %+v, cold %+v: want one reply each; a reply without a budget is neither", run.Warm, run.Cold)
	}
	if got := run.Cold.Budget[loadgen.Activate]; got != reports.Micros(7*time.Millisecond) {
		t.Errorf("cold activation %v, want 7 ms", got)
	}
	if got, want := run.Budget.Whole(), reports.Micros(6*time.Millisecond); got != want {
		t.Errorf("mean budget sums to %v, want %v, the mean of those that told", got, want)
	}
	if e := run.ByEdge["LHR"]; e.Warm == nil || e.Cold == nil {
		t.Error("the edge has no warm and cold of its own")
	}
}

func TestBudgetThatDoesNotAddUpIsMentioned(t *testing.T) {
	o := reply(0, 10*time.Millisecond)
	o.Budget = loadgen.Budget{loadgen.WAN: 5 * time.Millisecond}
	if run := tallied(o); !strings.Contains(strings.Join(run.Warnings, "\n"), "miss the whole by 50.0 %") {
		t.Errorf("half of the latency is unaccounted for, yet warnings are %q", run.Warnings)
	}
}

func TestChatWaitsForDeliveries(t *testing.T) {
	observe := func(kind loadgen.Kind, client, sender int, took time.Duration) *loadgen.Observation {
		o := reply(0, took)
		o.Class, o.Object, o.Client = "chat", "room", client
		o.Operation = loadgen.Operation{Kind: kind, Sender: sender}
		return o
	}
	run := tallied(
		observe(loadgen.Join, 1, 0, time.Second), observe(loadgen.Join, 2, 0, time.Second), observe(loadgen.Join, 3, 0, time.Second),
		observe(loadgen.Send, 1, 0, 90*time.Millisecond),
		observe(loadgen.Deliver, 1, 1, 90*time.Millisecond), // the sender's own copy
		observe(loadgen.Deliver, 2, 1, 40*time.Millisecond), // and client 3 gets none
		observe(loadgen.Leave, 3, 0, 0),
		observe(loadgen.Send, 1, 0, 90*time.Millisecond),
		observe(loadgen.Deliver, 2, 1, 40*time.Millisecond),
	)
	if run.N != 3 || run.Latency.Max != reports.Micros(90*time.Millisecond) {
		t.Errorf("n %d, max %v; want the 3 deliveries alone, at most 90 ms", run.N, run.Latency.Max)
	}
	if run.Chat == nil || *run.Chat != (reports.Chat{Sends: 2, Delivered: 2, Expected: 3}) {
		t.Errorf("chat = %+v, want 2 sends, 2 of 3 delivered to others", run.Chat)
	}
	if got := run.ByOperation["join"].N; got != 3 {
		t.Errorf("%d joins, want 3", got)
	}
}

func TestLimiterCounts(t *testing.T) {
	tally := reports.NewTally(reports.Run{Measured: reports.Measured{Limit: &reports.Limit{Capacity: 5, RefillPerS: 1}}})
	for i := range 8 {
		o := reply(time.Duration(i)*time.Second, time.Millisecond)
		o.Operation.Kind, o.Reply.Allowed = loadgen.Take, i < 5
		tally.Add(o)
	}
	run := tally.Run()
	if got, want := *run.Limit, (reports.Limit{Admitted: 5, Refused: 3, Capacity: 5, RefillPerS: 1}); got != want {
		t.Errorf("limit = %+v, want %+v", got, want)
	}
	if p := run.OverTime.Points[0]; p.New != 1 || p.Admitted != 1 {
		t.Errorf("first bucket %+v, want one new object and one admission", p)
	}
}

func TestSeriesOutgrowsNoMemory(t *testing.T) {
	tally := reports.NewTally(reports.Run{})
	for i := range 3600 {
		tally.Add(reply(time.Duration(i)*time.Second, time.Millisecond))
	}
	s := tally.Run().OverTime
	if len(s.Points) > 240 {
		t.Errorf("an hour makes %d buckets of %v, want at most 240", len(s.Points), s.Width)
	}
	var n int64
	for i, p := range s.Points {
		n += p.N
		if p.At != s.Width*reports.Micros(i) {
			t.Fatalf("bucket %d begins at %v, width %v", i, p.At, s.Width)
		}
	}
	if n != 3600 {
		t.Errorf("merging buckets kept %d of 3600 samples", n)
	}
}

func TestLatencyBeyondTheMeterIsKept(t *testing.T) {
	run := tallied(reply(0, time.Hour))
	if run.Latency.Max != reports.Micros(time.Hour) || run.N != 1 {
		t.Errorf("n %d, max %v; want 1 and an hour", run.N, run.Latency.Max)
	}
}

func BenchmarkTally(b *testing.B) {
	tally := reports.NewTally(reports.Run{})
	o := reply(0, 3*time.Millisecond)
	o.Budget = loadgen.Budget{loadgen.WAN: 2 * time.Millisecond, loadgen.Commit: time.Millisecond}
	i := 0
	for b.Loop() {
		i++
		o.Scheduled = time.Duration(i) * time.Microsecond
		o.Sent, o.Done = o.Scheduled, o.Scheduled+3*time.Millisecond
		tally.Add(o)
	}
	if fmt.Sprint(tally.Run().N) == "0" {
		b.Fatal("nothing was tallied")
	}
}
