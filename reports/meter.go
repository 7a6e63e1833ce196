package reports

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/durabench/durabench/loadgen"
)

// A meter's range. What is longer counts as longest, its exact maximum is kept.
const (
	shortest = time.Microsecond
	longest  = 10 * time.Minute
)

// Digits of a meter: 24 KiB of counters at two, 168 KiB at three.
const (
	coarse = 2
	fine   = 3
)

// meter holds the distribution of durations in constant memory.
type meter struct {
	hist *hdrhistogram.Histogram
	max  time.Duration
	sum  time.Duration
}

func newMeter(digits int) *meter {
	return &meter{hist: hdrhistogram.New(int64(shortest/time.Microsecond), int64(longest/time.Microsecond), digits)}
}

func (m *meter) record(d time.Duration) {
	d = max(d, 0)
	m.max = max(m.max, d)
	m.sum += d
	us := (min(d, longest) + time.Microsecond/2) / time.Microsecond
	if err := m.hist.RecordValue(int64(us)); err != nil {
		panic("reports: a clamped duration is out of range: " + err.Error())
	}
}

// add counts in what another one measured.
func (m *meter) add(other *meter) {
	m.hist.Merge(other.hist)
	m.max = max(m.max, other.max)
	m.sum += other.sum
}

func (m *meter) n() int64 { return m.hist.TotalCount() }

// at is the quantile q, 0..1. A counter stands for a range and answers with its
// upper end, which must not exceed what was seen.
func (m *meter) at(q float64) Micros {
	if m.n() == 0 {
		return 0
	}
	upper := time.Duration(m.hist.ValueAtQuantile(q*100)) * time.Microsecond
	return Micros(min(upper, m.max))
}

func (m *meter) quantiles() Quantiles {
	q := Quantiles{P50: m.at(0.5), P90: m.at(0.9), P99: m.at(0.99), P999: m.at(0.999), Max: Micros(m.max)}
	if n := m.n(); n > 0 {
		q.Mean = Micros(m.sum / time.Duration(n))
	}
	return q
}

// shares are where a distribution is read off: evenly in the middle, closer
// towards the tail, and no further than n samples tell anything new.
func shares(n int64) []float64 {
	var at []float64
	for percent := 2; percent < 98; percent += 2 {
		at = append(at, float64(percent)/100)
	}
	for tail := 0.02; tail*float64(n) >= 1 && tail > 1e-5; tail /= 1.5 {
		at = append(at, 1-tail)
	}
	return at
}

// cdf is the distribution in at most some seventy marks.
func (m *meter) cdf() []Mark {
	if m.n() == 0 {
		return nil
	}
	var marks []Mark
	for _, share := range shares(m.n()) {
		marks = append(marks, Mark{m.at(share), math.Round(share*1e6) / 1e6})
	}
	return append(marks, Mark{Micros(m.max), 1})
}

// groupMeter measures a Group.
type groupMeter struct {
	latency        *meter
	errors, lost   int64
	budget         loadgen.Budget // sums
	budgeted       int64          // how many told
	digits         int
	wholeOfBudgets time.Duration
	queue          *meter // nil: not wanted
}

func (g *groupMeter) record(o *loadgen.Observation) {
	switch o.Outcome {
	case loadgen.OK:
	case loadgen.Failed:
		g.errors++
		return
	default: // whatever else it says, nobody can tell
		g.lost++
		return
	}
	if g.latency == nil {
		g.latency = newMeter(max(g.digits, coarse))
	}
	g.latency.record(o.Latency())
	if o.Budget == (loadgen.Budget{}) {
		return
	}
	g.budgeted++
	g.wholeOfBudgets += o.Latency()
	for p, d := range o.Budget {
		g.budget[p] += d
	}
}

// add counts in what another one measured, with no fewer digits.
func (g *groupMeter) add(other *groupMeter) {
	g.errors += other.errors
	g.lost += other.lost
	if other.latency == nil {
		return
	}
	if g.latency == nil {
		g.latency = newMeter(max(g.digits, coarse))
	}
	g.latency.add(other.latency)
	g.budgeted += other.budgeted
	g.wholeOfBudgets += other.wholeOfBudgets
	for p, d := range other.budget {
		g.budget[p] += d
	}
}

func (g *groupMeter) group(withCDF bool) Group {
	out := Group{Errors: g.errors, Unknown: g.lost}
	if g.latency == nil {
		return out
	}
	out.N, out.Latency = g.latency.n(), g.latency.quantiles()
	if withCDF {
		out.CDF = g.latency.cdf()
	}
	if g.queue != nil && g.queue.n() > 0 {
		queue := g.queue.quantiles()
		out.Queue = &queue
	}
	if g.budgeted > 0 {
		out.Budget = &Budget{}
		for p, sum := range g.budget {
			out.Budget[p] = Micros(sum / time.Duration(g.budgeted))
		}
	}
	return out
}

// unaccounted is how far the budgets' parts are from adding up to the latencies,
// as a share of them.
func (g *groupMeter) unaccounted() float64 {
	if g.wholeOfBudgets == 0 {
		return 0
	}
	return math.Abs(1 - float64(g.budget.Whole())/float64(g.wholeOfBudgets))
}
