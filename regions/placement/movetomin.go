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

// phase is a whole number of accesses, at least one.
func phase(d float64) uint32 { return uint32(max(1, math.Round(d))) }
