package check

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Counter is the law that a counter is linearizable: every operation seems to
// happen at one instant between its being sent and being done. It judges whole
// histories in near-linear time, because a counter's answers give away their
// order. Counters start at zero; a history with decrements or resets has no such
// order and is searched instead, as far as the bounds of Search reach.
func Counter(p Params) Checker {
	search := p.Search.orDefaults()
	return law{
		name: "counter linearizable", least: p.Least, unit: "operations answered", shares: "counters",
		open: func() docket { return &counters{search: search, counts: make(map[string]*count), memory: newMemory(p)} },
	}
}

func isCounterKind(k loadgen.Kind) bool {
	switch k {
	case loadgen.Increment, loadgen.Decrement, loadgen.Read, loadgen.Reset:
		return true
	}
	return false
}

// counters is the docket of Counter.
type counters struct {
	search Search
	counts map[string]*count
	last   *count // heard of last
	memory
}

func (c *counters) hear(o *loadgen.Observation) {
	if !isCounterKind(o.Operation.Kind) {
		return
	}
	if c.last == nil || c.last.object != o.Object {
		c.last = c.counts[o.Object]
		if c.last == nil {
			c.last = &count{object: o.Object, horizon: math.MinInt64}
			c.counts[o.Object] = c.last
		}
	}
	before := len(c.last.open)
	c.last.hear(o)
	c.kept += len(c.last.open) - before
}

func (c *counters) settle(horizon time.Duration) {
	decideEach(&c.memory, maps.Values(c.counts), func(each *count) int {
		each.settle(horizon, c.search)
		return len(each.open)
	})
}

func (c *counters) rule(string) finding {
	var faults []fault
	var doubts []string
	operations, unknown := 0, 0
	for _, each := range inOrderOfName(c.counts) {
		f, doubt := each.conclude(c.search)
		operations, unknown = operations+each.answers, unknown+each.unknown
		if f != nil {
			faults = append(faults, *f)
		}
		if doubt != "" {
			doubts = append(doubts, doubt)
		}
	}
	switch {
	case len(faults) > 0:
		return convict(faults, "counters")
	case len(doubts) > 0:
		return finding{ruling: Unknown, why: doubts[0]}
	}
	why := fmt.Sprintf("%d operations on %d counters fit one order each", operations, len(c.counts))
	if unknown > 0 {
		why += fmt.Sprintf(", with %d increments of unknown outcome", unknown)
	}
	return finding{ruling: OK, why: why, evidence: operations}
}

func inOrderOfName[T any](all map[string]T) []T {
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	list := make([]T, len(names))
	for i, name := range names {
		list[i] = all[name]
	}
	return list
}

// count is what is known of one counter.
//
// While it is only incremented and read, its history is decided piece by piece;
// see piece. Otherwise all of it is kept, up to what can be searched.
type count struct {
	object  string
	open    []loadgen.Observation // not decided
	decided decided
	horizon time.Duration // at which something was decided last; MinInt64 if never
	fault   *fault
	// reach is the latest instant that the fault rests on: a decrement sent by then
	// may excuse it.
	reach time.Duration

	answers, unknown int
	mixed            bool // there are operations that are neither increments nor reads
	excused          bool // … and they came after something was decided
	left             int  // observations of a mixed history that are not kept
}

func (c *count) hear(o *loadgen.Observation) {
	known := answered(o)
	switch {
	case known:
		c.answers++
	case o.Outcome == loadgen.Unknown && o.Operation.Kind != loadgen.Read:
		c.unknown++
	default:
		return
	}
	if o.Operation.Kind != loadgen.Increment && o.Operation.Kind != loadgen.Read {
		c.mix(o)
	}
	switch {
	case c.fault != nil || c.excused:
	case c.left > 0 && o.Sent >= c.horizon:
		c.left++
	default:
		c.open = append(c.open, *o)
	}
}

// mix takes note of a decrement or a reset.
func (c *count) mix(o *loadgen.Observation) {
	c.mixed = true
	if c.fault != nil && o.Sent <= c.reach {
		c.fault = nil
		c.excused = true
	}
	if c.fault == nil && c.horizon > math.MinInt64 && c.left == 0 {
		c.excused, c.open = true, nil
	}
}

// settle decides what it can.
func (c *count) settle(horizon time.Duration, s Search) {
	switch {
	case c.fault != nil || c.excused:
	case !c.mixed:
		c.horizon = horizon
		c.decide(horizon)
	case c.left == 0:
		c.bound(horizon, s)
	}
}

// bound stops keeping a mixed history once its searchable beginning is complete.
func (c *count) bound(horizon time.Duration, s Search) {
	before := 0
	for i := range c.open {
		if c.open[i].Sent < horizon {
			before++
		}
	}
	if before <= s.Operations+1 {
		return
	}
	c.horizon = horizon
	all := len(c.open)
	c.open = slices.DeleteFunc(c.open, func(o loadgen.Observation) bool { return o.Sent >= horizon })
	c.left = 1 + all - len(c.open)
}

func (c *count) decide(horizon time.Duration) {
	c.fault = newPiece(c, horizon).judge()
	if c.fault != nil {
		for i := range c.open {
			c.reach = max(c.reach, c.open[i].Done, c.open[i].Sent)
		}
		c.open = nil
	}
}

// conclude is the counter's verdict. The doubt says why there is none.
func (c *count) conclude(s Search) (*fault, string) {
	switch {
	case c.fault != nil:
		return c.fault, ""
	case c.excused:
		return nil, fmt.Sprintf("%s has decrements or resets after a part of its %d operations had been judged without", c.object, c.answers+c.unknown)
	case c.mixed:
		return s.whole(c.open, c.object, c.answers+c.unknown)
	}
	c.decide(math.MaxInt64)
	return c.fault, ""
}
