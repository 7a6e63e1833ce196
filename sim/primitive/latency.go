package primitive

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/regions/chance"
)

// Latency is a log-normal duration: half of the draws are under P50, 99 of a
// hundred under P99, all under Max.
type Latency struct{ P50, P99, Max time.Duration }

func (l Latency) check() error {
	if l.P50 <= 0 || l.P99 < l.P50 || l.Max < l.P99 {
		return fmt.Errorf("%v: want 0 < p50 <= p99 <= max", l)
	}
	return nil
}

// String reads like: p50 40ms, p99 300ms, at most 2s.
func (l Latency) String() string {
	return fmt.Sprintf("p50 %v, p99 %v, at most %v", l.P50, l.P99, l.Max)
}

// normal99 is the 0.99 quantile of the standard normal distribution.
const normal99 = 2.3263478740408408

// draw rounds to the microsecond: processors differ in the last bit of an
// exponential, and one seed should give one history on all of them.
func (l Latency) draw(r *rand.Rand) time.Duration { return l.shape().draw(r) }

// shape is a Latency made ready for drawing.
type shape struct{ median, sigma, most float64 }

func (l Latency) shape() shape {
	return shape{median: float64(l.P50), sigma: chance.Log(float64(l.P99)/float64(l.P50)) / normal99, most: float64(l.Max)}
}

func (s shape) draw(r *rand.Rand) time.Duration {
	d := s.median * chance.Exp(float64(s.sigma*chance.Normal(r)))
	return time.Duration(min(d, s.most)).Round(time.Microsecond)
}

// Range is a duration with all values between its ends equally likely.
type Range struct{ Min, Max time.Duration }

func (r Range) check() error {
	if r.Min < 0 || r.Max < r.Min {
		return fmt.Errorf("%v: want 0 <= min <= max", r)
	}
	return nil
}

// String reads like: 10ms to 30ms.
func (r Range) String() string { return fmt.Sprintf("%v to %v", r.Min, r.Max) }

func (r Range) draw(random *rand.Rand) time.Duration {
	if r.Max == r.Min {
		return r.Min
	}
	return r.Min + time.Duration(random.Int64N(int64(r.Max-r.Min)+1))
}
