package regions

import (
	"fmt"
	"math"
	"time"
)

// Distance is how far two places are from each other, and how we know.
type Distance struct {
	RTT    time.Duration // base round trip, without jitter
	Km     float64       // great-circle
	Source Source
	Matrix string // which matrix, if Source is Measured
}

// Source is where a round trip comes from. A report prints it beside the number.
type Source uint8

// The sources, best first.
const (
	Same Source = iota
	Measured
	AreaModel
	Linear
)

// String is the word a report prints.
func (s Source) String() string {
	switch s {
	case Same:
		return "same place"
	case Measured:
		return "measured"
	case AreaModel:
		return "area model"
	case Linear:
		return "linear model"
	}
	return fmt.Sprintf("Source(%d)", uint8(s))
}

// MarshalText makes the word the source's form in JSON.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

const (
	floorRTT   = time.Millisecond
	snapKm     = 100 // a point this near stands for the place
	linearBase = 11.6
	linearKm   = 14.9 / 1000
	fibreKm    = 10.0 / 1000 // ms of round trip per km of straight fibre: light does 200 km/ms one way
)

// Fibre is the least round trip that light in a straight fibre would need.
func (d Distance) Fibre() time.Duration { return milliseconds(d.Km * fibreKm) }

// RTT returns the distance of two places; the order does not matter. Both must be on the map (see [ID]).
func (m *Map) RTT(a, b ID) Distance {
	i, j := m.mustIndex(a), m.mustIndex(b)
	d := m.distance(i, j)
	d.RTT = max(floorRTT, d.RTT)
	return d
}

func (m *Map) distance(i, j int) Distance {
	if i == j {
		return Distance{Source: Same}
	}
	km := m.vectors[i].km(m.vectors[j])
	for _, x := range m.matrices {
		if rtt, ok := x.between(i, j); ok {
			return Distance{RTT: rtt, Km: km, Source: Measured, Matrix: x.name}
		}
	}
	rtt, source := m.model(m.places[i].Area, m.places[j].Area, km)
	return Distance{RTT: rtt, Km: km, Source: source}
}

// Nearest returns the candidate with the shortest round trip from a place, the first of equals; empty without candidates.
func (m *Map) Nearest(from ID, candidates []ID) ID {
	var nearest ID
	best := time.Duration(math.MaxInt64)
	for _, c := range candidates {
		if d := m.RTT(from, c).RTT; d < best {
			nearest, best = c, d
		}
	}
	return nearest
}

// areaPair is unordered: made by newAreaPair, the smaller name first.
type areaPair struct{ low, high string }

func newAreaPair(a, b string) areaPair { return areaPair{min(a, b), max(a, b)} }

// factor is a straight line: what every round trip costs, and what each kilometre adds.
type factor struct{ fixedMs, msPerKm float64 }

func (m *Map) model(a, b string, km float64) (time.Duration, Source) {
	if f, ok := m.factors[newAreaPair(a, b)]; ok {
		return milliseconds(f.fixedMs + float64(f.msPerKm*km)), AreaModel
	}
	return linearRTT(km), Linear
}

func linearRTT(km float64) time.Duration { return milliseconds(linearBase + float64(linearKm*km)) }

// milliseconds rounds to the microsecond: no source is that exact, and reports stay readable.
func milliseconds(ms float64) time.Duration {
	return time.Duration(math.Round(ms*1000)) * time.Microsecond
}
