package check

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// overJudge finds the window with the most admissions above its refill.
//
// An admission took its token between Sent and Done, so it is certainly inside
// [from, to] if from <= Sent and Done <= to. Between two instants a bucket gives
// at most what it held, which is at most Capacity, and what came in: any count
// of certain ones above that convicts. Only windows that begin at a Sent and end
// at a Done of an operation inside need to be tried, as any other shrinks to
// one of these without losing an operation.
//
// The sweep takes the operations by Done, so that at each step those taken are
// the ones that end in time. The row holds, for each begin, the count of those
// taken that were sent since, plus the refill up to the begin; subtracting the
// refill up to the end leaves the count less the refill in between.
type overJudge struct {
	*bucket
	worst window
	fault *fault

	// taken are admissions that were swept before, as later windows may begin at
	// them. Of those that began before everything that comes was sent, one is enough:
	// whatever comes counts in all of their windows.
	taken []loadgen.Observation
	first *begin
}

// window is a stretch of time with the operations that certainly lie in it.
type window struct {
	from, to time.Duration
	count    float64
	above    float64 // count less the refill in the window; at most Capacity by law
}

// begin is where a window may begin, with how many swept operations lie behind it
// that are not among those taken.
type begin struct {
	at    loadgen.Observation
	count float64
}

func (j *overJudge) decide(horizon time.Duration, done func(*loadgen.Observation) bool) {
	var swept, all []*loadgen.Observation
	for i := range j.taken {
		all = append(all, &j.taken[i])
	}
	for i := range j.open {
		if o := &j.open[i]; takingOf(o) == admitted && done(o) {
			swept = append(swept, o)
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, bySent)
	slices.SortStableFunc(swept, byDone)
	place := make(map[*loadgen.Observation]int, len(all))
	row := newSuffixMax(1 + len(all)) // place 0 is the first begin of old
	if j.first != nil {
		row.set(0, j.first.count+j.limit.refilled(j.first.at.Sent))
	}
	for n, o := range all {
		place[o] = n + 1
	}
	for i := range j.taken {
		j.enter(row, place, &j.taken[i])
	}
	for _, o := range swept {
		j.enter(row, place, o)
		j.try(row, all, o)
	}
	j.keep(row, all, j.oldest(horizon, done, admitted))
}

func (j *overJudge) enter(row *suffixMax, place map[*loadgen.Observation]int, o *loadgen.Observation) {
	row.set(place[o], j.limit.refilled(o.Sent))
	row.add(place[o], 1)
}

// try ends windows at an operation.
func (j *overJudge) try(row *suffixMax, all []*loadgen.Observation, o *loadgen.Observation) {
	value, at := row.highest(1 + len(all))
	above := value - j.limit.refilled(o.Done)
	if above <= j.worst.above {
		return
	}
	from := j.from(all, at)
	j.worst = window{from: from.Sent, to: o.Done, above: above}
	j.worst.count = math.Round(above + j.limit.refilled(o.Done-from.Sent))
	if above > j.limit.Capacity+j.limit.refilled(j.limit.tolerance())+trifle {
		j.convict(all, from)
	}
}

func (j *overJudge) from(all []*loadgen.Observation, place int) *loadgen.Observation {
	if place == 0 {
		return &j.first.at
	}
	return all[place-1]
}

// keep forgets the begins that are not the worst of their time.
func (j *overJudge) keep(row *suffixMax, all []*loadgen.Observation, oldest time.Duration) {
	old := sort.Search(len(all), func(n int) bool { return all[n].Sent > oldest })
	if value, at := row.highest(1 + old); !math.IsInf(value, -1) {
		// What lies behind the old begins and is still taken counts when it is entered again.
		from := *j.from(all, at)
		count := value - j.limit.refilled(from.Sent) - float64(len(all)-old)
		j.first = &begin{at: from, count: math.Round(count)}
	}
	rest := make([]loadgen.Observation, 0, len(all)-old)
	for _, o := range all[old:] {
		rest = append(rest, *o)
	}
	j.taken = rest
}

func (j *overJudge) convict(all []*loadgen.Observation, from *loadgen.Observation) {
	w := j.worst
	inside := []loadgen.Observation{*from}
	for _, o := range all {
		if o != from && o.Sent >= w.from && o.Done <= w.to {
			inside = append(inside, *o)
		}
	}
	j.fault = &fault{
		why: fmt.Sprintf("%s admitted %v operations within %s, from %s to %s, where at most %v + %.2f are allowed",
			j.object, w.count, w.to-w.from, at(w.from), at(w.to), j.limit.Capacity, j.limit.refilled(w.to-w.from)),
		witness: ends(inside),
	}
}

// ends keeps a few of the first and of the last.
func ends(list []loadgen.Observation) []loadgen.Observation {
	if len(list) <= 6 {
		return list
	}
	return slices.Concat(list[:3], list[len(list)-3:])
}
