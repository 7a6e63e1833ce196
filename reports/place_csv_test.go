package reports_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/durabench/durabench/reports"
)

// TestPlacementAsCSV wants a line for each population and strategy, each with D, the rate of copies and every condition.
func TestPlacementAsCSV(t *testing.T) {
	r := placementStudy()
	r.Conditions = r.Conditions.With("homes", "LHR, IAD").With("machine", `a "small" one`)
	second := r.Placement.Comparisons[0]
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
			"samples": "8", "confidence": "0.95", "objects": "80", "homes": "LHR, IAD", "machine": `a "small" one`,
		}},
		{"whoever does not move has no moves", 1, map[string]string{"strategy": "first", "winner": "false", "moves_per_object": "", "cost_per_access_ms": "56", "accesses": "1000"}},
		{"whoever placed nothing has no latency", 4, map[string]string{"strategy": "fixed:IAD", "objects_not_placed": "80", "p50_ms": "", "regret_ms": "", "ratio_to_clairvoyant": "", "accesses": "0", "homes": "LHR, IAD"}},
		{"a yardstick", 7, map[string]string{"strategy": "clairvoyant", "yardstick": "true", "regret_ms": "-2"}},
		{"another population, of fewer samples", 8, map[string]string{"population": "solo", "strategy": "first", "samples": "5", "move_cost_round_trips": "20"}},
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
		if _, err := os.Stat(filepath.Join(dir, "results.csv")); (err == nil) != test.there {
			t.Errorf("%s: results.csv: %v, want it %v", test.story, err, test.there)
		}
	}
}
