package primitive_test

import (
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/primitive"
)

// everyWay calls visit for a trial of each way to write each class, with all of
// them busy enough to queue, to be refused and to try again.
func everyWay(visit func(trial)) {
	for _, class := range primitive.Classes() {
		for _, on := range primitive.Primitives() {
			for _, variant := range primitive.Variants(class, on) {
				visit(trial{
					class: class, primitive: on, variant: variant, edges: four, options: limit,
					every: 100 * time.Millisecond, operations: 60, reads: 3, polls: 5 * time.Second,
				})
			}
		}
	}
}

func TestSameSeedSameHistory(t *testing.T) {
	everyWay(func(tr trial) {
		tr.seed = 7
		first, again := tr.run(t).digest(), tr.run(t).digest()
		tr.seed = 8
		if other := tr.run(t).digest(); first != again || first == other {
			t.Errorf("%s: one seed gave %x and %x, another %x", tr, first, again, other)
		}
	})
}

// TestEveryCallIsAnsweredOnce relies on run, which complains of calls without an answer and of answers without a call.
func TestEveryCallIsAnsweredOnce(t *testing.T) {
	everyWay(func(tr trial) {
		for tr.seed = range 10 {
			o := tr.run(t)
			for i := range o.history {
				if op := &o.history[i]; op.Outcome == "" || op.Done < op.Sent {
					t.Fatalf("%s: no end to %+v", tr, *op)
				}
			}
		}
	})
}

func TestKVIsNeverStalerThanItsBound(t *testing.T) {
	bound := primitive.Default().KV.Bound(60 * time.Second)
	var worst time.Duration
	for seed := range uint64(60) {
		tr := counter("kv", "", 1200*time.Millisecond, 300, 5).places("LHR", "CDG", "FRA", "AMS", "IAD").with(func(p *primitive.Params) {
			p.KV.Local = 0.5
			p.KV.Tiers = []regions.ID{"LHR", "IAD"}
		})
		tr.seed = seed
		for _, stale := range tr.run(t).stale {
			worst = max(worst, stale)
			if stale > bound {
				t.Fatalf("%s: a read was %v behind, at most %v are possible", tr, stale, bound)
			}
		}
	}
	// A bound that nothing comes near proves nothing.
	if worst < bound*8/10 {
		t.Errorf("the stalest read was %v behind, far below the bound of %v", worst, bound)
	}
}

func TestReplicasAreNeverStalerThanTheirLag(t *testing.T) {
	p := primitive.Default().D1
	bound := p.Lag.Max + p.Commit.Max
	var worst time.Duration
	for seed := range uint64(60) {
		tr := counter("d1", "one-statement+replica", 50*time.Millisecond, 400, 5)
		tr.seed = seed
		for _, stale := range tr.run(t).stale {
			if worst = max(worst, stale); stale > bound {
				t.Fatalf("%s: a read was %v behind, at most %v are possible", tr, stale, bound)
			}
		}
	}
	if worst < p.Lag.P99/2 {
		t.Errorf("the stalest read was only %v behind", worst)
	}
}

// TestACopyKnowsItsObject: what a hybrid keeps in KV is as stale as the object makes it, though KV itself holds nothing newer.
func TestACopyKnowsItsObject(t *testing.T) {
	h := newHost(t, "do+kv", primitive.Default(), 1)
	var origin *primitive.Origin
	origin = origin.Replace(0)
	copied := put(1)
	copied.Value.Origin = origin
	h.call("LHR", copied, func(primitive.Result, error) {})
	h.at(10*sec, func() { origin.Replace(h.now) })
	for _, row := range []struct{ asked, want time.Duration }{{5 * sec, 0}, {25 * sec, 15 * sec}} {
		h.at(row.asked, func() {
			h.call("SYD", get(0), func(r primitive.Result, _ error) {
				if r.Stale != row.want {
					t.Errorf("asked at %v: %v behind, want %v", row.asked, r.Stale, row.want)
				}
			})
		})
	}
	h.drain()
}

func TestNothingIsStaleWhereThereAreNoCopies(t *testing.T) {
	for _, tr := range []trial{counter("r2", "", 200*time.Millisecond, 100, 5), counter("d1", "", 20*time.Millisecond, 100, 5)} {
		for tr.seed = range 20 {
			if o := tr.run(t); len(o.stale) > 0 {
				t.Errorf("%s: a read was %v behind", tr, o.stale[0])
			}
		}
	}
}

// wentBack counts the reads of one place that saw less than one that was answered there before they were asked.
func wentBack(history []loadgen.Observation) (back int) {
	for i := range history {
		for j := range history {
			late, early := &history[i], &history[j]
			if late.Operation.Kind == loadgen.Read && early.Operation.Kind == loadgen.Read && late.Edge == early.Edge &&
				early.Done < late.Sent && late.Reply.Value < early.Reply.Value {
				back++
			}
		}
	}
	return back
}

func TestAReplicaNeverGoesBack(t *testing.T) {
	caches := 0
	for seed := range uint64(20) {
		tr := counter("d1", "one-statement+replica", 30*time.Millisecond, 300, 5)
		tr.seed = seed
		if back := wentBack(tr.run(t).history); back > 0 {
			t.Errorf("%s: %d reads of one place saw less than others before them", tr, back)
		}
		tr.primitive, tr.variant, tr.every = "kv", "", time.Second
		caches += wentBack(tr.run(t).history)
	}
	if caches == 0 {
		t.Error("KV's caches never went back: the test proves nothing")
	}
}

func TestNoReplyLeavesBeforeWhatItSawIsDurable(t *testing.T) {
	for seed := range uint64(20) {
		h := newHost(t, "d1", primitive.Default(), seed)
		var written time.Duration
		h.call("LHR", add(1), func(primitive.Result, error) { written = h.now })
		h.at(ms/10, func() {
			h.call("LHR", choose(primary), func(r primitive.Result, _ error) {
				if r.Value.Number != 1 || written == 0 || h.now < 7*ms {
					t.Errorf("seed %d: a read was answered %d at %v, the write it saw at %v", seed, r.Value.Number, h.now, written)
				}
			})
		})
		h.drain()
	}
}
