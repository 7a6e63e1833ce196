package check

import "math"

// suffixMax holds a row of values with two parts: a base that is given once, and
// the sum of all weights from its place to the end of the row. Adding a weight
// at a place therefore raises all values up to there. It answers where the
// highest value is, in logarithmic time.
type suffixMax struct {
	size  int // a power of two
	base  []float64
	nodes []suffixNode // 1 is the root, size+i the leaf of place i
}

type suffixNode struct {
	sum  float64 // of weights below
	best float64 // highest value, counting only weights below
	at   int     // its place
}

func newSuffixMax(places int) *suffixMax {
	size := 1
	for size < places {
		size *= 2
	}
	s := &suffixMax{size: size, base: make([]float64, size), nodes: make([]suffixNode, 2*size)}
	for i := range s.base {
		s.base[i] = math.Inf(-1)
	}
	for i := range s.nodes {
		s.nodes[i].best = math.Inf(-1)
	}
	return s
}

// set gives a place its base, which until then is too low to be the highest.
func (s *suffixMax) set(place int, base float64) {
	s.base[place] = base
	s.update(place)
}

// add raises all values up to a place, itself included.
func (s *suffixMax) add(place int, weight float64) {
	s.nodes[s.size+place].sum += weight
	s.update(place)
}

func (s *suffixMax) update(place int) {
	i := s.size + place
	s.nodes[i].best, s.nodes[i].at = s.base[place]+s.nodes[i].sum, place
	for i /= 2; i > 0; i /= 2 {
		s.nodes[i] = join(s.nodes[2*i], s.nodes[2*i+1])
	}
}

func join(left, right suffixNode) suffixNode {
	joined := suffixNode{sum: left.sum + right.sum, best: right.best, at: right.at}
	if value := left.best + right.sum; value > joined.best {
		joined.best, joined.at = value, left.at
	}
	return joined
}

// highest is the highest value of the first places, and where it is.
func (s *suffixMax) highest(places int) (value float64, at int) {
	// From right to left: parts beyond the end count with their weights only.
	joined := suffixNode{best: math.Inf(-1)}
	right := joined
	left, end := s.size, s.size+places
	for l, r := left, end; l < r; l, r = l/2, r/2 {
		if l&1 == 1 {
			joined = join(joined, s.nodes[l])
			l++
		}
		if r&1 == 1 {
			r--
			right = join(s.nodes[r], right)
		}
	}
	joined = join(joined, right)
	return joined.best + s.sumFrom(places), joined.at
}

// sumFrom is the sum of the weights from a place on.
func (s *suffixMax) sumFrom(place int) (sum float64) {
	for l, r := s.size+place, 2*s.size; l < r; l, r = l/2, r/2 {
		if l&1 == 1 {
			sum += s.nodes[l].sum
			l++
		}
		if r&1 == 1 {
			r--
			sum += s.nodes[r].sum
		}
	}
	return sum
}
