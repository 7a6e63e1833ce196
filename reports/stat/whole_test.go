package stat_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/durabench/durabench/reports/stat"
)

// mean is a sum over a number.
func mean(sums []float64) float64 { return sums[0] / sums[1] }

// Two groups of accesses of very different size: the mean is that of all accesses, and not that of the groups' means.
func ExampleWhole() {
	i := stat.Whole([][]float64{{90, 9}, {30, 1}}, mean, 0.95)
	fmt.Printf("%g ms in the mean of 10 accesses\n", i.Center)
	// Output:
	// 12 ms in the mean of 10 accesses
}

// TestWholeByHand recomputes jackknife and t (3.499 at 99 % and 7 degrees of freedom, by the tables) for groups of unequal size.
func TestWholeByHand(t *testing.T) {
	groups := [][]float64{{10, 1}, {44, 4}, {18, 2}, {36, 3}, {9, 1}, {55, 5}, {20, 2}, {11, 1}}
	got := stat.Whole(groups, mean, 0.95)
	sum, n := 203.0, 19.0
	center, variance := sum/n, 0.0
	for _, g := range groups {
		d := (sum-g[0])/(n-g[1]) - center
		variance += d * d
	}
	half := 3.4995 * math.Sqrt(variance*7/8)
	lo, hi := min(center-half, 9), max(center+half, 12)
	if math.Abs(got.Center-center) > 1e-12 || math.Abs(got.Lo-lo) > 1e-3 || math.Abs(got.Hi-hi) > 1e-3 || got.Confidence != 0.95 || got.N != 8 {
		t.Errorf("%+v, want %v (%v…%v)", got, center, lo, hi)
	}
}

// TestWholeIsStudents: with groups of one size it is Student's interval of a mean, at a fifth of the doubt; the quantiles
// are those of the printed tables.
func TestWholeIsStudents(t *testing.T) {
	for _, test := range []struct {
		n int
		q float64
	}{{2, 63.657}, {3, 9.925}, {4, 5.841}, {6, 4.032}, {8, 3.499}, {11, 3.169}, {31, 2.750}, {121, 2.617}} {
		var groups [][]float64
		sum, squares := 0.0, 0.0
		for i := range test.n {
			x := float64(i % 2) // narrow by order statistics, so that Student's decides
			groups, sum, squares = append(groups, []float64{x, 1}), sum+x, squares+x*x
		}
		n := float64(test.n)
		se := math.Sqrt((squares - sum*sum/n) / (n - 1) / n)
		got := stat.Whole(groups, mean, 0.95)
		want := max(got.Center+test.q*se, 1)
		if math.Abs(got.Hi-want) > 0.001*want {
			t.Errorf("%d groups: up to %v, want %v", test.n, got.Hi, want)
		}
	}
}

// TestWholeCovers draws skewed groups of unequal size: the interval has the true mean at least as often as it says. An
// interval of Student's at 95 % would have it in some 90 %.
func TestWholeCovers(t *testing.T) {
	const trials = 4000
	for _, test := range []struct {
		story string
		draw  func(*rand.Rand) float64
		truth float64
	}{
		{"exponential", func(r *rand.Rand) float64 { return r.ExpFloat64() }, 1},
		{"log-normal, the mean 1.4 times the median", func(r *rand.Rand) float64 { return math.Exp(0.8 * r.NormFloat64()) }, math.Exp(0.32)},
		{"normal", func(r *rand.Rand) float64 { return 5 + r.NormFloat64() }, 5},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		covered := 0
		for range trials {
			var groups [][]float64
			for range 8 {
				size := 1 + 2*r.Float64()
				groups = append(groups, []float64{size * test.draw(r), size})
			}
			if i := stat.Whole(groups, mean, 0.95); i.Lo <= test.truth && test.truth <= i.Hi {
				covered++
			}
		}
		if share := float64(covered) / trials; share < 0.95 {
			t.Errorf("%s: the truth was covered in %.1f %% of draws", test.story, share*100)
		}
	}
}

// TestWholeOfLittle: what cannot be divided by leaves no trace in the interval, and one group has none.
func TestWholeOfLittle(t *testing.T) {
	if i := stat.Whole([][]float64{{3, 2}}, mean, 0.95); i.Center != 1.5 || i.Lo != 1.5 || i.Hi != 1.5 || len(i.Warnings) == 0 {
		t.Errorf("one group: %+v", i)
	}
	if i := stat.Whole(nil, mean, 0.95); !math.IsNaN(i.Center) || len(i.Warnings) == 0 {
		t.Errorf("no group: %+v", i)
	}
	if i := stat.Whole([][]float64{{3, 2}, {0, 0}}, mean, 0.95); i.Center != 1.5 || math.IsNaN(i.Lo) || math.IsInf(i.Hi, 0) {
		t.Errorf("an empty group: %+v", i)
	}
}
