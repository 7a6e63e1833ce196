package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
)

// claim is a sentence about durable objects and their sisters that people read
// in tutorials, and how runs tell whether it holds. The runs are those of the
// suite `claims` that name it, in their order.
type claim struct {
	name, claimed string
	runs          int // how many it takes
	judge         func(runs []reports.Run) (measured string, holds bool)
	untold        string // why no run can tell yet
}

// claims are all there are.
func claims() []claim {
	return []claim{
		{name: "transatlantic", claimed: "a European user of an object in North America waits for a transatlantic round trip, about 100 to 150 ms", runs: 1, judge: transatlantic},
		{name: "remote-edge", claimed: "an object answers a remote edge in about 50 to 150 ms", runs: 1, judge: remoteEdge},
		{name: "first-access", claimed: "an object is made near its first caller and stays there; the first access is the slow one", runs: 1, judge: firstAccess},
		{name: "id-granularity", claimed: "one global id is a hot spot; specific ids are not", runs: 2, judge: idGranularity},
		{name: "region-prefix", claimed: "ids prefixed with a region keep latency low for that region's users", runs: 2, judge: regionPrefix},
		{name: "slow-handlers", claimed: "requests are queued: slow operations block the ones behind them", runs: 2, judge: slowHandlers},
		{name: "hibernation", claimed: "WebSocket hibernation costs far less than connections that keep the object in memory", runs: 1, judge: hibernation},
		{name: "batch-puts", claimed: "one put of many keys beats many puts of one", runs: 3, judge: batchPuts},
		{name: "alarms", claimed: "an alarm fires at its time without any request", runs: 1, judge: alarms},
		{name: "strong-counter", claimed: "a durable object is linearizable where KV is not", runs: 2, judge: strongCounter},
		{name: "kv-read", claimed: "a cached read of KV takes about 1 ms", runs: 1, judge: kvRead},
		{name: "kv-staleness", claimed: "KV is eventually consistent: a change may take minutes to be seen", runs: 1, judge: kvStaleness},
		{name: "kv-limiter", claimed: "a rate limiter on KV has races: it admits more than its limit", runs: 2, judge: kvLimiter},
		{name: "d1-near", claimed: "D1 answers from a nearby place in about 5 to 20 ms", runs: 1, judge: d1Near},
		{name: "r2-latency", claimed: "R2 answers in about 50 to 200 ms", runs: 1, judge: r2Latency},
		{name: "object-and-kv", claimed: "write to the object and read through KV: reads scale, and stay fresh enough", runs: 2, judge: objectAndKV},
	}
}

func claimNames() []string {
	var names []string
	for _, c := range claims() {
		names = append(names, c.name)
	}
	return names
}

func (f runFlags) checkClaim() error {
	if f.Claim == "" {
		return nil
	}
	for _, name := range claimNames() {
		if name == f.Claim {
			return nil
		}
	}
	if near := regions.Spelling(f.Claim, claimNames()); near != "" {
		return fmt.Errorf("--claim: unknown claim %q; did you mean %s?", f.Claim, near)
	}
	return fmt.Errorf("--claim: unknown claim %q; there are %s", f.Claim, strings.Join(claimNames(), ", "))
}

// judgeClaims says of each claim that has runs whether it holds.
func judgeClaims(evidence map[string][]reports.Run) []reports.Claim {
	var judged []reports.Claim
	for _, c := range claims() {
		runs := evidence[c.name]
		if len(runs) == 0 && c.untold == "" || len(evidence) == 0 {
			continue
		}
		verdict := reports.Claim{Name: c.name, Claimed: c.claimed, Holds: reports.Untold}
		for _, r := range runs {
			verdict.Runs = append(verdict.Runs, r.Name)
		}
		if c.untold != "" || len(runs) < c.runs {
			verdict.Why = c.untold
			if c.untold == "" {
				verdict.Why = fmt.Sprintf("it takes %d runs, there are %d", c.runs, len(runs))
			}
			judged = append(judged, verdict)
			continue
		}
		measured, holds := c.judge(runs)
		verdict.Measured, verdict.Holds = measured, reports.Fails
		if holds {
			verdict.Holds = reports.Holds
		}
		judged = append(judged, verdict)
	}
	return judged
}

// between says whether a duration lies within bounds, in milliseconds.
func between(d reports.Micros, low, high int) bool {
	return d >= reports.Micros(time.Duration(low)*time.Millisecond) && d <= reports.Micros(time.Duration(high)*time.Millisecond)
}

// warm is what an edge saw of live objects: the median, or zero if it saw nothing.
func warm(r reports.Run, edge string) reports.Micros {
	g, ok := r.ByEdge[edge]
	if !ok {
		return 0
	}
	if g.Warm != nil {
		return g.Warm.Latency.P50
	}
	return g.Latency.P50
}

func transatlantic(runs []reports.Run) (string, bool) {
	fra, lhr := warm(runs[0], "FRA"), warm(runs[0], "LHR")
	return fmt.Sprintf("from London %v, from Frankfurt %v in the median, to an object in Virginia", lhr, fra), between(fra, 100, 150) && between(lhr, 100, 150)
}

func remoteEdge(runs []reports.Run) (string, bool) {
	r := runs[0]
	near, within, all := 0, 0, 0
	for edge := range r.ByEdge {
		p50 := warm(r, edge)
		switch all++; {
		case between(p50, 0, 49):
			near++
		case between(p50, 50, 150):
			within++
		}
	}
	return fmt.Sprintf("of %d edges, %d are under 50 ms, %d within 50 to 150 ms, %d above; overall p50 %v, p99 %v",
		all, near, within, all-near-within, r.Latency.P50, r.Latency.P99), within*2 >= all-near && all > near && within+near > all/2
}

// finding is the time an access takes to find its object and bring it to life.
func finding(g *reports.Group) reports.Micros {
	if g == nil || g.Budget == nil {
		return 0
	}
	return g.Budget[loadgen.Route] + g.Budget[loadgen.Activate]
}

func firstAccess(runs []reports.Run) (string, bool) {
	cold, live := finding(runs[0].Cold), finding(runs[0].Warm)
	return fmt.Sprintf("finding the object and bringing it to life takes %v on its first access and %v on later ones, in the mean", cold, live),
		cold > 2*live && live > 0
}

func queueOf(r reports.Run) reports.Micros {
	if r.Budget == nil {
		return 0
	}
	return r.Budget[loadgen.Queue]
}

func idGranularity(runs []reports.Run) (string, bool) {
	one, many := queueOf(runs[0]), queueOf(runs[1])
	return fmt.Sprintf("at the same load a request waits %v in one object's queue and %v in 256 objects'; delivered %.0f/s and %.0f/s",
		one, many, runs[0].ThroughputPerS, runs[1].ThroughputPerS), one > 2*many
}

func regionPrefix(runs []reports.Run) (string, bool) {
	return fmt.Sprintf("one object for all: p50 %v; an object for the region alone: p50 %v", runs[0].Latency.P50, runs[1].Latency.P50),
		runs[1].Latency.P50*2 < runs[0].Latency.P50
}

func slowHandlers(runs []reports.Run) (string, bool) {
	fast, slow := queueOf(runs[0]), queueOf(runs[1])
	return fmt.Sprintf("a request waits %v in the queue behind quick handlers, %v behind handlers of 100 ms, at the same 8 requests a second", fast, slow),
		slow > 100*fast && slow > reports.Micros(10*time.Millisecond)
}

// hibernation compares the memory time that is billed: all of the run for each
// room that stays in memory, or only while a message is handled.
func hibernation(runs []reports.Run) (string, bool) {
	r := runs[0]
	if r.Chat == nil {
		return "no room was seen", false
	}
	asleep, awake := r.Cost.Way(reports.OnObject), r.Cost.Way(reports.OnAwakeObject)
	if asleep == nil || awake == nil {
		return "nothing was counted that costs", false
	}
	return fmt.Sprintf("20 rooms at %.2f messages/s: $%.2f of memory time a month if they never sleep, $%.5f if they hibernate between messages (list price, nothing included)",
		r.OfferedPerS, awake.Month.Duration, asleep.Month.Duration), awake.Month.Duration > 100*asleep.Month.Duration
}

// batchPuts compares a batch, the same keys put one by one, and those with a wait for
// each. A turn's writes are one commit however they are put, so it is the wait that costs.
func batchPuts(runs []reports.Run) (string, bool) {
	batched, single, synced := runs[0].Latency.P50, runs[1].Latency.P50, runs[2].Latency.P50
	return fmt.Sprintf("a transfer of three keys takes %v as one batch, %v as three puts in one turn, which are one commit as well, and %v where each put is waited for, in the median",
		batched, single, synced), single*10 > batched*11
}

// alarms looks at when sessions ended that nobody accessed.
func alarms(runs []reports.Run) (string, bool) {
	s := runs[0].Sessions
	if s == nil || s.Expired == 0 {
		return "no session was left alone", false
	}
	return fmt.Sprintf("of %d sessions left alone for %v all were ended by their alarm: none was gone earlier than %v after its time, none was found later than %v after it, round trips included",
		s.Expired, s.TTL, s.Earliest, max(0, s.Latest)), s.Earliest >= 0 && rulingOf(runs[0]) == reports.OK.String()
}

func rulingOf(r reports.Run) string {
	ruling, _ := r.Ruling()
	return ruling.String()
}

func strongCounter(runs []reports.Run) (string, bool) {
	object, _ := runs[0].Ruling()
	kv, _ := runs[1].Ruling()
	return fmt.Sprintf("counter on the object: %s; on KV: %s, %s lost", rulingOf(runs[0]), rulingOf(runs[1]), share(runs[1].Harm.LostUpdates)),
		object == reports.OK && kv == reports.Violated
}

func share(s reports.Share) string { return fmt.Sprintf("%d of %d", s.N, s.Of) }

func kvRead(runs []reports.Run) (string, bool) {
	g := runs[0].ByOperation[string(loadgen.Read)]
	return fmt.Sprintf("reads p50 %v, p99 %v", g.Latency.P50, g.Latency.P99), g.N > 0 && between(g.Latency.P50, 0, 5)
}

func kvStaleness(runs []reports.Run) (string, bool) {
	h := runs[0].Harm
	if h == nil {
		return "nothing was told of staleness", false
	}
	return fmt.Sprintf("%s reads were stale, by %v in the median and %v at the most", share(h.StaleReads), h.Staleness.P50, h.Staleness.Max),
		h.StaleReads.N > 0 && h.Staleness.Max >= reports.Micros(time.Minute)
}

func kvLimiter(runs []reports.Run) (string, bool) {
	object, kv := runs[0].Harm, runs[1].Harm
	if object == nil || kv == nil {
		return "nothing was told of admission", false
	}
	return fmt.Sprintf("on the object %s too many were admitted, on KV %s", share(object.OverAdmitted), share(kv.OverAdmitted)),
		object.OverAdmitted.N == 0 && kv.OverAdmitted.N > 0
}

func d1Near(runs []reports.Run) (string, bool) {
	g := runs[0].ByOperation[string(loadgen.Read)]
	return fmt.Sprintf("reads at replicas p50 %v, p99 %v", g.Latency.P50, g.Latency.P99), g.N > 0 && between(g.Latency.P50, 0, 20)
}

func r2Latency(runs []reports.Run) (string, bool) {
	l := runs[0].Latency
	return fmt.Sprintf("p50 %v, p99 %v", l.P50, l.P99), between(l.P50, 50, 200)
}

func objectAndKV(runs []reports.Run) (string, bool) {
	object := runs[0].ByOperation[string(loadgen.Read)].Latency.P50
	hybrid := runs[1].ByOperation[string(loadgen.Read)].Latency.P50
	h := runs[1].Harm
	if h == nil {
		return "nothing was told of staleness", false
	}
	return fmt.Sprintf("reads take %v through KV and %v at the object; %s of them were stale, by %v in the median",
		hybrid, object, share(h.StaleReads), h.Staleness.P50), hybrid < object && h.StaleReads.N*2 < h.StaleReads.Of
}
