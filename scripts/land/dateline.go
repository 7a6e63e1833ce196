package main

import (
	"math"
	"slices"
)

// cut has a ring on one side of the date line, or its parts on both: topologies stitch land together across the line,
// and to them 180 east and 180 west are one number, so that a ring would run around the world to its other side.
func cut(points []point) [][]point {
	whole := unwrapped(points)
	var sides [][]point
	for _, turn := range []float64{-360, 0, 360} {
		side := slices.Clone(whole)
		for i := range side {
			side[i].lon += turn
		}
		side = clipped(clipped(side, 180), -180)
		if len(side) >= 3 && area(side) > 1e-6 {
			sides = append(sides, side)
		}
	}
	return sides
}

// unwrapped has no step of half the world or more: it goes beyond 180 degrees instead.
func unwrapped(points []point) []point {
	turn, middle := 0.0, 0.0
	all := slices.Clone(points)
	for i := range all {
		if i > 0 {
			switch step := points[i].lon - points[i-1].lon; {
			case step > 180:
				turn -= 360
			case step < -180:
				turn += 360
			}
		}
		all[i].lon += turn
		middle += all[i].lon / float64(len(all))
	}
	home := math.Round(middle/360) * 360
	for i := range all {
		all[i].lon -= home
	}
	return all
}

// clipped is what of a ring lies between the middle of the world and a line of longitude.
func clipped(points []point, at float64) []point {
	sign := math.Copysign(1, at)
	beyond := func(p point) bool { return (p.lon-at)*sign > 0 }
	var kept []point
	for i, p := range points {
		q := points[(i+1)%len(points)]
		if !beyond(p) {
			kept = append(kept, p)
		}
		if beyond(p) != beyond(q) {
			kept = append(kept, point{at, p.lat + (q.lat-p.lat)*(at-p.lon)/(q.lon-p.lon)})
		}
	}
	return kept
}
