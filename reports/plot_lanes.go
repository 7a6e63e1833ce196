package reports

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// lanes are rows of strokes over one axis, from the top down. Names stand above
// their strokes, for they may be long, or beside them.
type lanes struct {
	rows   []lane
	beside bool
	bars   bool // strokes are bars from zero, not lines between two dots
}

type lane struct {
	name    string
	strokes []stroke
}

// stroke is one line of a lane.
type stroke struct {
	from, to float64
	hue      hue
	label    string // at its end; of a stroke without length, all there is
	empty    bool   // nothing was seen
}

// Heights of a lane's parts, in points.
const (
	nameRoom   = 14
	strokeRoom = 11
	laneGap    = 5
)

func (l *lanes) heightOf(i int) vg.Length {
	height := strokeRoom*vg.Length(len(l.rows[i].strokes)) + laneGap
	if !l.beside {
		height += nameRoom
	}
	return height
}

func (l *lanes) height() (sum vg.Length) {
	for i := range l.rows {
		sum += l.heightOf(i)
	}
	return sum
}

// latencies draws over a logarithmic axis of time.
func (l *lanes) latencies(c draw.Canvas, left vg.Length) {
	p := axes("latency (logarithmic)", "")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logMillis{}
	low, high := 0.0, 0.0
	for _, row := range l.rows {
		for i := range row.strokes {
			s := &row.strokes[i]
			if s.empty {
				continue
			}
			s.from, s.to = max(bounded(s.from), 1e-3), max(bounded(s.to), 1e-3)
			if low == 0 || min(s.from, s.to) < low {
				low = min(s.from, s.to)
			}
			high = max(high, s.from, s.to)
		}
	}
	p.X.Min, p.X.Max = logRange(low, high)
	l.draw(c, p, left)
}

// shares draws over a linear axis of percent.
func (l *lanes) shares(c draw.Canvas, left vg.Length) {
	p := axes("share, %", "")
	p.X.Tick.Marker = linear{}
	p.X.Min, p.X.Max = 0, 1
	for _, row := range l.rows {
		for _, s := range row.strokes {
			p.X.Max = max(p.X.Max, s.to)
		}
	}
	p.X.Max *= 1.3 // room for the labels
	l.draw(c, p, left)
}

func (l *lanes) draw(c draw.Canvas, p *plot.Plot, left vg.Length) {
	p.Y.Tick.Marker = none{}
	p.X.Padding, p.Y.Padding = 0, 0
	p.Y.LineStyle.Width, p.Y.Label.Padding = 0, 0
	p.Y.Min, p.Y.Max = 0, float64(l.height())
	p.Add(l)
	paint(p, draw.Crop(c, left, -10, 0, -2))
}

// Plot implements plot.Plotter.
func (l *lanes) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	unit := y(1) - y(0)
	name := style(ink, textSize)
	name.YAlign = draw.YCenter
	top := y(p.Y.Max)
	for i, row := range l.rows {
		at := top
		if l.beside {
			name.XAlign = draw.XRight
			c.FillText(name, vg.Point{X: c.Min.X - 5, Y: at - unit*l.heightOf(i)/2}, row.name)
			at -= unit * laneGap / 2
		} else {
			c.FillText(name, vg.Point{X: c.Min.X + 2, Y: at - unit*nameRoom/2}, fitted(name, row.name, c.Max.X-c.Min.X-4))
			at -= unit * nameRoom
		}
		for _, s := range row.strokes {
			l.stroke(&c, &s, x, at-unit*strokeRoom/2)
			at -= unit * strokeRoom
		}
		top -= unit * l.heightOf(i)
	}
}

func (l *lanes) stroke(c *draw.Canvas, s *stroke, x func(float64) vg.Length, y vg.Length) {
	note := style(muted, 9.5)
	note.YAlign = draw.YCenter
	switch {
	case s.empty:
		c.FillText(note, vg.Point{X: c.Min.X + 4, Y: y}, "none")
		return
	case l.bars:
		fill(c, s.hue, x(0), y-4, x(s.to), y+4)
		c.FillText(note, vg.Point{X: x(s.to) + 4, Y: y}, s.label)
		return
	}
	c.StrokeLine2(line(s.hue, 1.6), x(s.from), y, x(s.to), y)
	first := draw.GlyphStyle{Color: s.hue.color(), Radius: 3.2, Shape: ring{}}
	last := first
	last.Shape = draw.CircleGlyph{}
	c.DrawGlyphNoClip(first, vg.Point{X: x(s.from), Y: y})
	c.DrawGlyphNoClip(last, vg.Point{X: x(s.to), Y: y})
}

// ring is a dot with a hole.
type ring struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (ring) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	s.Shape = draw.CircleGlyph{}
	c.DrawGlyphNoClip(s, at)
	s.Color, s.Radius = paper.color(), s.Radius*0.55
	c.DrawGlyphNoClip(s, at)
}
