package reports_test

import (
	"bytes"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
)

func rendered(t *testing.T, render reports.Renderer, r *reports.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := render(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestStudiesComeFirst: what several runs show together stands before any of them,
// claims before all, and after the verdict.
func TestStudiesComeFirst(t *testing.T) {
	page := asHTML(t, studies())
	last := 0
	for _, want := range []string{`class="banner`, `id="claims"`, `id="primitives"`, `id="curves"`, `id="overview"`, `id="run-1"`} {
		at := strings.Index(page, want)
		if at < last {
			t.Errorf("%s at %d, want it after %d", want, at, last)
		}
		last = at
	}
}

// TestStudyTablesHaveConditions: as for runs, no number stands alone. Claims have
// the runs they name; the overview has a column.
func TestStudyTablesHaveConditions(t *testing.T) {
	page := asHTML(t, studies())
	tables := regexp.MustCompile(`(?s)<p class="caption">([^<]*)</p>\s*<div class="scroll"[^>]*>\s*<table`).FindAllStringSubmatch(page, -1)
	if n := strings.Count(page, "<table"); n != len(tables) || n < 8 {
		t.Errorf("%d tables, %d captions", n, len(tables))
	}
	for _, c := range tables {
		if strings.Contains(c[1], "of the runs it names") || strings.Contains(c[1], "last column") {
			continue
		}
		if !strings.Contains(c[1], "n = ") || !regexp.MustCompile(`engine (live|virtual)`).MatchString(c[1]) {
			t.Errorf("a table's caption lacks its condition: %s", c[1])
		}
	}
	for _, c := range regexp.MustCompile(`(?s)<figcaption>(.*?)</figcaption>`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(c[1], "n = ") {
			t.Errorf("a plot's caption has no n: %s", c[1])
		}
	}
}

// TestLinksLeadSomewhere: each link of the page has its target, once.
func TestLinksLeadSomewhere(t *testing.T) {
	page := asHTML(t, studies())
	links := regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(links) < 30 {
		t.Errorf("%d links, want those of each table", len(links))
	}
	for _, link := range links {
		if n := strings.Count(page, `id="`+link[1]+`"`); n != 1 {
			t.Errorf("%d targets of %q", n, link[1])
		}
	}
}

// TestEveryFormShowsTheStudies: none may lose a finding, a harm or a disagreement.
func TestEveryFormShowsTheStudies(t *testing.T) {
	for name, render := range map[string]reports.Renderer{"html": reports.HTML, "markdown": reports.Markdown, "terminal": reports.Terminal} {
		text := html.UnescapeString(strings.Join(strings.Fields(rendered(t, render, studies())), " "))
		for _, want := range []string{
			"2 claims: 1 holds, 1 does not hold", "DOES NOT HOLD", "KV staleness", "118 s",
			"68.1 %", "1,722 %", "VIOLATED", "2,100", "5.50",
			"no longer with 400/s", "p99 of 2 of 3", "the part that differs most",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		if name == "terminal" {
			continue
		}
		if !regexp.MustCompile(`\+\d\.\d\d ms ✕`).MatchString(text) {
			t.Errorf("%s does not mark the prediction that is off", name)
		}
		for _, want := range []string{"KV cacheTtl", "2026-11-23", "1,021 of 1,500", "LHR", "queue p99"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
}

// TestEngineOnlyWhereItDiffers: a column that says the same of all runs is noise.
func TestEngineOnlyWhereItDiffers(t *testing.T) {
	for _, row := range []struct {
		story string
		of    *reports.Report
		want  bool
	}{{"all live", sample(), false}, {"live and virtual", studies(), true}} {
		page := asHTML(t, row.of)
		overview := page[strings.Index(page, `id="overview"`):]
		overview = overview[:strings.Index(overview, "</table>")]
		if got := strings.Contains(overview, ">engine</th>"); got != row.want {
			t.Errorf("%s: engine column on the page is %v", row.story, got)
		}
		for name, render := range map[string]reports.Renderer{"markdown": reports.Markdown, "terminal": reports.Terminal} {
			line := regexp.MustCompile(`(?m)^\W*run .*unknown.*$`).FindString(rendered(t, render, row.of))
			if got := strings.Contains(line, "engine"); got != row.want || line == "" {
				t.Errorf("%s: engine column in %s is %v (%s)", row.story, name, got, line)
			}
		}
	}
}

// TestConditionsLeaveNoHole: short ones come in pairs, the odd and the long take a row.
func TestConditionsLeaveNoHole(t *testing.T) {
	long := strings.Repeat("value ", 12)
	for _, row := range []struct {
		story  string
		values []string
		want   string // h: half a row, w: a whole one
	}{
		{"none", nil, ""},
		{"one alone", []string{"a"}, "w"},
		{"a pair", []string{"a", "b"}, "hh"},
		{"a long one between two short ones goes below", []string{"a", long, "b"}, "hhw"},
		{"a value too long for half a row, beside a short key", []string{"a", strings.Repeat("v", 50), "b"}, "hhw"},
		{"an odd one takes the row", []string{"a", "b", "c", long}, "hhww"},
	} {
		r := &reports.Report{}
		for _, v := range row.values {
			r.Conditions = append(r.Conditions, reports.Condition{Key: "key", Value: v})
		}
		got := ""
		for _, div := range regexp.MustCompile(`<div( class="whole")?><dt>`).FindAllStringSubmatch(asHTML(t, r), -1) {
			got += map[bool]string{true: "h", false: "w"}[div[1] == ""]
		}
		if got != row.want {
			t.Errorf("%s: laid out as %q, want %q", row.story, got, row.want)
		}
	}
}

// TestEmptyStudies: a record without its numbers is shown as such, by every form.
func TestEmptyStudies(t *testing.T) {
	run := func(s reports.Study) reports.Run { return reports.Run{Name: "x", Study: s} }
	for _, row := range []struct {
		story string
		of    reports.Report
	}{
		{"a claim of nothing", reports.Report{Claims: []reports.Claim{{}}}},
		{"a prediction of no edge", reports.Report{Runs: []reports.Run{run(reports.Study{Predicted: &reports.Prediction{}})}}},
		{"a primitive without harm or price", reports.Report{Runs: []reports.Run{run(reports.Study{Primitive: "kv"})}}},
		{"harm of nothing", reports.Report{Runs: []reports.Run{run(reports.Study{Primitive: "kv", Harm: &reports.Harm{}, Reads: &reports.Distances{}})}}},
		{"a curve of one empty run", reports.Report{Runs: []reports.Run{run(reports.Study{Curve: "c"})}}},
	} {
		for name, render := range map[string]reports.Renderer{"html": reports.HTML, "markdown": reports.Markdown, "terminal": reports.Terminal, "json": reports.JSON} {
			if text := rendered(t, render, &row.of); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
				t.Errorf("%s: %s has a number that is none", row.story, name)
			}
		}
		if err := reports.Write(t.TempDir(), &row.of); err != nil {
			t.Errorf("%s: %v", row.story, err)
		}
	}
}

// TestWriteDrawsStudiesOnce: the plots of a study stand for its runs; the points of
// a curve have none of their own.
func TestWriteDrawsStudiesOnce(t *testing.T) {
	dir := t.TempDir()
	r := studies()
	r.Runs = append(r.Runs[3:4:4], r.Runs[10:12]...)
	if err := reports.Write(dir, r); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string]int{
		"primitives-counter-latency.*": 2, "primitives-counter-harm.*": 2,
		"curve-1-hot-counter-delivered.*": 2, "curve-1-hot-counter-queue-wait.*": 2,
		"01-counter-on-kv-*": 6, "02-hot-counter-*": 0,
	} {
		if found, _ := filepath.Glob(filepath.Join(dir, "plots", pattern)); len(found) != want {
			t.Errorf("%d files like %s, want %d: %v", len(found), pattern, want, found)
		}
	}
}

func TestFindingIsNotHeldByAccident(t *testing.T) {
	for text, want := range map[string]reports.Finding{
		"holds": reports.Holds, "HOLDS": reports.Holds, "does not hold": reports.Fails, "cannot be told": reports.Untold,
		"": reports.Untold, "hold": reports.Untold, "mostly": reports.Untold,
	} {
		var got reports.Finding
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q reads as %q (%v), want %q", text, got, err, want)
		}
	}
}

func TestCompare(t *testing.T) {
	run := func(p50, p99 map[string]time.Duration, n int64) *reports.Run {
		r := &reports.Run{}
		r.ByEdge = map[string]reports.EdgeGroup{}
		for edge := range p50 {
			g := reports.Group{N: n, Latency: reports.Quantiles{P50: reports.Micros(p50[edge]), P99: reports.Micros(p99[edge])}}
			r.ByEdge[edge] = reports.EdgeGroup{Group: g}
		}
		return r
	}
	ms := func(a, b int) map[string]time.Duration {
		return map[string]time.Duration{"far": time.Duration(a) * time.Millisecond, "near": time.Duration(b) * time.Millisecond}
	}
	p := reports.Compare(run(ms(100, 2), ms(200, 5), 5000), run(ms(107, 4), ms(213, 8), 5000))
	if len(p.Edges) != 2 || p.Edges[0].Edge != "near" {
		t.Fatalf("edges %+v, want the quickest first", p.Edges)
	}
	for _, row := range []struct {
		story string
		pair  reports.Pair
		want  bool
	}{
		{"2 ms for 4 is off by exactly 2 ms; 5 % come on top", p.Edges[0].P50, true},
		{"5 ms for 8 is more than 2.25 ms off", p.Edges[0].P99, false},
		{"100 ms for 107 is off by exactly 5 % + 2 ms", p.Edges[1].P50, true},
		{"200 ms for 213 is 1 ms beyond", p.Edges[1].P99, false},
	} {
		if row.pair.Within != row.want {
			t.Errorf("%s: within is %v", row.story, row.pair.Within)
		}
	}
	if want := "p50 of 2 of 2 edges, p99 of 0 of 2"; !strings.Contains(p.Why, want) {
		t.Errorf("why is %q, want %q in it", p.Why, want)
	}
}

// TestTallyMeasuresNearAndFar: where writes are quickest, data is near; reads
// follow the writes' edges, even if they are quick everywhere.
func TestTallyMeasuresNearAndFar(t *testing.T) {
	add := func(t *reports.Tally, edge string, kind loadgen.Kind, took time.Duration) {
		t.Add(&loadgen.Observation{
			Edge: regions.ID(edge), Outcome: loadgen.OK, Operation: loadgen.Operation{Kind: kind}, Done: took,
			Budget: loadgen.Budget{loadgen.Queue: took / 2, loadgen.Return: took / 2},
		})
	}
	for _, primitive := range []string{"kv", ""} {
		tally := reports.NewTally(reports.Run{Study: reports.Study{Primitive: primitive}})
		add(tally, "LHR", loadgen.Increment, 10*time.Millisecond)
		add(tally, "SYD", loadgen.Increment, 250*time.Millisecond)
		add(tally, "IAD", loadgen.Increment, 90*time.Millisecond)
		add(tally, "LHR", loadgen.Read, 4*time.Millisecond)
		add(tally, "SYD", loadgen.Read, 2*time.Millisecond)
		run := tally.Run()
		if run.Queue == nil || run.Queue.Max != reports.Micros(125*time.Millisecond) {
			t.Errorf("queue wait is %+v, want a maximum of 125 ms", run.Queue)
		}
		if primitive == "" {
			if run.Reads != nil || run.Writes != nil {
				t.Error("a run that is not compared was measured by distance")
			}
			continue
		}
		if run.Writes.Near.Edge != "LHR" || run.Writes.Far.Edge != "SYD" || run.Writes.Far.Latency.Max != reports.Micros(250*time.Millisecond) {
			t.Errorf("writes are %+v, want LHR near and SYD far", run.Writes)
		}
		if run.Reads.Near.Edge != "LHR" || run.Reads.Far.Latency.Max != reports.Micros(2*time.Millisecond) {
			t.Errorf("reads are %+v, want those of the same edges", run.Reads)
		}
	}
}

// TestHarmIsNeverRoundedAway: what happened is not none, what did not always happen is not all.
func TestHarmIsNeverRoundedAway(t *testing.T) {
	for _, row := range []struct {
		n, of int64
		want  string
	}{{0, 10, "| 0 (0 of 10) |"}, {1, 1_000_000, "| &lt;0.01 % (1 of 1,000,000) |"}, {99_999, 100_000, "| &gt;99.9 % (99,999 of 100,000) |"}, {10, 10, "| 100 % (10 of 10) |"}, {30, 10, "| 300 % (30 of 10) |"}, {7, 0, "| 7 |"}} {
		r := &reports.Report{Runs: []reports.Run{{Study: reports.Study{Primitive: "kv", Harm: &reports.Harm{LostUpdates: reports.Share{N: row.n, Of: row.of}}}}}}
		if text := rendered(t, reports.Markdown, r); !strings.Contains(text, row.want) {
			t.Errorf("%d of %d is not shown as %q", row.n, row.of, row.want)
		}
	}
}
