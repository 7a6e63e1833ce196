package placement

import (
	"fmt"
	"time"
)

// volley moves objects in batches: at the end of each period to the home nearest, on the globe, to the spherical mean of
// the places it was asked from. Earlier periods count less and less, so that with the usual day some ten days count,
// where the original reads a month of logs. After Agarwal et al., Volley (2010), without its iteration over objects that
// talk to each other and without its spill for capacity: there are no such objects here, and homes have room.
type volley struct {
	first
	period time.Duration
}

// volleyFade is what a period counts when the next one is over.
const volleyFade = 0.9

// Observe keeps the sum of unit vectors in the first three sums.
func (r volley) Observe(s *State, a Access) Home {
	to := a.Home
	if period := a.At - a.At%r.period; period != s.Since {
		if s.Count > 0 {
			to = r.mean(s, a.Homes)
		}
		s.Since = period
		for i := range 3 {
			s.Sums[i] *= volleyFade
		}
	}
	at := r.vectors[a.Edge]
	s.Sums[0] += at[0]
	s.Sums[1] += at[1]
	s.Sums[2] += at[2]
	s.Count++
	return to
}

// mean is the home with the smallest angle to the mean. Its length does not matter; if it is nothing, as of users all
// around the globe, the first home is as good as another.
func (r volley) mean(s *State, homes Set) Home {
	var away [MaxHomes]float32
	for h := range r.Homes {
		v := r.vectors[len(r.Edges)+h]
		away[h] = -float32(v[0]*s.Sums[0]) - float32(v[1]*s.Sums[1]) - float32(v[2]*s.Sums[2])
	}
	return r.least(away[:len(r.Homes)], homes)
}

func (r volley) String() string { return fmt.Sprintf("volley:%s", short(r.period)) }
