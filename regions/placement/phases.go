package placement

import (
	"fmt"
	"math"
)

// moveToMin is Move-To-Min: after every D accesses it moves the object to the home with the least sum of round trips
// over them. At most 7 times as dear as the clairvoyant.
type moveToMin struct {
	first
	d float64
}

func (r moveToMin) Observe(s *State, a Access) Home {
	r.add(s, a.Edge, 1)
	if s.Count++; s.Count < phase(r.d) {
		return a.Home
	}
	to := r.least(s.Sums[:len(r.Homes)], a.Homes)
	*s = State{}
	return to
}

func (r moveToMin) String() string { return fmt.Sprintf("move-to-min:%g", r.d) }

// localMin is Move-To-Local-Min: like Move-To-Min with longer phases, and with the way to the new home in the balance,
// so that it does not go far for little. At most 4.086 times as dear as the clairvoyant.
type localMin struct {
	first
	d float64
}

const localMinPhase = 1.841 // of D; the constant of the proof

func (r localMin) Observe(s *State, a Access) Home {
	r.add(s, a.Edge, 1)
	if s.Count++; s.Count < phase(localMinPhase*r.d) {
		return a.Home
	}
	const weight = float32((localMinPhase + 1) / localMinPhase)
	var cost [MaxHomes]float32
	for h := range r.Homes {
		cost[h] = float32(weight * s.Sums[h])
		if Home(h) != a.Home {
			cost[h] += float32(float32(r.d) * r.between[a.Home][h])
		}
	}
	to := r.least(cost[:len(r.Homes)], a.Homes)
	*s = State{}
	return to
}

func (r localMin) String() string { return fmt.Sprintf("mtlm:%g", r.d) }

// phase is a whole number of accesses, at least one.
func phase(d float64) uint32 { return uint32(max(1, math.Round(d))) }
