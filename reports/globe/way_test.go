package globe_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/durabench/durabench/reports/globe"
)

var (
	buenosAires = globe.Point{Lon: -58.5, Lat: -34.8}
	singapore   = globe.Point{Lon: 104, Lat: 1.4}
	tokyo       = globe.Point{Lon: 140.4, Lat: 35.8}
	losAngeles  = globe.Point{Lon: -118.4, Lat: 33.9}
	auckland    = globe.Point{Lon: 174.8, Lat: -37}
)

// TestWaysStayOnTheMap: what would leave it is bent, whole and without leaps; what would not is left alone.
func TestWaysStayOnTheMap(t *testing.T) {
	const south, north = -54, 76
	for _, way := range []struct {
		story    string
		from, to globe.Point
		bent     bool
	}{
		{"past Antarctica", buenosAires, singapore, true},
		{"over Antarctica and the date line", buenosAires, auckland, true},
		{"over the North Pole, almost", losAngeles, globe.Point{Lon: 60, Lat: 40}, true},
		{"right over it", globe.Point{Lon: 0, Lat: 60}, globe.Point{Lon: 180, Lat: 60}, true},
		{"well within", tokyo, losAngeles, false},
		{"from beyond the edge, to which it keeps", globe.Point{Lon: 0, Lat: -60}, singapore, true},
		{"to where it is", tokyo, tokyo, false},
	} {
		arc := globe.Arc(way.from, way.to, 32)
		got, bent := globe.Within(arc, south, north)
		if bent != way.bent {
			t.Errorf("%s: bent %v, want %v", way.story, bent, way.bent)
		}
		if end := globe.Apart(got[len(got)-1], way.to); got[0] != arc[0] || end > 1e-9 {
			t.Errorf("%s: from %v to %v", way.story, got[0], got[len(got)-1])
		}
		for i, p := range got {
			if p.Lat > north+1e-9 || p.Lat < min(south, way.from.Lat)-1e-9 {
				t.Errorf("%s: point %d is off the map: %v", way.story, i, p)
			}
			if i > 0 && way.bent && math.Abs(p.Lon-got[i-1].Lon) > 6.001 {
				t.Errorf("%s: a leap from %v to %v", way.story, got[i-1], p)
			}
		}
	}
}

// TestWaysCrossTheDateLine: each piece enters at the height at which the one before it left.
func TestWaysCrossTheDateLine(t *testing.T) {
	for _, way := range []struct {
		story    string
		from, to globe.Point
		pieces   int
		leaves   float64 // the longitude of the side at which the first piece ends
	}{
		{"to the east", tokyo, losAngeles, 2, 180},
		{"to the west", losAngeles, tokyo, 2, -180},
		{"bent, to the west", buenosAires, auckland, 2, -180},
		{"not at all", buenosAires, singapore, 1, 0},
	} {
		drawn, _ := globe.Within(globe.Arc(way.from, way.to, 32), -54, 76)
		pieces := globe.Split(drawn)
		if len(pieces) != way.pieces {
			t.Fatalf("%s: %d pieces, want %d", way.story, len(pieces), way.pieces)
		}
		for i, piece := range pieces[1:] {
			left, entered := pieces[i][len(pieces[i])-1], piece[0]
			if left.Lon != way.leaves || entered.Lon != -way.leaves || left.Lat != entered.Lat {
				t.Errorf("%s: left at %v, entered at %v", way.story, left, entered)
			}
		}
		last := pieces[len(pieces)-1]
		if away := globe.Apart(last[len(last)-1], way.to); away > 1e-9 {
			t.Errorf("%s: ends %.3g from where it should", way.story, away)
		}
		for _, piece := range pieces {
			for _, p := range piece {
				if math.Abs(p.Lon) > 180+1e-9 {
					t.Errorf("%s: %v is beyond the sides", way.story, p)
				}
			}
		}
	}
	if pieces := globe.Split(nil); pieces != nil {
		t.Errorf("no way: %v", pieces)
	}
}

// From Tokyo to Los Angeles a line leaves the map in the east, and comes back in the west.
func ExampleSplit() {
	for _, piece := range globe.Split(globe.Arc(tokyo, losAngeles, 2)) {
		from, to := piece[0], piece[len(piece)-1]
		fmt.Printf("from (%.0f, %.0f) to (%.0f, %.0f)\n", from.Lon, from.Lat, to.Lon, to.Lat)
	}
	// Output:
	// from (140, 36) to (180, 45)
	// from (-180, 45) to (-118, 34)
}
