package reports

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// engineHues tell the series of a curve apart.
var engineHues = [...]hue{near, far, partHues[5], partHues[4]}

// figures are a curve's plots; at is its place among the report's curves.
func (c *loadCurve) figures(at int) []figure {
	prefix := fmt.Sprintf("curve-%d-%s-", at+1, slug(c.name))
	condition := sentence(conditionOf(c.runs()))
	all := []figure{{
		name: prefix + "delivered", title: "Offered and delivered: " + c.name, height: 270, inPage: true,
		caption: "Delivered against offered load, a dot per run; on the dashed line all that is offered is delivered. " + condition,
		draw:    func(cv draw.Canvas, _ bool) { c.drawDelivered(cv) },
	}}
	wait := figure{
		name: prefix + "queue-wait", title: "Queue wait: " + c.name, height: 270, inPage: true,
		caption: "How long good replies waited for the object's turn, median (solid) and p99 (dashed). " + condition,
	}
	of := func(p *loadPoint) *Quantiles { return p.Queue }
	if !c.told() {
		wait.name, wait.title = prefix+"latency", "Latency: "+c.name
		wait.caption = "Latency under load, median (solid) and p99 (dashed); these runs do not tell how long operations queued. " + condition
		of = func(p *loadPoint) *Quantiles {
			if p.N == 0 {
				return nil
			}
			return &p.Latency
		}
	}
	wait.draw = func(cv draw.Canvas, _ bool) { c.drawWaits(cv, of) }
	return append(all, wait)
}

// told says whether any run told how long operations queued.
func (c *loadCurve) told() bool {
	for _, run := range c.runs() {
		if run.Queue != nil {
			return true
		}
	}
	return false
}

func (c *loadCurve) most() (offered, delivered float64) {
	for _, s := range c.series {
		for _, p := range s.points {
			offered, delivered = max(offered, p.offered), max(delivered, p.delivered)
		}
	}
	return max(offered, 1), max(delivered, 1)
}

func (c *loadCurve) drawDelivered(cv draw.Canvas) {
	p := axes("offered, per s", "delivered, per s")
	p.X.Tick.Marker, p.Y.Tick.Marker = linear{}, linear{}
	offered, delivered := c.most()
	p.X.Min, p.Y.Min, p.X.Max, p.Y.Max = 0, 0, offered*1.05, delivered*1.15
	end := min(p.X.Max, p.Y.Max)
	ideal := line(muted, 1.2, 5, 3)
	p.Add(&plotter.Line{XYs: plotter.XYs{{}, {X: end, Y: end}}, LineStyle: ideal})
	keys := []key{{name: "all that is offered", LineStyle: ideal}}
	for i, s := range c.series {
		h := engineHues[i%len(engineHues)]
		var xys plotter.XYs
		for _, at := range s.points {
			xys = append(xys, plotter.XY{X: at.offered, Y: at.delivered})
		}
		p.Add(dotted{xys, line(h, 1.6)})
		keys = append(keys, key{name: s.engine, LineStyle: line(h, 1.6), mark: draw.CircleGlyph{}})
	}
	used := row(cv, keys, true)
	paint(p, draw.Crop(cv, 3, -8, 0, -used-4))
}

func (c *loadCurve) drawWaits(cv draw.Canvas, of func(*loadPoint) *Quantiles) {
	p := axes("offered, per s", "")
	p.X.Tick.Marker = linear{}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, logMillis{}
	offered, _ := c.most()
	p.X.Min, p.X.Max = 0, offered*1.05
	var keys []key
	low, high := 0.0, 0.0
	for i, s := range c.series {
		h := engineHues[i%len(engineHues)]
		var middle, tail plotter.XYs
		for at := range s.points {
			q := of(&s.points[at])
			if q == nil {
				continue
			}
			p50, p99 := max(bounded(q.P50.ms()), 1e-3), max(bounded(q.P99.ms()), 1e-3)
			middle = append(middle, plotter.XY{X: s.points[at].offered, Y: p50})
			tail = append(tail, plotter.XY{X: s.points[at].offered, Y: p99})
			if low == 0 || min(p50, p99) < low {
				low = min(p50, p99)
			}
			high = max(high, p50, p99)
		}
		solid, dashed := line(h, 1.6), line(h, 1.3, 4, 2.5)
		p.Add(dotted{middle, solid}, dotted{tail, dashed})
		keys = append(keys, key{name: s.engine + " p50", LineStyle: solid}, key{name: s.engine + " p99", LineStyle: dashed})
	}
	p.Y.Min, p.Y.Max = logRange(low, high)
	used := row(cv, keys, true)
	paint(p, draw.Crop(cv, 3, -8, 0, -used-4))
}

// dotted is a line with a dot at each of its points.
type dotted struct {
	at    plotter.XYs
	style draw.LineStyle
}

// Plot implements plot.Plotter.
func (d dotted) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	dot := draw.GlyphStyle{Color: d.style.Color, Radius: 2.6, Shape: draw.CircleGlyph{}}
	var points []vg.Point
	for _, i := range evenly(len(d.at), maxPoints) {
		points = append(points, vg.Point{X: x(d.at[i].X), Y: y(d.at[i].Y)})
	}
	if len(points) > 1 {
		c.StrokeLines(d.style, points)
	}
	for _, at := range points {
		c.DrawGlyphNoClip(dot, at)
	}
}
