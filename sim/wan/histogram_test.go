package wan

import (
	"math"
	"testing"
	"time"
)

func TestBucketsTileTheLine(t *testing.T) {
	previous := time.Duration(-1)
	for i := range buckets {
		top := upperBound(i)
		for _, d := range []time.Duration{previous + 1, top} {
			if got := bucketOf(d); got != i {
				t.Fatalf("bucketOf(%d ns) = %d, want %d", d, got, i)
			}
		}
		if width := top - previous; float64(width) > math.Max(1, float64(previous)/subs+1) {
			t.Fatalf("bucket %d is %d ns wide at %d ns", i, width, previous)
		}
		previous = top
	}
	if got := bucketOf(math.MaxInt64); got != buckets-1 {
		t.Errorf("bucketOf(longest) = %d, want the last, %d", got, buckets-1)
	}
}

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		story   string
		samples []time.Duration
		want    Summary
	}{
		{"nothing recorded", nil, Summary{}},
		{"one sample is every quantile", []time.Duration{5}, Summary{1, 5, 5, 5}},
		{"early is not late", []time.Duration{-7}, Summary{1, 0, 0, 0}},
		{"nearest rank of an even number", []time.Duration{1, 2, 3, 4}, Summary{4, 2, 4, 4}},
		{"longer than the buckets reach", []time.Duration{time.Hour}, Summary{1, 1<<37 - 1, 1<<37 - 1, time.Hour}},
	} {
		t.Run(c.story, func(t *testing.T) {
			var half, all histogram
			for _, d := range c.samples {
				half.record(d)
			}
			all.add(&half)
			if got := all.summary(); got != c.want {
				t.Errorf("summary of %v = %+v, want %+v", c.samples, got, c.want)
			}
		})
	}
}

func TestHeapRunsEarliestFirst(t *testing.T) {
	var h taskHeap
	const n = 1000
	for i := range n {
		h.push(timed{due: instant(i * 7919 % n)}) // a permutation, for 7919 is prime
	}
	for want := range instant(n) {
		if got := h.pop().due; got != want {
			t.Fatalf("popped %d, want %d", got, want)
		}
	}
}
