package reports

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/sim/place"
)

// drawnHues and drawnMarks tell strategies apart that are drawn as lines; marks do for readers to whom hues are alike.
var (
	drawnHues  = [...]hue{partHues[1], partHues[6], partHues[5], partHues[4], partHues[3], partHues[2]}
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

// drawnRows are the strategies worth a colour: the yardsticks, first and lottery, and the cheapest others.
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
			if slices.ContainsFunc(drawn, func(d place.Row) bool { return alike(&d, &r) }) {
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
