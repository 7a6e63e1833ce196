package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/sim/place"
)

// drawnHues tell strategies apart that are drawn as lines; as many as can be told apart.
var drawnHues = [...]hue{partHues[1], partHues[6], partHues[5], partHues[4], partHues[3], partHues[2], partHues[0]}

// costFigure is the regret of each strategy against the best static home, as bars.
func costFigure(s *place.Study, c *place.Comparison, prefix string) figure {
	rows := byCost(c)
	rows = slices.DeleteFunc(rows, func(r place.Row) bool { return r.Latency.N == 0 })
	f := figure{
		name: prefix + "regret", title: "Regret: " + c.Name, height: 34 + 18*vg.Length(len(rows)), inPage: true,
		caption: "Cost per access beyond the best home of each object that never moves; whiskers are intervals over samples. Below zero: better than any place without moves. Bars with a gap are longer than shown. " + sentence(placeCondition(s, c)),
	}
	f.draw = func(cv draw.Canvas, _ bool) {
		if len(rows) > 0 {
			drawRegret(cv, rows)
		}
	}
	return f
}

// regretRange is an axis that shows what is worth comparing: a bar that is many times the middle one is cut, with its
// number beside it.
func regretRange(rows []place.Row) (low, high float64) {
	var all []float64
	for _, r := range rows {
		low = min(low, r.Cost.RegretMs.Lo)
		all = append(all, r.Cost.RegretMs.Hi)
	}
	slices.Sort(all)
	middle := all[len(all)/2]
	for _, v := range all {
		if v <= max(4*middle, 1) {
			high = max(high, v)
		}
	}
	return low * 1.05, max(high*1.02, -low/8, 0.1)
}

func drawRegret(cv draw.Canvas, rows []place.Row) {
	const left, right, foot, pitch = 112, 88, 30, 18
	low, high := regretRange(rows)
	x := func(v float64) vg.Length {
		v = min(max(v, low), high)
		return cv.Min.X + left + vg.Length((v-low)/(high-low))*(cv.Max.X-cv.Min.X-left-right)
	}
	bottom := cv.Min.Y + foot
	for _, tick := range (linear{}).Ticks(low, high) {
		cv.StrokeLine2(line(grid, 0.8), x(tick.Value), bottom, x(tick.Value), cv.Max.Y)
		mark := style(ink, textSize)
		mark.XAlign, mark.YAlign = draw.XCenter, draw.YTop
		cv.FillText(mark, vg.Point{X: x(tick.Value), Y: bottom - 3}, tick.Label)
	}
	cv.StrokeLine2(line(muted, 1), x(0), bottom, x(0), cv.Max.Y)
	title := style(muted, textSize)
	title.XAlign = draw.XCenter
	cv.FillText(title, vg.Point{X: (x(low) + x(high)) / 2, Y: cv.Min.Y + 3}, "regret, ms per access")
	for i := range rows {
		drawRegretBar(cv, &rows[i], cv.Max.Y-pitch*(vg.Length(i)+0.5), x, high)
	}
}

func drawRegretBar(cv draw.Canvas, row *place.Row, y vg.Length, x func(float64) vg.Length, high float64) {
	i := row.Cost.RegretMs
	colour := near
	switch {
	case row.Yardstick:
		colour = muted
	case row.Moves != nil:
		colour = partHues[5]
	}
	fill(&cv, colour, min(x(0), x(i.Center)), y-5.5, max(x(0), x(i.Center)), y+5.5)
	if i.Lo < i.Hi && i.Lo < high {
		whisker := line(ink, 1)
		cv.StrokeLine2(whisker, x(i.Lo), y, x(i.Hi), y)
		cv.StrokeLine2(whisker, x(i.Lo), y-3, x(i.Lo), y+3)
		cv.StrokeLine2(whisker, x(i.Hi), y-3, x(i.Hi), y+3)
	}
	name := style(ink, textSize)
	name.YAlign = draw.YCenter
	cv.FillText(name, vg.Point{X: cv.Min.X, Y: y}, shortened(strategyName(row), 20))
	text := digits(i.Center) + " ms"
	if i.Center > high { // cut: two strokes through its end
		for _, back := range []vg.Length{12, 7} {
			cv.StrokeLine2(line(paper, 2), x(high)-back-3, y-8, x(high)-back+3, y+8)
		}
	}
	cv.FillText(name, vg.Point{X: max(x(0), x(i.Center), x(i.Hi)) + 6, Y: y}, text)
}

// drawnRows are the strategies worth a line: the yardsticks, first and lottery, and the cheapest others.
func drawnRows(c *place.Comparison) []place.Row {
	rows := slices.DeleteFunc(byCost(c), func(r place.Row) bool { return r.Latency.N == 0 })
	var drawn []place.Row
	strategies := 0
	for pass := range 2 {
		for _, r := range rows {
			asked := r.Yardstick || r.Strategy == "first" || r.Strategy == "lottery"
			if asked != (pass == 0) || !r.Yardstick && strategies == len(drawnHues)-1 {
				continue
			}
			strategies += b2i(!r.Yardstick)
			drawn = append(drawn, r)
		}
	}
	slices.SortStableFunc(drawn, func(a, b place.Row) int {
		return cmp.Or(cmp.Compare(b2i(b.Yardstick), b2i(a.Yardstick)), cmp.Compare(a.Cost.PerAccessMs.Center, b.Cost.PerAccessMs.Center))
	})
	return drawn
}

// strategyLines gives each its line: yardsticks in ink, dashed, strategies in colours.
func strategyLines(yardsticks []bool) []draw.LineStyle {
	styles := make([]draw.LineStyle, len(yardsticks))
	next, dashed := 0, 0
	for i, yardstick := range yardsticks {
		if yardstick {
			styles[i] = line(ink, 1.2, vg.Length(2+4*dashed), 2.5)
			dashed++
			continue
		}
		styles[i] = line(drawnHues[next%len(drawnHues)], 1.7)
		next++
	}
	return styles
}

// cdfFigure is the distribution of what users wait.
func cdfFigure(s *place.Study, c *place.Comparison, prefix string) figure {
	rows := drawnRows(c)
	f := figure{
		name: prefix + "latency", title: "Latency: " + c.Name, height: 300, tall: 330, inPage: true,
		caption: "Share of accesses that took no longer, for the yardsticks (dashed), first, lottery and the cheapest other strategies. " + sentence(placeCondition(s, c)),
	}
	f.draw = func(cv draw.Canvas, _ bool) { drawPlaceCDF(cv, rows) }
	return f
}

func drawPlaceCDF(cv draw.Canvas, rows []place.Row) {
	p := axes("what users wait", "share of accesses")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logMillis{}
	p.Y.Tick.Marker = linear{scale: 100, suffix: " %"}
	var yardsticks []bool
	high := 0.0
	for _, r := range rows {
		yardsticks = append(yardsticks, r.Yardstick)
		for _, m := range r.CDF {
			if m[1] <= 0.999 {
				high = max(high, m[0])
			}
		}
	}
	p.X.Min, p.X.Max = logRange(1, max(high, 100))
	p.Y.Min, p.Y.Max = 0, 1
	styles := strategyLines(yardsticks)
	var keys []key
	for i := len(rows) - 1; i >= 0; i-- { // the yardsticks on top
		xys := plotter.XYs{{X: p.X.Min}}
		last := 0.0
		for _, m := range rows[i].CDF {
			at := min(max(bounded(m[0]), p.X.Min), p.X.Max)
			xys = append(xys, plotter.XY{X: at, Y: last}, plotter.XY{X: at, Y: m[1]})
			last = m[1]
		}
		xys = append(xys, plotter.XY{X: p.X.Max, Y: last})
		p.Add(&plotter.Line{XYs: xys, LineStyle: styles[i]})
	}
	for i := range rows {
		keys = append(keys, key{name: strategyName(&rows[i]), LineStyle: styles[i]})
	}
	used := row(cv, keys, true)
	p.Draw(draw.Crop(cv, 3, -8, 0, -used-4))
}

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
		name := l.Strategy
		if l.Yardstick {
			name = "[" + name + "]"
		}
		keys = append(keys, key{name: name, LineStyle: styles[i]})
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
