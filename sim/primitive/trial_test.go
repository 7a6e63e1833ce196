package primitive_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/primitive"
)

const (
	linearizable = "counter linearizable"
	neverAbove   = "limiter never above its limit"
	onlyEmpty    = "limiter refuses only when empty"
	oneOrder     = "chat one order"
	noGap        = "chat no gap"
	reach        = "chat reach"
)

var (
	four  = []regions.ID{"LHR", "IAD", "SYD", "SIN"}
	limit = primitive.Options{Limit: primitive.Limit{Tokens: 20, Refill: 60 * time.Second}, Bank: loadgen.Bank{Accounts: 3, Opening: 100}}
	once  = primitive.Options{Attempts: 1}
)

// experiment is a trial and what its users must, or must not, notice.
type experiment struct {
	story string
	trial trial
	broke string                 // the law that is violated, in each seed; empty: none is
	law   string                 // a law that holds nevertheless
	also  func(o outcome) string // what else is wrong with the outcome, empty if nothing
}

func (e experiment) run(t *testing.T, seeds uint64) {
	t.Helper()
	for seed := range seeds {
		e.trial.seed = seed
		o := e.trial.run(t)
		verdicts := e.trial.verdicts(t, o.history)
		for law, v := range verdicts {
			switch {
			case law == e.broke && v.Ruling != check.Violated:
				t.Errorf("%s\n%s: want it to be caught, got %s", e.story, e.trial, v)
			case (law == e.law || e.broke == "") && v.Ruling == check.Violated:
				t.Errorf("%s\n%s: want it to hold, got %s", e.story, e.trial, v)
			case law == e.law && v.Ruling != check.OK:
				t.Errorf("%s\n%s: want evidence, got %s", e.story, e.trial, v)
			}
		}
		if e.also != nil {
			if wrong := e.also(o); wrong != "" {
				t.Errorf("%s\n%s: %s", e.story, e.trial, wrong)
			}
		}
	}
}

// lost says how many acknowledged increments must be missing in the end.
func lost(least, most float64) func(outcome) string {
	return func(o outcome) string {
		made := o.made(loadgen.Increment)
		if share := 1 - float64(o.left)/float64(made); share < least || share > most {
			return fmt.Sprintf("%d increments acknowledged, %d left: %.0f %% lost, want %.0f to %.0f %%", made, o.left, 100*share, 100*least, 100*most)
		}
		return ""
	}
}

// nothingLost also wants that all were acknowledged.
func nothingLost(o outcome) string {
	if len(o.failed) > 0 {
		return fmt.Sprint("failed: ", o.failed)
	}
	return lost(0, 0)(o)
}

func counter(on, variant string, every time.Duration, n, reads int) trial {
	return trial{class: "counter", primitive: on, variant: variant, edges: four, every: every, operations: n, reads: reads}
}

func limiter(on, variant string, every time.Duration, n int) trial {
	return trial{class: "limiter", primitive: on, variant: variant, edges: four, every: every, operations: n, options: limit}
}

func chat(on, variant string, every time.Duration, n int) trial {
	return trial{class: "chat", primitive: on, variant: variant, edges: four, every: every, operations: n, polls: 3 * time.Second, steady: true}
}

func (tr trial) steadily() trial {
	tr.steady = true
	return tr
}

func (tr trial) with(p func(*primitive.Params)) trial {
	tr.params = p
	return tr
}

func (tr trial) places(edges ...regions.ID) trial {
	tr.edges = edges
	return tr
}

func (tr trial) by(o primitive.Options) trial {
	tr.options = o
	return tr
}

func TestMisbehaviour(t *testing.T) {
	for _, e := range slices.Concat(kvMisbehaves(), d1Misbehaves(), r2Misbehaves(), hybridsMisbehave()) {
		e.run(t, 5)
	}
}

func kvMisbehaves() []experiment {
	return []experiment{
		{
			story: "KV counts from caches: one increment every two seconds, never two at a time, and about three of four are lost between four places",
			trial: counter("kv", "", 2*time.Second, 120, 0).steadily(), broke: linearizable, also: lost(0.5, 0.85),
		},
		{
			story: "KV has no compare-and-set: two Workers beside each other read the same count (with the limit of one write a second lifted)",
			trial: counter("kv", "", 100*time.Millisecond, 100, 0).places("LHR").with(func(p *primitive.Params) { p.KV.WriteEvery = 0 }),
			broke: linearizable, also: lost(0.1, 0.95),
		},
		{
			story: "KV takes one write a second of a key: the others are told 429",
			trial: counter("kv", "", 50*time.Millisecond, 200, 0), also: func(o outcome) string {
				if made := o.made(loadgen.Increment); made > int64(o.took()/time.Second)+1 || made == 200 {
					return fmt.Sprintf("%d increments in %v", made, o.took())
				}
				return ""
			}, broke: linearizable,
		},
		{
			story: "repeating what KV refused repeats what is out of date",
			trial: counter("kv", "read-modify-write+retry", 700*time.Millisecond, 80, 0), broke: linearizable, also: lost(0.3, 0.95),
		},
		{
			story: "a KV limiter has a bucket in each place: four places admit far more than one may",
			trial: limiter("kv", "", 1500*time.Millisecond, 120).steadily(), broke: neverAbove,
		},
		{
			story: "a KV limiter that replies before it writes admits no less",
			trial: limiter("kv", "wait-until", 1500*time.Millisecond, 120).steadily(), broke: neverAbove,
		},
		{
			story: "a flood at one place: a limiter that ignores the 429 of its write admits all that comes within the second",
			trial: limiter("kv", "", 20*time.Millisecond, 200).places("LHR"), broke: neverAbove,
		},
		{
			story: "a KV history in one value forgets what was said elsewhere in the last minute",
			trial: chat("kv", "one-value", 3100*time.Millisecond, 60), broke: noGap,
		},
		{
			story: "a KV message under its own key reaches everybody, but lists show keys in no order",
			trial: chat("kv", "message-keys", 3100*time.Millisecond, 60), broke: oneOrder, law: reach,
		},
	}
}

func d1Misbehaves() []experiment {
	return []experiment{
		{
			story: "D1 in two statements loses what came between them",
			trial: counter("d1", "two-statements", 20*time.Millisecond, 200, 0), broke: linearizable, also: lost(0.3, 0.95),
		},
		{
			story: "… a bookmark does not help: it knows only one's own writes",
			trial: counter("d1", "two-statements+bookmark", 20*time.Millisecond, 200, 0), broke: linearizable, also: lost(0.3, 0.99),
		},
		{
			story: "D1's replicas are late: counts are exact, reads at a replica are not",
			trial: counter("d1", "one-statement+replica", 50*time.Millisecond, 300, 5), broke: linearizable, also: nothingLost,
		},
		{
			story: "a bookmark shows one's own writes, not those that somebody else has been told of",
			trial: counter("d1", "one-statement+bookmark", 50*time.Millisecond, 300, 5), broke: linearizable, also: nothingLost,
		},
		{
			story: "a limiter that decides at a replica lets the lag through",
			trial: limiter("d1", "two-statements+replica", 50*time.Millisecond, 200), broke: neverAbove,
		},
	}
}

func r2Misbehaves() []experiment {
	return []experiment{
		{
			story: "R2 without compare-and-set: a put that was refused and repeated overwrites what came between",
			trial: counter("r2", "read-modify-write", 700*time.Millisecond, 60, 0), broke: linearizable, also: lost(0.05, 0.95),
		},
		{
			story: "an R2 limiter without compare-and-set gives the same token twice",
			trial: limiter("r2", "read-modify-write", 300*time.Millisecond, 400), broke: neverAbove,
		},
	}
}

func hybridsMisbehave() []experiment {
	return []experiment{
		{
			story: "the hybrid counts exactly and reads what was: a cache that is written through is a cache",
			trial: counter("do+kv", "write-through", 500*time.Millisecond, 200, 5), broke: linearizable,
		},
		{
			story: "… and so is one that is filled on a miss",
			trial: counter("do+kv", "cache-aside", 500*time.Millisecond, 200, 5), broke: linearizable,
		},
		{
			story: "a refusal kept at the edge outlasts its reason, by whole seconds",
			trial: limiter("do+kv", "", 500*time.Millisecond, 300), broke: onlyEmpty, law: neverAbove,
		},
	}
}

func TestGuarantees(t *testing.T) {
	for _, e := range []experiment{
		{
			story: "D1 counts exactly in one statement, however many ask at once",
			trial: counter("d1", "", 5*time.Millisecond, 400, 3), law: linearizable, also: nothingLost,
		},
		{
			story: "a D1 limiter in one statement is a bucket",
			trial: limiter("d1", "", 100*time.Millisecond, 300), law: neverAbove,
		},
		{
			story: "a D1 room has one order, read at the primary",
			trial: chat("d1", "", 700*time.Millisecond, 100), law: oneOrder,
		},
		{
			story: "a D1 room read at replicas has the same order, later",
			trial: chat("d1", "one-statement+replica", 700*time.Millisecond, 100), law: reach,
		},
		{
			story: "R2 counts exactly by compare-and-set, about once a second, and turns away who cannot wait",
			trial: counter("r2", "", 300*time.Millisecond, 100, 3), law: linearizable, also: func(o outcome) string {
				if made := o.made(loadgen.Increment); made > int64(o.took()/time.Second)+1 || len(o.failed) == 0 || o.attempts != 8 {
					return fmt.Sprintf("%d increments in %v, failed %v, at most %d attempts", made, o.took(), o.failed, o.attempts)
				}
				return lost(0, 0)(o)
			},
		},
		{
			story: "… without a second attempt too, for fewer",
			trial: counter("r2", "", 300*time.Millisecond, 200, 3).by(once), law: linearizable, also: lost(0, 0),
		},
		{
			story: "an R2 limiter with compare-and-set is a bucket",
			trial: limiter("r2", "", 700*time.Millisecond, 200), law: neverAbove,
		},
		{
			story: "an R2 room with a key for each message has one order, if nobody talks at the same time",
			trial: chat("r2", "", 3100*time.Millisecond, 60), law: oneOrder,
		},
		{
			story: "one place's own KV limiter is a bucket, if every write stays in its cache and comes a second after the last",
			trial: limiter("kv", "", 1500*time.Millisecond, 200).places("LHR").steadily().with(func(p *primitive.Params) { p.KV.Local = 1 }), law: neverAbove,
		},
	} {
		e.run(t, 20)
	}
}

func TestHybridsCountExactly(t *testing.T) {
	for _, variant := range primitive.Variants("counter", "do+kv") {
		tr, stale := counter("do+kv", variant, 50*time.Millisecond, 300, 5), 0
		for tr.seed = range uint64(10) {
			o := tr.run(t)
			if v := tr.verdicts(t, o.writes())[linearizable]; v.Ruling != check.OK {
				t.Errorf("%s: %s", tr, v)
			}
			stale += len(o.stale)
		}
		if stale == 0 {
			t.Errorf("%s: no read knew that it was stale", tr)
		}
	}
}

// TestCompareAndSetKeepsEveryText: members who talk at the same time may be turned away or reordered by their retries, but
// what was acknowledged is there, once. Worker and caches share what they read, so this also shows that none writes into it.
func TestCompareAndSetKeepsEveryText(t *testing.T) {
	for seed := range uint64(20) {
		tr := chat("r2", "compare-and-set", 600*time.Millisecond, 40)
		tr.seed, tr.polls = seed, time.Second
		o := tr.run(t)
		verdicts := tr.verdicts(t, o.history)
		for _, law := range []string{reach, "chat no duplicate"} {
			if v := verdicts[law]; v.Ruling != check.OK {
				t.Errorf("%s: %s", tr, v)
			}
		}
	}
}
