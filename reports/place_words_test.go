package reports_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/place"
)

// TestTheCheapestIsNamed wants a name beside the numbers of the cheapest strategy, whatever is known of it.
func TestTheCheapestIsNamed(t *testing.T) {
	const alone = "one is alone"
	for _, test := range []struct {
		story  string
		ruling place.Ruling
		want   string // of the cell after the population
	}{
		{"a winner", place.Ruling{Winner: "akkio:168h", Why: "akkio:168h wins"}, `akkio:168h`},
		{"too few samples to tell", place.Ruling{Why: "akkio:168h is the cheapest, but so few samples (1) show no winner"}, `akkio:168h.*too few samples for a winner`},
		{"some overlap", place.Ruling{Among: []string{"akkio:168h", "first"}, Why: "no winner: they overlap"}, `akkio:168h, first.*overlap: no winner`},
		{"some tie", place.Ruling{Among: []string{"akkio:168h", "first"}, Tied: []string{"akkio:168h", "first"}, Why: "akkio:168h, first tie"}, `akkio:168h, first.*they tie`},
		{"some tie, and overlap with more", place.Ruling{Among: []string{"akkio:168h", "first", "follow"}, Tied: []string{"akkio:168h", "first"}, Why: "x"}, `akkio:168h, first, follow.*overlap`},
		{"some tie in one sample", place.Ruling{Tied: []string{"akkio:168h", "first"}, Why: "akkio:168h, first tie, but so few"}, `akkio:168h, first.*they tie; too few samples`},
		{alone, place.Ruling{Why: "akkio:168h stands alone: a regret of 3.00 ms"}, `akkio:168h.*alone: no winner`},
	} {
		r := placementStudy()
		if test.story == alone {
			c := &r.Placement.Comparisons[0]
			c.Rows = slices.DeleteFunc(c.Rows, func(row place.Row) bool { return !row.Yardstick && row.Strategy != "akkio:168h" })
		}
		r.Placement.Comparisons[0].Ruling = test.ruling
		var out bytes.Buffer
		if err := reports.Markdown(&out, r); err != nil {
			t.Fatal(err)
		}
		_, table, _ := strings.Cut(out.String(), "The cheapest strategy")
		line := regexp.MustCompile(`(?m)^\| mix.*$`).FindString(table)
		if !regexp.MustCompile(test.want).MatchString(line) || strings.Contains(line, "cannot be told") {
			t.Errorf("%s: %q, want %s in it", test.story, line, test.want)
		}
	}
}

// TestNumbersHaveNoNeedlessEnds: prices of moves as they are spoken, and nothing below zero that is zero.
func TestNumbersHaveNoNeedlessEnds(t *testing.T) {
	r := placementStudy()
	r.Placement.D = 9.7
	r.Placement.Sweep.D[1] = 2.25
	r.Placement.Comparisons[0].Rows[0].Cost.RegretMs.Center = -1e-9
	r.Placement.Sweep.Lines[0].PerAccess[0].Center, r.Placement.Sweep.Lines[0].Regret[0].Center = 2, 1
	var out bytes.Buffer
	if err := reports.Terminal(&out, r); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"D = 9.7 round", "D=2.25", "D=200"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, not := range []string{"9.70", "-0.00", "2.250"} {
		if strings.Contains(text, not) {
			t.Errorf("%q is in\n%s", not, text)
		}
	}
	if stars := strings.Count(text, "2.00*"); stars != 2 {
		t.Errorf("two strategies tie as the cheapest at the first price, %d have a star\n%s", stars, text)
	}
}

// TestTiesKeepTheirNames: a ruling that begins with names does not begin with a capital letter.
func TestTiesKeepTheirNames(t *testing.T) {
	r := placementStudy()
	r.Placement.Comparisons[0].Ruling = place.Ruling{Among: []string{"first", "follow"}, Tied: []string{"first", "follow"}, Why: "first, follow tie as the cheapest with a regret of 0.00 ms per access"}
	var out bytes.Buffer
	if err := reports.Terminal(&out, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "→ first, follow tie as the cheapest") {
		t.Error(out.String())
	}
}

// TestAMissingClairvoyantIsMissed: a table without it says so.
func TestAMissingClairvoyantIsMissed(t *testing.T) {
	for _, tested := range []int64{0, 500} {
		r := placementStudy()
		r.Placement.Comparisons[0].Tested = tested
		var out bytes.Buffer
		if err := reports.Terminal(&out, r); err != nil {
			t.Fatal(err)
		}
		if told := strings.Contains(out.String(), "[clairvoyant] is not there"); told != (tested == 0) {
			t.Errorf("asked about %d accesses, said that it is missing: %v", tested, told)
		}
	}
}
