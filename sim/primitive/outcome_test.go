package primitive_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports/price"
	"github.com/durabench/durabench/sim/primitive"
)

// trial is one run of a workload on one way to write it.
type trial struct {
	class, primitive, variant string
	edges                     []regions.ID
	every                     time.Duration // between two operations, whoever asks
	operations                int
	reads                     int // of ten operations
	polls                     time.Duration
	steady                    bool // exactly so, client after client
	params                    func(*primitive.Params)
	options                   primitive.Options
	seed                      uint64
}

// outcome is what a trial showed.
type outcome struct {
	history  []loadgen.Observation
	bill     price.Bill
	done     int // operations answered
	failed   map[string]int
	stale    []time.Duration // of reads that were
	attempts int             // the most of an operation
	steps    int
	left     int64 // what the counter holds in the end
}

func (tr trial) run(t testing.TB) outcome {
	t.Helper()
	p := primitive.Default()
	if tr.params != nil {
		tr.params(&p)
	}
	h := newHost(t, tr.primitive, p, tr.seed)
	tr.options.Random = rand.New(rand.NewPCG(tr.seed, 2))
	program, err := primitive.NewProgram(tr.class, tr.primitive, tr.variant, tr.options)
	if err != nil {
		t.Fatal(err)
	}
	w := &workers{
		host: h, trial: tr, program: program, object: newObject(tr.options.Limit),
		bookmarks: make(map[int]primitive.Bookmark), seen: make(map[int]map[string]bool),
		sends: make(map[string]*loadgen.Observation), outcome: outcome{failed: make(map[string]int)},
	}
	w.load(rand.New(rand.NewPCG(tr.seed, 3)))
	h.drain()
	if len(h.waiting) > 0 || h.stopped > 0 {
		t.Errorf("%s: %d calls were never answered, %d more than once", tr, len(h.waiting), h.stopped)
	}
	for _, o := range w.order {
		w.outcome.history = append(w.outcome.history, *o)
	}
	w.outcome.bill, w.outcome.steps = h.machine.Bill(), h.steps
	w.outcome.bill.Add(&w.object.bill, 1)
	left, _ := h.machine.Holds("it")
	w.outcome.left = left.Number
	return w.outcome
}

func (tr trial) String() string {
	return fmt.Sprintf("%s on %s, %s, seed %d", tr.class, tr.primitive, tr.variant, tr.seed)
}

// verdicts judges a history by the laws that objects of the class are judged by.
func (tr trial) verdicts(t testing.TB, history []loadgen.Observation) map[string]check.Verdict {
	t.Helper()
	p := check.Params{Least: 20}
	if l := tr.options.Limit; l.Tokens > 0 {
		p.Limit = check.Limit{Capacity: float64(l.Tokens), Refill: float64(l.Tokens) / l.Refill.Seconds(), Tolerance: 2 * time.Millisecond}
	}
	p.Grace = 100 * time.Second
	laws, err := check.For(tr.class, p)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]check.Verdict)
	for _, law := range laws {
		found[law.Law()] = law.Check(history)
	}
	return found
}

// made counts the operations of a kind that were answered as done.
func (o outcome) made(kind loadgen.Kind) (n int64) {
	for i := range o.history {
		if op := &o.history[i]; op.Operation.Kind == kind && op.Outcome == loadgen.OK && op.Reply.Status == 200 {
			n++
		}
	}
	return n
}

// writes is the history without its reads.
func (o outcome) writes() []loadgen.Observation {
	return slices.DeleteFunc(slices.Clone(o.history), func(x loadgen.Observation) bool { return x.Operation.Kind == loadgen.Read })
}

// took is how long it all took.
func (o outcome) took() time.Duration {
	first, last := o.history[0].Sent, time.Duration(0)
	for i := range o.history {
		last = max(last, o.history[i].Done)
	}
	return last - first
}

// digest is one number for everything that the clients saw.
func (o outcome) digest() uint64 {
	sum := fnv.New64a()
	for i := range o.history {
		fmt.Fprintf(sum, "%+v\n", o.history[i])
	}
	fmt.Fprint(sum, o.bill, o.steps)
	return sum.Sum64()
}
