package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
)

// reportCmd is the verb report.
type reportCmd struct {
	Path   string `arg:"" help:"A directory of results, or its results.json."`
	Format string `help:"Form: terminal, markdown, html or json on standard output; profile: the service times of a live run without jitter, for virtual runs; or files, into --out." enum:"terminal,markdown,html,json,profile,files" default:"terminal"`
	Out    string `short:"o" help:"Directory for --format files. Default: where the results are." placeholder:"DIR"`
}

// Help is what `durabench report --help` teaches.
func (reportCmd) Help() string {
	return `Needs no observations, but for --format profile:

  durabench report out/RUN                               the tables, on the terminal
  durabench report out/RUN --format files -o new         report.html, report.md and plots
  durabench report out/RUN --format profile > profile    service times, for run --profile`
}

// Run renders it.
func (r reportCmd) Run(c console) error {
	if r.Format != "files" && r.Out != "" {
		return badUsage(fmt.Errorf("--out has no effect here: --format %s goes to standard output; only files go into a directory", r.Format))
	}
	if r.Format == "profile" {
		return r.writeProfile(c)
	}
	path := resultsIn(r.Path)
	report, err := openReport(path)
	if err != nil {
		return badUsage(err)
	}
	renderers := map[string]reports.Renderer{
		"terminal": reports.TerminalOf(c.width()), "markdown": reports.Markdown, "html": reports.HTML, "json": reports.JSON,
	}
	if render, ok := renderers[r.Format]; ok {
		return render(c.stdout, report)
	}
	dir := r.Out
	if dir == "" {
		dir = filepath.Dir(path)
	}
	return reports.Write(dir, report)
}

// resultsIn is the file of results that a path means.
func resultsIn(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, "results.json")
	}
	return path
}

func openReport(path string) (*reports.Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	report, err := reports.Read(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return report, nil
}

func (r reportCmd) writeProfile(c console) error {
	places, err := regions.Load()
	if err != nil {
		return err
	}
	p, err := profileOf(places, r.Path)
	if err != nil {
		return badUsage(err)
	}
	return writeProfile(c.stdout, p)
}
