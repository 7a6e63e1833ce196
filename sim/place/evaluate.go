package place

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// Plan is what to compare, and what things cost.
type Plan struct {
	Table  *placement.Table
	Rules  []placement.Rule
	D      float64       // round trips that a move costs
	Copy   float64       // bytes per second at which a move copies its object; 0: copying takes no time
	Window time.Duration // in which a move back is an oscillation
	// Every asks the clairvoyant about one object in so many; 1 about all, 0 about none.
	Every   int
	Workers int
	// Progress is told how many portions are done, of how many; nil: nobody is.
	Progress func(done, of int)
}

// The names of the yardsticks, in results and reports.
const (
	StaticName      = "static"
	ClairvoyantName = "clairvoyant"
)

// ErrEmpty is what Evaluate returns for a source without accesses: a population that is too small or too quiet, or a
// sample of a trace with few objects.
var ErrEmpty = errors.New("there are no accesses")

// entry is a strategy, or a yardstick, with what it did.
type entry struct {
	name      string
	yardstick bool
	moving    bool
	split     bool // its objects have no single home
	*tally
}

// Result is what came out of one source.
type Result struct {
	ground  *ground
	entries []entry
	plan    Plan
	// Accesses and Objects are those of the source; Tested those accesses whose objects the clairvoyant was asked about.
	Accesses, Objects, Tested int64
	// Untold are objects of the sample with too many accesses for the clairvoyant.
	Untold int64
}

// Evaluate lets every strategy live through all objects of a source.
func Evaluate(ctx context.Context, source Source, plan Plan) (*Result, error) {
	if len(plan.Rules) == 0 {
		return nil, errors.New("evaluate: no strategies")
	}
	workers := work(ctx, source, plan)
	total := workers[0]
	for _, w := range workers[1:] {
		total.add(w)
	}
	if total.err == nil {
		total.err = ctx.Err()
	}
	if total.err != nil {
		return nil, fmt.Errorf("evaluate: %w", total.err)
	}
	if total.objects == 0 {
		return nil, fmt.Errorf("evaluate: %w", ErrEmpty)
	}
	return total.result(), nil
}

// work lets workers take the portions, and waits for them.
func work(ctx context.Context, source Source, plan Plan) []*worker {
	g := newGround(plan.Table, plan.D, plan.Copy)
	workers := make([]*worker, max(1, min(plan.Workers, source.Parts())))
	var next, done atomic.Int64
	var group sync.WaitGroup
	var mu sync.Mutex // of plan.Progress
	if plan.Progress != nil {
		plan.Progress(0, source.Parts())
	}
	for i := range workers {
		w := newWorker(g, plan)
		workers[i] = w
		group.Go(func() {
			for w.err == nil && ctx.Err() == nil {
				part := int(next.Add(1)) - 1
				if part >= source.Parts() {
					return
				}
				w.err = w.run(ctx, source, part)
				if n := done.Add(1); plan.Progress != nil {
					mu.Lock()
					plan.Progress(int(n), source.Parts())
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return workers
}

// worker evaluates portions, one after the other.
type worker struct {
	*ground
	plan    Plan
	runners []runner // of the rules, then the oracle
	seer    *clairvoyant
	profile *profile
	buffer  []Access
	err     error

	objects, accesses, tested, untold int64
}

func newWorker(g *ground, plan Plan) *worker {
	w := &worker{ground: g, plan: plan, profile: newProfile(len(g.table.Edges)), buffer: make([]Access, 1<<12)}
	for _, rule := range plan.Rules {
		w.runners = append(w.runners, runnerOf(g, rule, plan.Window))
	}
	w.runners = append(w.runners, &oracle{g, newTally(g, false)})
	w.seer = &clairvoyant{ground: g, tally: newTally(g, false), window: plan.Window}
	return w
}

func runnerOf(g *ground, rule placement.Rule, window time.Duration) runner {
	allowed := g.all & g.table.Allowed(placement.Jurisdiction(rule))
	switch rule := rule.(type) {
	case placement.MovingRule:
		return &moving{ground: g, tally: newTally(g, true), rule: rule, allowed: allowed, window: window}
	case placement.SplitRule:
		s := &split{ground: g, tally: newTally(g, true), rule: rule, allowed: allowed}
		for e := range g.table.Edges {
			s.homes = append(s.homes, rule.Serve(placement.Edge(e), g.all))
		}
		return s
	}
	return &stay{ground: g, tally: newTally(g, false), rule: rule, allowed: allowed}
}

// run evaluates a portion.
func (w *worker) run(ctx context.Context, source Source, part int) error {
	stream, err := source.Part(part)
	if err != nil {
		return err
	}
	var o Object
	for stream.Next(&o) && ctx.Err() == nil {
		w.object(ctx, stream, o)
	}
	return stream.Err()
}

// object evaluates one object. It heeds an end within it: a hot one may have a thousand million accesses.
func (w *worker) object(ctx context.Context, stream Stream, o Object) {
	w.profile.begin(o)
	n := stream.Read(w.buffer)
	if n == 0 {
		return // nobody asked for it in all the time: it was never made
	}
	w.profile.first = w.buffer[0].At
	sampled := w.plan.Every > 0 && sample(o.Key)%uint64(w.plan.Every) == 0
	for _, r := range w.runners {
		r.begin(w.profile)
	}
	w.seer.begin(w.profile)
	for ; n > 0 && ctx.Err() == nil; n = stream.Read(w.buffer) {
		w.profile.count(w.buffer[:n])
		for _, r := range w.runners {
			r.serve(w.buffer[:n])
		}
		if sampled {
			w.seer.serve(w.buffer[:n])
		}
	}
	if ctx.Err() != nil {
		return // the time to evaluate it is over
	}
	w.profile.total(w.ground)
	if sampled && w.seer.over {
		sampled = false
		w.untold++
	}
	for _, r := range w.runners {
		r.end(w.profile, sampled)
	}
	w.seer.end(w.profile, sampled)
	w.objects++
	w.accesses += w.profile.n
	if sampled {
		w.tested += w.profile.n
	}
}

// sample spreads keys, so that one object in so many is not one rank in so many.
func sample(key uint64) uint64 {
	key = (key ^ key>>33) * 0xff51afd7ed558ccd
	return key ^ key>>29
}

func (w *worker) add(o *worker) {
	for i := range w.runners {
		w.runners[i].result().add(o.runners[i].result())
	}
	w.seer.add(o.seer.tally)
	w.objects += o.objects
	w.accesses += o.accesses
	w.tested += o.tested
	w.untold += o.untold
	if w.err == nil {
		w.err = o.err
	}
}

func (w *worker) result() *Result {
	r := &Result{
		ground: w.ground, plan: w.plan, Accesses: w.accesses, Objects: w.objects, Tested: w.tested, Untold: w.untold,
	}
	for i, rule := range w.plan.Rules {
		_, moves := rule.(placement.MovingRule)
		_, splits := rule.(placement.SplitRule)
		r.entries = append(r.entries, entry{name: rule.String(), moving: moves, split: splits, tally: w.runners[i].result()})
	}
	r.entries = append(r.entries, entry{name: StaticName, yardstick: true, tally: w.runners[len(w.plan.Rules)].result()})
	if w.tested > 0 {
		r.entries = append(r.entries, entry{name: ClairvoyantName, yardstick: true, moving: true, tally: w.seer.tally})
	}
	return r
}
