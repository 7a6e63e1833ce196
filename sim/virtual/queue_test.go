package virtual

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// mark is an event that does nothing and can be told from others.
type mark int

func (mark) fire(*world) {}

// TestQueueKeepsOrder plans events from now on, some at the same instant, some beyond
// the ring, while others happen, and holds their order against a sorted list.
func TestQueueKeepsOrder(t *testing.T) {
	delays := map[string]time.Duration{
		"within a slice": 1 << sliceBits, "within the ring": ringSize << sliceBits,
		"around its end": 2 * ringSize << sliceBits, "far away": time.Hour,
	}
	for name, longest := range delays {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			var q queue
			var want []event
			now := time.Duration(0)
			for n := range 20_000 {
				if q.empty() || random.IntN(5) < 3 {
					at := now + time.Duration(random.Int64N(int64(longest)))/time.Duration(1+random.IntN(3)*random.IntN(100))
					if random.IntN(4) == 0 {
						at = now
					}
					q.push(at, mark(n))
					want = append(want, event{at: at, seq: uint64(n), what: mark(n)})
					continue
				}
				got := q.pop()
				slices.SortStableFunc(want, func(a, b event) int { return cmp.Compare(a.at, b.at) })
				if got.what != want[0].what || got.at != want[0].at || got.at < now {
					t.Fatalf("at %v: popped %v of %v, want %v of %v", now, got.what, got.at, want[0].what, want[0].at)
				}
				now, want = got.at, slices.Delete(want, 0, 1)
			}
			if q.empty() != (len(want) == 0) {
				t.Fatalf("empty is %v with %d events left", q.empty(), len(want))
			}
		})
	}
}
