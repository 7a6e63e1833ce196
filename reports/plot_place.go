package reports

import (
	"cmp"
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
