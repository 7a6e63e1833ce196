package place

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// restless moves away and back at every access: what oscillation is there to show.
type restless struct{ placement.Rule }

func (r restless) Observe(_ *placement.State, a placement.Access) placement.Home { return 1 - a.Home }

// lawless places where it must not: what violations are there to show.
type lawless struct{ placement.Rule }

// TestBugsShow plants what the report's columns are there to find.
func TestBugsShow(t *testing.T) {
	table := tableOf(t)
	r := rand.New(rand.NewPCG(1, 1))
	source := &listed{objects: []Object{{Key: 1}}, all: [][]Access{history(r, table, 100)}}
	rules := rulesOf(t, table, 1, "jurisdiction:eu/first", "first", "fixed:"+string(table.Homes[0].ID))
	result, err := Evaluate(t.Context(), source, Plan{Table: table, D: 1, Window: 24 * time.Hour, Rules: append(rules, restless{rules[2]})})
	if err != nil {
		t.Fatal(err)
	}
	if e := result.entries[3]; e.moves.n != 100 || e.moves.back != 99 {
		t.Errorf("a rule that is never at rest made %d moves, %d of them back", e.moves.n, e.moves.back)
	}
	g := newGround(table, 1, 0)
	out := &stay{ground: g, tally: newTally(g, false), rule: lawless{rules[2]}, allowed: table.Allowed(regions.EU) &^ 1}
	p := newProfile(len(table.Edges))
	p.begin(source.objects[0])
	p.count(source.all[0])
	p.total(g)
	out.begin(p)
	out.end(p, false)
	if out.refused.Violations != 100 {
		t.Errorf("an object outside of its jurisdiction was served 100 times: %d violations", out.refused.Violations)
	}
}

// TestWaits puts an access in the way of a move.
func TestWaits(t *testing.T) {
	table := tableOf(t, "LHR", "SIN")
	fra, _ := table.Edge("FRA")
	bom, _ := table.Edge("BOM")
	trip := table.Between(0, 1)
	source := &listed{objects: []Object{{Key: 1, Born: fra, Bytes: 7}}, all: [][]Access{{
		{At: start, Edge: fra}, {At: start + time.Hour, Edge: bom}, {At: start + time.Hour + trip, Edge: bom}, {At: start + 2*time.Hour, Edge: bom},
	}}}
	result, err := Evaluate(t.Context(), source, Plan{Table: table, D: 10, Rules: rulesOf(t, table, 10, "follow")})
	if err != nil {
		t.Fatal(err)
	}
	got := result.entries[0]
	if got.late.waited != 1 || got.late.wait != 9*trip.Microseconds() {
		t.Errorf("%d accesses waited %d us, want one that waited %d us", got.late.waited, got.late.wait, 9*trip.Microseconds())
	}
	if got.moves.n != 1 || got.moves.cost != 10*trip.Microseconds() || got.moves.copied != 7 {
		t.Errorf("moves: %+v", got.moves.n)
	}
}

// TestWhoWaitsIsPaidFor moves two objects once each, from London to Singapore at D = 10: one access waits for the first, a
// hundred wait for the second. The first move costs its round trips, the second what its users wait; and no strategy costs
// less than it makes users wait, however busy objects are.
func TestWhoWaitsIsPaidFor(t *testing.T) {
	table := tableOf(t, "LHR", "SIN")
	fra, _ := table.Edge("FRA")
	bom, _ := table.Edge("BOM")
	way := 10 * table.Between(0, 1)
	idle := []Access{{At: start, Edge: bom}, {At: start + way/2, Edge: bom}}
	busy := []Access{{At: start, Edge: bom}}
	for range 100 {
		busy = append(busy, Access{At: start + way/2, Edge: bom})
	}
	source := &listed{objects: []Object{{Key: 1, Born: fra}, {Key: 2, Born: fra}}, all: [][]Access{idle, busy}}
	result, err := Evaluate(t.Context(), source, Plan{Table: table, D: 10, Rules: rulesOf(t, table, 10, "follow"), Every: 1})
	if err != nil {
		t.Fatal(err)
	}
	got, half := result.entries[0], way.Microseconds()/2
	if want := way.Microseconds() + 100*half; got.moves.n != 2 || got.moves.cost != want || got.late.wait != 101*half || got.cost != got.trips+want {
		t.Errorf("%d moves cost %d us, users waited %d us; want two that cost %d us, and %d us of waiting", got.moves.n, got.moves.cost, got.late.wait, want, 101*half)
	}
	rushed := Population{Kind: Sun, Objects: 5, PerDay: 2e5, For: 24 * time.Hour, Zipf: 0.8, Bytes: 1 << 20, Message: 1000, Script: "IAD", Seed: 1}
	for _, row := range Compare("", "", []*Result{evaluated(t, rushed, 2, "follow", "mtlm", "akkio", "coin-flip", "first")}, Price{}).Rows {
		cost, mean := row.Cost.PerAccessMs.Center, row.Cost.Mean.Center
		if cost < mean*(1-1e-12) {
			t.Errorf("%s costs %v ms, and makes users wait %v ms", row.Strategy, cost, mean)
		}
		if row.Strategy == "follow" && cost < 500 {
			t.Errorf("follow costs %v ms: nobody waits, and the test has no eyes", cost)
		}
	}
}

// TestAScheduleOfOneHomeIsThatHome: objects are born where the clock says, so that one which always says London costs what
// London costs, and nobody moves.
func TestAScheduleOfOneHomeIsThatHome(t *testing.T) {
	result := evaluated(t, quiet(Sun), 2, "sun:LHR@8", "fixed:LHR", "sun:NRT@0/LHR@8/IAD@15")
	sun, fixed, shifts := result.entries[0], result.entries[1], result.entries[2]
	if sun.cost != fixed.cost || sun.moves.n != 0 || shifts.moves.n == 0 {
		t.Errorf("always London: %d moves, %d us; London: %d us; by shifts: %d moves", sun.moves.n, sun.cost, fixed.cost, shifts.moves.n)
	}
	table := tableOf(t)
	source := &listed{objects: []Object{{Key: 1}}, all: [][]Access{{{At: start + 9*time.Hour}, {At: start + 10*time.Hour}}}}
	morning, err := Evaluate(t.Context(), source, Plan{Table: table, D: 20, Rules: rulesOf(t, table, 20, "sun:NRT@0/LHR@8/IAD@15")})
	if err != nil {
		t.Fatal(err)
	}
	if n := morning.entries[0].moves.n; n != 0 {
		t.Errorf("made at nine and asked at ten, in London's hours, it moves %d times", n)
	}
}

// TestCopiesTakeTime moves an object of 3 MB at 1.5 MB/s: it is away for two seconds more, which its users wait and its
// strategy pays, and an object that moves nothing takes no longer.
func TestCopiesTakeTime(t *testing.T) {
	table := tableOf(t, "LHR", "SIN")
	fra, _ := table.Edge("FRA")
	bom, _ := table.Edge("BOM")
	way := 10 * table.Between(0, 1).Microseconds()
	source := &listed{
		objects: []Object{{Key: 1, Born: fra, Bytes: 3e6}, {Key: 2, Born: fra}},
		all: [][]Access{
			{{At: start, Edge: bom}, {At: start + 1500*time.Millisecond + time.Duration(way)*time.Microsecond, Edge: bom}, {At: start + time.Minute, Edge: bom}},
			{{At: start, Edge: bom}, {At: start + 1500*time.Millisecond + time.Duration(way)*time.Microsecond, Edge: bom}},
		},
	}
	for _, test := range []struct {
		story        string
		copied       float64
		waited, wait int64
		cost         int64
	}{
		{"copying takes no time", 0, 0, 0, 2 * way},
		{"copying takes two seconds, of which half a second is left", 1.5e6, 1, 500_000, 2*way + 2_000_000},
	} {
		result, err := Evaluate(t.Context(), source, Plan{Table: table, D: 10, Copy: test.copied, Rules: rulesOf(t, table, 10, "follow"), Every: 1})
		if err != nil {
			t.Fatal(err)
		}
		got := result.entries[0]
		if got.late.waited != test.waited || got.late.wait != test.wait || got.moves.n != 2 || got.moves.cost != test.cost || got.trips+got.moves.cost != got.cost {
			t.Errorf("%s: %d moves for %d us, %d accesses waited %d us; want two for %d us, and %d that waited %d us",
				test.story, got.moves.n, got.moves.cost, got.late.waited, got.late.wait, test.cost, test.waited, test.wait)
		}
	}
}

func TestBuckets(t *testing.T) {
	last := -1
	for us := int64(1); us < 1<<42; us += us/7 + 1 {
		b := bucketOf(us)
		if b < last || b >= durations {
			t.Fatalf("%d us are in bucket %d, after %d", us, b, last)
		}
		if off := math.Abs(float64(middleOf(b)-us)) / float64(us); off > 0.032 {
			t.Fatalf("%d us are in the bucket of %d us", us, middleOf(b))
		}
		last = b
	}
}

// TestNobodyFallsBehind asks an object from two ends of the world every millisecond, under a rule that always follows:
// nobody waits longer than for the move under way.
func TestNobodyFallsBehind(t *testing.T) {
	table := tableOf(t, "LHR", "SIN")
	fra, _ := table.Edge("FRA")
	bom, _ := table.Edge("BOM")
	var accesses []Access
	for i := range 60_000 {
		edge := fra
		if i/100%2 == 1 {
			edge = bom
		}
		accesses = append(accesses, Access{At: start + time.Duration(i)*time.Millisecond, Edge: edge})
	}
	source := &listed{objects: []Object{{Key: 1, Born: fra}}, all: [][]Access{accesses}}
	result, err := Evaluate(t.Context(), source, Plan{Table: table, D: 10, Rules: rulesOf(t, table, 10, "follow")})
	if err != nil {
		t.Fatal(err)
	}
	got, way := result.entries[0], 10*table.Between(0, 1)
	longest := int64(0)
	for _, buckets := range got.late.took {
		for b, n := range buckets {
			if n > 0 {
				longest = max(longest, middleOf(b))
			}
		}
	}
	if limit := (way + 500*time.Millisecond).Microseconds(); longest > limit {
		t.Errorf("somebody waited %d us; the way takes %v", longest, way)
	}
	if most := int64(time.Minute/way) + 2; got.moves.n > most {
		t.Errorf("%d moves of %v in a minute", got.moves.n, way)
	}
}
