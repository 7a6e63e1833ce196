package check

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// taking is what a limiter said to an operation.
type taking uint8

const (
	admitted taking = iota + 1
	refused
	untold // nobody knows
)

func takingOf(o *loadgen.Observation) taking {
	switch {
	case answered(o) && o.Reply.Allowed:
		return admitted
	case o.Outcome == loadgen.OK && !o.Reply.Allowed && (o.Reply.Status == 429 || o.Reply.Status == 0):
		return refused
	case o.Outcome == loadgen.Unknown:
		return untold
	}
	return 0
}

// bucket is what is known of one limiter.
//
// It is decided piece by piece. At a horizon, everything sent before it has been
// heard; so whatever was done before it has had its say, and of old windows only
// the worst one can still become worse than all others, because what comes counts
// in each of them.
type bucket struct {
	object string
	limit  Limit
	open   []loadgen.Observation // not decided by all
	over   overJudge
	under  underJudge
	ideal  idealBucket

	admitted, refused int
}

func newBucket(object string, limit Limit) *bucket {
	b := &bucket{object: object, limit: limit}
	b.over = overJudge{bucket: b, worst: window{above: math.Inf(-1)}}
	b.under = underJudge{bucket: b}
	b.ideal.tokens = limit.Capacity
	return b
}

// hear says whether the observation is kept.
func (b *bucket) hear(o *loadgen.Observation) bool {
	switch takingOf(o) {
	case admitted:
		b.admitted++
	case refused:
		b.refused++
	case untold:
	default:
		return false
	}
	b.open = append(b.open, *o)
	return true
}

// decide decides what can be decided when all that was sent before the horizon is known.
func (b *bucket) decide(horizon time.Duration) {
	done := func(o *loadgen.Observation) bool {
		return doneBy(o, math.MaxInt64) < horizon || horizon == math.MaxInt64
	}
	b.over.decide(horizon, done)
	b.under.decide(horizon, done)
	b.ideal.decide(b, horizon)
	// Each judge has taken what it needs of what was done. What was sent before the
	// horizon and is of unknown outcome can be done at any time: its number is enough.
	b.open = slices.DeleteFunc(b.open, func(o loadgen.Observation) bool {
		return done(&o) || o.Outcome == loadgen.Unknown && o.Sent < horizon
	})
}

// oldest is the earliest that what is not decided may have been sent.
func (b *bucket) oldest(horizon time.Duration, done func(*loadgen.Observation) bool, of taking) time.Duration {
	for i := range b.open {
		if o := &b.open[i]; takingOf(o) == of && !done(o) {
			horizon = min(horizon, o.Sent)
		}
	}
	return horizon
}

// idealBucket knows of each operation as soon as it is sent, and counts how many
// it would have admitted.
type idealBucket struct {
	tokens float64
	last   time.Duration
	until  time.Duration // what was sent before it is counted
	begun  bool
	count  int
}

func (d *idealBucket) decide(b *bucket, horizon time.Duration) {
	var sent []time.Duration
	for i := range b.open {
		if at := b.open[i].Sent; at < horizon && (!d.begun || at >= d.until) {
			sent = append(sent, at)
		}
	}
	slices.Sort(sent)
	for _, now := range sent {
		if d.begun {
			d.tokens = min(b.limit.Capacity, d.tokens+b.limit.refilled(now-d.last))
		}
		d.begun = true
		if d.last = now; d.tokens >= 1 {
			d.tokens--
			d.count++
		}
	}
	d.until = horizon
}

func bySent(a, b *loadgen.Observation) int { return cmp.Compare(a.Sent, b.Sent) }
func byDone(a, b *loadgen.Observation) int { return cmp.Compare(a.Done, b.Done) }

// until is how many instants are not after t.
func until(instants []time.Duration, t time.Duration) int {
	return sort.Search(len(instants), func(i int) bool { return instants[i] > t })
}
