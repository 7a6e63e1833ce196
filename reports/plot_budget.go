package reports

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/loadgen"
)

// bar is one row of a budget plot.
type bar struct {
	name   string
	budget *Budget // nil: nothing of the kind was seen
}

// maxBars is how many edges a budget plot holds.
const maxBars = 24

// budgets is where the time went, a bar per edge, warm and cold apart.
func budgets(run *Run) (figure, bool) {
	if run.Budget == nil {
		return figure{}, false
	}
	warm, cold := run.bars()
	panels := []panel{{fmt.Sprintf("warm (n = %s)", count(groupN(run.Warm))), warm}}
	if run.Cold != nil {
		panels = append(panels, panel{fmt.Sprintf("cold (n = %s)", count(run.Cold.N)), cold})
	}
	height := 84 + 15*vg.Length(len(warm))
	f := figure{name: "latency-budget", title: "Where the time went", height: height, tall: height + 14, inPage: true}
	if len(panels) > 1 {
		f.tall = 2*height - 26
	}
	f.caption = "Mean of each part of the latency budget, by edge; the parts add up to the whole. Cold: the object had to be loaded first. " +
		run.condition() + "."
	if len(warm) < len(run.ByEdge) {
		f.caption += fmt.Sprintf(" Drawn: %d of %d edges.", len(warm), len(run.ByEdge))
	}
	f.draw = func(c draw.Canvas, narrow bool) { drawPanels(c, panels, run.partsSeen(), narrow) }
	return f, true
}

func groupN(g *Group) int64 {
	if g == nil {
		return 0
	}
	return g.N
}

// bars are the same edges in both lists, the quickest on top.
func (m *Measured) bars() (warm, cold []bar) {
	codes := m.edgesByLatency()
	for _, i := range evenly(len(codes), maxBars) {
		e := m.ByEdge[codes[i]]
		if e.N == 0 {
			continue
		}
		w, c := bar{name: codes[i]}, bar{name: codes[i]}
		if e.Warm != nil {
			w.budget = e.Warm.Budget
		}
		if e.Cold != nil {
			c.budget = e.Cold.Budget
		}
		warm, cold = append(warm, w), append(cold, c)
	}
	return warm, cold
}

// partsSeen are the parts that took any time.
func (m *Measured) partsSeen() []loadgen.Part {
	var seen []loadgen.Part
	for p := range loadgen.Parts {
		if m.Budget[p] > 0 {
			seen = append(seen, p)
		}
	}
	return seen
}

// panel is one stack of bars with its title.
type panel struct {
	title string
	bars  []bar
}

// drawPanels puts the legend on top and the panels beside each other, or below
// each other where there is no width.
func drawPanels(c draw.Canvas, panels []panel, parts []loadgen.Part, narrow bool) {
	var keys []key
	for _, p := range parts {
		keys = append(keys, key{name: p.String(), LineStyle: line(partHues[p], 1), box: true})
	}
	area := draw.Crop(c, 0, 0, 0, -row(c, keys, true)-4)
	tiles := draw.Tiles{Cols: len(panels), Rows: 1, PadX: 14, PadY: 6}
	if narrow {
		tiles.Cols, tiles.Rows = 1, len(panels)
	}
	for i, p := range panels {
		x, y := i, 0
		if narrow {
			x, y = 0, i
		}
		p.draw(tiles.At(area, x, y))
	}
}

func (p panel) draw(c draw.Canvas) {
	title := style(ink, textSize)
	title.YAlign = draw.YTop
	c.FillText(title, vg.Point{X: c.Min.X + 32, Y: c.Max.Y}, p.title)
	pl := axes("mean latency, ms", "")
	pl.X.Tick.Marker, pl.Y.Tick.Marker = linear{}, none{}
	pl.X.Padding, pl.Y.Padding = 0, 0
	pl.Y.LineStyle.Width, pl.Y.Label.Padding = 0, 0
	pl.X.Min, pl.X.Max = 0, 1e-3
	pl.Y.Min, pl.Y.Max = -0.5, float64(len(p.bars))-0.5
	for _, b := range p.bars {
		if b.budget != nil {
			pl.X.Max = max(pl.X.Max, b.budget.Whole().ms())
		}
	}
	pl.X.Max *= 1.25 // room for the sums
	pl.Add(stacks(p.bars))
	pl.Draw(draw.Crop(c, 32, -4, 0, -16))
}

// stacks draws bars from the top down, their names to the left and sums to the right.
type stacks []bar

// Plot implements plot.Plotter.
func (s stacks) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	half := (y(1) - y(0)) * 0.36
	name, sum := style(ink, textSize), style(muted, 9.5)
	name.XAlign, name.YAlign, sum.YAlign = draw.XRight, draw.YCenter, draw.YCenter
	for i, b := range s {
		middle := y(float64(len(s) - 1 - i))
		c.FillText(name, vg.Point{X: c.Min.X - 5, Y: middle}, b.name)
		if b.budget == nil {
			c.FillText(sum, vg.Point{X: c.Min.X + 4, Y: middle}, "none")
			continue
		}
		at := 0.0
		for part, mean := range b.budget {
			if mean <= 0 {
				continue
			}
			fill(&c, partHues[part], x(at), middle-half, x(at+mean.ms()), middle+half)
			at += mean.ms()
		}
		c.FillText(sum, vg.Point{X: x(at) + 4, Y: middle}, b.budget.Whole().String())
	}
}
