package regions

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/regions/chance"
)

// Jitter is the shape of what a path adds to its base round trip; the package comment has the formula and where its
// numbers come from. The zero value adds nothing.
type Jitter struct {
	Median time.Duration // of the extra round trip of the median pair
	Sigma  float64       // of its logarithm, from request to request
	Spread float64       // sigma of the logarithm of the median, from pair to pair
	Drift  bool          // whether pairs take the slow ups and downs of their routes
}

// Backbone is the jitter of long-distance paths between well-connected sites. It is no model of the last mile, whose p90
// is three to fourteen times its median.
func Backbone() Jitter {
	return Jitter{Median: 300 * time.Microsecond, Sigma: 1.1, Spread: 1.4, Drift: true}
}

// ParseJitter reads the names of the shapes: "backbone", and "off" for none. The error is a [*NameError].
func ParseJitter(name string) (Jitter, error) {
	switch name {
	case "backbone":
		return Backbone(), nil
	case "off":
		return Jitter{}, nil
	}
	known := []string{"backbone", "off"}
	return Jitter{}, &NameError{Kind: "jitter", Name: name, Near: Spelling(name, known), Known: known}
}

// String describes the shape for a report's conditions.
func (j Jitter) String() string {
	if j == (Jitter{}) {
		return "off"
	}
	text := fmt.Sprintf("log-normal, median %v round trip, sigma %g, pair spread %g", j.Median, j.Sigma, j.Spread)
	if j.Drift {
		text += ", with drift"
	}
	return text
}

// jitterCap bounds one sample. A wait beyond it is a retransmission, which is loss, which is not modelled.
const jitterCap = float64(time.Second)

// Path is one way between two places in one run: what the network does to a packet. It is a small value without state,
// the same for both directions; every packet draws from the source of chance that the caller hands in.
type Path struct {
	base  time.Duration // one way, by the map
	still float64       // ns one way, after drift
	scale float64       // ns one way, median of the jitter of this pair
	sigma float64
}

// Path returns the path of two places. What the pair draws once for the run depends on the seed and on the pair, and on
// nothing else: not on other pairs, their order, or the direction. Within one place there is no route that could be
// better or worse than another's, so nothing is drawn and the jitter is the median pair's.
func (m *Map) Path(a, b ID, j Jitter, seed uint64) Path {
	base := m.RTT(a, b).RTT / 2
	if a == b {
		return Path{base: base, still: float64(base), scale: float64(j.Median) / 2, sigma: j.Sigma}
	}
	r := rand.New(rand.NewPCG(seed, pairSeed(a, b)))
	scale := float64(j.Median) / 2 * chance.Exp(float64(j.Spread*chance.Normal(r)))
	drift := 1.0
	if j.Drift {
		drift = driftAt(r.Float64())
	}
	return Path{base: base, still: float64(base) * drift, scale: scale, sigma: j.Sigma}
}

// pairSeed names the stream of a pair. FNV is the same on every machine and in every process; hash/maphash is not.
func pairSeed(a, b ID) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "jitter/%s-%s", min(a, b), max(a, b)) // a hash never fails to be written to
	return h.Sum64()
}

// driftAt is the quantile function of thirty-day means over a pair's median, linear between the measured quantiles.
func driftAt(p float64) float64 {
	points := [...]struct{ p, drift float64 }{{0.01, 0.843}, {0.10, 0.979}, {0.50, 1.0}, {0.90, 1.025}, {0.99, 1.153}}
	if p <= points[0].p {
		return points[0].drift
	}
	for i, hi := range points[1:] {
		if lo := points[i]; p <= hi.p {
			return lo.drift + float64((p-lo.p)/(hi.p-lo.p)*(hi.drift-lo.drift))
		}
	}
	return points[len(points)-1].drift
}

// Delay samples one way. A request and its reply are two samples; together they have the mean of the round trip.
func (p Path) Delay(r *rand.Rand) time.Duration {
	if p.scale == 0 {
		return time.Duration(p.still)
	}
	return p.late(chance.Normal(r))
}

// late is the delay at z standard deviations. The conversions forbid the fused multiplications that some processors
// would otherwise use: one seed should give one history on all of them.
func (p Path) late(z float64) time.Duration {
	return time.Duration(p.still + min(float64(p.scale*chance.Exp(float64(p.sigma*z))), jitterCap))
}

// Base is one way by the map, without drift and jitter: half of [Distance.RTT].
func (p Path) Base() time.Duration { return p.base }

// Mean is what the samples of Delay average to, with drift and jitter.
func (p Path) Mean() time.Duration {
	return time.Duration(p.still + p.scale*math.Exp(p.sigma*p.sigma/2))
}

// Quantile is the one-way delay that a share q of the samples stays under; 0 < q < 1.
func (p Path) Quantile(q float64) time.Duration {
	if p.scale == 0 {
		return time.Duration(p.still)
	}
	return p.late(math.Sqrt2 * math.Erfinv(2*q-1))
}
