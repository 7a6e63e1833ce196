// Package stat summarises samples without hiding how much they can bear.
//
// A number that rests on too few samples is worse than none, because it looks
// like any other. So doubt is a value here: every Interval carries its warnings, and
// the rule for quantiles (Doubt) is the one all reports use.
//
// Of single latencies it assumes nothing: they have several humps and long tails, so
// their intervals come from order statistics, not from a bell curve. Sums over groups
// come closer to one: see Whole for how close.
package stat

import (
	"fmt"
	"math"
	"slices"
)

// beyond is how many samples must lie beyond a quantile before it is trusted:
// 1,000 samples for a p99, 10,000 for a p99.9. With fewer, one slow reply more
// or less moves the number.
const beyond = 10

// FewError says that a quantile rests on too few samples.
type FewError struct {
	Q    float64 // the quantile, 0..1
	N    int     // how many samples there were
	Need int     // how many it takes
}

// Error is one sentence with both numbers.
func (e *FewError) Error() string {
	return fmt.Sprintf("p%s rests on %d samples; it takes %d", percent(e.Q), e.N, e.Need)
}

// percent prints a quantile the way it is spoken: 50, 99, 99.9.
func percent(q float64) string { return fmt.Sprintf("%.4g", q*100) }

// Need is how many samples the quantile q takes: enough that ten lie beyond it,
// on its thinner side.
func Need(q float64) int {
	tail := min(q, 1-q)
	if tail <= 0 {
		return 1 // a minimum or maximum is what it is
	}
	return int(math.Ceil(beyond/tail - 1e-6)) // 1-0.99 is a hair off 0.01
}

// Doubt is nil if n samples bear the quantile q, else why not.
func Doubt(q float64, n int) error {
	if need := Need(q); n < need {
		return &FewError{Q: q, N: n, Need: need}
	}
	return nil
}

// Sample is a set of values, sorted once.
type Sample struct{ sorted []float64 }

// NewSample keeps a sorted copy of values. NaN has no place in an order: it panics.
func NewSample(values []float64) Sample {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	if len(sorted) > 0 && math.IsNaN(sorted[0]) { // NaN sorts first
		panic("stat: NaN in a sample")
	}
	return Sample{sorted}
}

// N is how many values there are.
func (s Sample) N() int { return len(s.sorted) }

// Quantile is the smallest value that at least the share q of the sample does
// not exceed: always a value that was measured, never one in between.
// It is NaN for an empty sample.
func (s Sample) Quantile(q float64) float64 {
	if len(s.sorted) == 0 {
		return math.NaN()
	}
	rank := int(math.Ceil(q*float64(len(s.sorted)) - 1e-9))
	return s.sorted[min(max(rank, 1), len(s.sorted))-1]
}
