package reports_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/durabench/durabench/reports"
)

var (
	update = flag.Bool("update", false, "write golden files anew; a person reviews the difference")
	keep   = flag.String("keep", "", "write the sample report into this directory, to look at")
)

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read golden file: %v (run the test with -update)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from its golden file at %s; review and run the test with -update", name, firstDifference(got, want))
	}
}

// firstDifference shows the first line that differs.
func firstDifference(got, want []byte) string {
	a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			return "\n got: " + string(a[i]) + "\nwant: " + string(b[i])
		}
	}
	return "the length"
}

// few is the sample with less of each list, for a golden file that a person can read.
func few() *reports.Report {
	r := sample()
	r.Runs = r.Runs[1:3]
	for i := range r.Runs {
		run := &r.Runs[i]
		run.Network.Links = run.Network.Links[:2]
		run.OverTime.Points = run.OverTime.Points[:5]
		run.CDF = run.CDF[:3]
		for edge, e := range run.ByEdge {
			if edge != "LHR" && edge != "SYD" {
				delete(run.ByEdge, edge)
				delete(run.ByEdgeAndHome, edge)
				continue
			}
			e.CDF = e.CDF[:3]
			run.ByEdge[edge] = e
		}
	}
	return r
}

// fewStudies is a run or two of each study.
func fewStudies() *reports.Report {
	r := studies()
	r.Runs = slices.Concat(r.Runs[1:4], r.Runs[10:12])
	for i := range r.Runs {
		run := &r.Runs[i]
		run.OverTime.Points, run.CDF = run.OverTime.Points[:3], run.CDF[:3]
		for edge, e := range run.ByEdge {
			e.CDF = e.CDF[:2]
			run.ByEdge[edge] = e
		}
	}
	return r
}

func TestGolden(t *testing.T) {
	for _, row := range []struct {
		name   string
		render reports.Renderer
		of     *reports.Report
	}{
		{"results.json", reports.JSON, few()},
		{"report.md", reports.Markdown, sample()},
		{"terminal.txt", reports.Terminal, sample()},
		{"studies.json", reports.JSON, fewStudies()},
		{"studies.md", reports.Markdown, fewStudies()},
		{"studies.txt", reports.Terminal, studies()},
	} {
		var out bytes.Buffer
		if err := row.render(&out, row.of); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		golden(t, row.name, out.Bytes())
	}
}

// TestKeep writes the sample where -keep says.
func TestKeep(t *testing.T) {
	if *keep == "" {
		t.Skip("no -keep")
	}
	for name, r := range map[string]*reports.Report{"sample": sample(), "studies": studies()} {
		if err := reports.Write(filepath.Join(*keep, name), r); err != nil {
			t.Fatal(err)
		}
	}
}
