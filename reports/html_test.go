package reports_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/durabench/durabench/reports"
)

func asHTML(t *testing.T, r *reports.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := reports.HTML(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestPageAsksNobody: nothing in the page makes a browser fetch anything.
func TestPageAsksNobody(t *testing.T) {
	page := asHTML(t, sample()) + asHTML(t, studies())
	for _, bad := range []string{"http://", "https://", "src=", "@import", "url(", "<iframe", "<img", "fetch(", "xlink"} {
		if strings.Contains(page, bad) {
			at := strings.Index(page, bad)
			t.Errorf("the page has %q: …%s…", bad, page[max(0, at-60):at+60])
		}
	}
	for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(link[1], "#") && link[1] != "data:," {
			t.Errorf("the page links to %q", link[1])
		}
	}
	if !strings.Contains(page, `content="default-src 'none'`) {
		t.Error("the page does not forbid itself to load anything")
	}
}

// TestPageIsWellFormed reads every plot as XML: a tag left open or text that was
// not escaped would show.
func TestPageIsWellFormed(t *testing.T) {
	page := asHTML(t, sample()) + asHTML(t, studies()) + asHTML(t, placementStudy())
	plots := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1)
	if len(plots) < 80 {
		t.Fatalf("%d plots, want each of at least 40 in two widths", len(plots))
	}
	spoken := regexp.MustCompile(`^<svg [^>]*role="img"[^>]*><title>[^<]{4,}</title>\s*<desc>[^<]{20,}</desc>`)
	for _, plot := range plots {
		if hex := regexp.MustCompile(`#[0-9A-Fa-f]{6}`).FindString(plot); hex != "" {
			t.Errorf("a plot has the fixed colour %s, which does not follow dark and light", hex)
		}
		if strings.Contains(plot, "NaN") || strings.Contains(plot, "Inf") {
			t.Error("a plot has a coordinate that is no number")
		}
		if !spoken.MatchString(plot) {
			t.Errorf("a plot has no text alternative: %.300s", plot)
		}
		dec := xml.NewDecoder(strings.NewReader(plot))
		for {
			if _, err := dec.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("a plot is not well-formed: %v", err)
			}
		}
	}
	for _, name := range regexp.MustCompile(`var\((--[a-z0-9-]+)\)`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, name[1]+":") {
			t.Errorf("variable %s is used but never set", name[1])
		}
	}
}

// TestVerdictComesFirst: a reader sees the verdict before any number.
func TestVerdictComesFirst(t *testing.T) {
	page := asHTML(t, sample())
	banner, table := strings.Index(page, `class="banner violated"`), strings.Index(page, "<table")
	if banner < 0 || banner > table {
		t.Errorf("banner at %d, first table at %d", banner, table)
	}
	for _, want := range []string{"not Cloudflare", "injected from a model", "durabench run --class chat --seed 7"} {
		if !strings.Contains(strings.ReplaceAll(page, "&#39;", "'"), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestNoNumberWithoutItsCondition: each table and each plot of a run names n,
// the rate, the class and the engine, or how much was measured.
func TestNoNumberWithoutItsCondition(t *testing.T) {
	page := asHTML(t, sample())
	captions := regexp.MustCompile(`(?s)<figcaption>(.*?)</figcaption>`).FindAllStringSubmatch(page, -1)
	if figures := strings.Count(page, "<figure>"); figures != len(captions) || figures == 0 {
		t.Errorf("%d figures, %d captions", figures, len(captions))
	}
	for _, c := range captions {
		if !strings.Contains(c[1], "n = ") {
			t.Errorf("a plot's caption has no n: %s", c[1])
		}
	}
	tables := regexp.MustCompile(`(?s)<p class="caption">([^<]*)</p>\s*<div class="scroll"[^>]*>\s*<table`).FindAllStringSubmatch(page, -1)
	if n := strings.Count(page, "<table"); n != len(tables) || n == 0 {
		t.Errorf("%d tables, %d captions", n, len(tables))
	}
	for _, c := range tables[1:] { // the first has a column for it
		if !strings.Contains(c[1], "n = ") || !strings.Contains(c[1], "engine live") {
			t.Errorf("a table's caption lacks its condition: %s", c[1])
		}
	}
	if rows := strings.Count(page, `<td class="under">n = `); rows != 4 {
		t.Errorf("%d of 4 lines of the overview have their condition", rows)
	}
}

// hostile is a report whose every text tries to break out.
func hostile() *reports.Report {
	const evil = `"><script>alert(1)</script>'` + "`|\x1b[2J\n# h"
	r := sample()
	r.Runs = r.Runs[2:3]
	run := &r.Runs[0]
	r.Title, r.Suite, r.Warnings = evil, evil, []string{evil}
	r.Places["LHR"], r.Conditions = evil, reports.Conditions{{Key: evil, Value: evil}}
	run.Name, run.Class, run.Engine, run.Args = evil, evil, evil, []string{evil}
	run.Verdicts[0] = reports.Verdict{Law: evil, Verdict: reports.Violated, Why: evil, Witness: []string{evil}}
	run.ByEdge[evil], run.ByEdgeAndHome[evil] = run.ByEdge["LHR"], run.ByEdgeAndHome["LHR"]
	delete(run.ByEdge, "LHR")
	run.Predicted = &reports.Prediction{Why: evil, Edges: []reports.EdgePrediction{{Edge: evil, N: 1}}}
	run.Curve, run.Primitive, run.Variant, run.Harm = evil, evil, evil, &reports.Harm{LostUpdates: reports.Share{N: 2, Of: 1}}
	run.Price, run.Assumptions = &reports.Price{AsOf: evil}, reports.Conditions{{Key: evil, Value: evil}}
	run.Reads = &reports.Distances{Near: reports.AtEdge{Edge: evil, Group: run.Group}, Far: reports.AtEdge{Edge: evil, Group: run.Group}}
	r.Claims = []reports.Claim{{Name: evil, Claimed: evil, Measured: evil, Holds: evil, Why: evil, Runs: []string{evil}}}
	return r
}

func TestNoTextBreaksOut(t *testing.T) {
	page := asHTML(t, hostile())
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("%d scripts in the page, want its own only", n)
	}
	for name, render := range map[string]reports.Renderer{"terminal": reports.Terminal, "markdown": reports.Markdown} {
		var out bytes.Buffer
		if err := render(&out, hostile()); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Errorf("%s lets a name move the cursor", name)
		}
		if name == "markdown" && strings.Contains(withoutFences(out.String()), "<script") {
			t.Error("Markdown outside of code lets a tag through")
		}
	}
}

func withoutFences(text string) string {
	return regexp.MustCompile("(?s)(````*)\n.*?\n(````*)\n").ReplaceAllString(text, "")
}

func TestTerminalFits(t *testing.T) {
	for name, r := range map[string]*reports.Report{"sample": sample(), "studies": studies(), "hostile": hostile(), "empty": {}} {
		var out bytes.Buffer
		if err := reports.Terminal(&out, r); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 100 {
				t.Errorf("%s: a line of %d columns: %s", name, n, line)
			}
		}
	}
}
