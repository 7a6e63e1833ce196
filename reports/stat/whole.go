package stat

import (
	"fmt"
	"math"
)

// Whole is what groups of a sample come to together, with its interval: of says it of sums, and is asked about those of all
// groups, of all but one, and of each alone. So a mean of many accesses is that of all of them, whatever group they are in,
// and differences of such means add up, which medians do not.
//
// The interval is the hull of two, for groups that are alike in law, but not in size:
//
//   - The delete-a-group jackknife: the spread of what is left without each group gives the standard error of a ratio of
//     sums (Kott, "The Delete-a-Group Jackknife", Journal of Official Statistics 17, 2001), times Student's t with one
//     degree of freedom less than groups. A t interval of means that are skewed covers less than it says; so it is taken at
//     a fifth of the doubt: at 99 % for 95 %.
//   - The order statistics of the groups' own values: they cover their median with the confidence, whatever the law.
//
// Measured at 95 %, on regrets of seven placement strategies (10,000 draws of 8 seeds): it covers the true mean in 95.2 to
// 99.4 % of draws for populations of 100 objects (mixed, teams, users who move, offices under the sun; 3,000 seeds each) and
// in 96 to 99.5 % for 1,000 objects (mixed and teams; 230 seeds each), the least for teams, where it is 1.6 times the median;
// t at 95 % alone covers 83 to 95 %. Of 6 seeds it covers 91.8 to 99 %. For 8 groups of one trace: 94.6 to 100 % with 1,000
// objects, 87 to 99.7 % with 63. In 20,000 draws of each, intervals of a strategy that was not the best never ended before
// all others began.
func Whole(groups [][]float64, of func(sums []float64) float64, confidence float64) Interval {
	n := len(groups)
	if n == 0 {
		nan := math.NaN()
		return Interval{Center: nan, Lo: nan, Hi: nan, Warnings: []error{fmt.Errorf("no groups")}}
	}
	sums := make([]float64, len(groups[0]))
	for _, g := range groups {
		for k, v := range g {
			sums[k] += v
		}
	}
	center := of(sums)
	i := Interval{N: n, Center: center, Lo: center, Hi: center}
	if n < 2 {
		i.Warnings = append(i.Warnings, fmt.Errorf("one group has no interval"))
		return i
	}
	rest, variance := make([]float64, len(sums)), 0.0
	var alone []float64
	for _, g := range groups {
		for k := range rest {
			rest[k] = sums[k] - g[k]
		}
		if without := of(rest); finite(without) {
			variance += (without - center) * (without - center)
		}
		if own := of(g); finite(own) {
			alone = append(alone, own)
		}
	}
	half := studentT(1-(1-confidence)/5, n-1) * math.Sqrt(variance*float64(n-1)/float64(n))
	i.Lo, i.Hi, i.Confidence = center-half, center+half, confidence
	if len(alone) > 0 {
		order := NewSample(alone).Median(confidence)
		i.Lo, i.Hi = min(i.Lo, order.Lo), max(i.Hi, order.Hi)
	}
	return i
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// studentT is how far from the middle Student's t lies with a probability, with so many degrees of freedom.
func studentT(within float64, freedom int) float64 {
	low, high := 0.0, 1.0
	for studentWithin(high, freedom) < within {
		high *= 2
	}
	for range 60 {
		if middle := (low + high) / 2; studentWithin(middle, freedom) < within {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// studentWithin is the probability that Student's t lies within t of the middle: for whole degrees of freedom a finite sum
// over the angle whose tangent is t / sqrt(freedom).
func studentWithin(t float64, freedom int) float64 {
	sin, cos := math.Sincos(math.Atan(t / math.Sqrt(float64(freedom))))
	odd := freedom % 2
	term, sum := 1.0, 0.0
	if odd == 1 {
		term = cos
	}
	for k := odd; k <= freedom-2; k += 2 {
		sum += term
		term *= float64(k+1) / float64(k+2) * cos * cos
	}
	if odd == 1 {
		return 2 / math.Pi * (math.Atan(t/math.Sqrt(float64(freedom))) + sin*sum)
	}
	return sin * sum
}
