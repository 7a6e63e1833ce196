package reports_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/place"
)

// TestPlacementAsCSV wants a line for each population and strategy, each with D, the rate of copies and every condition.
func TestPlacementAsCSV(t *testing.T) {
	r := placementStudy()
	r.Conditions = r.Conditions.With("homes", "LHR, IAD").With("machine", `a "small" one`)
	r.Conditions = r.Conditions.With("objects", "100 of each").With("rate", "20/d")
	share := 0.25
	r.Placement.Comparisons[0].Rows[1].AtBest = &share
	second := r.Placement.Comparisons[0]
	second.Drawn = &place.Drawn{Objects: 1, PerDay: 2000, Zipf: 0.8}
	second.Name, second.Samples = "solo", 5
	r.Placement.Comparisons = append(r.Placement.Comparisons, second)
	var out bytes.Buffer
	if err := reports.CSV(&out, r); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != 1+2*7 {
		t.Fatalf("%d lines, want a head and two times seven (%v)", len(lines), err)
	}
	at := map[string]int{}
	for i, name := range lines[0] {
		if _, twice := at[name]; twice {
			t.Errorf("two columns are called %s", name)
		}
		at[name] = i
	}
	for _, test := range []struct {
		story string
		line  int
		want  map[string]string
	}{
		{"the winner", 2, map[string]string{
			"population": "mix", "strategy": "akkio:168h", "winner": "true", "yardstick": "false", "mean_latency_ms": "45", "p50_ms": "40.5", "regret_ms": "3", "regret_ms_lo": "2.5", "regret_ms_hi": "3.5",
			"moves_per_1000_accesses": "1.25", "move_cost_round_trips": "20", "move_copies_bytes_per_s": "50000000", "usd_per_gb": "0.02", "oscillation_window_s": "86400",
			"share_of_objects_at_their_best_home": "0.25", "objects_per_seed": "", "samples": "8", "confidence": "0.95", "objects": "80", "homes": "LHR, IAD", "machine": `a "small" one`,
		}},
		{"whoever does not move has no moves", 1, map[string]string{"strategy": "first", "winner": "false", "moves_per_object": "", "cost_per_access_ms": "56", "accesses": "1000"}},
		{"whoever placed nothing has no latency", 4, map[string]string{"strategy": "fixed:IAD", "objects_not_placed": "80", "p50_ms": "", "regret_ms": "", "ratio_to_clairvoyant": "", "accesses": "0", "homes": "LHR, IAD"}},
		{"a yardstick", 7, map[string]string{"strategy": "clairvoyant", "yardstick": "true", "regret_ms": "-2"}},
		{"another population, of fewer samples", 8, map[string]string{"population": "solo", "strategy": "first", "samples": "5", "objects": "80", "objects_per_seed": "1", "accesses_per_object_and_day": "2000", "popularity_exponent": "0.8", "share_of_objects_at_their_best_home": "", "move_cost_round_trips": "20"}},
	} {
		for name, want := range test.want {
			if got := lines[test.line][at[name]]; got != want {
				t.Errorf("%s: %s is %q, want %q", test.story, name, got, want)
			}
		}
	}
}

// TestCSVIsOfPlacementsOnly: runs have no results.csv, and comparisons have one.
func TestCSVIsOfPlacementsOnly(t *testing.T) {
	for _, test := range []struct {
		story string
		r     *reports.Report
		there bool
	}{{"runs", &reports.Report{Runs: []reports.Run{{}}}, false}, {"a comparison", placementStudy(), true}} {
		dir := t.TempDir()
		if err := reports.Write(dir, test.r); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"results.csv", "results-regions.csv", "results-sweeps.csv"} {
			if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != test.there {
				t.Errorf("%s: %s: %v, want it %v", test.story, name, err, test.there)
			}
		}
	}
}

// TestCompanionsAsCSV reads regions and sweeps off as a spreadsheet would.
func TestCompanionsAsCSV(t *testing.T) {
	for _, test := range []struct {
		name   string
		render reports.Renderer
		lines  int
		has    string
	}{
		{"regions", reports.RegionsCSV, 1 + 6, "mix,first,false,EU,600,9,11,22,33,0,0"},
		{"sweeps, D", reports.SweepsCSV, 1 + 9 + 2, "mix,akkio,false,20,3,0,0,3,2,4,,"},
		{"sweeps, the price of bytes", reports.SweepsCSV, 1 + 9 + 2, "mix,first,false,20,,,,,,,0.001,0.00034"},
		{"sweeps, whoever placed nothing", reports.SweepsCSV, 1 + 9 + 2, "mix,clairvoyant,true,200,,,,,,,,"},
	} {
		var out bytes.Buffer
		if err := test.render(&out, placementStudy()); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != test.lines || !slices.Contains(lines, test.has) {
			t.Errorf("%s: %d lines, want %d, with %s:\n%s", test.name, len(lines), test.lines, test.has, out.String())
		}
		out.Reset()
		if err := test.render(&out, &reports.Report{}); err != nil || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s of nothing: %v, %q", test.name, err, out.String())
		}
	}
}
