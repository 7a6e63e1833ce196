package reports_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/place"
)

// longNames are as long as strategies' names get.
var longNames = []string{"jurisdiction:fedramp-high/move-to-min:20", "jurisdiction:eu/mtlm:20", "jurisdiction:us/coin-flip:20"}

// crowd is a study of many strategies, none of which wait alike.
func crowd(names ...string) *reports.Report {
	r := placementStudy()
	c := &r.Placement.Comparisons[0]
	like := c.Rows[0]
	for i, name := range names {
		like.Strategy, like.CDF = name, [][2]float64{{float64(i + 2), 0.5}, {300, 1}}
		c.Rows = append(c.Rows, like)
	}
	return r
}

// narrow is the plot that a phone gets.
func narrow(t *testing.T, page, title string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)<h3>` + title + `</h3><div class="wide">.*?</div><div class="narrow">(<svg.*?</svg>)`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no plot called %q", title)
	}
	return withoutWords(m[1])
}

// said is a text of a plot and where it begins.
type said struct {
	x, y float64
	text string
}

func saidIn(svg string) (all []said) {
	for _, m := range regexp.MustCompile(`(?s)<text x="([-0-9.]+)" y="([-0-9.]+)"[^>]*>([^<]*)</text>`).FindAllStringSubmatch(svg, -1) {
		x, _ := strconv.ParseFloat(m[1], 64)
		y, _ := strconv.ParseFloat(m[2], 64)
		all = append(all, said{x, y, m[3]})
	}
	return all
}

// TestLongNamesKeepClear: on a phone, names are whole, and end before the number of their bar and the edge of the plot.
func TestLongNamesKeepClear(t *testing.T) {
	const least = 4.4 // points of width that a letter of these names has on average, or more
	page := asHTML(t, crowd(longNames...))
	for _, title := range []string{"Regret by strategy: mix", "What users wait: mix"} {
		svg := narrow(t, page, title)
		all := saidIn(svg)
		for _, a := range all {
			if strings.Contains(a.text, "…") {
				t.Errorf("%s: %q is cut", title, a.text)
			}
			if end := a.x + least*float64(len(a.text)); end > 350 {
				t.Errorf("%s: %q ends at %.0f of 350 points", title, a.text, end)
			}
			for _, b := range all {
				if a.y == b.y && a.x < b.x && a.x+least*float64(len(a.text)) > b.x {
					t.Errorf("%s: %q and %q are on each other", title, a.text, b.text)
				}
			}
		}
		for _, want := range []string{"jurisdiction:eu/mtlm:20<", "move-to-min:20<"} {
			if !strings.Contains(svg, want) {
				t.Errorf("%s: no %s", title, want)
			}
		}
	}
	if want := `<th scope="row">jurisdiction:eu/<wbr>mtlm:20</th>`; !strings.Contains(page, want) {
		t.Errorf("a table has no place to break a long name: want %s", want)
	}
}

// TestLongLegendsGoOnBelow: three long names that share a line do not fit beside each other on a phone.
func TestLongLegendsGoOnBelow(t *testing.T) {
	r := crowd(longNames...)
	rows := r.Placement.Comparisons[0].Rows
	for i := len(rows) - len(longNames); i < len(rows); i++ {
		rows[i].CDF = [][2]float64{{3, 0.5}, {300, 1}}
	}
	svg := narrow(t, asHTML(t, r), "What users wait: mix")
	var beginnings []float64
	for _, s := range saidIn(svg) {
		if strings.Contains(s.text, "jurisdiction:") {
			beginnings = append(beginnings, s.y)
			if len(s.text) > 60 {
				t.Errorf("%q is one line", s.text)
			}
		}
	}
	if len(beginnings) < 2 || beginnings[0] == beginnings[len(beginnings)-1] {
		t.Errorf("the names stand at %v, want several lines", beginnings)
	}
}

// TestEveryStrategyHasALine: those for which there are no more colours are thin and numbered; who placed nothing is named.
func TestEveryStrategyHasALine(t *testing.T) {
	var names []string
	for i := range 14 {
		names = append(names, fmt.Sprintf("fixed:H%02d", i))
	}
	r := crowd(names...)
	svg := flat(plotOf(t, r, "place-01-mix-latency"))
	drawn := withoutWords(plotOf(t, r, "place-01-mix-latency"))
	for _, name := range names {
		if !strings.Contains(drawn, ">"+name+"<") {
			t.Errorf("%s has no line", name)
		}
	}
	for _, want := range []string{"the rest are thin and numbered", "No line, for they placed no object: fixed:IAD.", "more than 0.1 % left"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the caption does not say %q", want)
		}
	}
	if n := strings.Count(drawn, ">9<"); n < 3 { // in the legend, and on the line
		t.Errorf("the ninth of the thin lines is numbered %d times, want 3 or more", n)
	}
	if few := plotOf(t, placementStudy(), "place-01-mix-latency"); strings.Contains(flat(few), "numbered") {
		t.Error("the caption speaks of numbers where there are none")
	}
}

// TestFlowsBeyondTheEdgeStayOnTheMap: they are drawn whole, and the caption says that it is not where they go.
func TestFlowsBeyondTheEdgeStayOnTheMap(t *testing.T) {
	r := placementStudy()
	c := &r.Placement.Comparisons[0]
	c.Users = append(c.Users, place.Spot{Place: "EZE", Lat: -34.8, Lon: -58.5, Share: 0.1})
	c.Rows[1].Homes.Flows = append(c.Rows[1].Homes.Flows, place.Flow{From: "EZE", To: "SIN", Share: 0.09})
	svg := flat(plotOf(t, r, "place-01-mix-map-akkio-168h"))
	if want := "1 of them, whose shortest way leads over the edge of the map, is bent to stay on it"; !strings.Contains(svg, want) {
		t.Errorf("the caption does not say %q", want)
	}
	if text := flat(plotOf(t, placementStudy(), "place-01-mix-map-akkio-168h")); strings.Contains(text, "bent") {
		t.Error("the caption speaks of bent ways where there are none")
	}
}
