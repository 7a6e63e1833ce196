package reports

import (
	"time"

	"github.com/durabench/durabench/loadgen"
)

// A series starts with narrow buckets; whenever a run outgrows them, neighbours
// are merged and the width doubles. So any length fits into the same memory.
const (
	firstWidth = 250 * time.Millisecond
	maxBuckets = 240
)

// seriesMeter measures a run along its time axis.
type seriesMeter struct {
	width   time.Duration
	buckets []*bucket         // nil where nothing was scheduled
	seen    map[string]uint32 // object: bucket of its first operation, in units of firstWidth
}

type bucket struct {
	latency      *meter
	errors, lost int64
	admitted     int64
}

func newSeriesMeter() seriesMeter {
	return seriesMeter{width: firstWidth, seen: map[string]uint32{}}
}

func (s *seriesMeter) record(o *loadgen.Observation) {
	at := max(o.Scheduled, 0)
	for int(at/s.width) >= maxBuckets {
		s.widen()
	}
	i := int(at / s.width)
	for len(s.buckets) <= i {
		s.buckets = append(s.buckets, nil)
	}
	if s.buckets[i] == nil {
		s.buckets[i] = &bucket{latency: newMeter(coarse)}
	}
	b := s.buckets[i]
	switch o.Outcome {
	case loadgen.OK:
		b.latency.record(o.Latency())
	case loadgen.Failed:
		b.errors++
	default:
		b.lost++
	}
	if o.Operation.Kind != loadgen.Take {
		return
	}
	if o.Outcome == loadgen.OK && o.Reply.Allowed {
		b.admitted++
	}
	first := uint32(at / firstWidth)
	if before, ok := s.seen[o.Object]; !ok || first < before {
		s.seen[o.Object] = first
	}
}

// widen merges neighbours.
func (s *seriesMeter) widen() {
	s.width *= 2
	half := make([]*bucket, (len(s.buckets)+1)/2)
	for i, b := range s.buckets {
		switch to := half[i/2]; {
		case to == nil:
			half[i/2] = b
		case b != nil:
			to.merge(b)
		}
	}
	s.buckets = half
}

func (b *bucket) merge(from *bucket) {
	b.latency.add(from.latency)
	b.errors += from.errors
	b.lost += from.lost
	b.admitted += from.admitted
}

func (s *seriesMeter) series() Series {
	out := Series{Width: Micros(s.width)}
	fresh := map[int]int64{}
	for _, first := range s.seen {
		fresh[int(time.Duration(first)*firstWidth/s.width)]++
	}
	for i, b := range s.buckets {
		if b == nil {
			continue
		}
		out.Points = append(out.Points, Point{
			At: Micros(time.Duration(i) * s.width), N: b.latency.n(), Errors: b.errors, Unknown: b.lost,
			P50: b.latency.at(0.5), P99: b.latency.at(0.99), Admitted: b.admitted, New: fresh[i],
		})
	}
	return out
}
