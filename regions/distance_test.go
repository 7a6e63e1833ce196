package regions_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
)

func TestKm(t *testing.T) {
	for _, test := range []struct {
		story string
		p, q  regions.Point
		want  float64
	}{
		{"a quarter of the equator", regions.Point{Lat: 0, Lon: 0}, regions.Point{Lat: 0, Lon: 90}, 10007.5},
		{"pole to pole: antipodes", regions.Point{Lat: 90, Lon: 0}, regions.Point{Lat: -90, Lon: 123}, 20015.1},
		{"across the date line, not around the world", regions.Point{Lat: 0, Lon: 179.5}, regions.Point{Lat: 0, Lon: -179.5}, 111.2},
		{"London to New York, as in any atlas", regions.Point{Lat: 51.4706, Lon: -0.4619}, regions.Point{Lat: 40.64, Lon: -73.78}, 5540},
		{"ten centimetres", regions.Point{Lat: 0, Lon: 0}, regions.Point{Lat: 0.0000009, Lon: 0}, 0.0001},
	} {
		if got := test.p.Km(test.q); math.Abs(got-test.want) > 0.001*test.want {
			t.Errorf("%s: %.4f km, want %.4f", test.story, got, test.want)
		}
	}
}

func TestRTTAndWhereItComesFrom(t *testing.T) {
	m := world(t)
	for _, test := range []struct {
		story  string
		a, b   regions.ID
		want   time.Duration
		source regions.Source
		matrix string
	}{
		{"beside UK South and Southeast Asia", "LHR", "SIN", 155 * time.Millisecond, regions.Measured, "azure"},
		{"directions of 231 and 230 ms: their mean", "LHR", "NRT", 230500 * time.Microsecond, regions.Measured, "azure"},
		{"Ashburn is near no Azure point: the next matrix", "IAD", "LHR", 76500 * time.Microsecond, regions.Measured, "aws"},
		{"Cape Town of 2020 is not trusted: NA-AF factor x 12,700 km", "CPT", "IAD", 0, regions.AreaModel, ""},
		{"GCP has Los Angeles but is kept for comparison only", "LAX", "LHR", 0, regions.AreaModel, ""},
		{"4 ms + 1.69 x fibre over 5,004 km", "LOS", "LHR", 88709 * time.Microsecond, regions.AreaModel, ""},
		{"Austin is 117 km from the point in Texas: too far to be it", "AUS", "LHR", 0, regions.AreaModel, ""},
		{"two places by one point are not measured: the area's own line", "SFO", "SJC", 0, regions.AreaModel, ""},
		{"no factor within Africa", "LOS", "NBO", 0, regions.Linear, ""},
		{"no factor within the Middle East: it was nonsense", "BGW", "AMM", 0, regions.Linear, ""},
		{"a place and itself", "SYD", "SYD", time.Millisecond, regions.Same, ""},
	} {
		d := m.RTT(test.a, test.b)
		if d.Source != test.source || d.Matrix != test.matrix || test.want != 0 && d.RTT != test.want {
			t.Errorf("%s: %s-%s is %v, %v %s; want %v, %v %s", test.story,
				test.a, test.b, d.RTT, d.Source, d.Matrix, test.want, test.source, test.matrix)
		}
	}
}

// Every pair of the world: 58,653 of them.
func TestRTTLaws(t *testing.T) {
	m := world(t)
	edges := m.Edges()
	sources := map[regions.Source]int{}
	for i, a := range edges {
		for _, b := range edges[:i+1] {
			d := m.RTT(a.ID, b.ID)
			sources[d.Source]++
			if back := m.RTT(b.ID, a.ID); back != d {
				t.Fatalf("%s-%s is %+v one way and %+v the other", a.ID, b.ID, d, back)
			}
			if d.RTT < time.Millisecond || d.RTT > 700*time.Millisecond {
				t.Errorf("%s-%s: %v, want 1 to 700 ms", a.ID, b.ID, d.RTT)
			}
			if d.Source != regions.Measured && d.BeatsFibre() {
				t.Errorf("%s-%s: the %v gives %v, light in fibre needs %v", a.ID, b.ID, d.Source, d.RTT, d.Fibre())
			}
		}
	}
	if sources[regions.Same] != 342 || sources[regions.Measured] < 1000 || sources[regions.AreaModel] == 0 || sources[regions.Linear] == 0 {
		t.Errorf("pairs by source: %v, want 342 of one place, over 1000 measured and some of each model", sources)
	}
}

func TestBeatsFibre(t *testing.T) {
	for _, test := range []struct {
		story string
		rtt   time.Duration
		want  bool
	}{
		{"1000 km need 10 ms", 10 * time.Millisecond, false},
		{"rounded coordinates excuse 5 %", 9600 * time.Microsecond, false},
		{"no more", 9400 * time.Microsecond, true},
	} {
		if d := (regions.Distance{RTT: test.rtt, Km: 1000}); d.BeatsFibre() != test.want {
			t.Errorf("%s: %v, want %v", test.story, d.BeatsFibre(), test.want)
		}
	}
}

func TestNearest(t *testing.T) {
	m := world(t)
	homes := ids(m.DefaultHomes())
	for _, test := range []struct {
		story string
		from  regions.ID
		homes []regions.ID
		want  regions.ID
	}{
		{"a home is its own nearest", "SIN", homes, "SIN"},
		{"by round trip: the Gulf reaches Singapore sooner than London, though London is nearer", "DXB", homes, "SIN"},
		{"Brazil is served from North America", "GRU", homes, "IAD"},
		{"two places by one point are equally far: the first of them", "LHR", []regions.ID{"SFO", "SJC"}, "SFO"},
		{"the first of them the other way round", "LHR", []regions.ID{"SJC", "SFO"}, "SJC"},
		{"nowhere to go", "LHR", nil, ""},
	} {
		if got := m.Nearest(test.from, test.homes); got != test.want {
			t.Errorf("%s: %q, want %q", test.story, got, test.want)
		}
	}
}

func TestAnIDOffTheMapIsAProgrammersError(t *testing.T) {
	m := world(t)
	defer func() {
		if got, want := fmt.Sprint(recover()), `regions: "XXX" is not on the map; names become IDs through Map.Place`; got != want {
			t.Errorf("panic %q, want %q", got, want)
		}
	}()
	m.RTT("LHR", "XXX")
}

// The reference values were computed apart from this code, from the same matrices.
func TestFits(t *testing.T) {
	want := map[string][2]float64{ // ms: median and p90 of the absolute error
		"azure linear model": {15, 60}, "azure area model": {8, 32},
		"aws linear model": {18, 65}, "aws area model": {12, 36},
		"gcp linear model": {20, 118}, "gcp area model": {10, 70},
	}
	fits := world(t).Fits()
	if len(fits) != len(want) {
		t.Fatalf("%d fits, want %d", len(fits), len(want))
	}
	for _, f := range fits {
		w := want[f.Matrix+" "+f.Model.String()]
		median, p90 := f.MedianError.Seconds()*1000, f.P90Error.Seconds()*1000
		if math.Abs(median-w[0]) > 1 || math.Abs(p90-w[1]) > 2 || f.Pairs < 171 {
			t.Errorf("%s by the %v: n %d, median %.1f, p90 %.1f ms, want %v", f.Matrix, f.Model, f.Pairs, median, p90, w)
		}
	}
}

func BenchmarkRTT(b *testing.B) {
	m := world(b)
	for b.Loop() {
		m.RTT("LHR", "SIN")
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		world(b)
	}
}
