package regions

import (
	"slices"
	"testing"
	"time"
)

// The embedded matrices hold no place between two points with different measurements, so the choice is tested on a
// matrix of our own: points p0 and p1 stand for place 0, p2 for place 1.
func TestTheNearestMeasuredPointsStandForAPlace(t *testing.T) {
	ms := time.Millisecond
	near := [][]snap{{{point: 0, km: 90}, {point: 1, km: 10}}, {{point: 2, km: 5}}, nil}
	for _, test := range []struct {
		story string
		rtt   []time.Duration // p1-p0, p2-p0, p2-p1
		i, j  int
		want  time.Duration
	}{
		{"the nearer point, wherever it is listed", []time.Duration{1 * ms, 20 * ms, 30 * ms}, 0, 1, 30 * ms},
		{"the same on the way back", []time.Duration{1 * ms, 20 * ms, 30 * ms}, 1, 0, 30 * ms},
		{"the nearer was not measured: the other", []time.Duration{1 * ms, 20 * ms, 0}, 0, 1, 20 * ms},
		{"no point by one end", []time.Duration{1 * ms, 20 * ms, 30 * ms}, 0, 2, 0},
	} {
		x := &matrix{points: make([]measuredPoint, 3), rtt: test.rtt, near: near}
		for range 2 { // as listed, and listed the other way round
			if got, ok := x.between(test.i, test.j); got != test.want || ok != (test.want > 0) {
				t.Errorf("%s: %v, %v; want %v", test.story, got, ok, test.want)
			}
			slices.Reverse(near[0])
		}
	}
}

func TestBrokenRowsAreRefused(t *testing.T) {
	x := &matrix{points: make([]measuredPoint, 1)}
	for _, test := range []struct {
		story  string
		fields []string
	}{
		{"a number that is none", []string{"b", "x", "0", "EU", "1", "5"}},
		{"too short", []string{"b", "0", "0", "EU", "1"}},
		{"too long", []string{"b", "0", "0", "EU", "1", "5", "more"}},
		{"two round trips to one region above", []string{"b", "0", "0", "EU", "1", "5 6"}},
	} {
		r := &record{fields: test.fields}
		y := *x
		y.takePoint(r)
		if r.err == nil && r.rest() == nil {
			t.Errorf("%s: taken", test.story)
		}
	}
}
