package place

import (
	"strings"
	"testing"
)

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
