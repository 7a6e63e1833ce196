package fault

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/durabench/durabench/regions"
)

// mostFaults bounds what Random draws for one run.
const mostFaults = 5

// Random draws what goes wrong in a run of that length. The same source gives
// the same schedule. Lengths are spread over orders of magnitude: what matters
// happens at very different scales, from a commit to the patience of a server. Most
// faults strike while the one before lasts, where that one did: troubles that meet
// find more than troubles that pass. Those that put ownership in doubt are likelier.
func Random(r *rand.Rand, homes, edges []regions.ID, lasts time.Duration) Schedule {
	all := make(Schedule, 0, mostFaults)
	if r.IntN(3) == 0 {
		all = append(all, doubt(r, homes[r.IntN(len(homes))], lasts)...)
	}
	for i, n := len(all), 1+r.IntN(mostFaults); i < n; i++ {
		home := homes[r.IntN(len(homes))]
		at := milliseconds(r.Float64() * float64(lasts) * 0.9)
		if i > 0 && r.IntN(3) > 0 {
			before := all[i-1]
			at = before.At + milliseconds(r.Float64()*float64(max(before.For, time.Second)))
			if len(before.A) > 0 && slices.Contains(homes, regions.ID(before.A[0])) {
				home = regions.ID(before.A[0])
			}
		}
		all = append(all, random(r, home, edges[r.IntN(len(edges))], at, lasts))
	}
	return all
}

// doubt is the trouble that ownership is made for: a node that hears late from its
// database loses its session without knowing.
func doubt(r *rand.Rand, at regions.ID, lasts time.Duration) Schedule {
	begin := r.Float64() * float64(lasts) / 2
	late := Fault{
		Kind: LateAcks, A: []string{string(at)}, At: milliseconds(begin),
		By: milliseconds((0.2 + 2.5*r.Float64()) * float64(time.Second)), For: milliseconds((1 + 4*r.Float64()) * float64(time.Second)),
	}
	severed := Fault{Kind: Sever, A: late.A, At: late.At + scaled(r, 20*time.Millisecond, late.For)}
	return Schedule{late, severed}
}

func random(r *rand.Rand, at, from regions.ID, when, lasts time.Duration) Fault {
	kinds := [...]Kind{Partition, Slow, Kill, Pause, Pause, Clock, Outage, LateAcks, LateAcks, LateAcks, LostAck, Sever, Sever, Sever}
	how := formOf(kinds[r.IntN(len(kinds))])
	f := Fault{Kind: how.kind, At: when}
	home := []string{string(at)}
	switch {
	case how.groups == 2:
		f.A, f.B = []string{string(from)}, home
		if f.OneWay = r.IntN(3) == 0; f.OneWay && r.IntN(2) == 0 {
			f.A, f.B = f.B, f.A
		}
	case !how.optional || r.IntN(2) == 0:
		f.A = home
	}
	if how.by {
		f.By = scaled(r, 50*time.Millisecond, 4*time.Second)
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
