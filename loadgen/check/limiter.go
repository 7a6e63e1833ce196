package check

import (
	"cmp"
	"fmt"
	"maps"
	"math"
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
func OverAdmission(p Params) Checker { return limiterLaw(overAdmission, p) }

// UnderAdmission is the law that nobody is refused while the bucket certainly
// holds a token.
func UnderAdmission(p Params) Checker { return limiterLaw(underAdmission, p) }

const (
	overAdmission  = "limiter never above its limit"
	underAdmission = "limiter refuses only when empty"
)

func limiterLaw(name string, p Params) Checker {
	return law{
		name: name, least: p.Least, unit: "operations answered", shares: "limiters",
		open: func() docket { return &buckets{limit: p.Limit, all: make(map[string]*bucket), memory: newMemory(p)} },
	}
}

// buckets is the docket of both laws.
type buckets struct {
	limit Limit
	all   map[string]*bucket
	last  *bucket // heard of last
	ended bool
	memory
}

func (b *buckets) hear(o *loadgen.Observation) {
	if o.Operation.Kind != loadgen.Take {
		return
	}
	if b.last == nil || b.last.object != o.Object {
		b.last = b.all[o.Object]
		if b.last == nil {
			b.last = newBucket(o.Object, b.limit)
			b.all[o.Object] = b.last
		}
	}
	if b.last.hear(o) {
		b.kept++
	}
}

func (b *buckets) settle(horizon time.Duration) {
	decideEach(&b.memory, maps.Values(b.all), func(each *bucket) int {
		each.decide(horizon)
		return len(each.open)
	})
}

func (b *buckets) rule(law string) finding {
	list := inOrderOfName(b.all)
	if !b.ended {
		b.ended = true
		for _, each := range list {
			each.decide(math.MaxInt64)
		}
	}
	if law == overAdmission {
		return ruleOver(list, b.limit)
	}
	return ruleUnder(list)
}

func ruleOver(list []*bucket, limit Limit) finding {
	var faults []fault
	answers, tested, fullest := 0, 0, 0.0
	for _, b := range list {
		answers += b.admitted + b.refused
		if float64(b.admitted+b.refused) > limit.Capacity {
			tested++
		}
		fullest = max(fullest, b.over.worst.count/(limit.Capacity+limit.refilled(b.over.worst.to-b.over.worst.from)))
		if b.over.fault != nil {
			faults = append(faults, *b.over.fault)
		}
	}
	switch {
	case len(faults) > 0:
		return convict(faults, "limiters")
	case tested == 0 && answers > 0:
		return finding{ruling: Unknown, why: fmt.Sprintf(
			"void: none of %d limiters was asked more than its %v tokens, so none was tested", len(list), limit.Capacity)}
	}
	return finding{ruling: OK, evidence: answers, why: fmt.Sprintf(
		"%d operations on %d limiters; the fullest window held %.1f %% of what it may", answers, len(list), 100*fullest)}
}

func ruleUnder(list []*bucket) finding {
	var faults []fault
	answers, admitted, possible := 0, 0, 0
	for _, b := range list {
		answers += b.admitted + b.refused
		admitted += b.admitted
		possible += b.ideal.count
		if b.under.fault != nil {
			faults = append(faults, *b.under.fault)
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
