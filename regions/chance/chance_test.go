package chance_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/durabench/durabench/regions/chance"
)

func ExampleNormal() {
	r := rand.New(rand.NewPCG(1, 2))
	fmt.Printf("%x %x\n", chance.Normal(r), chance.Exponential(r)) // the same on every machine
	// Output:
	// 0x1.f8aee905d7c0fp+00 0x1.6bb835869ca4cp-01
}

func TestExpAndLogAreThoseOfPackageMath(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200_000 {
		x := 60 * (r.Float64() - 0.5)
		if got, want := chance.Exp(x), math.Exp(x); math.Abs(got/want-1) > 2e-15 {
			t.Fatalf("Exp(%v) = %v, want %v", x, got, want)
		}
		y := math.Exp(x)
		if got, want := chance.Log(y), math.Log(y); math.Abs(got-want) > 2e-15*max(1, math.Abs(want)) {
			t.Fatalf("Log(%v) = %v, want %v", y, got, want)
		}
	}
	for _, row := range []struct{ x, want float64 }{{0, 1}, {-1000, 0}, {1000, math.Inf(1)}, {1, math.E}} {
		if got := chance.Exp(row.x); got != row.want && math.Abs(got/row.want-1) > 2e-15 {
			t.Errorf("Exp(%v) = %v, want %v", row.x, got, row.want)
		}
	}
}

func TestShapes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n = 400_000
	var sum, squares, waits, beyond float64
	for range n {
		z := chance.Normal(r)
		sum += z
		squares += z * z
		if math.Abs(z) > 1.959964 {
			beyond++
		}
		waits += chance.Exponential(r)
	}
	for _, row := range []struct {
		what      string
		got, want float64
	}{{"mean", sum / n, 0}, {"variance", squares / n, 1}, {"share beyond 1.96", beyond / n, 0.05}, {"mean wait", waits / n, 1}} {
		if math.Abs(row.got-row.want) > 0.01 {
			t.Errorf("%s %v, want %v", row.what, row.got, row.want)
		}
	}
}

// The bits of a million results, which no machine may change.
func TestSameBitsEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	sum := fnv.New64a()
	for range 100_000 {
		_, _ = fmt.Fprintf(sum, "%x %x %x", chance.Normal(r), chance.Exponential(r), chance.Exp(float64(20*r.Float64())-10))
	}
	if got, want := sum.Sum64(), uint64(0x28dbf1e0078e4d5e); got != want {
		t.Errorf("got hash %#x, want %#x", got, want)
	}
}
