package globe

import "math"

// Within bends a way so that it stays between two latitudes, for a map that ends there: towards the straight line in
// degrees, and no farther than it takes. Its ends are kept. Longitudes run on beyond 180 degrees, for Split to part them.
func Within(way []Point, south, north float64) (drawn []Point, bent bool) {
	drawn = unrolled(way)
	if len(drawn) < 2 {
		return drawn, false
	}
	first, last := drawn[0], drawn[len(drawn)-1]
	south, north = min(south, first.Lat, last.Lat), max(north, first.Lat, last.Lat)
	straight := func(i int) Point {
		t := float64(i) / float64(len(drawn)-1)
		return Point{first.Lon + (last.Lon-first.Lon)*t, first.Lat + (last.Lat-first.Lat)*t}
	}
	need := 0.0
	for i, p := range drawn {
		switch s := straight(i).Lat; {
		case p.Lat < south:
			need = max(need, (south-p.Lat)/(s-p.Lat))
		case p.Lat > north:
			need = max(need, (p.Lat-north)/(p.Lat-s))
		}
	}
	if need == 0 {
		return drawn, false
	}
	for i := range drawn {
		p, s := &drawn[i], straight(i)
		p.Lon, p.Lat = p.Lon+(s.Lon-p.Lon)*need, p.Lat+(s.Lat-p.Lat)*need
	}
	return smooth(drawn), true
}

// unrolled is a way whose longitudes never leap: each step goes the shorter way around.
func unrolled(way []Point) []Point {
	all := make([]Point, 0, len(way))
	for i, p := range way {
		if i > 0 {
			p.Lon += 360 * math.Round((all[i-1].Lon-p.Lon)/360)
		}
		all = append(all, p)
	}
	return all
}

// smooth has no step of more than some degrees to the east or west, as there are where a way came close to a pole: a
// chord so long would cut through the rounded edge of a map.
func smooth(way []Point) []Point {
	const widest = 6
	all := way[:1:1]
	for i, p := range way[1:] {
		from := way[i]
		steps := math.Max(1, math.Ceil(math.Abs(p.Lon-from.Lon)/widest))
		for k := 1.0; k <= steps; k++ {
			all = append(all, Point{from.Lon + (p.Lon-from.Lon)*k/steps, from.Lat + (p.Lat-from.Lat)*k/steps})
		}
	}
	return all
}

// Split parts a way where it crosses the date line, which is where a map begins and ends: one piece leaves at one side at
// the latitude at which the next enters at the other.
func Split(way []Point) [][]Point {
	if len(way) == 0 {
		return nil
	}
	all := unrolled(way)
	turns := func(p Point) float64 { return math.Floor((p.Lon + 180) / 360) }
	on := func(p Point, turn float64) Point { return Point{p.Lon - 360*turn, p.Lat} }
	turn := turns(all[0])
	pieces, piece := [][]Point{}, []Point{on(all[0], turn)}
	for i, p := range all[1:] {
		if next := turns(p); next != turn {
			line := 360*max(turn, next) - 180
			t := (line - all[i].Lon) / (p.Lon - all[i].Lon)
			at := Point{line, all[i].Lat + (p.Lat-all[i].Lat)*t}
			pieces, piece = append(pieces, append(piece, on(at, turn))), []Point{on(at, next)}
			turn = next
		}
		piece = append(piece, on(p, turn))
	}
	return append(pieces, piece)
}
