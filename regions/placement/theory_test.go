package placement_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// TestPhasesAreThoseOfTheTheory works both phase rules out by hand for two homes. From
// Frankfurt, London is 17 ms away and Singapore about ten times that; a phase with f
// accesses from Frankfurt and b from Mumbai, which is the other way round, has two sums.
func TestPhasesAreThoseOfTheTheory(t *testing.T) {
	table := tableOf(t, "LHR", "SIN")
	trip := func(edge regions.ID, h placement.Home) float64 {
		e, _ := table.Edge(edge)
		return float64(table.RTT(e, h)) / 1e6
	}
	between := float64(table.Between(0, 1)) / 1e6
	for _, d := range []float64{1, 2, 5, 8} {
		for _, rule := range []struct {
			name  string
			phase int
			// move says whether an object in London goes to Singapore for what both cost.
			move func(here, there float64) bool
		}{
			{"move-to-min", int(math.Round(d)), func(here, there float64) bool { return there < here }},
			{"mtlm", int(math.Round(1.841 * d)), func(here, there float64) bool {
				const c = 1.841
				return d*between+(c+1)/c*there < (c+1)/c*here
			}},
		} {
			made, err := placement.ParseRule(rule.name, placement.Setting{Table: table, D: d})
			if err != nil {
				t.Fatal(err)
			}
			for far := 0; far <= rule.phase; far++ {
				near := rule.phase - far
				here := float64(near)*trip("FRA", 0) + float64(far)*trip("BOM", 0)
				there := float64(near)*trip("FRA", 1) + float64(far)*trip("BOM", 1)
				want := placement.Home(0)
				if rule.move(here, there) {
					want = 1
				}
				var state placement.State
				at := placement.Home(0)
				for i := range rule.phase {
					edge, _ := table.Edge("FRA")
					if i < far {
						edge, _ = table.Edge("BOM")
					}
					if at != 0 {
						t.Errorf("%s: D = %v: it moves within a phase", rule.name, d)
					}
					at = made.(placement.MovingRule).Observe(&state, placement.Access{Edge: edge, Home: at, Homes: table.All()})
				}
				if at != want {
					t.Errorf("%s: D = %v, %d of %d accesses from Mumbai: in home %d, want %d", rule.name, d, far, rule.phase, at, want)
				}
				if state != (placement.State{}) {
					t.Errorf("%s: D = %v: it remembers %+v of a phase that is over", rule.name, d, state)
				}
			}
		}
	}
}

// TestCoinFlipIsFair counts how often it moves to the requester: once in 2 D accesses,
// whatever the object and wherever it lives.
func TestCoinFlipIsFair(t *testing.T) {
	table := tableOf(t, "LHR", "SIN")
	edge, _ := table.Edge("BOM")
	for _, d := range []float64{0.5, 1, 5, 50} {
		rule, err := placement.ParseRule("coin-flip", placement.Setting{Table: table, D: d, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		const n = 40000
		moved := 0
		for object := range uint64(n / 100) {
			var state placement.State
			for range 100 {
				if rule.(placement.MovingRule).Observe(&state, placement.Access{Key: object, Edge: edge, Home: 0, Homes: table.All()}) == 1 {
					moved++
				}
			}
		}
		p := 1 / (2 * d)
		if off := math.Abs(float64(moved) - n*p); off > 4*math.Sqrt(n*p*(1-p)) {
			t.Errorf("D = %v: moved %d of %d times, want 1 in %v", d, moved, n, 2*d)
		}
	}
}

// TestHintsGoWhereTheyWereMeasured draws for the hint of a first request, and for a named one.
func TestHintsGoWhereTheyWereMeasured(t *testing.T) {
	m, _ := world(t)
	var all []regions.ID
	for _, h := range m.Homes() {
		all = append(all, h.ID)
	}
	table := tableOf(t, all...)
	for _, test := range []struct{ story, rule, edge, means string }{
		{"that of the first request", "hint", "FRA", "eeur"},
		{"the one that is named, whoever asks", "hint:oc", "FRA", "oc"},
	} {
		rule, err := placement.ParseRule(test.rule, placement.Setting{Table: table, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		hint, err := m.Hint(test.means)
		if err != nil {
			t.Fatal(err)
		}
		edge, _ := table.Edge(regions.ID(test.edge))
		const n = 20000
		counts := map[regions.ID]float64{}
		for i := range uint64(n) {
			counts[table.Homes[rule.Put(placement.Birth{Key: placement.KeyOf(time.Duration(i).String()), Edge: edge, Homes: table.All()})].ID] += 1.0 / n
		}
		total := 0.0
		for _, s := range hint.Sites {
			total += s.Share
		}
		for _, s := range hint.Sites {
			if math.Abs(counts[s.Home]-s.Share/total) > 0.02 {
				t.Errorf("%s: %.3f in %s, measured %.3f", test.story, counts[s.Home], s.Home, s.Share/total)
			}
			delete(counts, s.Home)
		}
		if len(counts) > 0 {
			t.Errorf("%s: and elsewhere: %v", test.story, counts)
		}
	}
	// A run without any of the hint's sites takes the nearest to it.
	few := tableOf(t, "IAD", "NRT")
	rule, err := placement.ParseRule("hint:weur", placement.Setting{Table: few, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if at := rule.Put(placement.Birth{Key: uint64(rand.Int32()), Homes: few.All()}); few.Homes[at].ID != "IAD" {
		t.Errorf("Western Europe is nearest to %s", few.Homes[at].ID)
	}
}
