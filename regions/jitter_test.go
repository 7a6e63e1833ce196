package regions_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
)

func quantile(x []float64, q float64) float64 {
	slices.Sort(x)
	return x[int(q*float64(len(x)-1)+0.5)]
}

func within(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s is %.4f, want %.4f to %.4f", what, got, low, high)
	}
}

func TestNoJitterIsExactlyHalfTheRoundTrip(t *testing.T) {
	p := world(t).Path("LHR", "SIN", regions.Jitter{}, 1)
	r := rand.New(rand.NewPCG(1, 1))
	want := 77500 * time.Microsecond
	for _, got := range []time.Duration{p.Delay(r), p.Base(), p.Mean(), p.Quantile(0.5), p.Quantile(0.99)} {
		if got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

func TestPathDependsOnSeedAndPairOnly(t *testing.T) {
	m := world(t)
	p := m.Path("LHR", "SIN", regions.Backbone(), 7)
	if m.Path("SIN", "LHR", regions.Backbone(), 7) != p {
		t.Error("the way back is another path")
	}
	if m.Path("LHR", "SIN", regions.Backbone(), 8) == p {
		t.Error("another seed gives the same path")
	}
	if m.Path("LHR", "SYD", regions.Backbone(), 7).Mean()-m.Path("LHR", "SYD", regions.Backbone(), 7).Base() == p.Mean()-p.Base() {
		t.Error("another pair draws the same")
	}
	// Written down once: the same on every machine and in every process.
	if got, want := p.Mean(), 78276*time.Microsecond; got.Truncate(time.Microsecond) != want {
		t.Errorf("mean of the path %v, want %v as ever", got, want)
	}
}

func TestSamplesHaveTheStatedShape(t *testing.T) {
	p := world(t).Path("LHR", "SIN", regions.Jitter{Median: 300 * time.Microsecond, Sigma: 1.1}, 1)
	r := rand.New(rand.NewPCG(2, 3))
	var extra, logs []float64
	sum := 0.0
	for range 200_000 {
		d := p.Delay(r)
		x := float64(d-p.Base()) / float64(time.Millisecond)
		extra, logs, sum = append(extra, x), append(logs, math.Log(x)), sum+float64(d)
	}
	within(t, "median of one way's extra, ms", quantile(extra, 0.5), 0.148, 0.152)
	within(t, "p99 over the median", quantile(extra, 0.99)/quantile(extra, 0.5), math.Exp(1.1*2.326)*0.95, math.Exp(1.1*2.326)*1.05)
	within(t, "p84 over the median, logarithm", quantile(logs, 0.8413)-quantile(logs, 0.5), 1.08, 1.12)
	within(t, "mean of the samples over Mean", sum/200_000/float64(p.Mean()), 0.9999, 1.0001)
	want := float64(p.Quantile(0.99)-p.Base()) / float64(time.Millisecond)
	within(t, "p99 of the samples over Quantile", quantile(extra, 0.99)/want, 0.95, 1.05)
}

// Pairs differ from each other as stated: spread 1.4 in the logarithm, drift with the measured quantiles.
func TestPairsHaveTheStatedSpread(t *testing.T) {
	m := world(t)
	edges := m.Edges()
	var logs, drifts []float64
	for i, a := range edges {
		for _, b := range edges[:i] {
			p := m.Path(a.ID, b.ID, regions.Jitter{Median: 300 * time.Microsecond, Spread: 1.4}, 5)
			logs = append(logs, math.Log(float64(p.Quantile(0.5)-p.Base())/150e3))
			q := m.Path(a.ID, b.ID, regions.Jitter{Drift: true}, 5)
			drifts = append(drifts, float64(q.Mean())/float64(q.Base()))
		}
	}
	within(t, "median of the logarithm of s", quantile(logs, 0.5), -0.03, 0.03)
	within(t, "sigma of the logarithm of s", quantile(logs, 0.8413), 1.37, 1.43)
	for q, want := range map[float64]float64{0.01: 0.843, 0.10: 0.979, 0.50: 1.0, 0.90: 1.025, 0.99: 1.153} {
		within(t, "drift", quantile(drifts, q), want-0.004, want+0.004)
	}
}

// What the shape was matched to: runs of thirty pings between many pairs. Both ways are sampled, as in a run.
func TestPingRunsLookLikeTheMeasuredOnes(t *testing.T) {
	m := world(t)
	edges := m.Edges()
	r := rand.New(rand.NewPCG(4, 5))
	var averages, spans []float64
	for i, a := range edges {
		for _, b := range edges[:i/10] {
			p := m.Path(a.ID, b.ID, regions.Backbone(), 6)
			var pings []float64
			sum := 0.0
			for range 30 {
				ms := (p.Delay(r) + p.Delay(r)).Seconds() * 1000
				pings, sum = append(pings, ms), sum+ms
			}
			least, most := slices.Min(pings), slices.Max(pings)
			averages, spans = append(averages, sum/30-least), append(spans, most-least)
		}
	}
	within(t, "average over minimum, median pair, ms", quantile(averages, 0.5), 0.3, 0.5)
	within(t, "average over minimum, p90 pair, ms", quantile(averages, 0.9), 1.2, 5)
	within(t, "maximum over minimum, median pair, ms", quantile(spans, 0.5), 1, 3)
	within(t, "maximum over minimum, p90 pair, ms", quantile(spans, 0.9), 8, 23)
}

func TestWithinOnePlaceNothingIsDrawn(t *testing.T) {
	m := world(t)
	for _, id := range ids(m.DefaultEdges()) {
		p := m.Path(id, id, regions.Backbone(), 9)
		if got, want := p.Quantile(0.5), 650*time.Microsecond; got != want {
			t.Errorf("median one way within %s is %v, want half of 1 ms and of 0.3 ms, %v", id, got, want)
		}
	}
}

func TestOneSampleIsBounded(t *testing.T) {
	p := world(t).Path("LHR", "SIN", regions.Jitter{Median: time.Hour}, 1)
	if got, want := p.Delay(rand.New(rand.NewPCG(1, 2))), p.Base()+time.Second; got != want {
		t.Errorf("a jitter of hours gives %v, want base and a second, %v", got, want)
	}
}

func BenchmarkDelay(b *testing.B) {
	p := world(b).Path("LHR", "SIN", regions.Backbone(), 1)
	r := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		p.Delay(r)
	}
}

func BenchmarkPath(b *testing.B) {
	m := world(b)
	for b.Loop() {
		m.Path("LHR", "SIN", regions.Backbone(), 1)
	}
}
