package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/sim/place"
)

// drawnHues and drawnMarks tell strategies apart that are drawn as lines; marks do for readers to whom hues are alike.
var (
	drawnHues  = [...]hue{partHues[1], partHues[6], partHues[5], partHues[4], partHues[3], partHues[0]}
	drawnMarks = [...]draw.GlyphDrawer{draw.CircleGlyph{}, corners{4, 0.5}, corners{3, 0}, corners{4, 0}, ringOf(1.5), corners{3, 0.5}}
)

// corners is a filled polygon of so many equal sides, the first corner at the top, or turned by a part of a side.
type corners struct{ n, turn float64 }

// DrawGlyph implements draw.GlyphDrawer.
func (g corners) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	var points []vg.Point
	for i := range int(g.n) {
		sin, cos := math.Sincos((float64(i) + g.turn) * 2 * math.Pi / g.n)
		points = append(points, vg.Point{X: at.X + vg.Length(sin)*s.Radius*1.25, Y: at.Y + vg.Length(cos)*s.Radius*1.25})
	}
	c.FillPolygon(s.Color, points)
}

// drawnRows are the strategies worth a line: the yardsticks, first and lottery, and the cheapest others.
func drawnRows(c *place.Comparison) []place.Row {
	rows := slices.DeleteFunc(byCost(c), func(r place.Row) bool { return r.Latency.N == 0 })
	var drawn []place.Row
	strategies := 0
	for pass := range 2 {
		for _, r := range rows {
			asked := r.Yardstick || r.Strategy == "first" || r.Strategy == "lottery"
			if asked != (pass == 0) || !r.Yardstick && strategies == len(drawnHues) {
				continue
			}
			if slices.ContainsFunc(drawn, func(d place.Row) bool { return d.Yardstick == r.Yardstick && slices.Equal(d.CDF, r.CDF) }) {
				continue // it shares a line
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

// legendName names all strategies whose users wait exactly as long: they share a line.
func legendName(c *place.Comparison, drawn *place.Row) string {
	names := []string{strategyName(drawn)}
	for _, r := range byCost(c) {
		if r.Strategy != drawn.Strategy && r.Yardstick == drawn.Yardstick && r.Latency.N > 0 && slices.Equal(r.CDF, drawn.CDF) {
			names = append(names, strategyName(&r))
		}
	}
	if len(names) > 3 {
		return fmt.Sprintf("%s, %s and %d more, alike", names[0], names[1], len(names)-2)
	}
	return strings.Join(names, " = ")
}

// drawnName is a strategy that gets a line.
type drawnName struct {
	strategy  string
	yardstick bool
}

// strategyLines gives each its line: yardsticks in ink, dashed, strategies in colours. What most plots have looks alike
// in all of them.
func strategyLines(names []drawnName) []key {
	keys := make([]key, len(names))
	settled := map[string]int{"first": 0, "lottery": 1}
	next := 0
	for _, n := range names {
		if at, ok := settled[n.strategy]; ok {
			next = max(next, at+1)
		}
	}
	for i, n := range names {
		if n.yardstick {
			dash := vg.Length(6)
			if n.strategy == place.ClairvoyantName {
				dash = 2
			}
			keys[i].LineStyle = line(ink, 1.2, dash, 2.5)
			continue
		}
		at, ok := settled[n.strategy]
		if !ok {
			at, next = next, next+1
		}
		keys[i].LineStyle = line(drawnHues[at%len(drawnHues)], 1.7)
		keys[i].mark = drawnMarks[at%len(drawnMarks)]
	}
	return keys
}

// cdfFigure is the distribution of what users wait.
func cdfFigure(s *place.Study, c *place.Comparison, prefix string) figure {
	rows := drawnRows(c)
	f := figure{
		name: prefix + "latency", title: "What users wait: " + c.Name, height: 330, tall: 350, inPage: true,
		caption: "Share of accesses that took no longer, for the yardsticks (dashed), first, lottery and the cheapest other strategies; the marks only tell lines apart. " + sentence(placeCondition(s, c)),
		says:    cdfWords(rows),
	}
	f.draw = func(cv draw.Canvas, _ bool) { drawPlaceCDF(cv, c, rows) }
	return f
}

func cdfWords(rows []place.Row) string {
	var all []string
	for i := range rows {
		l := &rows[i].Latency
		all = append(all, fmt.Sprintf("%s %s, %s, %s", strategyName(&rows[i]), digits(l.P50Ms), digits(l.P95Ms), digits(l.P99Ms)))
	}
	return "Distribution of the latency, as lines. Its p50, p95 and p99 in ms: " + strings.Join(all, "; ") + "."
}

func drawPlaceCDF(cv draw.Canvas, c *place.Comparison, rows []place.Row) {
	p := axes("what users wait, ms", "share of accesses")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logPlain{}
	p.Y.Tick.Marker = linear{scale: 100, suffix: " %"}
	var names []drawnName
	high := 0.0
	for _, r := range rows {
		names = append(names, drawnName{r.Strategy, r.Yardstick})
		for _, m := range r.CDF {
			if m[1] <= 0.999 {
				high = max(high, m[0])
			}
		}
	}
	p.X.Min, p.X.Max = logRange(1, max(high, 100))
	p.Y.Min, p.Y.Max = 0, 1
	keys := strategyLines(names)
	for i := len(rows) - 1; i >= 0; i-- { // the yardsticks on top
		keys[i].name = legendName(c, &rows[i])
		xys := stairs(rows[i].CDF, p.X.Min, p.X.Max)
		p.Add(&plotter.Line{XYs: xys, LineStyle: keys[i].LineStyle})
		if keys[i].mark != nil {
			p.Add(marked{xys, keys[i], float64(i)})
		}
	}
	used := row(cv, keys, true)
	p.Draw(draw.Crop(cv, 3, -8, 0, -used-4))
}

// stairs are the steps of a distribution within an axis.
func stairs(cdf [][2]float64, low, high float64) plotter.XYs {
	xys := plotter.XYs{{X: low}}
	last := 0.0
	for _, m := range cdf {
		at := min(max(bounded(m[0]), low), high)
		xys = append(xys, plotter.XY{X: at, Y: last}, plotter.XY{X: at, Y: m[1]})
		last = m[1]
	}
	return append(xys, plotter.XY{X: high, Y: last})
}

// marked puts a line's mark where it passes shares that differ from line to line, so that those of lines that lie upon
// each other do not.
type marked struct {
	at    plotter.XYs
	key   key
	shift float64
}

// Plot implements plot.Plotter.
func (m marked) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for share := 0.3 + m.shift*0.03; share < 0.99; share += 0.3 {
		for i := 1; i < len(m.at); i++ {
			if m.at[i].Y >= share {
				c.DrawGlyphNoClip(draw.GlyphStyle{Color: m.key.Color, Radius: 3, Shape: m.key.mark}, vg.Point{X: x(m.at[i].X), Y: y(share)})
				break
			}
		}
	}
}
