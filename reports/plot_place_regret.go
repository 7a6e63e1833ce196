package reports

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/sim/place"
)

// Sizes of the bars' plot, in points.
const (
	regretLeft  = 112
	regretRight = 88
	regretFoot  = 32
	regretPitch = 18
)

// costFigure is the regret of each strategy against the best static home, as bars.
func costFigure(s *place.Study, c *place.Comparison, prefix string) figure {
	rows := slices.DeleteFunc(byCost(c), func(r place.Row) bool { return r.Latency.N == 0 })
	height := regretFoot + regretPitch*vg.Length(len(rows)+1)
	f := figure{
		name: prefix + "regret", title: "Regret by strategy: " + c.Name, height: height, tall: height + 30, inPage: true,
		caption: "Regret is cost per access beyond that of the best home of each object that never moves; below zero: better than any place without moves. " +
			whiskersCaption(s) + " Bars with a gap are longer than shown. " + sentence(placeCondition(s, c)),
		says: regretWords(rows),
	}
	f.draw = func(cv draw.Canvas, _ bool) {
		if len(rows) > 0 {
			used := row(cv, regretKeys(c, rows), true)
			drawRegret(draw.Crop(cv, 0, 0, 0, -used-3), c, rows)
		}
	}
	return f
}

// whiskersCaption says what the intervals of a plot are.
func whiskersCaption(s *place.Study) string {
	if s.Seeds < 2 {
		return "One sample has no intervals."
	}
	return fmt.Sprintf("Whiskers are %.3g %% intervals over %s.", s.Confidence*100, seedsOf(s))
}

func regretWords(rows []place.Row) string {
	var all []string
	for i := range rows {
		all = append(all, strategyName(&rows[i])+" "+interval(rows[i].Cost.RegretMs))
	}
	return "Bars of regret in ms per access, the least first, with intervals: " + strings.Join(all, ", ") + "."
}

// regretKeys explain the colours that there are.
func regretKeys(c *place.Comparison, rows []place.Row) []key {
	var keys []key
	for _, k := range []struct {
		name string
		of   func(place.Row) bool
	}{
		{"stays where it is placed", func(r place.Row) bool { return !r.Yardstick && r.Moves == nil }},
		{"moves", func(r place.Row) bool { return !r.Yardstick && r.Moves != nil }},
		{"yardstick, knows the future", func(r place.Row) bool { return r.Yardstick }},
	} {
		if at := slices.IndexFunc(rows, k.of); at >= 0 {
			keys = append(keys, key{name: k.name, LineStyle: line(regretHue(&rows[at]), 1), box: true})
		}
	}
	if _, ok := leastInterval(c); ok {
		keys = append(keys, key{name: "interval of the cheapest", LineStyle: line(band, 1), box: true})
	}
	return keys
}

func regretHue(row *place.Row) hue {
	switch {
	case row.Yardstick:
		return muted
	case row.Moves != nil:
		return partHues[5]
	}
	return near
}

// leastInterval is that of the cheapest strategy: what reaches into it cannot be told from it.
func leastInterval(c *place.Comparison) (place.Interval, bool) {
	best, ok := cheapest(c)
	i := best.Cost.RegretMs
	return i, ok && i.Lo < i.Hi
}

// regretRange is an axis that shows what is worth comparing: a bar that is many times the middle one is cut, with its
// number beside it. Bars of nothing say nothing about the middle.
func regretRange(rows []place.Row) (low, high float64) {
	var all []float64
	for _, r := range rows {
		low = min(low, r.Cost.RegretMs.Lo)
		if r.Cost.RegretMs.Center > 0.005 {
			all = append(all, r.Cost.RegretMs.Hi)
		}
	}
	if len(all) > 0 {
		slices.Sort(all)
		middle := all[len(all)/2]
		for _, v := range all {
			if v <= 4*middle {
				high = max(high, v)
			}
		}
	}
	return low * 1.05, max(high*1.02, -low/8, 0.1)
}

func drawRegret(cv draw.Canvas, c *place.Comparison, rows []place.Row) {
	low, high := regretRange(rows)
	x := func(v float64) vg.Length {
		v = min(max(v, low), high)
		return cv.Min.X + regretLeft + vg.Length((v-low)/(high-low))*(cv.Max.X-cv.Min.X-regretLeft-regretRight)
	}
	bottom := cv.Min.Y + regretFoot
	if i, ok := leastInterval(c); ok {
		fill(&cv, band, x(i.Lo), bottom, x(i.Hi), cv.Max.Y)
	}
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
	pitch := (cv.Max.Y - bottom) / vg.Length(len(rows))
	for i := range rows {
		drawRegretBar(cv, &rows[i], cv.Max.Y-pitch*(vg.Length(i)+0.5), x, high)
	}
}

func drawRegretBar(cv draw.Canvas, row *place.Row, y vg.Length, x func(float64) vg.Length, high float64) {
	i := row.Cost.RegretMs
	fill(&cv, regretHue(row), min(x(0), x(i.Center)), y-5, max(x(0), x(i.Center)), y+5)
	if i.Lo < i.Hi && i.Lo < high {
		whisker := line(ink, 1)
		cv.StrokeLine2(whisker, x(i.Lo), y, x(i.Hi), y)
		cv.StrokeLine2(whisker, x(i.Lo), y-3, x(i.Lo), y+3)
		if i.Hi <= high {
			cv.StrokeLine2(whisker, x(i.Hi), y-3, x(i.Hi), y+3)
		}
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
