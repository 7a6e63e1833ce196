package reports

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/loadgen"
)

// tolerance is how near a prediction has to come, in words.
const tolerance = "5 % + 2 ms"

// sheets are the prediction's tables: edge by edge, and part by part.
func (p *Prediction) sheets(r *Report, condition string) []sheet {
	if p == nil {
		return nil
	}
	var all []sheet
	if len(p.Edges) > 0 {
		all = append(all, p.edgeSheet(r, condition))
	}
	if p.Measured != nil && p.Predicted != nil {
		all = append(all, p.partSheet(condition))
	}
	return all
}

func (p *Prediction) edgeSheet(r *Report, condition string) sheet {
	s := sheet{
		Title: "Predicted beside measured, by edge",
		Caption: "Measured in real time, predicted in virtual time, and how far the prediction is off; " + offMark +
			" marks what lies outside " + tolerance + " of the measured. n: measured replies. Prediction: " + condition + ".",
		Heads: append(words("edge"), numbers("n", "p50 measured", "predicted", "off", "p99 measured", "predicted", "off")...),
	}
	s.Heads[0].Words = false // a name, not prose
	for _, e := range p.Edges {
		row := []cell{{Text: e.Edge, Small: r.Places[e.Edge]}, {Text: count(e.N)}}
		row = append(row, e.P50.cells(doubt(0.5, e.N))...)
		s.Rows = append(s.Rows, append(row, e.P99.cells(doubt(0.99, e.N))...))
	}
	return s
}

func (p Pair) cells(doubt string) []cell {
	return []cell{
		{Text: p.Measured.String() + doubt},
		{Text: p.Predicted.String()},
		{Text: signed(p.Predicted - p.Measured), Off: !p.Within},
	}
}

func signed(m Micros) string {
	if m > 0 {
		return "+" + m.String()
	}
	return m.String()
}

// partSheet sets the parts of the two budgets side by side.
func (p *Prediction) partSheet(condition string) sheet {
	s := sheet{
		Title:   "Predicted beside measured, by part of the budget",
		Caption: "Mean of each part of the latency budget over all edges; the difference says what the two worlds do not share. Prediction: " + condition + ".",
		Heads:   numbers("part", "measured", "predicted", "off"),
	}
	for part := range loadgen.Parts {
		was, is := p.Measured[part], p.Predicted[part]
		s.Rows = append(s.Rows, texts(part.String(), was.String(), is.String(), signed(is-was)))
	}
	was, is := p.Measured.Whole(), p.Predicted.Whole()
	s.Rows = append(s.Rows, texts("whole", was.String(), is.String(), signed(is-was)))
	return s
}

// prediction is both worlds in one plot, a row per edge.
func prediction(run *Run) (figure, bool) {
	p := run.Predicted
	if p == nil || len(p.Edges) == 0 {
		return figure{}, false
	}
	l := lanes{beside: true}
	for _, i := range evenly(len(p.Edges), maxBars) {
		e := p.Edges[i]
		l.rows = append(l.rows, lane{e.Edge, []stroke{
			{from: e.P50.Measured.ms(), to: e.P50.Predicted.ms(), hue: near},
			{from: e.P99.Measured.ms(), to: e.P99.Predicted.ms(), hue: far},
		}})
	}
	f := figure{name: "predicted-against-measured", title: "Predicted and measured latency", inPage: true, height: l.height() + 64}
	f.tall = f.height + 15
	f.caption = "Median and p99 by edge, in virtual and in real time; the shorter the line between the dots, the better the prediction. Prediction: " + run.condition() + "."
	if len(l.rows) < len(p.Edges) {
		f.caption += fmt.Sprintf(" Drawn: %d of %d edges.", len(l.rows), len(p.Edges))
	}
	f.draw = func(c draw.Canvas, _ bool) {
		used := row(c, []key{
			{name: "p50", LineStyle: line(near, 2)},
			{name: "p99", LineStyle: line(far, 2)},
			{name: "measured", LineStyle: line(muted, 1), mark: ring{}},
			{name: "predicted", LineStyle: line(muted, 1), mark: draw.CircleGlyph{}},
		}, true)
		l.latencies(draw.Crop(c, 0, 0, 0, -used-4), vg.Length(34))
	}
	return f, true
}
