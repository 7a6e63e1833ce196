package placement

import "math/bits"

// random creates objects anywhere, each home as likely: what hashing over a cluster does, and the floor that any
// thought about placement has to beat.
type random struct{ seed uint64 }

func (r random) Put(b Birth) Home {
	n := bits.OnesCount32(uint32(b.Homes))
	if n == 0 {
		return None
	}
	set := uint32(b.Homes)
	for range int(chance(r.seed, b.Key, 0) * float64(n)) {
		set &= set - 1
	}
	return Home(bits.TrailingZeros32(set))
}

func (random) String() string { return "random" }
