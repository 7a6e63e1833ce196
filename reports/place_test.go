package reports_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/place"
)

// placementStudy is a comparison of few strategies, with numbers that can be recognised.
func placementStudy() *reports.Report {
	row := func(name string, mean, regret float64) place.Row {
		return place.Row{
			Strategy: name, Latency: place.Latency{N: 1000, MeanMs: mean, P50Ms: mean * 0.9, P95Ms: mean * 2, P99Ms: mean * 3, Over100: 0.25, Over200: 0.03},
			ByArea: []place.AreaLatency{{Area: "EU", Latency: place.Latency{N: 600, MeanMs: 9, P50Ms: 11, P95Ms: 22, P99Ms: 33}}},
			Cost: place.Cost{
				PerAccessMs: place.Interval{Center: mean + 1, Lo: mean, Hi: mean + 2},
				RegretMs:    place.Interval{Center: regret, Lo: regret - 0.5, Hi: regret + 0.5},
				Ratio:       place.Interval{Center: mean / 40, Lo: mean / 41, Hi: mean / 39}, Mean: place.Interval{Center: mean},
			},
			Homes: place.Homes{
				Skew: 2.5, Loads: []place.Spot{{Place: "LHR", Lat: 51.5, Lon: -0.5, Share: 0.7}, {Place: "SIN", Lat: 1.4, Lon: 104, Share: 0.3}},
				Flows: []place.Flow{{From: "GRU", To: "LHR", Share: 0.2}, {From: "ANC", To: "SIN", Share: 0.1}},
			},
			CDF: [][2]float64{{1, 0.1}, {40, 0.6}, {250, 1}},
		}
	}
	mover := row("akkio:168h", 45, 3)
	mover.Moves = &place.Moves{PerObject: 0.5, PerThousand: 1.25, Oscillating: 0.125, SettledP50S: 7200, SettledP90S: 86400 * 4}
	static, seer := row(place.StaticName, 42, 0), row(place.ClairvoyantName, 40, -2)
	static.Yardstick, seer.Yardstick = true, true
	regional := row("regional", 50, 8)
	regional.Second, regional.Traffic = 0.14, place.Traffic{CrossGB: 1, USDPerMillion: 0.0034}
	c := place.Comparison{
		Name: "mix", What: "a mix of all", Objects: 80, Accesses: 1000, Tested: 500,
		Users:  []place.Spot{{Place: "GRU", Lat: -23.4, Lon: -46.5, Share: 0.6}, {Place: "ANC", Lat: 61, Lon: -150, Share: 0.4}},
		Rows:   []place.Row{row("first", 55, 12), mover, regional, {Strategy: "fixed:IAD", Refused: place.Refused{Objects: 80}}, row("follow", 300, 400), static, seer},
		Ruling: place.Ruling{Winner: "akkio:168h", Why: "akkio:168h wins with a regret of 3.00 ms per access; next is first with 12.0 ms"},
	}
	return &reports.Report{Title: "Placement strategies", Placement: &place.Study{
		D: 20, Copy: 50e6, USDPerGB: 0.02, WindowS: 86400, Seeds: 8, Confidence: 0.95, Comparisons: []place.Comparison{c},
		Sweep: &place.Sweep{Population: "mix", D: []float64{1, 20, 200}, Lines: []place.Line{
			{Strategy: "first", PerAccess: make([]place.Interval, 3), Regret: []place.Interval{{Center: 9}, {Center: 9}, {Center: 9}}},
			{Strategy: "akkio", PerAccess: []place.Interval{{Center: 2}, {Center: 3}, {Center: 81}}, Regret: []place.Interval{{Center: 1}, {Center: 3, Lo: 2, Hi: 4}, {Center: 80}}},
			{Strategy: place.ClairvoyantName, Yardstick: true, PerAccess: make([]place.Interval, 3), Regret: []place.Interval{{Center: -4}, {Center: -1}, {}}},
		}},
		Prices: &place.PriceSweep{Population: "mix", USDPerGB: []float64{0.001, 0.02}, Lines: []place.PriceLine{{Strategy: "first", USDPerMillion: []float64{0.00034, 0.0068}}}},
	}}
}

func TestPlacementIsInEveryForm(t *testing.T) {
	for _, form := range []struct {
		name   string
		render reports.Renderer
		wants  []string
	}{
		{"terminal", reports.Terminal, []string{
			"OK (1 population compared, a winner in 1;", "[clairvoyant]", "akkio:168h", "D = 20 round trips,", "copies its object at 50 MB/s, or what users", "of a sample of objects with 500",
			"regional has an object in each region; 14.0% of its accesses", "fixed:IAD did not place 80 of 80 objects",
			"The price of a move. Cost in ms per access at each D, population mix; a move costs D round trips", "3.00*", "The price of bytes.", "$0.001", "0.0068", "→ akkio:168h wins with a regret",
		}},
		{"markdown", reports.Markdown, []string{"| first |", "12.5 %", "9 (11 / 22 / 33)", "| $0.001 / GB |", "$0.0034", "4.00 d", "1.25", "at 50 MB/s", "\n\nakkio:168h wins with a regret"}},
		{"html", reports.HTML, []string{"Where should an object live?", "Users and homes: mix, akkio:168h", "<svg", "The price of a move: mix", ">akkio:168h wins with a regret"}},
		{"json", reports.JSON, []string{`"move_cost_round_trips": 20`, `"move_copies_bytes_per_s": 50000000`, `"regret_ms"`}},
	} {
		var out bytes.Buffer
		if err := form.render(&out, placementStudy()); err != nil {
			t.Fatal(err)
		}
		for _, want := range form.wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %q is missing in\n%.4000s", form.name, want, out.String())
			}
		}
	}
}

func TestPlacementComesBackFromJSON(t *testing.T) {
	var first, second bytes.Buffer
	if err := reports.JSON(&first, placementStudy()); err != nil {
		t.Fatal(err)
	}
	read, err := reports.Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := reports.JSON(&second, read); err != nil || first.String() != second.String() {
		t.Errorf("read and written again, it differs: %v", err)
	}
}

// TestOutlawsAreShown wants a violated jurisdiction to be the report's verdict.
func TestOutlawsAreShown(t *testing.T) {
	r := placementStudy()
	r.Placement.Comparisons[0].Rows[1].Refused.Violations = 7
	if ruling, why := r.Ruling(); ruling != reports.Violated || !strings.Contains(why, "akkio:168h served 7 accesses outside") {
		t.Errorf("%s: %s", ruling, why)
	}
}

// TestPlacementOfNothing renders studies that somebody else wrote badly.
func TestPlacementOfNothing(t *testing.T) {
	empty := placementStudy()
	empty.Placement.Comparisons[0].Rows = nil
	empty.Placement.Sweep.Lines = nil
	bare := placementStudy()
	bare.Placement.Comparisons[0].Rows[0] = place.Row{Strategy: "first"}
	bare.Placement.Sweep = nil
	for _, r := range []*reports.Report{empty, bare, {Placement: &place.Study{}}} {
		if err := reports.Write(t.TempDir(), r); err != nil {
			t.Error(err)
		}
		if err := reports.Terminal(&bytes.Buffer{}, r); err != nil {
			t.Error(err)
		}
	}
}

// TestTerminalsAreOfAnyWidth wants no line beyond a narrow terminal's columns, and to be told what is not there.
func TestTerminalsAreOfAnyWidth(t *testing.T) {
	for _, test := range []struct{ columns, most int }{{60, 60}, {80, 80}, {100, 100}, {240, 100}} {
		var out bytes.Buffer
		if err := reports.TerminalOf(test.columns)(&out, placementStudy()); err != nil {
			t.Fatal(err)
		}
		widest := 0
		for line := range strings.Lines(out.String()) {
			widest = max(widest, utf8.RuneCountInString(strings.TrimRight(line, "\n")))
		}
		if widest > test.most || widest < test.most-10 {
			t.Errorf("on %d columns the widest line has %d:\n%s", test.columns, widest, out.String())
		}
		if told := strings.Contains(strings.Join(strings.Fields(out.String()), " "), "$/M: the report has them."); told != (test.columns < 100) {
			t.Errorf("on %d columns, told that some are left out: %v", test.columns, told)
		}
	}
}
