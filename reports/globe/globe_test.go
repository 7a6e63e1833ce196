package globe_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/durabench/durabench/reports/globe"
)

func TestBadOutlines(t *testing.T) {
	for _, bad := range []struct{ story, text, want string }{
		{"no latitude", "# head\n\n1 2,3,5 6", `line 3: point "3"`},
		{"a word", "1 2,3 x,5 6", `line 1: point "3 x"`},
		{"beyond the pole", "1 2,3 91,5 6", `point "3 91"`},
		{"beyond the date line", "1 2,-180.1 0,5 6", `point "-180.1 0"`},
		{"not a number, in so many words", "1 2,NaN 4,5 6", `point "NaN 4"`},
		{"a third number", "1 2,3 4 5,5 6", `point "3 4 5"`},
		{"a comma too many", "1 2,3 4,5 6,", `point ""`},
		{"a line only", "~1 2,3 4", "2 points: want an outline"},
	} {
		if _, err := globe.Read(strings.NewReader(bad.text)); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: %v, want %s", bad.story, err, bad.want)
		}
	}
}

func TestOutlinesAreRead(t *testing.T) {
	got, err := globe.Read(strings.NewReader("# land\n0 0,10 0.5,10 -10\n~1 -1,2 -1,2 -2\n"))
	if want := "[{[{0 0} {10 0.5} {10 -10}] false} {[{1 -1} {2 -1} {2 -2}] true}]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v, %v; want %s", got, err, want)
	}
}

// within is whether a point lies inside of an outline: a ray to the east crosses it an odd number of times.
func within(p globe.Point, o globe.Outline) bool {
	inside := false
	for i, a := range o.Points {
		b := o.Points[(i+1)%len(o.Points)]
		if (a.Lat > p.Lat) != (b.Lat > p.Lat) && p.Lon < a.Lon+(p.Lat-a.Lat)/(b.Lat-a.Lat)*(b.Lon-a.Lon) {
			inside = !inside
		}
	}
	return inside
}

// TestLandIsWhereItIs: cities are on land, seas are not, and what is drawn last decides.
func TestLandIsWhereItIs(t *testing.T) {
	for _, place := range []struct {
		name string
		at   globe.Point
		dry  bool
	}{
		{"Paris", globe.Point{Lon: 2.3, Lat: 48.9}, true},
		{"Denver", globe.Point{Lon: -105, Lat: 39.7}, true},
		{"Nairobi", globe.Point{Lon: 36.8, Lat: -1.3}, true},
		{"Alice Springs", globe.Point{Lon: 133.9, Lat: -23.7}, true},
		{"the east end of Chukotka, beyond the date line", globe.Point{Lon: -175.5, Lat: 67}, true},
		{"Siberia, short of the date line", globe.Point{Lon: 175, Lat: 67}, true},
		{"Hawaii", globe.Point{Lon: -155.5, Lat: 19.6}, true},
		{"the middle of the Atlantic", globe.Point{Lon: -35, Lat: 30}, false},
		{"Hudson Bay", globe.Point{Lon: -85, Lat: 59}, false},
		{"the Caspian Sea", globe.Point{Lon: 50.5, Lat: 42}, false},
		{"the Mediterranean", globe.Point{Lon: 18, Lat: 35}, false},
		{"Antarctica, which no map shows", globe.Point{Lon: 0, Lat: -80}, false},
	} {
		dry := false
		for _, o := range globe.Land() {
			if within(place.at, o) {
				dry = !o.Water
			}
		}
		if dry != place.dry {
			t.Errorf("%s: on land %v, want %v", place.name, dry, place.dry)
		}
	}
}

// TestWinkelHoldsItsOwn: the corners of the map are where Winkel has them.
func TestWinkelHoldsItsOwn(t *testing.T) {
	for _, corner := range []struct {
		at   globe.Point
		x, y float64
	}{
		{globe.Point{}, 0, 0},
		{globe.Point{Lon: 180}, 1 + math.Pi/2, 0}, // halfway between Aitoff's and a plain map of the same width at 50 degrees
		{globe.Point{Lat: 90}, 0, math.Pi / 2},
		{globe.Point{Lat: -90}, 0, -math.Pi / 2},
	} {
		if x, y := globe.Winkel(corner.at); math.Abs(x-corner.x)+math.Abs(y-corner.y) > 1e-9 {
			t.Errorf("%v: (%v, %v), want (%v, %v)", corner.at, x, y, corner.x, corner.y)
		}
	}
}

func TestArcsOfNowhere(t *testing.T) {
	here := globe.Point{Lon: 12, Lat: 34}
	for _, to := range []globe.Point{here, {Lon: -168, Lat: -34}} {
		if way := globe.Arc(here, to, 8); len(way) != 2 || way[0] != here || way[1] != to {
			t.Errorf("to %v: %v", to, way)
		}
	}
}

// The shortest way from San Francisco to Frankfurt goes over Greenland.
func ExampleArc() {
	sfo, fra := globe.Point{Lon: -122.4, Lat: 37.6}, globe.Point{Lon: 8.6, Lat: 50}
	for _, p := range globe.Arc(sfo, fra, 4) {
		fmt.Printf("%.0f° east, %.0f° north\n", p.Lon, p.Lat)
	}
	fmt.Printf("%.0f km\n", globe.Apart(sfo, fra)*6371)
	// Output:
	// -122° east, 38° north
	// -105° east, 54° north
	// -70° east, 66° north
	// -20° east, 64° north
	// 9° east, 50° north
	// 9156 km
}
