package placement_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

func tableOf(t testing.TB, homes ...regions.ID) *placement.Table {
	t.Helper()
	m, all := world(t)
	if len(homes) == 0 {
		homes = all
	}
	table, err := placement.NewTable(m, homes, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func moverOf(t testing.TB, text string, homes ...regions.ID) placement.Mover {
	t.Helper()
	table := tableOf(t, homes...)
	rule, err := placement.ParseRule(text, placement.Setting{Table: table, D: 4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	mover, ok := placement.Bind(table, rule).(placement.Mover)
	if !ok {
		t.Fatalf("%s does not move", text)
	}
	return mover
}

// TestMovers tells each mover a history of edges and hours, and wants the home after each access.
func TestMovers(t *testing.T) {
	homes := []regions.ID{"LHR", "IAD", "SIN"}
	for _, test := range []struct{ story, mover, history, want string }{
		{"follow runs after everybody", "follow", "FRA BOM FRA GRU", "LHR SIN LHR IAD"},
		{"majority waits for three, then moves once and never again", "majority:3", "FRA BOM BOM FRA FRA FRA", "LHR LHR SIN SIN SIN SIN"},
		{"majority keeps the place it has", "majority:3", "FRA FRA BOM BOM", "LHR LHR LHR LHR"},
		{"move-to-min looks at four, moves to their median, and forgets", "move-to-min:4", "FRA BOM BOM BOM FRA FRA FRA FRA", "LHR LHR LHR SIN SIN SIN SIN LHR"},
		{"local-min looks at seven, and the way there has to be worth it", "mtlm:4", "FRA FRA FRA BOM BOM BOM BOM BOM BOM BOM BOM BOM BOM BOM", "LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR SIN"},
		{"akkio moves once what it saved pays for the way", "akkio:1h", "FRA BOM BOM BOM BOM BOM BOM BOM BOM BOM BOM BOM BOM BOM BOM BOM", "LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR LHR SIN"},
		{"akkio ignores a visitor", "akkio:1h", "FRA FRA FRA FRA BOM FRA FRA FRA", "LHR LHR LHR LHR LHR LHR LHR LHR"},
		{"volley moves when the day is over, to the mean of all days", "volley:2h", "FRA BOM BOM BOM BOM BOM", "LHR LHR LHR LHR SIN SIN"},
		{"sun is born where the clock says, whoever asks first", "sun:SIN@0/LHR@3/IAD@5", "GRU", "SIN"},
		{"sun is born near its first request where the law forbids the clock's home", "jurisdiction:us/sun:SIN@0/LHR@3", "FRA GRU FRA GRU", "IAD IAD IAD IAD"},
		{"sun keeps hours", "sun:SIN@0/LHR@3/IAD@5", "FRA FRA FRA FRA FRA FRA FRA", "SIN SIN SIN LHR LHR IAD IAD"},
		{"a law keeps the mover at home", "jurisdiction:us/follow", "FRA BOM FRA", "IAD IAD IAD"},
	} {
		mover := moverOf(t, test.mover, homes...)
		history := strings.Fields(test.history)
		ask := placement.Ask{Object: "a", Edge: regions.ID(history[0]), Homes: homes}
		at, state := mover.Place(ask), placement.State{}
		var got []string
		for i, edge := range history {
			visit := placement.Visit{
				Object: "a", At: time.Unix(0, 0).Add(time.Duration(i) * time.Hour), Edge: regions.ID(edge), Home: at, Homes: homes,
			}
			if strings.HasPrefix(test.mover, "akkio") { // a half-life between accesses would forget them
				visit.At = time.Unix(int64(i), 0)
			}
			if to, move := mover.Observe(&state, visit); move {
				at = to
			}
			got = append(got, string(at))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s (%s)\nedges %s\ngot   %s\nwant  %s", test.story, test.mover, test.history, strings.Join(got, " "), test.want)
		}
	}
}

// TestSunIsBornByTheClock wants an object in the home of the hour in which it is made, so that it need not move at once.
func TestSunIsBornByTheClock(t *testing.T) {
	homes := []regions.ID{"LHR", "IAD", "SIN"}
	mover := moverOf(t, "sun:SIN@0/LHR@8/IAD@15", homes...)
	for _, test := range []struct {
		at   time.Time
		want regions.ID
	}{
		{time.Time{}, "SIN"},
		{time.Date(2026, 1, 5, 7, 59, 59, 0, time.UTC), "SIN"},
		{time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), "LHR"},
		{time.Date(2026, 1, 5, 23, 0, 0, 0, time.FixedZone("", 3600)), "IAD"},
	} {
		got := mover.Place(placement.Ask{Object: "a", At: test.at, Edge: "BOM", Homes: homes})
		if got != test.want {
			t.Errorf("born at %v in %s, want %s", test.at, got, test.want)
		}
		if test.at.IsZero() {
			continue
		}
		if to, move := mover.Observe(&placement.State{}, placement.Visit{Object: "a", At: test.at, Edge: "BOM", Home: got, Homes: homes}); move {
			t.Errorf("born at %v, it moves to %s at once", test.at, to)
		}
	}
}

// everyRule is each kind of rule once, with the usual argument.
func everyRule(t testing.TB, table *placement.Table) []placement.Rule {
	t.Helper()
	texts := []string{"jurisdiction:eu/follow", "jurisdiction:eu/lottery", "jurisdiction:us/regional", "hint:oc", "sun:NRT@0/LHR@8"}
	for _, k := range placement.Kinds() {
		if k.Name == "fixed" {
			texts = append(texts, "fixed:LHR")
			continue
		}
		texts = append(texts, k.Name)
	}
	var rules []placement.Rule
	for _, text := range texts {
		rule, err := placement.ParseRule(text, placement.Setting{Table: table, D: 3, Seed: 9})
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	return rules
}

// TestNoRuleLeavesItsHomes is the law of jurisdictions: whatever happens, an object lives where it may.
func TestNoRuleLeavesItsHomes(t *testing.T) {
	m, _ := world(t)
	var all []regions.ID
	for _, h := range m.Homes() {
		all = append(all, h.ID)
	}
	table := tableOf(t, all...)
	r := rand.New(rand.NewPCG(1, 2))
	for _, rule := range everyRule(t, table) {
		for object := range uint64(300) {
			homes := placement.Set(r.Uint64() & (r.Uint64() >> 32))
			law := placement.Jurisdiction(rule)
			allowed := homes & table.Allowed(law)
			edge := placement.Edge(r.IntN(len(table.Edges)))
			at := rule.Put(placement.Birth{Key: object, Edge: edge, Homes: homes})
			if at == placement.None {
				if allowed != 0 && rule.String() != "fixed:LHR" {
					t.Errorf("%s places nothing, of homes %b", rule, homes)
				}
				continue
			}
			if !allowed.Has(at) {
				t.Fatalf("%s places an object in %s, of homes %b", rule, table.Homes[at].ID, allowed)
			}
			walk(t, rule, table, walked{object, at, homes, allowed}, r)
		}
	}
}

type walked struct {
	key            uint64
	at             placement.Home
	homes, allowed placement.Set
}

func walk(t *testing.T, rule placement.Rule, table *placement.Table, w walked, r *rand.Rand) {
	t.Helper()
	mover, ok := rule.(placement.MovingRule)
	if !ok {
		return
	}
	var state placement.State
	for i := range 40 {
		w.at = mover.Observe(&state, placement.Access{
			Key: w.key, At: time.Duration(i) * 5 * time.Hour, Edge: placement.Edge(r.IntN(len(table.Edges))), Home: w.at, Homes: w.homes,
		})
		if !w.allowed.Has(w.at) {
			t.Fatalf("%s moves an object to home %d, of homes %b", rule, w.at, w.allowed)
		}
	}
}

func TestRandomIsEven(t *testing.T) {
	table := tableOf(t)
	rule, err := placement.ParseRule("random", placement.Setting{Table: table, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, len(table.Homes))
	for i := range 6000 {
		counts[rule.Put(placement.Birth{Key: placement.KeyOf(fmt.Sprint("room-", i)), Homes: table.All()})]++
	}
	if least, most := slices.Min(counts), slices.Max(counts); least < 850 || most > 1150 {
		t.Errorf("6000 objects over 6 homes: %v", counts)
	}
}

// TestLotteryDrawsAsMeasured draws for one edge and compares with the shares of the table.
func TestLotteryDrawsAsMeasured(t *testing.T) {
	m, _ := world(t)
	var all []regions.ID
	for _, h := range m.Homes() {
		all = append(all, h.ID)
	}
	table := tableOf(t, all...)
	rule, err := placement.ParseRule("lottery", placement.Setting{Table: table, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	edge, _ := table.Edge("AAE")
	counts := map[regions.ID]int{}
	const n = 20000
	for i := range uint64(n) {
		counts[table.Homes[rule.Put(placement.Birth{Key: placement.KeyOf(fmt.Sprint(i)), Edge: edge, Homes: table.All()})].ID]++
	}
	for _, s := range m.Lottery("AAE") {
		if got := float64(counts[s.Home]) / n; got < s.Share-0.02 || got > s.Share+0.02 {
			t.Errorf("%s: drawn %.3f of the time, measured %.3f", s.Home, got, s.Share)
		}
	}
}

func TestRegionalNamesAnObjectForEachRegion(t *testing.T) {
	table := tableOf(t)
	rule, err := placement.ParseRule("regional", placement.Setting{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	splitter, ok := placement.Bind(table, rule).(placement.Splitter)
	if !ok {
		t.Fatal("regional does not split")
	}
	if a, b := splitter.Name("room-7", "FRA"), splitter.Name("room-7", "BOM"); a != "LHR-room-7" || b != "SIN-room-7" {
		t.Errorf("names %s and %s", a, b)
	}
}

func ExampleMover() {
	m, _ := regions.Load()
	homes := []regions.ID{"LHR", "IAD", "SIN"}
	strategy, _ := placement.Parse("majority:3", m, homes)
	at := strategy.Place(placement.Ask{Object: "room-7", Edge: "FRA", Homes: homes})
	fmt.Println("created in", at)

	var state placement.State // kept beside the object
	for _, edge := range []regions.ID{"FRA", "BOM", "BOM"} {
		visit := placement.Visit{Object: "room-7", Edge: edge, Home: at, Homes: homes}
		if to, move := strategy.(placement.Mover).Observe(&state, visit); move {
			fmt.Println("moves to", to)
		}
	}
	// Output:
	// created in LHR
	// moves to SIN
}

func BenchmarkObserve(b *testing.B) {
	m, _ := world(b)
	var all []regions.ID
	for _, h := range m.Homes() {
		all = append(all, h.ID)
	}
	table := tableOf(b, all...)
	for _, rule := range everyRule(b, table) {
		mover, ok := rule.(placement.MovingRule)
		if !ok {
			continue
		}
		b.Run(rule.String(), func(b *testing.B) {
			var state placement.State
			a := placement.Access{Key: 1, Homes: table.All()}
			i := 0
			for b.Loop() {
				i++
				a.Edge, a.At = placement.Edge(i*37%len(table.Edges)), time.Duration(i)*time.Minute
				if to := mover.Observe(&state, a); to != placement.None {
					a.Home = to
				}
			}
		})
	}
}
