package main

import (
	"cmp"
	"math"
	"slices"
)

// rule is what may be left out.
type rule struct {
	tolerance float64 // degrees of arc
	island    float64 // square degrees at the equator, 12,400 km² each
	south     float64 // latitude
}

// usual is for a map of 840 pixels, of which one is 0.4 degrees.
func usual() rule { return rule{tolerance: 0.25, island: 0.3, south: -60} }

// decimals are those of a degree in the table.
const decimals = 1

// apply leaves out what the rule allows, and orders what stays by size, so that water comes after the land around it.
func (r rule) apply(rings []ring) []ring {
	var kept []ring
	for _, ring := range rings {
		if area(ring.points) < r.island || north(ring.points) < r.south {
			continue
		}
		ring.points = rounded(simplified(ring.points, r.tolerance))
		if len(ring.points) >= 3 {
			kept = append(kept, ring)
		}
	}
	slices.SortStableFunc(kept, func(a, b ring) int {
		return cmp.Compare(area(b.points), area(a.points))
	})
	return kept
}

func north(points []point) float64 {
	most := math.Inf(-1)
	for _, p := range points {
		most = max(most, p.lat)
	}
	return most
}

// area is that of a ring on the sinusoidal plane, where areas are true.
func area(points []point) float64 {
	sum := 0.0
	for i, p := range points {
		q := points[(i+1)%len(points)]
		sum += p.lon*shrink(p.lat)*q.lat - q.lon*shrink(q.lat)*p.lat
	}
	return math.Abs(sum) / 2
}

// shrink is how much shorter a degree of longitude is than at the equator.
func shrink(lat float64) float64 { return math.Cos(lat * math.Pi / 180) }

// simplified is Douglas and Peucker's line, begun at the two points of the ring that are farthest from each other, so
// that it does not depend on where the ring was cut open.
func simplified(points []point, tolerance float64) []point {
	a := farthest(points, points[0])
	turned := slices.Concat(points[a:], points[:a])
	b := farthest(turned, turned[0])
	first := line(turned[:b+1], tolerance)
	second := line(append(slices.Clone(turned[b:]), turned[0]), tolerance)
	return append(first[:len(first)-1], second[:len(second)-1]...)
}

func farthest(points []point, from point) (at int) {
	most := -1.0
	for i, p := range points {
		if d := math.Hypot((p.lon-from.lon)*shrink(p.lat), p.lat-from.lat); d > most {
			at, most = i, d
		}
	}
	return at
}

// line keeps its ends, and of the points between them those without which it would stray too far.
func line(points []point, tolerance float64) []point {
	last := len(points) - 1
	at, most := 0, 0.0
	for i := 1; i < last; i++ {
		if d := apart(points[i], points[0], points[last]); d > most {
			at, most = i, d
		}
	}
	if most <= tolerance {
		return []point{points[0], points[last]}
	}
	head := line(points[:at+1], tolerance)
	return append(head[:len(head)-1], line(points[at:], tolerance)...)
}

// apart is how far a point is from the piece of line between two others, in degrees of arc where the point is.
func apart(p, from, to point) float64 {
	k := shrink(p.lat)
	dx, dy := (to.lon-from.lon)*k, to.lat-from.lat
	x, y := (p.lon-from.lon)*k, p.lat-from.lat
	t := 0.0
	if whole := dx*dx + dy*dy; whole > 0 {
		t = min(1, max(0, (x*dx+y*dy)/whole))
	}
	return math.Hypot(x-t*dx, y-t*dy)
}

// rounded is to the table's decimals, without points that become one.
func rounded(points []point) []point {
	scale := math.Pow(10, decimals)
	var all []point
	for _, p := range points {
		all = append(all, point{math.Round(p.lon*scale)/scale + 0, math.Round(p.lat*scale)/scale + 0}) // no negative zero
	}
	all = slices.Compact(all)
	for len(all) > 1 && all[0] == all[len(all)-1] {
		all = all[:len(all)-1]
	}
	return all
}
