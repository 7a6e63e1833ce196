package reports_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports"
)

// studies is a report about what runs show together: a prediction, a comparison
// of primitives, claims and a curve. Its numbers are invented.
func studies() *reports.Report {
	r := rand.New(rand.NewPCG(5, 3))
	report := &reports.Report{
		Title: "Studies", Suite: "studies", Args: []string{"suite", "studies"},
		When:   reports.When{Started: time.Date(2026, 11, 23, 18, 40, 0, 0, time.UTC), Took: reports.Micros(9 * time.Second)},
		Places: map[string]string{"LHR": "London", "IAD": "Ashburn", "SYD": "Sydney"},
		Conditions: reports.Conditions{
			{Key: "version", Value: "0.2.0 (adda54a)"},
			{Key: "other settings", Value: "max_connections=200, shared_buffers=128MB, wal_level=replica, synchronous_commit=on, fsync=on, full_page_writes=on"},
			{Key: "machine", Value: "linux/amd64, 2 cores"},
			{Key: "seed", Value: "7"},
		},
		Claims: []reports.Claim{
			{
				Name: "transatlantic round trip", Claimed: "80 to 100 ms", Measured: "88.9 ms (IAD to LHR, median)", Holds: reports.Holds,
				Why: "the median of 1,000 reads lies within what is claimed", Runs: []string{"counter, live"},
			},
			{
				Name: "KV staleness", Claimed: "changes are seen everywhere within 60 s", Measured: "oldest stale read 118 s", Holds: reports.Fails,
				Why: "an entry may be taken from a tier that is as old as it may be", Runs: []string{"counter on kv", "a run that was not made"},
			},
		},
	}
	live := studyRun(r, "live", "counter, live", 150, 0)
	virtual := studyRun(r, "virtual", "counter, virtual", 150, 0)
	for edge, e := range virtual.ByEdge { // as if the profile's commits were too slow
		if edge == "LHR" {
			e.Latency.P99 += reports.Micros(6 * time.Millisecond)
			virtual.ByEdge[edge] = e
		}
	}
	virtual.Predicted = reports.Compare(&live, &virtual)
	report.Runs = append(report.Runs, live, virtual)
	report.Runs = append(report.Runs, primitiveRuns(r)...)
	for _, offered := range []int{200, 100, 400, 300, 500} { // a suite need not be in order
		for _, engine := range []string{"virtual", "live"} {
			run := studyRun(r, engine, fmt.Sprintf("hot counter at %d/s, %s", offered, engine), offered, 330)
			run.Curve = "hot counter"
			report.Runs = append(report.Runs, run)
		}
	}
	return report
}

// studyRun asks one counter in London from three edges; the counter gives no more
// than its capacity, if it has one.
func studyRun(r *rand.Rand, engine, name string, rate, capacity int) reports.Run {
	run := begin(name, "counter", "--rate", fmt.Sprint(rate, "/s"))
	run.Engine = engine
	return counted(r, run, rate, capacity)
}

func counted(r *rand.Rand, run reports.Run, rate, capacity int) reports.Run {
	run.Verdicts = append(run.Verdicts, reports.Verdict{Law: "counter is linearizable", Verdict: reports.OK, Why: "each reply explained by one order"})
	t := reports.NewTally(run)
	edges := []spot{sampleEdges[1], sampleEdges[2], sampleEdges[10]}
	backlog := time.Duration(0)
	for i := range 3000 {
		at := time.Duration(i) * time.Second / time.Duration(rate)
		o := request(r, at, edges[r.IntN(3)], sampleHomes[0], i == 0)
		o.Seq, o.Class, o.Object, o.Operation.Kind = uint64(i), "counter", "hot", loadgen.Increment
		if i%2 == 1 {
			o.Operation.Kind = loadgen.Read
		}
		if capacity > 0 && rate > capacity {
			backlog += time.Second/time.Duration(capacity) - time.Second/time.Duration(rate)
		}
		if backlog > 2*time.Second { // the queue is full
			o.Outcome, o.Budget = loadgen.Failed, loadgen.Budget{}
			backlog -= time.Second / time.Duration(capacity)
		} else {
			o.Budget[loadgen.Queue] += backlog
			o.Done += backlog
		}
		t.Add(o)
	}
	return t.Run()
}

// primitiveRuns are a few ways for each of three classes.
func primitiveRuns(r *rand.Rand) []reports.Run {
	lost := reports.Harm{
		LostUpdates: reports.Share{N: 1021, Of: 1500}, StaleReads: reports.Share{N: 1203, Of: 1500},
		Staleness: quantiles(31*time.Second, 118*time.Second),
	}
	over := reports.Harm{OverAdmitted: reports.Share{N: 2411, Of: 140}}
	disordered := reports.Harm{
		OrderViolations: reports.Share{N: 7, Of: 4800}, Missing: reports.Share{N: 1, Of: 400_000}, StaleReads: reports.Share{N: 40, Of: 400},
		Staleness: quantiles(2*time.Second, 60*time.Second),
	}
	var runs []reports.Run
	for _, row := range []struct {
		class, primitive, variant string
		harm                      reports.Harm
		slower                    time.Duration
		ceiling, price            float64
	}{
		{"counter", "do", "", clean("counter"), 0, 2100, 1.15},
		{"counter", "kv", "read-modify-write", lost, 60 * time.Millisecond, 1, 5.5},
		{"counter", "d1", "one-statement", clean("counter"), 9 * time.Millisecond, 410, 1.001},
		{"counter", "r2", "compare-and-set", clean("counter"), 140 * time.Millisecond, 0.9, 4.86},
		{"limiter", "do", "", clean("limiter"), 0, 2050, 0.15},
		{"limiter", "kv", "wait-until", over, 55 * time.Millisecond, 0, 0.005},
		{"chat", "do", "", clean("chat"), 0, 900, 0.15},
		{"chat", "kv", "one-value+retry", disordered, 0, 0, 0},
	} {
		runs = append(runs, primitiveRun(r, row.class, row.primitive, row.variant, row.harm, row.slower))
		run := &runs[len(runs)-1]
		run.CeilingPerS = row.ceiling
		if row.price > 0 {
			run.Price = &reports.Price{PerMillionUSD: row.price, AsOf: "2026-11-23"}
		}
	}
	return runs
}

func primitiveRun(r *rand.Rand, class, primitive, variant string, harm reports.Harm, slower time.Duration) reports.Run {
	run := begin(class+" on "+primitive, class, "--primitive", primitive)
	run.Engine, run.Primitive, run.Variant, run.Harm = "virtual", primitive, variant, &harm
	if primitive == "kv" {
		run.Assumptions = reports.Conditions{
			{Key: "KV cacheTtl", Value: "1m0s (Cloudflare docs: how KV works, KV limits)"},
			{Key: "KV write", Value: "median 60 ms, p99 300 ms (assumption)"},
		}
	}
	law := reports.Verdict{Law: class + " keeps its promise", Verdict: reports.OK, Why: "3,000 operations"}
	if harm.LostUpdates.N+harm.OverAdmitted.N+harm.OrderViolations.N > 0 {
		law.Verdict, law.Why, law.Witness = reports.Violated, "it does not", []string{"client 3: 17", "client 4: 17"}
	}
	run.Verdicts = []reports.Verdict{law}
	t := reports.NewTally(run)
	for i := range 2400 {
		o := request(r, time.Duration(i)*5*time.Millisecond, []spot{sampleEdges[1], sampleEdges[2], sampleEdges[10]}[i%3], sampleHomes[0], false)
		o.Seq, o.Class, o.Object, o.Operation.Kind = uint64(i), class, "hot", loadgen.Take
		o.Reply.Allowed = true
		if class != "limiter" {
			o.Operation.Kind = []loadgen.Kind{loadgen.Increment, loadgen.Read}[i/3%2]
		}
		if o.Operation.Kind == loadgen.Read && primitive == "kv" {
			o.Done = o.Sent + 2*time.Millisecond
		}
		if o.Operation.Kind != loadgen.Read {
			o.Done += slower
		}
		o.Budget = loadgen.Budget{}
		t.Add(o)
	}
	return t.Run()
}

// clean is no harm, of what a class can come to.
func clean(class string) reports.Harm {
	some := reports.Share{Of: 1500}
	switch class {
	case "counter":
		return reports.Harm{LostUpdates: some, StaleReads: some}
	case "limiter":
		return reports.Harm{OverAdmitted: some}
	}
	return reports.Harm{OrderViolations: some, Missing: some, StaleReads: some}
}

func quantiles(p50, p99 time.Duration) reports.Quantiles {
	a, b := reports.Micros(p50), reports.Micros(p99)
	return reports.Quantiles{P50: a, P90: b, P99: b, P999: b, Max: b, Mean: a}
}
