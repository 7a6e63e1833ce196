package reports

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// columns is what a terminal is trusted to have.
const columns = 100

// Terminal writes the end of a command: the verdict, one line per run, and what
// is to be said against them. Plain text without colour, at most 100 columns.
func Terminal(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	ruling, why := r.Ruling()
	for _, line := range wrapped(printable(fmt.Sprintf("%s: %s (%s)", cmp.Or(r.Title, "durabench"), ruling, why)), columns) {
		fmt.Fprintln(out, line)
	}
	terminalChapters(out, r)
	if len(r.Runs) > 0 {
		fmt.Fprintln(out)
		runTable(out, r)
	}
	terminalCost(out, r)
	for i := range r.Runs {
		terminalRun(out, &r.Runs[i])
	}
	for _, warning := range r.Warnings {
		bullet(out, "warning: ", warning)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// runTable is one line per run.
func runTable(out *bufio.Writer, r *Report) {
	engines := r.enginesDiffer()
	rows := [][]string{without([]string{"run", "engine", "verdict", "per s", "failed", "unknown", "p50", "p99", "p99.9", "max"}, 1, !engines)}
	doubts := false
	for i := range r.Runs {
		run := &r.Runs[i]
		ruling, _ := run.Ruling()
		cells := run.cells()
		row := append([]string{
			printable(run.Name), shortened(printable(run.Engine), 8), ruling.String(), rate(run.ThroughputPerS), count(run.Errors), count(run.Unknown),
			cells[0],
		}, cells[2:]...)
		doubts = doubts || strings.Contains(strings.Join(row[6:], ""), "†")
		rows = append(rows, without(row, 1, !engines))
	}
	aligned(out, rows, 2+b2i(engines))
	if doubts {
		fmt.Fprintln(out, doubtNote)
	}
}

// aligned prints rows in columns; those from the given one on are numbers. The
// first is shortened until the rest fits.
func aligned(out *bufio.Writer, rows [][]string, numbers int) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	rest := 0
	for _, width := range widths[1:] {
		rest += 2 + width
	}
	widths[0] = min(widths[0], max(8, columns-rest))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			if i == 0 {
				cell = shortened(cell, widths[0])
			}
			cells[i] = padded(cell, widths[i], i >= numbers)
		}
		fmt.Fprintln(out, strings.TrimRight(strings.Join(cells, "  "), " "))
	}
}

// terminalRun says what is not as it should be; a run that is good needs no more
// than its line.
func terminalRun(out *bufio.Writer, run *Run) {
	ruling, why := run.Ruling()
	network := run.Network
	if ruling == OK && len(run.Warnings) == 0 && network == nil && run.Predicted == nil {
		return
	}
	fmt.Fprintf(out, "\n%s: %s\n", shortened(printable(run.Name), 60), ruling)
	if ruling != OK {
		bullet(out, "  why: ", why)
	}
	for _, v := range run.Verdicts {
		if v.Verdict == OK {
			continue
		}
		bullet(out, "  "+v.Verdict.String()+" ", v.Law+": "+v.Why)
		for _, line := range v.Witness[:min(len(v.Witness), 8)] {
			fmt.Fprintf(out, "    | %s\n", shortened(printable(line), columns-6))
		}
		if more := len(v.Witness) - 8; more > 0 {
			fmt.Fprintf(out, "    | … %s more in the report\n", counted(more, "line"))
		}
	}
	if run.Predicted != nil {
		bullet(out, "  predicted: ", run.Predicted.Why)
	}
	if network != nil {
		bullet(out, "  network: ", networkLine(network))
	}
	for _, warning := range run.Warnings {
		bullet(out, "  warning: ", warning)
	}
}

// networkLine is the harness's proof of itself in one line.
func networkLine(n *Network) string {
	line := fmt.Sprintf("injected against measured: error p50 %v, p99 %v, max %v over %d pairs, %s measurements",
		n.Error.P50, n.Error.P99, n.Error.Max, n.Pairs, count(n.N))
	switch {
	case n.N == 0:
		return "injected against measured: nothing was measured"
	case n.Limit == 0:
		return line
	case n.Within():
		return line + fmt.Sprintf("; within the limit of %v", n.Limit)
	}
	return line + fmt.Sprintf("; OVER the limit of %v", n.Limit)
}

// bullet prints text after a label, later lines under its beginning.
func bullet(out *bufio.Writer, label, text string) {
	indent := utf8.RuneCountInString(label)
	for i, line := range wrapped(printable(text), columns-indent) {
		if i > 0 {
			label = strings.Repeat(" ", indent)
		}
		fmt.Fprintln(out, label+line)
	}
}

// printable takes the control characters out of what came from outside, so that
// no name can move a cursor.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' || c == '\n' {
			return ' '
		}
		if c < ' ' || c == 0x7f {
			return '�'
		}
		return c
	}, s)
}
