package stat

import (
	"fmt"
	"math"
)

// Interval is a quantile with the range that covers the true one.
type Interval struct {
	N              int
	Center, Lo, Hi float64
	// Confidence is what the range really covers: order statistics come in
	// steps, so it is at least what was asked, or less with a warning.
	Confidence float64
	Warnings   []error
}

// Median is the median with an interval of at least the confidence asked for.
func (s Sample) Median(confidence float64) Interval { return s.Interval(0.5, confidence) }

// Interval is the quantile q with its confidence interval by order statistics.
//
// The number of values below the true quantile is binomial (n, q), whatever the
// distribution; so the values of rank lo and hi enclose the true quantile with
// the probability that the binomial falls in [lo, hi-1]. Ranks are widened one
// at a time, always to the likelier side, until the confidence is reached. If
// all n values do not reach it, the range is all of them and a warning says so.
func (s Sample) Interval(q, confidence float64) Interval {
	n := s.N()
	if n == 0 {
		nan := math.NaN()
		return Interval{Center: nan, Lo: nan, Hi: nan, Warnings: []error{fmt.Errorf("no samples")}}
	}
	lo, hi, covered := ranks(n, q, confidence)
	i := Interval{N: n, Center: s.Quantile(q), Lo: s.sorted[lo-1], Hi: s.sorted[hi-1], Confidence: covered}
	if covered < confidence {
		i.Warnings = append(i.Warnings, fmt.Errorf(
			"%d samples give the p%s a confidence of %.1f %% at best, not %.1f %%",
			n, percent(q), covered*100, confidence*100))
	}
	return i
}

// ranks finds ranks 1 <= lo < hi <= n around the quantile whose values enclose
// it with the confidence asked for, and how much they really cover. One value
// encloses nothing.
func ranks(n int, q, confidence float64) (lo, hi int, covered float64) {
	mode := min(max(int(float64(n+1)*q), 1), n)
	lo, hi = mode, mode // covers the counts lo..hi-1: none as yet
	for covered < confidence && (lo > 1 || hi < n) {
		below, above := 0.0, 0.0
		if lo > 1 {
			below = chance(n, lo-1, q)
		}
		if hi < n {
			above = chance(n, hi, q)
		}
		if hi < n && (above >= below*(1-1e-9) || lo == 1) {
			hi, covered = hi+1, covered+above
		} else {
			lo, covered = lo-1, covered+below
		}
	}
	return lo, hi, covered
}

// chance is the binomial probability of exactly k of n, each with chance p.
func chance(n, k int, p float64) float64 {
	choose := lgamma(n+1) - lgamma(k+1) - lgamma(n-k+1)
	return math.Exp(choose + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

func lgamma(x int) float64 {
	v, _ := math.Lgamma(float64(x))
	return v
}
