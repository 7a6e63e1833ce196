package stat_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/durabench/durabench/reports/stat"
)

// upTo is the sample 1, 2 … n, in which a quantile can be read off.
func upTo(n int) stat.Sample {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(n - i)
	}
	return stat.NewSample(values)
}

func Example() {
	s := upTo(240)
	for _, q := range []float64{0.5, 0.99} {
		fmt.Printf("p%g = %g\n", q*100, s.Quantile(q))
		if doubt := stat.Doubt(q, s.N()); doubt != nil {
			fmt.Println("warning:", doubt)
		}
	}
	// Output:
	// p50 = 120
	// p99 = 238
	// warning: p99 rests on 240 samples; it takes 1000
}

func ExampleSample_Median() {
	i := upTo(11).Median(0.95)
	fmt.Printf("%g in %g..%g with %.1f %%\n", i.Center, i.Lo, i.Hi, i.Confidence*100)
	// Output:
	// 6 in 3..10 with 96.1 %
}

func TestNeed(t *testing.T) {
	for _, row := range []struct {
		story string
		q     float64
		want  int
	}{
		{"a median is borne by few", 0.5, 20},
		{"a p99 takes a thousand", 0.99, 1000},
		{"a p99.9 ten thousand", 0.999, 10000},
		{"a low quantile is as hard as a high one", 0.01, 1000},
		{"a maximum is what it is", 1, 1},
	} {
		if got := stat.Need(row.q); got != row.want {
			t.Errorf("%s: Need(%g) = %d, want %d", row.story, row.q, got, row.want)
		}
	}
}

func TestDoubtStartsBelowNeed(t *testing.T) {
	if err := stat.Doubt(0.99, 1000); err != nil {
		t.Errorf("Doubt(0.99, 1000) = %v, want none", err)
	}
	err := stat.Doubt(0.99, 999)
	var few *stat.FewError
	if !errors.As(err, &few) || few.N != 999 || few.Need != 1000 {
		t.Errorf("Doubt(0.99, 999) = %v, want a FewError of 999 out of 1000", err)
	}
}

func TestQuantileIsAMeasuredValue(t *testing.T) {
	for _, row := range []struct {
		story string
		n     int
		q     float64
		want  float64
	}{
		{"the least is the least", 10, 0, 1},
		{"half of ten do not exceed five", 10, 0.5, 5},
		{"odd: the one in the middle", 11, 0.5, 6},
		{"the share is exact, not one beyond by rounding", 100, 0.99, 99},
		{"the greatest is the greatest", 10, 1, 10},
		{"one value is every quantile", 1, 0.99, 1},
	} {
		if got := upTo(row.n).Quantile(row.q); got != row.want {
			t.Errorf("%s: quantile %g of 1..%d = %g, want %g", row.story, row.q, row.n, got, row.want)
		}
	}
	if got := upTo(0).Quantile(0.5); !math.IsNaN(got) {
		t.Errorf("median of nothing = %g, want NaN", got)
	}
}

func TestMedianInterval(t *testing.T) {
	for _, row := range []struct {
		story   string
		n       int
		lo, hi  float64
		warning bool
	}{
		{"nothing can be said of nothing", 0, math.NaN(), math.NaN(), true},
		{"one value encloses nothing", 1, 1, 1, true},
		{"five reach 93.75 % at best", 5, 1, 5, true},
		{"six are the first to reach 95 %", 6, 1, 6, false},
		{"a hundred: ten ranks either way", 100, 41, 61, false},
	} {
		got := upTo(row.n).Median(0.95)
		same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
		if !same(got.Lo, row.lo) || !same(got.Hi, row.hi) || (len(got.Warnings) > 0) != row.warning {
			t.Errorf("%s: median of 1..%d = %+v, want %g..%g, warning %v", row.story, row.n, got, row.lo, row.hi, row.warning)
		}
	}
}

// TestIntervalCovers draws many samples whose true median and p90 are known: the
// interval must enclose them about as often as it says.
func TestIntervalCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const rounds = 2000
	for _, q := range []float64{0.5, 0.9} {
		truth, held, promised := -math.Log(1-q), 0, 0.0
		for range rounds {
			values := make([]float64, 80)
			for i := range values {
				values[i] = r.ExpFloat64()
			}
			i := stat.NewSample(values).Interval(q, 0.95)
			promised += i.Confidence / rounds
			if i.Lo <= truth && truth <= i.Hi {
				held++
			}
		}
		if share := float64(held) / rounds; math.Abs(share-promised) > 0.015 {
			t.Errorf("p%g: enclosed the truth in %.3f of samples, promised %.3f", q*100, share, promised)
		}
	}
}

func TestNaNHasNoPlace(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a sample with NaN was accepted")
		}
	}()
	stat.NewSample([]float64{1, math.NaN()})
}
