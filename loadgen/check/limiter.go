package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Limit is a token bucket: full at first, it never holds more than Capacity
// tokens, gains Refill tokens a second, and gives one to each admitted operation.
type Limit struct {
	Capacity float64
	Refill   float64 // tokens per second
	// Tolerance is how far the object's clock may be off the instants of its
	// operations. Zero is a millisecond: the class keeps whole milliseconds.
	Tolerance time.Duration
}

func (l Limit) check() error {
	if !(l.Capacity >= 1) || !(l.Refill >= 0) || math.IsInf(l.Capacity+l.Refill, 0) || l.Tolerance < 0 {
		return fmt.Errorf("limit of %v tokens, %v/s, tolerance %s: want at least one token, and nothing below zero",
			l.Capacity, l.Refill, l.Tolerance)
	}
	return nil
}

// refilled is how many tokens come in a time.
func (l Limit) refilled(d time.Duration) float64 { return l.Refill * d.Seconds() }

// trifle is what sums of floats may be off, in tokens.
const trifle = 1e-9

func (l Limit) tolerance() time.Duration { return cmp.Or(l.Tolerance, time.Millisecond) }

// OverAdmission is the law that in no window of time more operations are
// admitted than Capacity plus what is refilled in it.
func OverAdmission(p Params) Checker {
	return law{
		name: "limiter never above its limit", least: p.Least, unit: "operations answered",
		judge: func(history []loadgen.Observation) finding { return judgeOver(history, p.Limit) },
	}
}

// UnderAdmission is the law that nobody is refused while the bucket certainly
// holds a token.
func UnderAdmission(p Params) Checker {
	return law{
		name: "limiter refuses only when empty", least: p.Least, unit: "operations answered",
		judge: func(history []loadgen.Observation) finding { return judgeUnder(history, p.Limit) },
	}
}

func isTake(k loadgen.Kind) bool { return k == loadgen.Take }

// bucket is the history of one limiter.
type bucket struct {
	history  []loadgen.Observation
	object   string
	admitted []int32
	refused  []int32
	unknown  []int32
}

func newBucket(history []loadgen.Observation, g group) *bucket {
	b := &bucket{history: history, object: g.object}
	for _, i := range g.at {
		switch o := &history[i]; {
		case answered(o) && o.Reply.Allowed:
			b.admitted = append(b.admitted, i)
		case o.Outcome == loadgen.OK && !o.Reply.Allowed && (o.Reply.Status == 429 || o.Reply.Status == 0):
			b.refused = append(b.refused, i)
		case o.Outcome == loadgen.Unknown:
			b.unknown = append(b.unknown, i)
		}
	}
	return b
}

func (b *bucket) bySent(list []int32) []int32 {
	return b.sorted(list, func(o *loadgen.Observation) time.Duration { return o.Sent })
}

func (b *bucket) byDone(list []int32) []int32 {
	return b.sorted(list, func(o *loadgen.Observation) time.Duration { return o.Done })
}

func (b *bucket) sorted(list []int32, key func(*loadgen.Observation) time.Duration) []int32 {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(i, j int32) int { return cmp.Compare(key(&b.history[i]), key(&b.history[j])) })
	return list
}

func judgeOver(history []loadgen.Observation, limit Limit) finding {
	groups := byObject(history, isTake)
	var faults []fault
	answers, tested, fullest := 0, 0, 0.0
	for _, g := range groups {
		b := newBucket(history, g)
		answers += len(b.admitted) + len(b.refused)
		if float64(len(b.admitted)+len(b.refused)) > limit.Capacity {
			tested++
		}
		w := b.worstWindow(limit)
		fullest = max(fullest, w.count/(limit.Capacity+limit.refilled(w.to-w.from)))
		if w.above > limit.Capacity+limit.refilled(limit.tolerance())+trifle {
			faults = append(faults, b.over(w, limit))
		}
	}
	switch {
	case len(faults) > 0:
		return convict(faults, "limiters")
	case tested == 0 && answers > 0:
		return finding{ruling: Unknown, why: fmt.Sprintf(
			"void: none of %d limiters was asked more than its %v tokens, so none was tested", len(groups), limit.Capacity)}
	}
	return finding{ruling: OK, evidence: answers, why: fmt.Sprintf(
		"%d operations on %d limiters; the fullest window held %.1f %% of what it may", answers, len(groups), 100*fullest)}
}

// window is a stretch of time with the operations that certainly lie in it.
type window struct {
	from, to time.Duration
	count    float64
	above    float64 // count less the refill in the window; at most Capacity by law
}

// worstWindow finds the window with the most admissions above its refill.
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
func (b *bucket) worstWindow(limit Limit) window {
	bySent := b.bySent(b.admitted)
	place := make(map[int32]int, len(bySent))
	for n, i := range bySent {
		place[i] = n
	}
	row := newSuffixMax(len(bySent))
	worst := window{above: math.Inf(-1)}
	for _, i := range b.byDone(b.admitted) {
		o := &b.history[i]
		n := place[i]
		row.set(n, limit.refilled(o.Sent))
		row.add(n, 1)
		value, begin := row.highest(len(bySent))
		if above := value - limit.refilled(o.Done); above > worst.above {
			from := b.history[bySent[begin]].Sent
			worst = window{from: from, to: o.Done, above: above}
			worst.count = math.Round(above + limit.refilled(o.Done-from))
		}
	}
	return worst
}

func (b *bucket) over(w window, limit Limit) fault {
	var inside []int32
	for _, i := range b.bySent(b.admitted) {
		if o := &b.history[i]; o.Sent >= w.from && o.Done <= w.to {
			inside = append(inside, i)
		}
	}
	return fault{
		why: fmt.Sprintf("%s admitted %d operations within %s, from %s to %s, where at most %v + %.2f are allowed",
			b.object, len(inside), w.to-w.from, at(w.from), at(w.to), limit.Capacity, limit.refilled(w.to-w.from)),
		witness: pick(b.history, ends(inside)...),
	}
}

// ends keeps a few of the first and of the last.
func ends(list []int32) []int32 {
	if len(list) <= 6 {
		return list
	}
	return slices.Concat(list[:3], list[len(list)-3:])
}

func judgeUnder(history []loadgen.Observation, limit Limit) finding {
	groups := byObject(history, isTake)
	var faults []fault
	answers, admitted, possible := 0, 0, 0
	for _, g := range groups {
		b := newBucket(history, g)
		answers += len(b.admitted) + len(b.refused)
		admitted += len(b.admitted)
		possible += b.possible(limit)
		if f := b.unjustified(limit); f != nil {
			faults = append(faults, *f)
		}
	}
	used := ""
	if possible > 0 {
		used = fmt.Sprintf("%d operations were admitted of the %d that a bucket beside the clients would have (%.1f %%)",
			admitted, possible, 100*float64(admitted)/float64(possible))
	}
	if len(faults) > 0 {
		f := convict(faults, "limiters")
		f.why += "; " + used
		return f
	}
	return finding{ruling: OK, evidence: answers, why: used}
}

// possible is how many operations an ideal bucket, which knows of each as soon
// as it is sent, would have admitted.
func (b *bucket) possible(limit Limit) (count int) {
	tokens, last := limit.Capacity, time.Duration(0)
	for n, i := range b.bySent(slices.Concat(b.admitted, b.refused, b.unknown)) {
		now := b.history[i].Sent
		if n > 0 {
			tokens = min(limit.Capacity, tokens+limit.refilled(now-last))
		}
		if last = now; tokens >= 1 {
			tokens--
			count++
		}
	}
	return count
}
