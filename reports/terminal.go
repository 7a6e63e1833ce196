package reports

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A screen has as many columns as are easily read, or as a narrow terminal has.
const (
	mostColumns  = 100
	leastColumns = 60
)

// screen is text of a width.
type screen struct {
	*bufio.Writer
	columns int
}

// Terminal writes the end of a command: the verdict, one line per run, and what
// is to be said against them. Plain text without colour, at most 100 columns.
func Terminal(w io.Writer, r *Report) error { return TerminalOf(mostColumns)(w, r) }

// TerminalOf is Terminal for one that has fewer columns: tables leave out what
// has no room, and say so. Below 60 columns lines are left to the terminal.
func TerminalOf(columns int) Renderer {
	return func(w io.Writer, r *Report) error {
		return terminal(&screen{bufio.NewWriter(w), min(max(columns, leastColumns), mostColumns)}, r)
	}
}

func terminal(out *screen, r *Report) error {
	ruling, why := r.Ruling()
	for _, line := range wrapped(printable(fmt.Sprintf("%s: %s (%s)", cmp.Or(r.Title, "durabench"), ruling, why)), out.columns) {
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
func runTable(out *screen, r *Report) {
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

// nameColumns is what is left of a name before columns of numbers are left out.
const nameColumns = 20

// aligned prints rows in columns; those from the given one on are numbers. The
// first is shortened until the rest fits; if that is not enough, the last ones
// are left out.
func aligned(out *screen, rows [][]string, numbers int) {
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
	last := len(widths)
	for ; last > numbers+1 && min(widths[0], nameColumns)+rest > out.columns; last-- {
		rest -= 2 + widths[last-1]
	}
	widths[0] = min(widths[0], max(8, out.columns-rest))
	for _, row := range rows {
		row = row[:last]
		cells := make([]string, len(row))
		for i, cell := range row {
			if i == 0 {
				cell = shortened(cell, widths[0])
			}
			cells[i] = padded(cell, widths[i], i >= numbers)
		}
		fmt.Fprintln(out, strings.TrimRight(strings.Join(cells, "  "), " "))
	}
	if last < len(widths) {
		bullet(out, "", "No room for "+strings.Join(rows[0][last:], ", ")+": the report has them.")
	}
}

// terminalRun says what is not as it should be; a run that is good needs no more
// than its line.
func terminalRun(out *screen, run *Run) {
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
			fmt.Fprintf(out, "    | %s\n", shortened(printable(line), out.columns-6))
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
func bullet(out *screen, label, text string) {
	indent := utf8.RuneCountInString(label)
	for i, line := range wrapped(printable(text), out.columns-indent) {
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
