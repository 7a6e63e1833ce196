package wan

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// Summary describes a distribution of durations. Its quantiles are upper bounds
// of buckets 3 % wide; Max is exact.
type Summary struct {
	N             uint64
	P50, P99, Max time.Duration
}

const (
	subBits = 5 // 32 buckets per power of two
	subs    = 1 << subBits
	// Durations from 0 to 2^37 ns (137 s); what is longer counts as that long.
	buckets = (37 - subBits + 1) * subs
)

// histogram counts durations in buckets whose width grows with them. It takes
// 8 KiB, and any number of goroutines may record at once.
type histogram struct {
	counts [buckets]atomic.Uint64
	max    atomic.Int64
}

func (h *histogram) record(d time.Duration) {
	d = max(0, d)
	h.counts[bucketOf(d)].Add(1)
	h.raise(int64(d))
}

func (h *histogram) raise(v int64) {
	for {
		old := h.max.Load()
		if v <= old || h.max.CompareAndSwap(old, v) {
			return
		}
	}
}

// add puts another's counts to one's own.
func (h *histogram) add(other *histogram) {
	for i := range other.counts {
		if n := other.counts[i].Load(); n > 0 {
			h.counts[i].Add(n)
		}
	}
	h.raise(other.max.Load())
}

func (h *histogram) summary() Summary {
	var counts [buckets]uint64
	var s Summary
	for i := range counts {
		counts[i] = h.counts[i].Load()
		s.N += counts[i]
	}
	s.Max = time.Duration(h.max.Load())
	s.P50 = min(s.Max, quantile(&counts, s.N, 0.50))
	s.P99 = min(s.Max, quantile(&counts, s.N, 0.99))
	return s
}

// quantile is the upper bound of the bucket with the nearest-rank sample.
func quantile(counts *[buckets]uint64, n uint64, q float64) time.Duration {
	rank := uint64(math.Ceil(q * float64(n)))
	for i, c := range counts {
		if c >= rank {
			return upperBound(i)
		}
		rank -= c
	}
	return upperBound(buckets - 1)
}

// bucketOf is linear below 2*subs ns, and above splits each power of two in subs.
func bucketOf(d time.Duration) int {
	shift := max(0, bits.Len64(uint64(d))-subBits-1)
	return min(buckets-1, shift*subs+int(d>>shift))
}

// upperBound is the longest duration in a bucket.
func upperBound(bucket int) time.Duration {
	if bucket < 2*subs {
		return time.Duration(bucket)
	}
	shift := bucket/subs - 1
	return time.Duration(bucket%subs+subs+1)<<shift - 1
}
