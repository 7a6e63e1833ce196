package reports_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/place"
)

// plotOf writes a report and reads one plot of it.
func plotOf(t *testing.T, r *reports.Report, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := reports.Write(dir, r); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "plots", name+".svg"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// withoutWords is a plot without its text alternative: what is drawn.
func withoutWords(svg string) string {
	return regexp.MustCompile(`(?s)<desc>.*?</desc>`).ReplaceAllString(svg, "")
}

// TestMapsSayWhatTheyShow: the source of the land, the condition, and no claim that the strategy won which did not.
func TestMapsSayWhatTheyShow(t *testing.T) {
	won := plotOf(t, placementStudy(), "place-01-mix-map-akkio-168h")
	r := placementStudy()
	r.Placement.Comparisons[0].Ruling = place.Ruling{Among: []string{"akkio:168h", "first"}, Why: "no winner"}
	tied := plotOf(t, r, "place-01-mix-map-akkio-168h")
	for _, want := range []string{
		"Made with Natural Earth (public domain)", "1,000 accesses to 80 objects, 8 samples", "D = 20 round trips, and copies its object at 50 MB/s",
		"Homes with the most: LHR 70 %, SIN 30 %", "Largest flows: GRU to LHR 20 %, ANC to SIN 10 %",
		"the 2 largest flows over more than 760 km, the shortest way on the globe, with 30 % of all accesses", ">homes<", ">users<", ">from users to their home<", ">LHR 70 %<",
	} {
		if !strings.Contains(flat(won), want) {
			t.Errorf("the map does not say %q", want)
		}
	}
	if !strings.Contains(flat(won), "with akkio:168h, the winner.") {
		t.Error("the winner is not called one")
	}
	if text := flat(tied); strings.Contains(text, "winner") || !strings.Contains(text, "with akkio:168h, whose regret cannot be told from that of first.") {
		t.Error("a strategy that others overlap with looks like a winner")
	}
}

// flat is a plot's text with its lines joined.
func flat(svg string) string {
	var all []string
	for _, m := range regexp.MustCompile(`(?s)<text[^>]*>([^<]*)</text>|<desc>([^<]*)</desc>`).FindAllStringSubmatch(svg, -1) {
		all = append(all, m[1]+m[2])
	}
	return strings.Join(all, " ") + " " + svg
}

// TestMapLabelsDoNotOverlap: of homes in one spot, as many are named as there is room for.
func TestMapLabelsDoNotOverlap(t *testing.T) {
	r := placementStudy()
	row := &r.Placement.Comparisons[0].Rows[1]
	row.Homes.Loads = nil
	for i := range 30 {
		row.Homes.Loads = append(row.Homes.Loads, place.Spot{Place: fmt.Sprintf("H%02d", i), Lat: 50 + float64(i%5), Lon: float64(i / 5), Share: 0.04 - float64(i)*0.0005})
	}
	svg := plotOf(t, r, "place-01-mix-map-akkio-168h")
	labels := regexp.MustCompile(`(?s)<text x="([-0-9.]+)" y="([-0-9.]+)"[^>]*>H\d\d \d %</text>`).FindAllStringSubmatch(svg, -1)
	if len(labels) < 3 || len(labels) > 14 {
		t.Fatalf("%d labels, want a few of 30", len(labels))
	}
	for i, a := range labels {
		for _, b := range labels[:i] {
			ax, _ := strconv.ParseFloat(a[1], 64)
			ay, _ := strconv.ParseFloat(a[2], 64)
			bx, _ := strconv.ParseFloat(b[1], 64)
			by, _ := strconv.ParseFloat(b[2], 64)
			if dx, dy := ax-bx, ay-by; dx*dx < 40*40 && dy*dy < 9*9 {
				t.Errorf("two labels are %.0f by %.0f points apart", dx, dy)
			}
		}
	}
}

// TestRegretAxisShowsTheSmallAndTheLarge: bars of nothing do not make all others look alike, and one outlier does not
// make them look like nothing.
func TestRegretAxisShowsTheSmallAndTheLarge(t *testing.T) {
	r := placementStudy()
	c := &r.Placement.Comparisons[0]
	like := c.Rows[0]
	c.Rows = nil
	for i, regret := range []float64{0, 0, 0, 0, 0, 0, 1.3, 9.3, 21, 83, 110, 648} {
		like.Strategy, like.Cost.RegretMs = fmt.Sprintf("s%d", i), place.Interval{Center: regret, Lo: regret * 0.9, Hi: regret * 1.1}
		c.Rows = append(c.Rows, like)
	}
	svg := withoutWords(plotOf(t, r, "place-01-mix-regret"))
	if !strings.Contains(svg, ">100<") || strings.Contains(svg, ">200<") {
		t.Error("the axis does not end a little beyond 110 ms")
	}
	for _, want := range []string{">1.30 ms<", ">648 ms<", ">stays where it is placed<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the plot has no %s", want)
		}
	}
	if strings.Contains(svg, ">moves<") {
		t.Error("the legend names a colour that no bar has")
	}
}

// TestWhiskersLeaveRoomForBars: two samples give intervals of thousands around differences of tens.
func TestWhiskersLeaveRoomForBars(t *testing.T) {
	r := placementStudy()
	c := &r.Placement.Comparisons[0]
	like := c.Rows[0]
	c.Rows = nil
	for i, regret := range []float64{-5, 10, 20, 60} {
		like.Strategy, like.Cost.RegretMs = fmt.Sprintf("s%d", i), place.Interval{Center: regret, Lo: regret - 3000, Hi: regret + 3000}
		c.Rows = append(c.Rows, like)
	}
	svg := withoutWords(plotOf(t, r, "place-01-mix-regret"))
	if !strings.Contains(svg, ">60<") || strings.Contains(svg, ">100<") || strings.Contains(svg, "000<") {
		t.Error("the axis does not end a little beyond 60 ms")
	}
	if !strings.Contains(flat(plotOf(t, r, "place-01-mix-regret")), "whiskers without an end, are longer than shown") {
		t.Error("the caption does not say that whiskers are cut")
	}
}

// TestStrategiesAlikeShareALine: lines that lie upon each other have one name that says so.
func TestStrategiesAlikeShareALine(t *testing.T) {
	r := placementStudy() // of which all wait alike
	rows := r.Placement.Comparisons[0].Rows
	rows[slices.IndexFunc(rows, func(r place.Row) bool { return r.Strategy == "follow" })].CDF = [][2]float64{{5, 0.5}, {9, 1}}
	svg := withoutWords(plotOf(t, r, "place-01-mix-latency"))
	for _, want := range []string{">first = akkio:168h = regional<", ">follow<", `>\[clairvoyant\] = \[static\]<|>\[static\] = \[clairvoyant\]<`} {
		if !regexp.MustCompile(want).MatchString(svg) {
			t.Errorf("the legend has no %s", want)
		}
	}
	if n := strings.Count(svg, "akkio:168h"); n != 1 {
		t.Errorf("akkio:168h is in the legend %d times", n)
	}
}

// TestSweepsSayTheirCondition: plot and table of a sweep have the intervals and what they were got under.
func TestSweepsSayTheirCondition(t *testing.T) {
	svg := flat(plotOf(t, placementStudy(), "place-sweep"))
	page := asHTML(t, placementStudy())
	for _, want := range []string{"1,000 accesses to 80 objects at each D, 8 samples", "95 % intervals over 8 samples"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the plot does not say %q", want)
		}
	}
	for _, want := range []string{`<small><span class="spanned">3.00 <span>(2.00…4.00)</span></span></small>`, "with its 95 % interval over 8 samples", "Homes and their users: akkio:168h", "GRU 20 %"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestFirstLooksAlikeEverywhere: what most plots have is in one colour in all of them, whatever else they show.
func TestFirstLooksAlikeEverywhere(t *testing.T) {
	hue := func(svg, name string) string {
		m := regexp.MustCompile(`(?s)stroke:(#[0-9A-F]{6})[^<]*<(?:circle|path)[^<]*<text[^>]*>` + name).FindStringSubmatch(withoutWords(svg))
		if m == nil {
			t.Fatalf("no line called %s in %.2000s", name, svg)
		}
		return m[1]
	}
	r := placementStudy()
	r.Placement.Comparisons[0].Rows[1].CDF = [][2]float64{{5, 0.5}, {9, 1}} // a line of its own, and before that of first
	sweep, cdf := plotOf(t, r, "place-sweep"), plotOf(t, r, "place-01-mix-latency")
	if a, b := hue(sweep, "first"), hue(cdf, "first"); a != b {
		t.Errorf("first is %s in one plot and %s in another", a, b)
	}
}
