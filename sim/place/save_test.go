package place

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// TestSavedPopulationIsTheSame writes a population as a trace and reads it: strategies that do not draw cost the same.
func TestSavedPopulationIsTheSame(t *testing.T) {
	table := tableOf(t)
	p := quiet(World)
	p.Bytes = 0
	source, err := p.Source(table)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := WriteTrace(t.Context(), &file, source, table); err != nil {
		t.Fatal(err)
	}
	text := file.String()
	var again bytes.Buffer
	trace, err := ReadTrace(&file, TraceOptions{Name: "t", Table: table, Copy: &again})
	if err != nil {
		t.Fatal(err)
	}
	if again.String() != text {
		t.Errorf("the copy differs from what was read")
	}
	plan := Plan{Table: table, Rules: rulesOf(t, table, 20, "first", "akkio", "mtlm", "regional"), D: 20, Window: time.Hour, Every: 1}
	drawn, err := Evaluate(t.Context(), source, plan)
	if err != nil {
		t.Fatal(err)
	}
	read, err := Evaluate(t.Context(), trace.Sample(0, 1), plan)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range drawn.entries {
		if got := read.entries[i]; got.cost != e.cost || got.objects != e.objects || got.moves.n != e.moves.n || got.cross != e.cross {
			t.Errorf("%s: cost %d us and %d moves as drawn, %d us and %d moves as read", e.name, e.cost, e.moves.n, got.cost, got.moves.n)
		}
	}
}

// TestTracesSayWhatPopulationsSay evaluates the same accesses as a population, and as a trace whose objects are split over
// eight samples of very different size: cost, mean, regret and ratio are the same, and in each row they add up.
func TestTracesSayWhatPopulationsSay(t *testing.T) {
	table := tableOf(t)
	p := quiet(Team)
	p.Bytes, p.Objects, p.Zipf = 0, 60, 1.2
	source, err := p.Source(table)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := WriteTrace(t.Context(), &file, source, table); err != nil {
		t.Fatal(err)
	}
	text := strings.Fields(file.String())
	trace, err := ReadTrace(&file, TraceOptions{Name: "t", Table: table})
	if err != nil {
		t.Fatal(err)
	}
	plan := Plan{Table: table, Rules: rulesOf(t, table, 20, "first", "mtlm", "follow"), D: 20, Window: time.Hour, Every: 1}
	drawn, err := Evaluate(t.Context(), source, plan)
	if err != nil {
		t.Fatal(err)
	}
	var samples []*Result
	for i := range 8 {
		if r, err := Evaluate(t.Context(), trace.Sample(i, 8), plan); err == nil {
			samples = append(samples, r)
		}
	}
	want, got := Compare("", "", []*Result{drawn}, Price{}), Compare("", "", samples, Price{})
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a)) }
	static := got.Rows[3].Cost.PerAccessMs.Center
	for i, row := range got.Rows {
		a, b := row.Cost, want.Rows[i].Cost
		if !near(a.PerAccessMs.Center, b.PerAccessMs.Center) || !near(a.RegretMs.Center, b.RegretMs.Center) || !near(a.Ratio.Center, b.Ratio.Center) || !near(a.Mean.Center, b.Mean.Center) {
			t.Errorf("%s: as a trace %+v, as a population %+v", row.Strategy, a, b)
		}
		if !near(a.PerAccessMs.Center-static, a.RegretMs.Center) {
			t.Errorf("%s: cost %v less that of static, %v, is not the regret, %v", row.Strategy, a.PerAccessMs.Center, static, a.RegretMs.Center)
		}
		if r := a.RegretMs; row.Strategy != StaticName && !(r.Lo <= r.Center && r.Center <= r.Hi) {
			t.Errorf("%s: regret %+v", row.Strategy, r)
		}
	}
	if mean := byHand(t, table, text[1:]); !near(mean, got.Rows[0].Cost.Mean.Center) {
		t.Errorf("first: mean %v ms, by its lines %v ms", got.Rows[0].Cost.Mean.Center, mean)
	}
}

// byHand is what first makes the users of a trace wait, line by line.
func byHand(t *testing.T, table *placement.Table, lines []string) float64 {
	t.Helper()
	homes, sum := map[string]placement.Home{}, 0.0
	for _, l := range lines {
		fields := strings.Split(l, ",")
		edge, ok := table.Edge(regions.ID(fields[2]))
		if !ok {
			t.Fatalf("no edge %s", fields[2])
		}
		home, ok := homes[fields[1]]
		if !ok {
			for h := range table.Homes {
				if table.RTT(edge, placement.Home(h)) < table.RTT(edge, home) {
					home = placement.Home(h)
				}
			}
			homes[fields[1]] = home
		}
		sum += float64(table.RTT(edge, home).Microseconds()) / 1e3
	}
	return sum / float64(len(lines))
}
