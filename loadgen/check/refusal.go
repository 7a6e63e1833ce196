package check

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"
)

// unjustified finds a refusal at which the bucket certainly held a token.
//
// A bucket that was full at first holds, at an instant t, the least of
//
//	Capacity + Refill * (t - a) - admissions in [a, t]
//
// over all window starts a <= t, or more: for the last instant at which it was
// full, the expression is its level.
//
// The refused operation looked at some t from its Sent s to its Done d. Until t
// at most those can have been admitted that were sent by d and not done before
// a; one of unknown outcome is never done. And at t at least Refill * (s - a)
// tokens have come in. So for every t
//
//	level >= Capacity + min over a <= s of Refill * (s - a) - N(a)
//
// with N(a) the number of operations sent by d and not done before a. (A start
// after s is charged with no more operations than s is, and neither has any
// refill left, so s covers it.) If that is a token or more, the refusal was wrong.
// The object's clock may have missed Tolerance of the time from a to t, so s is
// taken to be that much earlier.
//
// The least is taken where N falls: at a Done, or at s itself. The sweep takes
// refusals by Done, with the operations sent by then; the row holds for each
// start N plus the refill up to it.
func (b *bucket) unjustified(limit Limit) *fault {
	if len(b.refused) == 0 {
		return nil
	}
	takers := b.bySent(slices.Concat(b.admitted, b.unknown))
	starts := b.starts(takers, limit.tolerance())
	row := newSuffixMax(len(starts))
	for place, start := range starts {
		if start != math.MaxInt64 {
			row.set(place, limit.refilled(start))
		}
	}
	taken := 0
	for _, i := range b.byDone(b.refused) {
		refusal := &b.history[i]
		for ; taken < len(takers) && b.history[takers[taken]].Sent <= refusal.Done; taken++ {
			done := doneBy(&b.history[takers[taken]], math.MaxInt64)
			row.add(until(starts, done)-1, 1)
		}
		looked := refusal.Sent - limit.tolerance()
		value, start := row.highest(until(starts, looked))
		level := limit.Capacity + limit.refilled(looked) - value
		if level >= 1-trifle {
			return b.under(i, takers[:taken], starts[start], level, limit)
		}
	}
	return nil
}

// starts are the instants at which a window may begin, in order: each Done, and
// each instant at which a refusal may have looked. A last one, for operations that are never done, takes
// their weight and is no start.
func (b *bucket) starts(takers []int32, tolerance time.Duration) []time.Duration {
	starts := []time.Duration{math.MaxInt64}
	for _, i := range takers {
		starts = append(starts, doneBy(&b.history[i], math.MaxInt64))
	}
	for _, i := range b.refused {
		starts = append(starts, b.history[i].Sent-tolerance)
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// until is how many instants are not after t.
func until(instants []time.Duration, t time.Duration) int {
	return sort.Search(len(instants), func(i int) bool { return instants[i] > t })
}

func (b *bucket) under(refusal int32, takers []int32, start time.Duration, level float64, limit Limit) *fault {
	o := &b.history[refusal]
	takers = slices.DeleteFunc(slices.Clone(takers), func(i int32) bool {
		return doneBy(&b.history[i], math.MaxInt64) < start
	})
	const shown = 4
	witness := append(slices.Clone(takers[max(0, len(takers)-shown):]), refusal)
	return &fault{
		why: fmt.Sprintf("%s refused client %d although at least %.2f of its %v tokens were left: from %s on at most %d operations can have taken one",
			b.object, o.Client, level, limit.Capacity, at(start), len(takers)),
		witness: pick(b.history, witness...),
	}
}
