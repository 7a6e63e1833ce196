package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/durabench/durabench/sim/place"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sweepFigure is regret against the price of a move.
func sweepFigure(s *place.Study) figure {
	lines := sweepLines(s.Sweep)
	f := figure{
		name: "place-sweep", title: "The price of a move: " + s.Sweep.Population, height: 310, tall: 340, inPage: true,
		caption: fmt.Sprintf("Cost per access beyond the best home that never moves, against what a move costs, for the clairvoyant (dashed), first, and the cheapest other strategies; bars are intervals over samples. Strategies that weigh moves know D. Population %s; base round trips, no jitter, no queues.", s.Sweep.Population),
	}
	f.draw = func(cv draw.Canvas, _ bool) { drawSweep(cv, s.Sweep.D, lines) }
	return f
}

// sweepLines are the clairvoyant, first, and the cheapest of the others over the whole sweep.
func sweepLines(s *place.Sweep) []place.Line {
	lines := slices.DeleteFunc(slices.Clone(s.Lines), func(l place.Line) bool {
		return len(l.Regret) != len(s.D) || len(s.D) == 0 || l.Strategy == place.StaticName
	})
	sum := func(l place.Line) float64 {
		total := 0.0
		for _, i := range l.Regret {
			total += math.Log(max(i.Center, 0) + 1)
		}
		return total
	}
	slices.SortStableFunc(lines, func(a, b place.Line) int {
		return cmp.Or(cmp.Compare(b2i(b.Yardstick), b2i(a.Yardstick)), cmp.Compare(b2i(b.Strategy == "first"), b2i(a.Strategy == "first")), cmp.Compare(sum(a), sum(b)))
	})
	return lines[:min(len(lines), len(drawnHues))]
}

func drawSweep(cv draw.Canvas, d []float64, lines []place.Line) {
	if len(lines) == 0 {
		return
	}
	p := axes("D, round trips that a move costs", "regret, ms per access")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logPlain{}
	p.Y.Tick.Marker = linear{}
	p.X.Min, p.X.Max = max(slices.Min(d), 1e-3)/1.1, slices.Max(d)*1.1
	p.Y.Min, p.Y.Max = sweepRange(lines)
	var yardsticks []bool
	for _, l := range lines {
		yardsticks = append(yardsticks, l.Yardstick)
	}
	styles := strategyLines(yardsticks)
	var keys []key
	for i, l := range lines {
		var xys plotter.XYs
		for at, v := range l.Regret {
			xys = append(xys, plotter.XY{X: max(d[at], 1e-3), Y: v.Center})
		}
		p.Add(whiskered{xys, l.Regret, styles[i]})
		keys = append(keys, key{name: lineName(l.Strategy, l.Yardstick), LineStyle: styles[i]})
	}
	used := row(cv, keys, true)
	p.Draw(draw.Crop(cv, 3, -8, 0, -used-4))
}

// sweepRange has room for what costs up to four times the middle; lines beyond leave the plot.
func sweepRange(lines []place.Line) (low, high float64) {
	var all []float64
	for _, l := range lines {
		for _, i := range l.Regret {
			low = min(low, i.Lo)
			all = append(all, i.Center)
		}
	}
	slices.Sort(all)
	middle := max(all[len(all)/2], 0.5)
	for _, v := range all {
		if v <= 4*middle {
			high = max(high, v)
		}
	}
	return low * 1.1, max(high*1.25, 1)
}

// whiskered is a line with its intervals. What lies above the plot is cut off.
type whiskered struct {
	at    plotter.XYs
	spans []place.Interval
	style draw.LineStyle
}

// Plot implements plot.Plotter.
func (w whiskered) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var points []vg.Point
	for i, at := range w.at {
		points = append(points, vg.Point{X: x(at.X), Y: y(at.Y)})
		if lo, hi := w.spans[i].Lo, w.spans[i].Hi; lo < hi && hi <= p.Y.Max && lo >= p.Y.Min {
			c.StrokeLine2(draw.LineStyle{Color: w.style.Color, Width: 1}, x(at.X), y(lo), x(at.X), y(hi))
		}
	}
	c.StrokeLines(w.style, c.ClipLinesXY(points)...)
}

// logPlain marks a logarithmic axis of plain numbers at 1, 2, 5, 10 …
type logPlain struct{}

// Ticks implements plot.Ticker.
func (logPlain) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
		for step := 1.0; step < 10; step++ {
			v := step * math.Pow(10, e)
			if v < low*0.999 || v > high*1.001 {
				continue
			}
			label := ""
			if step == 1 || step == 2 || step == 5 {
				label = trimmed(v)
			}
			ticks = append(ticks, plot.Tick{Value: v, Label: label})
		}
	}
	return ticks
}
