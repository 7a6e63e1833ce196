package reports

import (
	"html/template"
	"strings"

	"github.com/durabench/durabench/loadgen"
)

// Throughput and the like, for the overview's line.
type overviewRow struct {
	Engine, Ops, Errors, Unknown string
	Cells                        []string
}

// tables are a run's numbers.
type tables struct {
	Overview  overviewRow
	Condition string // under which all of them were got
	Edges     []namedRow
	Budget    budgetTable
	Heat      heatTable
	Predicted []sheet
	Cost      []sheet
	Agrees    string // the prediction's sentence
}

// namedRow is a line of a table.
type namedRow struct {
	Name, Place string
	Cells       []string
}

type budgetTable struct {
	Parts []part
	Rows  []namedRow
}

// part is a column of the budget with the hue of its bar.
type part struct {
	Name string
	Hue  template.CSS
}

type heatTable struct {
	Homes []placeName
	Rows  []heatRow
	Scale []int
	From  string
	To    string
}

type placeName struct{ Code, Name string }

type heatRow struct {
	Edge  placeName
	Cells []heatCell
}

func (r *Report) tablesOf(run *Run) tables {
	t := tables{
		Overview: overviewRow{
			Engine: run.Engine, Ops: rate(run.ThroughputPerS), Errors: count(run.Errors), Unknown: count(run.Unknown), Cells: run.cells(),
		},
		Condition: run.condition(),
		Edges:     r.edgeRows(run),
		Budget:    budgetRows(run),
		Heat:      r.heatRows(run),
		Cost:      run.costs(),
		Predicted: run.Predicted.sheets(r, run.condition()),
	}
	if run.Predicted != nil {
		t.Agrees = sentence(run.Predicted.Why)
	}
	return t
}

func (r *Report) edgeRows(run *Run) []namedRow {
	var rows []namedRow
	for _, code := range run.edgesByLatency() {
		e := run.ByEdge[code]
		rows = append(rows, namedRow{code, r.Places[code], append([]string{count(e.N), count(e.Errors), count(e.Unknown)}, e.cells()...)})
	}
	if len(rows) > 0 {
		rows = append(rows, namedRow{"all", "", append([]string{count(run.N), count(run.Errors), count(run.Unknown)}, run.cells()...)})
	}
	return rows
}

func budgetRows(run *Run) budgetTable {
	var t budgetTable
	if run.Budget == nil {
		return t
	}
	for p := range loadgen.Parts {
		t.Parts = append(t.Parts, part{p.String(), template.CSS("var(--" + partHues[p].name + ")")})
	}
	for _, of := range []struct {
		name string
		*Group
	}{{"all", &run.Group}, {"warm", run.Warm}, {"cold", run.Cold}} {
		if of.Group == nil || of.Budget == nil {
			continue
		}
		cells := []string{count(of.N)}
		for _, mean := range of.Budget {
			cells = append(cells, mean.String())
		}
		t.Rows = append(t.Rows, namedRow{of.name, "", append(cells, of.Budget.Whole().String())})
	}
	return t
}

func (r *Report) heatRows(run *Run) heatTable {
	m := heatOf(run)
	var t heatTable
	for _, home := range m.homes {
		t.Homes = append(t.Homes, placeName{home, r.Places[home]})
	}
	for i, edge := range m.edges {
		t.Rows = append(t.Rows, heatRow{placeName{edge, r.Places[edge]}, m.cells[i]})
	}
	for step := range heatHues {
		t.Scale = append(t.Scale, step)
	}
	if m.low > 0 {
		t.From, t.To = micros(m.low*1e3).String(), micros(m.high*1e3).String()
	}
	return t
}

// nameParts are the parts of a strategy's name, between which it may go on below.
func nameParts(name string) []string { return strings.SplitAfter(name, "/") }

// spanned is a number and its interval, between which there may be a new line where there is little width; nothing if
// the text is no such pair.
func spanned(text string) []string {
	number, span, ok := strings.Cut(text, " (")
	if !ok || !strings.Contains(span, "…") || !strings.HasSuffix(span, ")") {
		return nil
	}
	return []string{number, "(" + span}
}
