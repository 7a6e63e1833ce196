package regions

import (
	"slices"
	"time"
)

// matrix is a table of measured round trips between points.
type matrix struct {
	name   string
	points []measuredPoint
	rtt    []time.Duration // lower triangle, row by row; 0 where nothing was measured
	near   [][]snap        // by index of place: the trusted points within snapKm
}

type measuredPoint struct {
	name  string
	where vector
	area  string
	trust bool // false for points kept only to compare models with
}

// snap is a measured point that stands for a place.
type snap struct {
	point int
	km    float64
}

func (x *matrix) at(p, q int) time.Duration {
	if p == q {
		return 0
	}
	if p < q {
		p, q = q, p
	}
	return x.rtt[p*(p-1)/2+q]
}

// between returns the round trip of the nearest two measured points that stand for two places, if there are such.
func (x *matrix) between(i, j int) (time.Duration, bool) {
	var best time.Duration
	bestKm := 2.0*snapKm + 1
	for _, s := range x.near[i] {
		for _, t := range x.near[j] {
			if rtt := x.at(s.point, t.point); rtt > 0 && s.km+t.km < bestKm {
				best, bestKm = rtt, s.km+t.km
			}
		}
	}
	return best, best > 0
}

func (x *matrix) snapTo(places []vector) {
	x.near = make([][]snap, len(places))
	for i, v := range places {
		for p, point := range x.points {
			if km := v.km(point.where); point.trust && km <= snapKm {
				x.near[i] = append(x.near[i], snap{p, km})
			}
		}
	}
}

// Fit says how far a model is from a measured matrix, over all its pairs of different points.
type Fit struct {
	Matrix      string
	Model       Source // AreaModel or Linear
	Pairs       int
	MedianError time.Duration // absolute
	P90Error    time.Duration // absolute
	Bias        time.Duration // median of model minus measurement: below zero, the model is too fast
}

// Fits compares both models with every matrix, also with those too old to be used. The area factors were fitted on the
// azure matrix; the others are the honest test, and older than the factors. A pair whose areas have no factor counts for
// the area model with what the model says instead: the linear value.
func (m *Map) Fits() []Fit {
	var fits []Fit
	for _, x := range m.matrices {
		fits = append(fits,
			x.fit(AreaModel, func(a, b measuredPoint) time.Duration {
				rtt, _ := m.model(a.area, b.area, a.where.km(b.where))
				return rtt
			}),
			x.fit(Linear, func(a, b measuredPoint) time.Duration {
				return linearRTT(a.where.km(b.where))
			}))
	}
	return fits
}

func (x *matrix) fit(model Source, predict func(a, b measuredPoint) time.Duration) Fit {
	var signed, absolute []time.Duration
	for p := range x.points {
		for q := range p {
			rtt := x.at(p, q)
			if rtt == 0 {
				continue
			}
			off := predict(x.points[p], x.points[q]) - rtt
			signed, absolute = append(signed, off), append(absolute, off.Abs())
		}
	}
	return Fit{
		Matrix: x.name, Model: model, Pairs: len(signed),
		MedianError: quantile(absolute, 0.5), P90Error: quantile(absolute, 0.9), Bias: quantile(signed, 0.5),
	}
}

// quantile is the nearest rank; it sorts what it is given.
func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[int(q*float64(len(d)-1)+0.5)]
}
