package reports

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/sim/place"
)

// Sizes of the bars' plot, in points.
const (
	regretRight = 88
	regretFoot  = 32
	regretPitch = 18
	regretRow   = 12 // of a name that takes several
)

// costFigure is the regret of each strategy against the best static home, as bars.
func costFigure(s *place.Study, c *place.Comparison, prefix string) figure {
	rows := slices.DeleteFunc(byCost(c), func(r place.Row) bool { return r.Latency.N == 0 })
	pitch := vg.Length(regretPitch)
	for i := range rows {
		pitch = max(pitch, regretRow*vg.Length(len(barName(&rows[i])))+4)
	}
	height := regretFoot + regretPitch + pitch*vg.Length(len(rows))
	f := figure{
		name: prefix + "regret", title: "Regret by strategy: " + c.Name, height: height, tall: height + 30, inPage: true,
		caption: "Regret is cost per access beyond that of the best home of each object that never moves; below zero: better than any place without moves. " +
			whiskersCaption(s) + " Bars with a gap, and whiskers without an end, are longer than shown. " + sentence(placeCondition(s, c)),
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
	var all []place.Interval
	var positive []float64
	for _, r := range rows {
		all = append(all, r.Cost.RegretMs)
		if r.Cost.RegretMs.Center > 0.005 {
			positive = append(positive, r.Cost.RegretMs.Center)
		}
	}
	most := 0.0
	if len(positive) > 0 {
		slices.Sort(positive)
		most = 4 * positive[len(positive)/2]
	}
	low, high = spanOf(all, most)
	return low * 1.05, max(high*1.02, -low/8, 0.1)
}

// spanOf is an axis from nothing, or less, to the values up to most, with room for their whiskers, but not for such as would
// leave little of the axis to the values: few samples give intervals that are many times as long.
func spanOf(all []place.Interval, most float64) (low, high float64) {
	least, greatest := 0.0, 0.0
	for _, i := range all {
		if i.Center <= most {
			low, high = min(low, i.Center), max(high, i.Center)
			least, greatest = min(least, i.Lo), max(greatest, i.Hi)
		}
	}
	room := max(0.3*(high-low), 0.1)
	return max(low-room, min(low, least)), min(high+room, max(high, greatest))
}

// barName is a strategy's name in lines that leave room for its bar: within a long one, each part has its own.
func barName(row *place.Row) []string {
	const most = 26
	lines := []string{""}
	for part := range strings.SplitAfterSeq(strategyName(row), "/") {
		last := len(lines) - 1
		if lines[last] != "" && utf8.RuneCountInString(lines[last]+part) > most {
			lines = append(lines, "")
			last++
		}
		lines[last] += part
	}
	return lines
}

// namesRoom is the width of the names beside the bars.
func namesRoom(rows []place.Row) vg.Length {
	name, widest := style(ink, textSize), vg.Length(60)
	for i := range rows {
		for _, part := range barName(&rows[i]) {
			widest = max(widest, name.Width(part)*stretch)
		}
	}
	return min(widest, 170) + 6
}

func drawRegret(cv draw.Canvas, c *place.Comparison, rows []place.Row) {
	low, high := regretRange(rows)
	left := namesRoom(rows)
	x := func(v float64) vg.Length {
		v = min(max(v, low), high)
		return cv.Min.X + left + vg.Length((v-low)/(high-low))*(cv.Max.X-cv.Min.X-left-regretRight)
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
		y := cv.Max.Y - pitch*(vg.Length(i)+0.5)
		drawRegretBar(cv, &rows[i], y, x, low, high)
		name := style(ink, textSize)
		name.YAlign = draw.YCenter
		lines := barName(&rows[i])
		for k, part := range lines {
			above := regretRow * (vg.Length(len(lines)-1)/2 - vg.Length(k))
			cv.FillText(name, vg.Point{X: cv.Min.X, Y: y + above}, fitted(name, part, left-6))
		}
	}
}

func drawRegretBar(cv draw.Canvas, row *place.Row, y vg.Length, x func(float64) vg.Length, low, high float64) {
	i := row.Cost.RegretMs
	fill(&cv, regretHue(row), min(x(0), x(i.Center)), y-5, max(x(0), x(i.Center)), y+5)
	if i.Lo < i.Hi && i.Lo < high {
		whisker := line(ink, 1)
		cv.StrokeLine2(whisker, x(i.Lo), y, x(i.Hi), y)
		if i.Lo >= low {
			cv.StrokeLine2(whisker, x(i.Lo), y-3, x(i.Lo), y+3)
		}
		if i.Hi <= high {
			cv.StrokeLine2(whisker, x(i.Hi), y-3, x(i.Hi), y+3)
		}
	}
	number := style(ink, textSize)
	number.YAlign = draw.YCenter
	text := digits(i.Center) + " ms"
	if i.Center > high { // cut: two strokes through its end
		for _, back := range []vg.Length{12, 7} {
			cv.StrokeLine2(line(paper, 2), x(high)-back-3, y-8, x(high)-back+3, y+8)
		}
	}
	cv.FillText(number, vg.Point{X: max(x(0), x(i.Center), x(i.Hi)) + 6, Y: y}, text)
}
