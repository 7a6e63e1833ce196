package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/sim/place"
)

// cdfRoom is the height of a distribution's plot below its legend, in points.
const cdfRoom = 292

// waitLine is the distribution of a strategy, and of all that wait alike.
type waitLine struct {
	place.Row
	key
	names  []string  // all that share the line
	shares []float64 // where its marks are
}

// alike is whether the users of two strategies wait exactly as long: they share a line.
func alike(a, b *place.Row) bool { return a.Yardstick == b.Yardstick && slices.Equal(a.CDF, b.CDF) }

// waitLines are those of all strategies that placed anything: the yardsticks, those in colour, and the others, which are
// thin and numbered.
func waitLines(c *place.Comparison) []waitLine {
	rows := drawnRows(c)
	var names []drawnName
	for _, r := range rows {
		names = append(names, drawnName{r.Strategy, r.Yardstick})
	}
	keys := strategyLines(names)
	for _, r := range byCost(c) {
		if r.Latency.N > 0 && !slices.ContainsFunc(rows, func(d place.Row) bool { return alike(&d, &r) }) {
			rows = append(rows, r)
			keys = append(keys, key{LineStyle: line(muted, 0.8), mark: numeral(len(rows) - len(names))})
		}
	}
	lines := make([]waitLine, len(rows))
	for i, r := range rows {
		first := 0.3 + float64(i)*0.03
		if thin := i - len(names); thin >= 0 {
			first = 0.15 + 0.3*(float64(thin)+0.5)/float64(len(rows)-len(names))
		}
		lines[i] = waitLine{Row: r, key: keys[i], names: sharers(c, &r)}
		for share := first; share < 0.99; share += 0.3 {
			lines[i].shares = append(lines[i].shares, share)
		}
		lines[i].name = legendName(lines[i].names)
	}
	return lines
}

// sharers are all strategies that share a line, it first that the line is drawn for.
func sharers(c *place.Comparison, drawn *place.Row) []string {
	names := []string{strategyName(drawn)}
	for _, r := range byCost(c) {
		if r.Strategy != drawn.Strategy && r.Latency.N > 0 && alike(&r, drawn) {
			names = append(names, strategyName(&r))
		}
	}
	return names
}

// legendName has room for three names.
func legendName(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s, %s and %d more, alike", names[0], names[1], len(names)-2)
	}
	return strings.Join(names, " = ")
}

// cdfFigure is the distribution of what users wait.
func cdfFigure(s *place.Study, c *place.Comparison, prefix string) figure {
	lines := waitLines(c)
	f := figure{
		name: prefix + "latency", title: "What users wait: " + c.Name, inPage: true,
		height: cdfRoom + legendHeight(lines, wideWidth), tall: cdfRoom + legendHeight(lines, narrowWidth),
		caption: cdfCaption(c, lines) + " " + sentence(placeCondition(s, c)), says: cdfWords(c),
	}
	f.draw = func(cv draw.Canvas, _ bool) { drawPlaceCDF(cv, lines) }
	return f
}

func keysOf(lines []waitLine) []key {
	var keys []key
	for i := range lines {
		keys = append(keys, lines[i].key)
	}
	return keys
}

func legendHeight(lines []waitLine, width vg.Length) vg.Length {
	return row(draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: width}}}, keysOf(lines), false)
}

// cdfCaption says which line is whose, and what has none.
func cdfCaption(c *place.Comparison, lines []waitLine) string {
	text := "Share of accesses that took no longer, a line for every strategy: yardsticks are dashed; first, lottery and the cheapest others have colours"
	if slices.ContainsFunc(lines, waitLine.thin) {
		text += ", the rest are thin and numbered"
	}
	text += ". Marks only tell lines apart. The axis ends where no line has more than 0.1 % left."
	for _, l := range lines {
		if len(l.names) > 3 {
			text += " Alike are " + strings.Join(l.names, ", ") + "."
		}
	}
	var absent []string
	for _, r := range c.Rows {
		if r.Latency.N == 0 {
			absent = append(absent, strategyName(&r))
		}
	}
	if len(absent) > 0 {
		text += " No line, for they placed no object: " + strings.Join(absent, ", ") + "."
	}
	return text
}

func (l waitLine) thin() bool {
	_, ok := l.mark.(numeral)
	return ok
}

func cdfWords(c *place.Comparison) string {
	var all []string
	for _, r := range byCost(c) {
		if l := &r.Latency; l.N > 0 {
			all = append(all, fmt.Sprintf("%s %s, %s, %s", strategyName(&r), digits(l.P50Ms), digits(l.P95Ms), digits(l.P99Ms)))
		}
	}
	return "Distribution of the latency, as lines. Its p50, p95 and p99 in ms: " + strings.Join(all, "; ") + "."
}

func drawPlaceCDF(cv draw.Canvas, lines []waitLine) {
	p := axes("what users wait, ms", "share of accesses")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logPlain{}
	p.Y.Tick.Marker = linear{scale: 100, suffix: " %"}
	high := 0.0
	for i := range lines {
		for _, m := range lines[i].CDF {
			if m[1] <= 0.999 {
				high = max(high, m[0])
			}
		}
	}
	p.X.Min, p.X.Max = logRange(1, max(high, 100))
	p.Y.Min, p.Y.Max = 0, 1
	var marks []plot.Plotter
	for _, l := range slices.Backward(lines) { // the yardsticks on top
		xys := stairs(l.CDF, p.X.Min, p.X.Max)
		p.Add(&plotter.Line{XYs: xys, LineStyle: l.LineStyle})
		if l.mark != nil {
			marks = append(marks, marked{xys, l})
		}
	}
	p.Add(marks...)
	used := row(cv, keysOf(lines), true)
	paint(p, draw.Crop(cv, 3, -8, 0, -used-4))
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

// marked puts a line's marks where it passes shares that differ from line to line, so that those of lines that lie upon
// each other do not.
type marked struct {
	at   plotter.XYs
	line waitLine
}

// Plot implements plot.Plotter.
func (m marked) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, share := range m.line.shares {
		for i := 1; i < len(m.at); i++ {
			if m.at[i].Y >= share {
				c.DrawGlyphNoClip(draw.GlyphStyle{Color: m.line.Color, Radius: 3, Shape: m.line.mark}, vg.Point{X: x(m.at[i].X), Y: y(share)})
				break
			}
		}
	}
}

// numeral is a number in place of a mark, for more lines than there are marks.
type numeral int

// DrawGlyph implements draw.GlyphDrawer.
func (n numeral) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	number := style(ink, 8.5)
	number.XAlign, number.YAlign = draw.XCenter, draw.YCenter
	text := strconv.Itoa(int(n))
	half := max(4, number.Width(text)/2+1)
	fill(c, paper, at.X-half, at.Y-4.5, at.X+half, at.Y+4.5)
	c.FillText(number, at, text)
}
