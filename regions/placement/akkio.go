package placement

import (
	"fmt"
	"math"
	"time"
)

// akkio moves an object to the median of its recent accesses, which count half after each half-life, once that is
// better than where it lives by a tenth and by what the move costs. After Annamalai et al., Akkio (2018), which counts
// accesses per data center and keeps a least time between moves; here the saving has to earn the move instead.
type akkio struct {
	first
	half time.Duration
	d    float32 // round trips that a move costs
}

const (
	akkioMargin = 0.9 // of the present cost: a better place by less than a tenth is noise
	akkioCheck  = 4   // accesses between comparisons
	akkioCeil   = 1 << 16
)

// Observe lets the weight of new accesses grow instead of all sums fade, and brings both down once in a while.
func (r akkio) Observe(s *State, a Access) Home {
	r.fade(s, a.At)
	r.add(s, a.Edge, s.Scale)
	if s.Count++; s.Count%akkioCheck != 0 {
		return a.Home
	}
	to := r.least(s.Sums[:len(r.Homes)], a.Homes)
	if to == a.Home || to == None {
		return a.Home
	}
	here, there := s.Sums[a.Home], s.Sums[to]
	if there > akkioMargin*here || here-there <= float32(r.d*r.between[a.Home][to])*s.Scale {
		return a.Home
	}
	return to
}

func (r akkio) fade(s *State, at time.Duration) {
	if s.Scale == 0 {
		s.Scale, s.Since = 1, at
		return
	}
	s.Scale *= float32(math.Exp2(min(float64(at-s.Since)/float64(r.half), 100)))
	s.Since = at
	if s.Scale < akkioCeil {
		return
	}
	down := 1 / s.Scale
	for h := range s.Sums {
		s.Sums[h] *= down
	}
	s.Scale = 1
}

func (r akkio) String() string { return fmt.Sprintf("akkio:%s", short(r.half)) }
