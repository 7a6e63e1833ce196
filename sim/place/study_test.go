package place

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

func quiet(kind Kind) Population {
	return Population{Kind: kind, Objects: 600, PerDay: 10, For: 7 * 24 * time.Hour, Zipf: 0.7, Bytes: 1 << 16, Message: 1000, Script: "IAD", Seed: 3}
}

func evaluated(t *testing.T, p Population, workers int, texts ...string) *Result {
	t.Helper()
	table := tableOf(t)
	source, err := p.Source(table)
	if err != nil {
		t.Fatal(err)
	}
	result, err := Evaluate(t.Context(), source, Plan{
		Table: table, Rules: rulesOf(t, table, 20, texts...), D: 20, Window: time.Hour, Every: 2, Workers: workers,
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestWorkersDoNotMatter wants the same to the last digit from one worker and from three.
func TestWorkersDoNotMatter(t *testing.T) {
	var studies []string
	for _, workers := range []int{1, 3} {
		c := Compare("mix", "", []*Result{evaluated(t, quiet(Mix), workers, "first", "akkio", "coin-flip", "regional")}, Price{USDPerGB: 1})
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		studies = append(studies, string(text))
	}
	if studies[0] != studies[1] {
		t.Errorf("one worker: %.2000s\nthree: %.2000s", studies[0], studies[1])
	}
}

// TestAccessesComeInOrder draws every kind, and wants times in order, within the time, and as many as expected.
func TestAccessesComeInOrder(t *testing.T) {
	table := tableOf(t)
	for _, kind := range Order() {
		p := quiet(kind)
		source, err := p.Source(table)
		if err != nil {
			t.Fatal(err)
		}
		total, edges := 0, map[placement.Edge]bool{}
		for i := range source.Parts() {
			stream, _ := source.Part(i)
			var o Object
			for stream.Next(&o) {
				last, buffer := time.Duration(start), make([]Access, 50)
				for n := stream.Read(buffer); n > 0; n = stream.Read(buffer) {
					for j, a := range buffer[:n] {
						if a.At < last || a.At >= start+p.For {
							t.Fatalf("%s: an access at %v after one at %v", kind, a.At-start, last-start)
						}
						if last == start && j == 0 && kind != Script && kind != Mix && a.Edge != o.Born {
							t.Fatalf("%s: born at edge %d, first asked for at %d", kind, o.Born, a.Edge)
						}
						last = a.At
						edges[a.Edge] = true
					}
					total += n
				}
			}
		}
		if got := float64(total) / p.Expected(); math.Abs(got-1) > 0.05 {
			t.Errorf("%s: %d accesses, %.0f were to be expected", kind, total, p.Expected())
		}
		if len(edges) < 100 {
			t.Errorf("%s: users at %d edges only", kind, len(edges))
		}
	}
}

// TestDayHasItsShape counts the accesses of a team by their own hour.
func TestDayHasItsShape(t *testing.T) {
	table := tableOf(t)
	source, err := quiet(Team).Source(table)
	if err != nil {
		t.Fatal(err)
	}
	var hours [24]int
	for i := range source.Parts() {
		stream, _ := source.Part(i)
		var o Object
		buffer := make([]Access, 50)
		for stream.Next(&o) {
			for n := stream.Read(buffer); n > 0; n = stream.Read(buffer) {
				for _, a := range buffer[:n] {
					zone := table.Edges[a.Edge].Zone.January
					hours[int((a.At+zone.Truncate(time.Hour)+24*time.Hour)/time.Hour)%24]++
				}
			}
		}
	}
	if hours[10] < 10*hours[3] || hours[12] > hours[11] {
		t.Errorf("a team's accesses by hour of its day: %v", hours)
	}
}

func TestAliasDrawsByWeight(t *testing.T) {
	table := tableOf(t)
	m := newMasses(table, evening())
	counts := make([]float64, len(table.Edges))
	source, _ := quiet(Solo).Source(table)
	stream, _ := source.Part(0)
	d := stream.(*drawing)
	const n = 1 << 20
	for range n {
		counts[m.hours[5].draw(d.r)]++
	}
	total := m.sums[6] - m.sums[5]
	shape := evening()
	for e, p := range table.Edges {
		want := p.Weight * shape.at(5, p.Zone) / total
		if got := counts[e] / n; math.Abs(got-want) > 4*math.Sqrt(want/n)+1e-6 {
			t.Errorf("%s was drawn %.5f of the time, its share is %.5f", p.ID, got, want)
		}
	}
}

func TestRuling(t *testing.T) {
	row := func(name string, lo, mid, hi float64) Row {
		return Row{Strategy: name, Cost: Cost{RegretMs: Interval{mid, lo, hi}}}
	}
	yardstick := Row{Strategy: StaticName, Yardstick: true}
	outlaw := row("outlaw", 0, 0.1, 0.2)
	outlaw.Refused.Violations = 1
	for _, test := range []struct {
		story  string
		rows   []Row
		seeds  int
		winner string
		among  int
		tied   int
		says   string
	}{
		{"the best is apart from all", []Row{row("b", 3, 4, 5), row("a", 1, 2, 2.9), yardstick}, 8, "a", 0, 0, "a wins"},
		{"two overlap", []Row{row("b", 3, 4, 5), row("a", 1, 2, 3.1)}, 8, "", 2, 0, "overlap"},
		{"a wide one overlaps that is not the second", []Row{row("a", 1, 2, 3), row("b", 4, 5, 6), row("c", 2, 9, 20)}, 8, "", 2, 0, "overlap"},
		{"who breaks the law does not compete", []Row{outlaw, row("a", 1, 2, 3), row("b", 4, 5, 6)}, 8, "a", 0, 0, "a wins"},
		{"one sample", []Row{row("a", 2, 2, 2), row("b", 4, 4, 4)}, 1, "", 0, 0, "a is the cheapest"},
		{"too few samples for 95 %", []Row{row("a", 1, 2, 3), row("b", 4, 5, 6)}, 5, "", 0, 0, "so few samples (5) show no winner"},
		{"nobody to compare with", []Row{row("a", 2, 2, 2), yardstick}, 8, "", 0, 0, "stands alone"},
		{"all are alike", []Row{row("a", 0, 0, 0), row("b", 0, 0, 0), row("c", 0, 0, 0)}, 8, "", 3, 3, "a, b, c tie as the cheapest with a regret of 0.00 ms"},
		{"all are alike in one sample", []Row{row("a", 0, 0, 0), row("b", 0, 0, 0)}, 1, "", 2, 2, "a, b tie as the cheapest"},
		{"two are alike, and apart from the third", []Row{row("c", 4, 5, 6), row("a", 0, 0, 0), row("b", 0, 0, 0)}, 8, "", 2, 2, "a, b tie as the cheapest"},
		{"two are alike, and a third is as good", []Row{row("c", 0, 5, 6), row("a", 0, 1, 2), row("b", 0, 1, 2)}, 8, "", 3, 2, "overlap"},
		{"two are alike in one sample", []Row{row("c", 5, 5, 5), row("a", 1, 1, 1), row("b", 1, 1, 1)}, 1, "", 0, 2, "a, b tie as the cheapest with a regret of 1.00 ms per access, but so few"},
		{"less than nothing by nothing", []Row{row("c", 5, 5, 5), row("a", -1e-9, -1e-9, -1e-9)}, 8, "a", 0, 0, "of 0.00 ms"},
	} {
		got := rule(test.rows, test.seeds)
		if got.Winner != test.winner || len(got.Among) != test.among || len(got.Tied) != test.tied || !strings.Contains(got.Why, test.says) {
			t.Errorf("%s: %+v", test.story, got)
		}
	}
}

func TestRowsAddUp(t *testing.T) {
	c := Compare("mix", "", []*Result{evaluated(t, quiet(Mix), 2, "first", "follow", "regional"), evaluated(t, quiet(Mix), 2, "first", "follow", "regional")}, Price{USDPerGB: 0.02})
	for _, r := range c.Rows {
		n := int64(0)
		for _, a := range r.ByArea {
			n += a.N
		}
		loads := 0.0
		for _, h := range r.Homes.Loads {
			loads += h.Share
		}
		if n != r.Latency.N || math.Abs(loads-1) > 1e-9 || r.CDF[len(r.CDF)-1][1] != 1 {
			t.Errorf("%s: %d accesses by area, %d in all; loads add up to %v; the distribution ends at %v", r.Strategy, n, r.Latency.N, loads, r.CDF[len(r.CDF)-1])
		}
		if l := r.Latency; l.P50Ms > l.P95Ms || l.P95Ms > l.P99Ms || l.Over100 < l.Over200 {
			t.Errorf("%s: %+v", r.Strategy, l)
		}
		if r.Strategy != ClairvoyantName && math.Abs(r.Latency.MeanMs-r.Cost.Mean.Center) > 0.02*r.Latency.MeanMs {
			t.Errorf("%s: mean %v ms by its quantiles, %v ms by its sum", r.Strategy, r.Latency.MeanMs, r.Cost.Mean.Center)
		}
	}
	var again Comparison
	text, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(text, &again)
	}
	if err != nil || !reflect.DeepEqual(c, again) {
		t.Errorf("JSON does not give the comparison back: %v", err)
	}
}

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

// TestRegionsAreTheWorlds: with homes in one region only, users elsewhere are in regions of their own, and their bytes cost.
func TestRegionsAreTheWorlds(t *testing.T) {
	table := tableOf(t, "LHR", "AMS")
	london, _ := table.Edge("LHR")
	sydney, _ := table.Edge("SYD")
	source := &listed{objects: []Object{{Key: 1, Born: london}}, all: [][]Access{{{Edge: london, Bytes: 1e9}, {Edge: sydney, Bytes: 2e9}}}}
	result, err := Evaluate(t.Context(), source, Plan{Table: table, Rules: rulesOf(t, table, 1, "first", "follow"), D: 1, Every: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range Compare("", "", []*Result{result}, Price{USDPerGB: 3}).Rows {
		if got := row.Traffic; got.CrossGB != 2 || got.CrossShare != 0.5 || got.USDPerMillion != 3e6 {
			t.Errorf("%s: %+v, want the bytes of Sydney", row.Strategy, got)
		}
	}
}

// TestClairvoyantOfSomeSeeds compares two seeds, of which the first has no object in the clairvoyant's sample.
func TestClairvoyantOfSomeSeeds(t *testing.T) {
	table := tableOf(t, "LHR", "SIN")
	var results []*Result
	for _, every := range []int{0, 1} {
		source := &listed{objects: []Object{{Key: 1}}, all: [][]Access{{{At: start}, {At: start + 1}}}}
		result, err := Evaluate(t.Context(), source, Plan{Table: table, Rules: rulesOf(t, table, 1, "first"), D: 1, Every: every})
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, result)
	}
	c := Compare("", "", results, Price{})
	if last := c.Rows[len(c.Rows)-1]; last.Strategy != ClairvoyantName || last.Latency.N != 2 || c.Tested != 2 || c.Rows[0].Latency.N != 4 || c.Rows[0].Cost.Ratio.Center == 0 || c.Samples != 2 {
		t.Errorf("%d samples, %d accesses tested, last %s with %d, first with %d and %v", c.Samples, c.Tested, last.Strategy, last.Latency.N, c.Rows[0].Latency.N, c.Rows[0].Cost.Ratio)
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
