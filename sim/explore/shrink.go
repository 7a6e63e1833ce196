package explore

import (
	"context"
	"slices"
	"time"

	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/virtual"
)

// leastStep is the precision to which Shrink makes durations small.
const leastStep = 10 * time.Millisecond

// Shrink makes a failure as small as it gets: fewer faults, narrower, shorter and
// milder ones, a shorter run. It tries one change at a time and keeps those after
// which the same law is still broken, until none is left to try. The same failure
// gives the same least one. When ctx ends it gives the least one so far.
func Shrink(ctx context.Context, w World, f Failure, plant func(*virtual.Config)) Failure {
	s := shrinking{ctx: ctx, world: w, plant: plant, least: f, law: f.Broken[0].Law}
	for changed := true; changed && ctx.Err() == nil; {
		changed = s.dropFaults()
		for i := range s.least.Faults {
			changed = s.simplify(i) || changed
		}
		changed = s.shorten() || changed
	}
	return s.least
}

type shrinking struct {
	ctx   context.Context
	world World
	plant func(*virtual.Config)
	least Failure
	law   string
}

// try keeps an experiment if it still breaks the law.
func (s *shrinking) try(e Experiment) bool {
	if s.ctx.Err() != nil {
		return false
	}
	seen, err := e.Run(s.ctx, s.world, s.plant)
	if err != nil {
		return false // a change can leave a fault without anything to befall
	}
	for _, v := range seen.Broken() {
		if v.Law == s.law {
			s.least = Failure{e, seen.Broken()}
			return true
		}
	}
	return false
}

// with is the least experiment so far, with another schedule.
func (s *shrinking) with(faults fault.Schedule) Experiment {
	e := s.least.Experiment
	e.Faults = faults
	return e
}

func (s *shrinking) dropFaults() bool {
	dropped := false
	for i := 0; i < len(s.least.Faults); {
		if s.try(s.with(slices.Delete(slices.Clone(s.least.Faults), i, i+1))) {
			dropped = true
			continue
		}
		i++
	}
	return dropped
}

// simplify narrows one fault, and halves what it lasts, adds and waits for.
func (s *shrinking) simplify(i int) bool {
	changed := false
	change := func(how func(*fault.Fault)) bool {
		faults := slices.Clone(s.least.Faults)
		how(&faults[i])
		return s.try(s.with(faults))
	}
	f := s.least.Faults[i]
	if len(f.B) > 0 && !f.OneWay {
		changed = change(func(f *fault.Fault) { f.OneWay = true }) ||
			change(func(f *fault.Fault) { f.A, f.B, f.OneWay = f.B, f.A, true })
	}
	for _, part := range []func(*fault.Fault) *time.Duration{
		func(f *fault.Fault) *time.Duration { return &f.For },
		func(f *fault.Fault) *time.Duration { return &f.By },
	} {
		for {
			now := *part(&s.least.Faults[i])
			half := (now / 2).Round(leastStep)
			if now.Abs() <= leastStep || half == 0 || half == now || !change(func(f *fault.Fault) { *part(f) = half }) {
				break
			}
			changed = true
		}
	}
	return changed
}

// shorten ends the run earlier.
func (s *shrinking) shorten() bool {
	changed := false
	for {
		e := s.least.Experiment
		if e.For = (e.For * 3 / 4).Round(leastStep); e.For < time.Second || !s.try(e) {
			return changed
		}
		changed = true
	}
}
