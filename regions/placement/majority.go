package placement

import "fmt"

// majority creates an object by first request, waits for k accesses, and then moves it once: to the home that was
// nearest to most of them, the first of equals. A remedy for objects created in the wrong place.
type majority struct {
	first
	k uint32
}

func (r majority) Observe(s *State, a Access) Home {
	if s.Count >= r.k {
		return a.Home
	}
	s.Count++
	s.Sums[r.Nearest(a.Edge, a.Homes)]--
	if s.Count < r.k {
		return a.Home
	}
	return r.least(s.Sums[:len(r.Homes)], a.Homes)
}

func (r majority) String() string { return fmt.Sprintf("majority:%d", r.k) }
