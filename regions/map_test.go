package regions_test

import (
	"math"
	"slices"
	"testing"

	"github.com/durabench/durabench/regions"
)

// world is loaded per test: loading is cheap, and a shared map would be a global.
func world(t testing.TB) *regions.Map {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ids(places []regions.Place) []regions.ID {
	var out []regions.ID
	for _, p := range places {
		out = append(out, p.ID)
	}
	return out
}

func TestTheWholeWorldIsThere(t *testing.T) {
	m := world(t)
	edges, homes := m.Edges(), m.Homes()
	if len(edges) != 342 || len(homes) != 32 {
		t.Fatalf("%d edges and %d homes, want 342 and 32", len(edges), len(homes))
	}
	weight, share, china := 0.0, 0.0, 0
	seen := map[regions.ID]bool{}
	for _, p := range edges {
		weight, share = weight+p.Weight, share+p.HostShare
		if p.China {
			china++
			if p.Hosts() || p.Weight != 0 {
				t.Errorf("%s is in China's network yet hosts objects or counts users", p.ID)
			}
		}
		if seen[p.ID] || len(p.ID) != 3 || p.City == "" || len(p.Country) != 2 || p.Area == "" || p.Zone.Name == "" {
			t.Errorf("place twice or incomplete: %+v", p)
		}
		seen[p.ID] = true
		if math.Abs(p.Lat) > 90 || math.Abs(p.Lon) > 180 {
			t.Errorf("%s lies off the globe: %+v", p.ID, p.Point)
		}
		if _, err := m.Hint(p.Hint); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
	if math.Abs(weight-1) > 1e-4 || math.Abs(share-1) > 1e-3 {
		t.Errorf("weights add up to %f and host shares to %f, want 1", weight, share)
	}
	if china != 30 {
		t.Errorf("%d places in China's network, want 30", china)
	}
	if len(m.Credits()) != 7 || slices.Contains(m.Credits(), "") {
		t.Errorf("credits %q, want a line for each of 7 tables", m.Credits())
	}
}

func TestHintsOfPlaces(t *testing.T) {
	m := world(t)
	for _, test := range []struct {
		story string
		id    string
		want  string
	}{
		{"measured nearest hint is afr, by chance: weur's sites serve it", "LHR", "weur"},
		{"measured nearest hint is me: eeur's sites serve it", "FRA", "eeur"},
		{"answered soonest by enam, but lies in South America", "GRU", "sam"},
		{"answered soonest by apac, but lies in the Middle East", "DXB", "me"},
		{"answered soonest by weur, but lies in Africa", "NBO", "afr"},
		{"sam answered soonest in Boston, served by enam's sites", "BOS", "enam"},
		{"as measured", "SIN", "apac"},
	} {
		p, err := m.Place(test.id)
		if err != nil || p.Hint != test.want {
			t.Errorf("%s: hint of %s is %q (%v), want %q", test.story, test.id, p.Hint, err, test.want)
		}
	}
}

func TestDefaultsCoverTheWorld(t *testing.T) {
	m := world(t)
	homes, edges := m.DefaultHomes(), m.DefaultEdges()
	if len(homes) != 6 || len(edges) != 12 {
		t.Fatalf("%d homes and %d edges, want 6 and 12", len(homes), len(edges))
	}
	for _, h := range homes {
		if !h.Hosts() {
			t.Errorf("default home %s hosts no objects", h.ID)
		}
	}
	hints := map[string]bool{}
	for _, e := range edges {
		hints[e.Hint] = true
	}
	for _, h := range m.Hints() {
		if !hints[h.Name] && h.Measured {
			t.Errorf("no default edge in %s", h.Title)
		}
	}
	measured := 0
	for _, e := range edges {
		for _, h := range homes {
			d := m.RTT(e.ID, h.ID)
			if d.RTT <= 0 || d.BeatsFibre() {
				t.Errorf("%s-%s: %v over %.0f km is faster than light in fibre (%v)", e.ID, h.ID, d.RTT, d.Km, d.Fibre())
			}
			if d.Source == regions.Measured {
				measured++
			}
		}
	}
	if measured < 50 {
		t.Errorf("%d of the 72 default pairs are measured, want at least 50", measured)
	}
}

func TestSharesCountEveryUserOnce(t *testing.T) {
	m := world(t)
	edges := ids(m.DefaultEdges())
	total := 0.0
	for i, s := range m.Shares(edges) {
		if s <= 0 {
			t.Errorf("nobody arrives at %s", edges[i])
		}
		total += s
	}
	if math.Abs(total-1) > 1e-9 {
		t.Errorf("shares add up to %v, want 1", total)
	}
	if got := m.Shares([]regions.ID{"GRU"}); len(got) != 1 || math.Abs(got[0]-1) > 1e-9 {
		t.Errorf("shares of one edge: %v, want all users", got)
	}
	if got := m.Shares(nil); len(got) != 0 {
		t.Errorf("shares of no edges: %v", got)
	}
}

func TestWhatIsHandedOutIsACopy(t *testing.T) {
	m := world(t)
	m.Edges()[0].City = "spoilt"
	m.Hints()[0].Sites[0].Share = 9
	m.Lottery("GRU")[0].Share = 9
	if m.Edges()[0].City == "spoilt" || m.Hints()[0].Sites[0].Share == 9 || m.Lottery("GRU")[0].Share == 9 {
		t.Error("a caller changed the map")
	}
}
