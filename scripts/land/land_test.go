package main

import (
	"bytes"
	"cmp"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// square is a topology of whole degrees: a land from 0 to 10 east and north, of two arcs of which the second is used
// backwards, with a lake in it, an islet, and a land in the far south.
const square = `{"type":"Topology","transform":{"scale":[1,1],"translate":[0,0]},
"objects":{"land":{"type":"GeometryCollection","geometries":[{"type":"MultiPolygon","arcs":[[[0,-2],[2]],[[3]]]},{"type":"Polygon","arcs":[[4]]}]}},
"arcs":[
 [[0,0],[5,0],[5,0],[0,10]],
 [[0,0],[0,10],[10,0]],
 [[3,3],[0,4],[4,0],[0,-4],[-4,0]],
 [[50,0],[0.1,0],[0,0.1],[-0.1,-0.1]],
 [[0,-90],[20,0],[0,20],[-20,-20]]]}`

func TestLandIsDecodedSimplifiedAndWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "land.json")
	if err := os.WriteFile(path, []byte(square), 0o666); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run([]string{path}, &out); err != nil {
		t.Fatal(err)
	}
	head, rows, _ := strings.Cut(out.String(), "largest come first.\n")
	// The point in the middle of the lower edge says nothing; the islet and the south are gone.
	if want := "10 10,0 10,0 0,10 0\n~7 7,7 3,3 3,3 7\n"; rows != want {
		t.Errorf("got\n%swant\n%s", rows, want)
	}
	if !strings.Contains(head, "Made with Natural Earth (public domain)") {
		t.Errorf("no credit in %q", head)
	}
}

func TestBadTopologies(t *testing.T) {
	for _, bad := range []struct{ story, from, to, want string }{
		{"not JSON", `{"type":"T`, `<"type":"T`, "decode TopoJSON"},
		{"GeoJSON", `"Topology"`, `"FeatureCollection"`, "want a Topology"},
		{"no quantization", `"transform"`, `"other"`, "no transform"},
		{"countries only", `"land"`, `"countries"`, "no object called land"},
		{"lines", `"MultiPolygon"`, `"MultiLineString"`, "want polygons"},
		{"arcs of too little depth", `[[[0,-2],[2]],[[3]]]`, `[0]`, "decode the arcs of a MultiPolygon"},
		{"arcs of too much depth", `[[4]]`, `[[[4]]]`, "decode the arcs of a Polygon"},
		{"an arc that is not there", `[[4]]`, `[[5]]`, "arc 5 of 5"},
		{"one that is not there, backwards", `[[4]]`, `[[-6]]`, "arc -6 of 5"},
		{"half a ring", `[0,-2]`, `[0]`, "want a closed ring"},
		{"no ring", `[[4]]`, `[[]]`, "want a closed ring"},
	} {
		text := strings.Replace(square, bad.from, bad.to, 1)
		if text == square {
			t.Fatalf("%s: nothing was spoilt", bad.story)
		}
		if _, err := decode(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: %v, want %q", bad.story, err, bad.want)
		}
	}
}

func TestUsageIsSaid(t *testing.T) {
	for _, args := range [][]string{{}, {"a", "b"}, {"/there/is/no/such/file"}} {
		if err := run(args, &bytes.Buffer{}); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}

// circle has so many points at latitude lat, with a small wave.
func circle(n int, lat float64) []point {
	var all []point
	for i := range n {
		a := 2 * math.Pi * float64(i) / float64(n)
		r := 5 + 0.05*math.Sin(40*a)
		all = append(all, point{r * math.Cos(a), lat + r*math.Sin(a)})
	}
	return all
}

// TestSimplifiedStaysNear: no point that was left out is farther from the outline than the tolerance, wherever the
// ring begins, and most are left out.
func TestSimplifiedStaysNear(t *testing.T) {
	for _, lat := range []float64{0, 60, -40} {
		for _, from := range []int{0, 7, 333} {
			all := circle(1000, lat)
			all = append(all[from:], all[:from]...)
			kept := simplified(all, 0.2)
			if len(kept) > 40 || len(kept) < 8 {
				t.Errorf("latitude %v from %d: %d points", lat, from, len(kept))
			}
			for _, p := range all {
				nearest := math.Inf(1)
				for i, a := range kept {
					nearest = min(nearest, apart(p, a, kept[(i+1)%len(kept)]))
				}
				if nearest > 0.2+1e-9 {
					t.Fatalf("latitude %v from %d: %v is %v away", lat, from, p, nearest)
				}
			}
		}
	}
}

func TestAreasAreTrue(t *testing.T) {
	at := func(lat float64) []point { return []point{{0, lat}, {1, lat}, {1, lat + 1}, {0, lat + 1}} }
	if a := area(at(0)); math.Abs(a-1) > 0.01 {
		t.Errorf("a degree by a degree at the equator: %v", a)
	}
	if a := area(at(60)); math.Abs(a-0.49) > 0.01 {
		t.Errorf("a degree by a degree at 60 north: %v, want half", a)
	}
}

func TestRoundedHasNoPointTwice(t *testing.T) {
	got := rounded([]point{{0.01, -0.02}, {0.04, 0}, {1.26, 2}, {-0.01, 0.01}})
	if len(got) != 2 || got[0] != (point{}) || math.Signbit(got[0].lat) || got[1] != (point{1.3, 2}) {
		t.Errorf("%v", got)
	}
}

// TestRingsEndAtTheDateLine: a ring that touches the line stays on its side, whichever name the line goes by, and one that
// crosses it becomes two.
func TestRingsEndAtTheDateLine(t *testing.T) {
	for _, ring := range []struct {
		story  string
		points []point
		want   [][2]float64 // from and to, of each part
	}{
		{"far from it", []point{{10, 60}, {-20, 61}, {30, 65}}, [][2]float64{{-20, 30}}},
		{"east, and the line called west", []point{{170, 60}, {-180, 61}, {-180, 65}, {175, 66}}, [][2]float64{{170, 180}}},
		{"the same, begun at the line", []point{{-180, 61}, {-180, 65}, {175, 66}, {170, 60}}, [][2]float64{{170, 180}}},
		{"west, and the line called east", []point{{-170, 60}, {180, 61}, {-180, 65}}, [][2]float64{{-180, -170}}},
		{"across it", []point{{170, 60}, {-170, 60}, {-165, 65}, {175, 65}}, [][2]float64{{-180, -165}, {170, 180}}},
		{"across it, from the other side", []point{{-165, 65}, {175, 65}, {170, 60}, {-170, 60}}, [][2]float64{{-180, -165}, {170, 180}}},
	} {
		var got [][2]float64
		whole := 0.0
		for _, part := range cut(ring.points) {
			low, high := 999.0, -999.0
			for _, p := range part {
				low, high = min(low, p.lon), max(high, p.lon)
			}
			got = append(got, [2]float64{low, high})
			whole += area(part)
		}
		slices.SortFunc(got, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
		if !slices.Equal(got, ring.want) {
			t.Errorf("%s: parts %v, want %v", ring.story, got, ring.want)
		}
		if want := area(unwrapped(ring.points)); math.Abs(whole-want) > want/20 {
			t.Errorf("%s: %v square degrees of %v are left", ring.story, whole, want)
		}
	}
}
