package place

import (
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// curve is how active people are at each hour of their own clock.
type curve [24]float64

// evening is people at leisure: least at six in the morning, half of the peak before midnight, with a hump in the
// afternoon. The shape of consumer traffic in 2009; old, but no newer one is published.
func evening() curve {
	return curve{
		0.85, 0.75, 0.66, 0.58, 0.53, 0.50, 0.50, 0.55, 0.62, 0.69, 0.74, 0.77,
		0.79, 0.81, 0.83, 0.85, 0.86, 0.85, 0.86, 0.90, 0.95, 0.99, 1.00, 0.95,
	}
}

// office is people at work: nine to five, a lunch, and a night shift of three in a hundred.
func office() curve {
	return curve{
		0.03, 0.03, 0.03, 0.03, 0.03, 0.03, 0.03, 0.10, 0.50, 1.00, 1.00, 1.00,
		0.70, 1.00, 1.00, 1.00, 1.00, 0.60, 0.20, 0.08, 0.05, 0.03, 0.03, 0.03,
	}
}

// at is the activity during an hour of UTC in a time zone; zones of half hours count as the hour before.
func (c *curve) at(utcHour int, zone regions.Zone) float64 {
	local := utcHour + int(zone.January/time.Hour)
	return c[(local%24+24)%24]
}

// maxUsers is how many users a small crowd has at most.
const maxUsers = 12

// crowd is the users of one object: when they ask, and who of them. Its clock runs in hours of activity: fast when many
// are awake, so that gaps between accesses are exponential on it.
type crowd struct {
	sums   [25]float64 // activity from midnight UTC to each hour
	users  int
	edges  [maxUsers]placement.Edge
	upTo   [24][maxUsers]float64 // by hour, the users' activity summed; the last is the whole
	masses *masses               // instead of users, everybody
}

// gather sums up the activity of the crowd's users, each as active as the others.
func (c *crowd) gather(t *placement.Table, shape curve) {
	for hour := range 24 {
		sum := 0.0
		for u := range c.users {
			sum += shape.at(hour, t.Edges[c.edges[u]].Zone)
			c.upTo[hour][u] = sum
		}
		c.sums[hour+1] = c.sums[hour] + sum
	}
}

// who draws the user of an access during an hour.
func (c *crowd) who(hour int, r *rand.Rand) placement.Edge {
	if c.masses != nil {
		return c.masses.hours[hour].draw(r)
	}
	if c.users == 1 {
		return c.edges[0]
	}
	upTo := &c.upTo[hour]
	x := r.Float64() * upTo[c.users-1]
	for u := range c.users - 1 {
		if x < upTo[u] {
			return c.edges[u]
		}
	}
	return c.edges[c.users-1]
}

// masses are all users of the world, by the hour.
type masses struct {
	hours [24]alias
	sums  [25]float64
}

func newMasses(t *placement.Table, shape curve) *masses {
	m := &masses{}
	weights := make([]float64, len(t.Edges))
	for hour := range 24 {
		sum := 0.0
		for e, p := range t.Edges {
			weights[e] = p.Weight * shape.at(hour, p.Zone)
			sum += weights[e]
		}
		m.hours[hour] = newAlias(weights)
		m.sums[hour+1] = m.sums[hour] + sum
	}
	return m
}

// alias draws an index by weight in constant time (Walker's method): a column, and within it one of two.
type alias []column

type column struct {
	keep  uint32 // the chance that the column's own index is drawn, of 2^32
	other uint32
}

func newAlias(weights []float64) alias {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	scaled := make([]float64, len(weights))
	var small, large []int
	for i, w := range weights {
		if scaled[i] = w / total * float64(len(weights)); scaled[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	a := make(alias, len(weights))
	for len(small) > 0 && len(large) > 0 {
		low, high := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a[low] = column{uint32(scaled[low] * (1 << 32)), uint32(high)}
		if scaled[high] -= 1 - scaled[low]; scaled[high] < 1 {
			large, small = large[:len(large)-1], append(small, high)
		}
	}
	for _, i := range append(small, large...) {
		a[i] = column{1<<32 - 1, uint32(i)}
	}
	return a
}

// draw takes one random number: its low half picks the column, its high half the index.
func (a alias) draw(r *rand.Rand) placement.Edge {
	x := r.Uint64()
	i := uint32(uint64(uint32(x)) * uint64(len(a)) >> 32)
	if uint32(x>>32) < a[i].keep {
		return placement.Edge(i)
	}
	return placement.Edge(a[i].other)
}
