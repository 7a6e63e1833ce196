package place

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

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

// TestHotIsFewAndOften says of a population what is drawn of it, and not what was asked for.
func TestHotIsFewAndOften(t *testing.T) {
	p := quiet(Hot)
	source, err := p.Source(tableOf(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := *p.Drawn(), (Drawn{Objects: 6, PerDay: 1000, Zipf: 0.7}); got != want || source.Parts() != want.Objects {
		t.Errorf("%+v and %d portions, want %+v", got, source.Parts(), want)
	}
	if got := quiet(Solo).Drawn(); got.Objects != 600 || got.PerDay != 10 {
		t.Errorf("solo: %+v", got)
	}
}

// TestNoSingleHome: of objects in each region none is at its best home or away from it.
func TestNoSingleHome(t *testing.T) {
	c := Compare("", "", []*Result{evaluated(t, quiet(Solo), 1, "regional", "jurisdiction:eu/regional", "first")}, Price{})
	for i, want := range []bool{false, false, true, true} {
		if row := c.Rows[i]; (row.AtBest != nil) != want || want && *row.AtBest != 1 {
			t.Errorf("%s: %v at their best home", row.Strategy, row.AtBest)
		}
	}
}
