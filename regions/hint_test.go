package regions_test

import (
	"math"
	"slices"
	"testing"

	"github.com/durabench/durabench/regions"
)

func TestHints(t *testing.T) {
	m := world(t)
	hints := m.Hints()
	if len(hints) != 11 {
		t.Fatalf("%d hints, want 11", len(hints))
	}
	for _, h := range hints {
		total := 0.0
		for _, s := range h.Sites {
			if _, err := m.Home(string(s.Home)); err != nil {
				t.Errorf("%s: %v", h.Name, err)
			}
			total += s.Share
		}
		if math.Abs(total-1) > 1e-9 {
			t.Errorf("%s: shares add up to %v", h.Name, total)
		}
		if !slices.ContainsFunc(h.Sites, func(s regions.HomeShare) bool { return s.Home == h.Home }) {
			t.Errorf("%s stands for %s, which is none of its sites", h.Name, h.Home)
		}
	}
}

func TestJurisdictions(t *testing.T) {
	m := world(t)
	all := ids(m.Homes())
	for _, test := range []struct {
		story string
		law   regions.Jurisdiction
		in    []regions.ID
		out   []regions.ID
		count int
	}{
		{"no law allows every home", "", []regions.ID{"SIN", "LHR"}, nil, 32},
		{"London and Zurich are in Europe, not in the Union", regions.EU, []regions.ID{"FRA", "LIS", "WAW"}, []regions.ID{"LHR", "ZRH", "IAD"}, 11},
		{"the United States", regions.US, []regions.ID{"IAD", "SEA"}, []regions.ID{"FRA", "SYD"}, 10},
		{"our assumption: certified sites are all in the United States", regions.FedRAMPHigh, []regions.ID{"IAD"}, []regions.ID{"LHR"}, 10},
		{"a law nobody knows allows nothing", "moon", nil, all, 0},
	} {
		got := m.Allowed(test.law, all)
		if len(got) != test.count {
			t.Errorf("%s: %d homes %v, want %d", test.story, len(got), got, test.count)
		}
		for _, id := range test.in {
			if !slices.Contains(got, id) {
				t.Errorf("%s: %s is missing", test.story, id)
			}
		}
		for _, id := range test.out {
			if slices.Contains(got, id) {
				t.Errorf("%s: %s is allowed", test.story, id)
			}
		}
	}
}

func TestLottery(t *testing.T) {
	m := world(t)
	probed := 0
	for _, e := range m.Edges() {
		shares := m.Lottery(e.ID)
		if len(shares) == 0 {
			continue
		}
		probed++
		total := 0.0
		for _, s := range shares {
			if p, err := m.Home(string(s.Home)); err != nil || p.ID != s.Home {
				t.Errorf("%s: %v", e.ID, err)
			}
			total += s.Share
		}
		if math.Abs(total-1) > 1e-9 {
			t.Errorf("%s: shares add up to %v", e.ID, total)
		}
	}
	if probed != 281 {
		t.Errorf("%d edges were probed, want 281", probed)
	}
	if got := m.Lottery("GRU"); len(got) != 2 || got[1].Home != "MIA" || math.Abs(got[1].Share-0.597) > 0.001 {
		t.Errorf("São Paulo's objects live at %v, want mostly Miami", got)
	}
}

func TestChoose(t *testing.T) {
	world, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		story, hint string
		homes       []regions.ID
		want        regions.ID
	}{
		{"no homes at all", "weur", nil, ""},
		{"no site of the hint: the nearest to it", "weur", []regions.ID{"SIN", "IAD"}, "IAD"},
		{"one site among the homes", "enam", []regions.ID{"SIN", "IAD"}, "IAD"},
	} {
		hint, err := world.Hint(row.hint)
		if err != nil {
			t.Fatal(err)
		}
		if got := world.Choose(hint, row.homes); got != row.want {
			t.Errorf("%s: %s of %v gives %q, want %q", row.story, row.hint, row.homes, got, row.want)
		}
	}
	weur, err := world.Hint("weur")
	if err != nil {
		t.Fatal(err)
	}
	best := weur.Sites[0]
	var all []regions.ID
	for _, s := range weur.Sites {
		all = append(all, s.Home)
		if s.Share > best.Share {
			best = s
		}
	}
	if got := world.Choose(weur, all); got != best.Home {
		t.Errorf("of all its sites, the hint chose %s, want the likeliest, %s", got, best.Home)
	}
}
