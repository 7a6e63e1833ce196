// Package chance draws from the shapes that simulations need, and computes what they
// rest on, with the same result on every machine, to the last bit.
//
// Package math does not promise that: some of its functions are assembly on one
// processor and Go on another, and Go code itself may be compiled to fused
// multiplications, which round once where others round twice. Here every product
// is rounded (an explicit conversion forbids the fusion), and nothing but the four
// operations and the square root, which IEEE 754 defines to the bit, is used.
package chance

import (
	"math"
	"math/rand/v2"
)

// Exp is e to the power of x, to within a few units of the last place.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > 709:
		return math.Inf(1)
	case x < -708:
		return 0
	}
	// x = k ln 2 + r with r no further from zero than half of ln 2; ln 2 in two parts, so
	// that the product with the first is exact.
	const ln2High, ln2Low = 0.693147180369123816490, 1.90821492927058770002e-10
	k := math.Floor(float64(x/math.Ln2) + 0.5)
	r := x - float64(k*ln2High) - float64(k*ln2Low)
	// The power series, from its last term that matters.
	// Divisions are what costs; those by 8, 4 and 2 are products that round to the same bits.
	sum := 1 + r/14
	sum = 1 + float64(sum*r)/13
	sum = 1 + float64(sum*r)/12
	sum = 1 + float64(sum*r)/11
	sum = 1 + float64(sum*r)/10
	sum = 1 + float64(sum*r)/9
	sum = 1 + float64(float64(sum*r)*(1.0/8))
	sum = 1 + float64(sum*r)/7
	sum = 1 + float64(sum*r)/6
	sum = 1 + float64(sum*r)/5
	sum = 1 + float64(float64(sum*r)*(1.0/4))
	sum = 1 + float64(sum*r)/3
	sum = 1 + float64(float64(sum*r)*(1.0/2))
	sum = 1 + float64(sum*r)
	return math.Float64frombits(uint64(int64(k)+1023)<<52) * sum
}

// odds are the parts 1/n of Log's series, from its last term that matters.
var odds = [...]float64{
	1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
	1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1,
}

// Log is the natural logarithm of x, above zero and not subnormal, to within a few
// units of the last place.
func Log(x float64) float64 {
	if !(x >= 0x1p-1022) || x > math.MaxFloat64 {
		panic("chance: logarithm of what is not a normal number above zero")
	}
	// x = m 2^k with m around 1, and ln m = 2 (s + s³/3 + s⁵/5 …) with s = (m-1)/(m+1).
	bits := math.Float64bits(x)
	k := float64(int64(bits>>52) - 1023)
	m := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	if m > math.Sqrt2 {
		m, k = m/2, k+1
	}
	s := (m - 1) / (m + 1)
	square := float64(s * s)
	sum := 0.0
	for _, part := range odds {
		sum = part + float64(sum*square)
	}
	return float64(k*math.Ln2) + float64(2*float64(s*sum))
}

// Normal draws from the standard normal distribution, by the polar method.
func Normal(r *rand.Rand) float64 {
	for {
		u, v := float64(2*r.Float64())-1, float64(2*r.Float64())-1
		square := float64(u*u) + float64(v*v)
		if square > 0 && square < 1 {
			return u * math.Sqrt(float64(-2*Log(square))/square)
		}
	}
}

// Exponential draws from the exponential distribution with mean 1.
func Exponential(r *rand.Rand) float64 { return -Log(1 - r.Float64()) }
