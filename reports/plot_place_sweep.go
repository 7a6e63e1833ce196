package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

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
		name: "place-sweep", title: "The price of a move: " + s.Sweep.Population, height: 360, tall: 350, inPage: true, broad: true,
		caption: "Cost per access beyond that of the best home that never moves, against D, what a move costs, for the clairvoyant (dashed), first, and the cheapest other strategies; the numbers of all, also of lines that leave the plot, are in the table. " +
			whiskersCaption(s) + " Strategies that weigh moves know D. " + sentence(sweepCondition(s)),
		says: sweepWords(s.Sweep, lines),
	}
	f.draw = func(cv draw.Canvas, _ bool) { drawSweep(cv, s.Sweep.D, lines) }
	return f
}

// sweepCondition is what the numbers of a sweep were got under.
func sweepCondition(s *place.Study) string {
	text := "population " + s.Sweep.Population
	for i := range s.Comparisons {
		if c := &s.Comparisons[i]; c.Name == s.Sweep.Population {
			text += fmt.Sprintf(", %s accesses to %s objects at each D", count(c.Accesses), count(c.Objects))
		}
	}
	return text + ", " + seedsOf(s) + "; a move costs D round trips, " + copying(s) + "; base round trips, no jitter, no queues"
}

func sweepWords(s *place.Sweep, lines []place.Line) string {
	if len(s.D) == 0 {
		return ""
	}
	last := len(s.D) - 1
	var all []string
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%s %s and %s", l.Strategy, digits(l.Regret[0].Center), digits(l.Regret[last].Center)))
	}
	return fmt.Sprintf("Lines of regret in ms per access, at D = %s and at D = %s: %s.", trimmed(s.D[0]), trimmed(s.D[last]), strings.Join(all, "; "))
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
	p.X.Min, p.X.Max = max(slices.Min(d), 1e-3)/1.2, slices.Max(d)*1.2
	p.Y.Min, p.Y.Max = sweepRange(lines)
	var names []drawnName
	for _, l := range lines {
		names = append(names, drawnName{l.Strategy, l.Yardstick})
	}
	keys := strategyLines(names)
	for i, l := range lines {
		var xys plotter.XYs
		for at, v := range l.Regret {
			xys = append(xys, plotter.XY{X: max(d[at], 1e-3), Y: v.Center})
		}
		keys[i].name = lineName(l.Strategy, l.Yardstick)
		aside := vg.Length(i) - vg.Length(len(lines)-1)/2
		p.Add(whiskered{xys, l.Regret, keys[i], 2.5 * aside})
	}
	used := row(cv, keys, true)
	paint(p, draw.Crop(cv, 3, -8, 0, -used-4))
}

// sweepRange has room for what costs up to four times the middle, with its interval; lines beyond leave the plot.
func sweepRange(lines []place.Line) (low, high float64) {
	var all []place.Interval
	for _, l := range lines {
		all = append(all, l.Regret...)
	}
	slices.SortFunc(all, func(a, b place.Interval) int { return cmp.Compare(a.Center, b.Center) })
	low, high = spanOf(all, 4*max(all[len(all)/2].Center, 0.5))
	return low * 1.1, max(high*1.1, 1)
}

// whiskered is a line with its intervals, which stand a little aside so that those of several lines can be seen. What
// lies above the plot is cut off.
type whiskered struct {
	at    plotter.XYs
	spans []place.Interval
	key   key
	aside vg.Length
}

// Plot implements plot.Plotter.
func (w whiskered) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var points []vg.Point
	for _, at := range w.at {
		points = append(points, vg.Point{X: x(at.X) + w.aside, Y: y(at.Y)})
	}
	c.StrokeLines(w.key.LineStyle, c.ClipLinesXY(points)...)
	for i, at := range points {
		lo, hi := max(w.spans[i].Lo, p.Y.Min), min(w.spans[i].Hi, p.Y.Max)
		if lo < hi {
			c.StrokeLine2(draw.LineStyle{Color: w.key.Color, Width: 1}, at.X, y(lo), at.X, y(hi))
		}
		if w.key.mark != nil && w.at[i].Y >= p.Y.Min && w.at[i].Y <= p.Y.Max {
			c.DrawGlyphNoClip(draw.GlyphStyle{Color: w.key.Color, Radius: 2.8, Shape: w.key.mark}, at)
		}
	}
}

// logPlain marks a logarithmic axis of plain numbers at 1, 2, 5, 10 …, and names fewer of them the more decades it has, for
// they would run into each other on a phone.
type logPlain struct{}

// Ticks implements plot.Ticker.
func (logPlain) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	decades := math.Log10(high / low)
	for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
		for step := 1.0; step < 10; step++ {
			v := step * math.Pow(10, e)
			if v < low*0.999 || v > high*1.001 {
				continue
			}
			label := ""
			if step == 1 || step == 2 && decades < 2.9 || step == 5 && decades < 3.4 {
				label = trimmed(v)
			}
			ticks = append(ticks, plot.Tick{Value: v, Label: label})
		}
	}
	return ticks
}
