package check

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// underJudge finds a refusal at which the bucket certainly held a token.
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
type underJudge struct {
	*bucket
	fault *fault

	takers []loadgen.Observation // that were done before the horizon, as later starts may lie at their Done
	// Of starts before all that comes, one is enough: whatever comes counts in each.
	start time.Duration
	count float64 // operations that are not among the takers and count in start
	begun bool
	never float64 // operations of unknown outcome: they count in all
}

// forever is the Done of what is of unknown outcome.
const forever = time.Duration(math.MaxInt64)

func (j *underJudge) decide(horizon time.Duration, done func(*loadgen.Observation) bool) {
	if j.fault != nil {
		return
	}
	var takers, refusals []*loadgen.Observation
	for i := range j.takers {
		takers = append(takers, &j.takers[i])
	}
	for i := range j.open {
		switch o := &j.open[i]; takingOf(o) {
		case refused:
			if done(o) {
				refusals = append(refusals, o)
			}
		default:
			takers = append(takers, o)
		}
	}
	slices.SortStableFunc(takers, bySent)
	slices.SortStableFunc(refusals, byDone)
	j.sweep(takers, refusals)
	if j.fault == nil {
		j.keep(takers, horizon, done)
	}
}

func (j *underJudge) sweep(takers, refusals []*loadgen.Observation) {
	if len(refusals) == 0 {
		return
	}
	starts := j.starts(takers, refusals)
	row := newSuffixMax(len(starts))
	for place, start := range starts {
		if start != forever {
			row.set(place, j.limit.refilled(start))
		}
	}
	if j.begun { // those that count in the start of old count in none after it
		row.add(until(starts, j.start)-1, j.count)
	}
	taken := 0
	for _, refusal := range refusals {
		for ; taken < len(takers) && takers[taken].Sent <= refusal.Done; taken++ {
			row.add(until(starts, doneBy(takers[taken], forever))-1, 1)
		}
		looked := refusal.Sent - j.limit.tolerance()
		value, start := row.highest(until(starts, looked))
		level := j.limit.Capacity + j.limit.refilled(looked) - value - j.never
		if level >= 1-trifle {
			j.convict(refusal, takers[:taken], starts[start], level)
			return
		}
	}
}

// starts are the instants at which a window may begin, in order: the one of old, each Done, and
// each instant at which a refusal may have looked. A last one, for operations that are never done, takes
// their weight and is no start.
func (j *underJudge) starts(takers, refusals []*loadgen.Observation) []time.Duration {
	starts := []time.Duration{forever}
	if j.begun {
		starts = append(starts, j.start)
	}
	for _, o := range takers {
		starts = append(starts, doneBy(o, forever))
	}
	for _, o := range refusals {
		starts = append(starts, o.Sent-j.limit.tolerance())
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// keep forgets what was done before all that comes, but for its worst start.
func (j *underJudge) keep(takers []*loadgen.Observation, horizon time.Duration, done func(*loadgen.Observation) bool) {
	old := j.oldest(horizon, done, refused)
	if old != math.MaxInt64 {
		old -= j.limit.tolerance()
	}
	var ended []time.Duration // by when those were done that can be forgotten
	var kept []loadgen.Observation
	for _, o := range takers {
		switch by := doneBy(o, forever); {
		case by == forever && o.Sent < horizon:
			j.never++
		case by >= horizon: // still open
		case by > old:
			kept = append(kept, *o)
		default:
			ended = append(ended, by)
		}
	}
	j.takers = kept
	if len(ended) == 0 {
		return
	}
	slices.Sort(ended)
	best := math.Inf(-1)
	start, count := j.start, 0.0
	if j.begun {
		count = j.count + float64(len(ended)) // all were done after the start of old
		best = count + j.limit.refilled(j.start)
	}
	for n, at := range ended {
		behind := float64(len(ended) - n)
		if value := behind + j.limit.refilled(at); value > best {
			best, start, count = value, at, behind
		}
	}
	j.start, j.count, j.begun = start, count, true
}

func (j *underJudge) convict(refusal *loadgen.Observation, takers []*loadgen.Observation, start time.Duration, level float64) {
	const shown = 4
	var witness []loadgen.Observation
	count := j.never
	if j.begun && start <= j.start {
		count += j.count
	}
	for _, o := range takers {
		if doneBy(o, forever) >= start {
			witness = append(witness, *o)
			count++
		}
	}
	witness = append(slices.Clone(witness[max(0, len(witness)-shown):]), *refusal)
	j.fault = &fault{
		why: fmt.Sprintf("%s refused client %d although at least %.2f of its %v tokens were left: from %s on at most %v operations can have taken one",
			j.object, refusal.Client, level, j.limit.Capacity, at(start), count),
		witness: witness,
	}
}
