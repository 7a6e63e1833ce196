package placement

import "fmt"

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
