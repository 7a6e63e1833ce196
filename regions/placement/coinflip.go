package placement

import "fmt"

// coinFlip moves the object to the home nearest to whoever asks, with probability 1/(2D). It needs no memory but a
// count, and is at most 3 times as dear as the clairvoyant in the mean, against accesses that do not depend on its coin.
type coinFlip struct {
	first
	d    float64
	seed uint64
}

func (r coinFlip) Observe(s *State, a Access) Home {
	s.Count++
	if chance(r.seed, a.Key, uint64(s.Count))*2*r.d >= 1 {
		return a.Home
	}
	return r.Nearest(a.Edge, a.Homes)
}

func (r coinFlip) String() string { return fmt.Sprintf("coin-flip:%g", r.d) }
