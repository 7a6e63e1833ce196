package fault

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/regions"
)

// mostFaults bounds what Random draws for one run.
const mostFaults = 5

// Random draws what goes wrong in a run of that length. The same source gives
// the same schedule. Lengths are spread over orders of magnitude: what matters
// happens at very different scales, from a commit to the patience of a server.
func Random(r *rand.Rand, homes, edges []regions.ID, lasts time.Duration) Schedule {
	all := make(Schedule, 0, mostFaults)
	for range 1 + r.IntN(mostFaults) {
		all = append(all, random(r, homes, edges, lasts))
	}
	return all
}

func random(r *rand.Rand, homes, edges []regions.ID, lasts time.Duration) Fault {
	how := forms()[r.IntN(len(forms()))]
	f := Fault{Kind: how.kind, At: milliseconds(r.Float64() * float64(lasts) * 0.9)}
	home := []string{string(homes[r.IntN(len(homes))])}
	switch {
	case how.groups == 2:
		f.A, f.B = []string{string(edges[r.IntN(len(edges))])}, home
		if f.OneWay = r.IntN(3) == 0; f.OneWay && r.IntN(2) == 0 {
			f.A, f.B = f.B, f.A
		}
	case !how.optional || r.IntN(2) == 0:
		f.A = home
	}
	if how.by {
		f.By = scaled(r, 10*time.Millisecond, 3*time.Second)
	}
	if how.kind == Clock && r.IntN(2) == 0 {
		f.By = -f.By
	}
	if how.lasts {
		f.For = scaled(r, 50*time.Millisecond, min(8*time.Second, lasts))
	}
	return f
}

// scaled draws a duration whose order of magnitude is uniform.
func scaled(r *rand.Rand, least, most time.Duration) time.Duration {
	return milliseconds(float64(least) * math.Pow(float64(most)/float64(least), r.Float64()))
}

func milliseconds(d float64) time.Duration {
	return max(time.Millisecond, time.Duration(d).Round(time.Millisecond))
}
