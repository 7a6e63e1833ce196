package reports

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/durabench/durabench/loadgen"
)

// Markdown writes report.md: the same content as the page, for a pull request or a terminal.
func Markdown(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	ruling, why := r.Ruling()
	fmt.Fprintf(out, "# %s: %s\n\n%s", mdText(r.Title), ruling, mdText(why))
	if !r.Started.IsZero() {
		fmt.Fprintf(out, ". Started %s", r.Started.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	if r.Took > 0 {
		fmt.Fprintf(out, ", took %v", r.Took)
	}
	fmt.Fprint(out, ".\n\n")
	if len(r.Args) > 0 {
		mdFence(out, r.commandLine(r.Args))
	}
	mdWarnings(out, r.Warnings)
	for _, c := range r.chapters() {
		mdChapter(out, &c)
	}
	mdOverview(out, r)
	if c, ok := r.costs(); ok {
		mdChapter(out, &c)
	}
	mdConditions(out, "Conditions of all runs", r.Conditions)
	for i := range r.Runs {
		mdRun(out, r, &r.Runs[i])
	}
	mdCredits(out, r.Credits)
	fmt.Fprintf(out, "---\n\n%s %s\n", quantileNote, doubtNote)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write report as Markdown: %w", err)
	}
	return nil
}

func mdOverview(out *bufio.Writer, r *Report) {
	if len(r.Runs) == 0 {
		return
	}
	if len(r.chapters()) > 0 {
		fmt.Fprint(out, "## All runs\n\n")
	}
	engines := r.enginesDiffer()
	head := []string{"run", "engine", "verdict", "per s", "failed", "unknown", "p50", "p90", "p99", "p99.9", "max"}
	mdHead(out, without(head, 1, !engines)...)
	for i := range r.Runs {
		run := &r.Runs[i]
		ruling, _ := run.Ruling()
		mdRow(out, without(append([]string{
			run.Name, run.Engine, ruling.String(),
			rate(run.ThroughputPerS), count(run.Errors), count(run.Unknown),
		}, run.cells()...), 1, !engines)...)
	}
	fmt.Fprintln(out)
}

func mdRun(out *bufio.Writer, r *Report, run *Run) {
	ruling, why := run.Ruling()
	fmt.Fprintf(out, "## %s: %s\n\n%s. %s; %s.\n\n", mdText(run.Name), ruling, mdText(why), mdText(run.condition()), run.outcomes())
	mdFence(out, r.commandLine(run.Args))
	mdWarnings(out, run.Warnings)
	mdVerdicts(out, run.Verdicts)
	mdPrediction(out, r, run)
	mdEdges(out, r, run)
	mdHomes(out, r, run)
	mdBudget(out, run)
	for _, s := range run.costs() {
		mdSheet(out, &s)
	}
	if run.Network != nil {
		fmt.Fprintf(out, "%s.\n\n", networkLine(run.Network))
	}
	mdConditions(out, "Conditions", run.Conditions)
	fmt.Fprintf(out, "%s\n\n", modelNote(run.Engine))
}

func mdVerdicts(out *bufio.Writer, verdicts []Verdict) {
	for _, v := range verdicts {
		fmt.Fprintf(out, "- **%s** %s: %s\n", v.Verdict, mdText(v.Law), mdText(v.Why))
	}
	if len(verdicts) > 0 {
		fmt.Fprintln(out)
	}
	for _, v := range verdicts {
		if len(v.Witness) > 0 {
			fmt.Fprintf(out, "Witness of %s:\n\n", mdText(v.Law))
			mdFence(out, v.Witness...)
		}
	}
}

func mdPrediction(out *bufio.Writer, r *Report, run *Run) {
	if run.Predicted == nil {
		return
	}
	fmt.Fprintf(out, "Prediction: %s.\n\n", mdText(run.Predicted.Why))
	for _, s := range run.Predicted.sheets(r, run.condition()) {
		mdSheet(out, &s)
	}
}

func mdEdges(out *bufio.Writer, r *Report, run *Run) {
	if len(run.ByEdge) == 0 {
		return
	}
	fmt.Fprintf(out, "Latency by the clients' edge (%s):\n\n", mdText(run.condition()))
	mdHead(out, "edge", "n", "failed", "unknown", "p50", "p90", "p99", "p99.9", "max")
	for _, code := range run.edgesByLatency() {
		e := run.ByEdge[code]
		mdRow(out, append([]string{r.place(code), count(e.N), count(e.Errors), count(e.Unknown)}, e.cells()...)...)
	}
	mdRow(out, append([]string{"all", count(run.N), count(run.Errors), count(run.Unknown)}, run.cells()...)...)
	fmt.Fprintln(out)
}

func mdHomes(out *bufio.Writer, r *Report, run *Run) {
	homes := run.homes()
	if len(homes) == 0 {
		return
	}
	fmt.Fprint(out, "Median latency by edge (row) and home of the object (column):\n\n")
	mdHead(out, append([]string{"edge"}, homes...)...)
	for _, code := range run.edgesByLatency() {
		row := []string{r.place(code)}
		for _, home := range homes {
			g := run.ByEdgeAndHome[code][home]
			row = append(row, g.cells()[0])
		}
		mdRow(out, row...)
	}
	fmt.Fprintln(out)
}

func mdBudget(out *bufio.Writer, run *Run) {
	if run.Budget == nil {
		return
	}
	head := []string{"mean per part", "n"}
	for p := range loadgen.Parts {
		head = append(head, p.String())
	}
	fmt.Fprint(out, "Latency budget, means; the parts add up to the whole:\n\n")
	mdHead(out, append(head, "whole")...)
	for _, of := range []struct {
		name string
		*Group
	}{{"all", &run.Group}, {"warm", run.Warm}, {"cold", run.Cold}} {
		if of.Group == nil || of.Budget == nil {
			continue
		}
		row := []string{of.name, count(of.N)}
		for _, mean := range of.Budget {
			row = append(row, mean.String())
		}
		mdRow(out, append(row, of.Budget.Whole().String())...)
	}
	fmt.Fprintln(out)
}

func mdConditions(out *bufio.Writer, title string, conditions Conditions) {
	if len(conditions) == 0 {
		return
	}
	fmt.Fprintf(out, "%s:\n\n", mdText(title))
	mdHead(out, "condition", "value")
	for _, c := range conditions {
		mdRow(out, c.Key, c.Value)
	}
	fmt.Fprintln(out)
}

func mdCredits(out *bufio.Writer, credits []string) {
	if len(credits) == 0 {
		return
	}
	fmt.Fprint(out, "Where the facts come from:\n\n")
	for _, credit := range credits {
		fmt.Fprintf(out, "- %s\n", mdText(credit))
	}
	fmt.Fprintln(out)
}

func mdWarnings(out *bufio.Writer, warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintf(out, "- Warning: %s\n", mdText(warning))
	}
	if len(warnings) > 0 {
		fmt.Fprintln(out)
	}
}

// mdHead is a table's first two lines: words to the left, the rest as they come.
func mdHead(out *bufio.Writer, cells ...string) {
	mdRow(out, cells...)
	fmt.Fprintf(out, "|%s\n", strings.Repeat(" --- |", len(cells)))
}

func mdRow(out *bufio.Writer, cells ...string) {
	for _, cell := range cells {
		fmt.Fprintf(out, "| %s ", mdText(cell))
	}
	fmt.Fprintln(out, "|")
}

var mdEscapes = strings.NewReplacer(
	"\\", "\\\\", "|", "\\|", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]",
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "#", "\\#", "~", "\\~",
)

// mdText is text that Markdown shows as it is, on one line.
func mdText(s string) string {
	return mdEscapes.Replace(strings.Join(strings.Fields(printable(s)), " "))
}

// mdFence shows lines as they are; the fence is longer than any inside.
func mdFence(out *bufio.Writer, lines ...string) {
	text := strings.Join(lines, "\n")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(out, "%s\n", fence)
	for _, line := range lines {
		fmt.Fprintln(out, printable(line))
	}
	fmt.Fprintf(out, "%s\n\n", fence)
}
