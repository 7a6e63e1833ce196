package reports

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// injection is how far the measured delay was off the injected one, by link.
// The two against each other would be a straight line whatever went wrong.
func injection(run *Run) (figure, bool) {
	n := run.Network
	if n == nil || len(n.Links) == 0 {
		return figure{}, false
	}
	f := figure{name: "injected-against-measured", title: "Injected against measured delay", height: 250, inPage: true}
	f.caption = fmt.Sprintf("How far the measured delay was off the injected one, for each of %d pairs of edge and home: median (dot) and p99 (bar's end). n = %s round trips during the run.",
		n.Pairs, count(n.N))
	if !n.Within() {
		f.caption += " OVER ITS LIMIT."
	}
	f.draw = func(c draw.Canvas, _ bool) {
		p := axes("injected round trip, ms", "size of error, ms")
		p.X.Tick.Marker, p.Y.Tick.Marker = linear{}, linear{}
		p.X.Min, p.Y.Min, p.X.Max = 0, 0, 1
		p.Y.Max = n.Limit.ms()
		for _, l := range n.Links {
			p.X.Max = max(p.X.Max, l.Injected.ms()*1.03)
			p.Y.Max = max(p.Y.Max, l.Error.P99.ms())
		}
		p.Y.Max = max(p.Y.Max*1.08, 0.01)
		p.Add(whiskers(n.Links))
		keys := []key{{name: "median to p99 of one pair", LineStyle: line(near, 1.2)}}
		if n.Limit > 0 {
			limit := line(far, 1.2, 5, 3)
			p.Add(&plotter.Line{XYs: plotter.XYs{{X: 0, Y: n.Limit.ms()}, {X: p.X.Max, Y: n.Limit.ms()}}, LineStyle: limit})
			keys = append(keys, key{name: "limit of the p99", LineStyle: limit})
		}
		used := row(c, keys, true)
		paint(p, draw.Crop(c, 3, -8, 0, -used-4))
	}
	return f, true
}

// whiskers draws each link's error over its delay.
type whiskers []LinkError

// Plot implements plot.Plotter.
func (w whiskers) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	dot := draw.GlyphStyle{Color: near.color(), Radius: 2, Shape: draw.CircleGlyph{}}
	for _, i := range evenly(len(w), maxPoints) {
		at := x(w[i].Injected.ms())
		low, high := y(w[i].Error.P50.ms()), y(w[i].Error.P99.ms())
		c.StrokeLine2(line(near, 0.9), at, low, at, high)
		c.StrokeLine2(line(near, 0.9), at-2, high, at+2, high)
		c.DrawGlyphNoClip(dot, vg.Point{X: at, Y: low})
	}
}

// envelope is what a limiter admitted against the most that it might have.
func envelope(run *Run) (figure, bool) {
	l := run.Limit
	if l == nil || l.Capacity <= 0 || len(run.OverTime.Points) < 2 {
		return figure{}, false
	}
	f := figure{name: "admitted-against-allowed", title: "Admitted against allowed", height: 230, inPage: true}
	f.caption = fmt.Sprintf("Requests admitted since the beginning, and the most that capacity %s and refill %s/s allow the objects asked so far. %s.",
		digits(l.Capacity), digits(l.RefillPerS), run.condition())
	f.draw = func(c draw.Canvas, _ bool) {
		p := axes("time since the run began, s", "requests")
		p.X.Tick.Marker, p.Y.Tick.Marker = linear{}, linear{}
		admitted, allowed := run.admissions()
		p.X.Min, p.Y.Min = admitted[0].X, 0
		p.X.Max, p.Y.Max = admitted[len(admitted)-1].X, allowed[len(allowed)-1].Y*1.08
		most := line(muted, 1.3, 5, 3)
		p.Add(&plotter.Line{XYs: allowed, LineStyle: most}, &plotter.Line{XYs: admitted, LineStyle: line(near, 1.7)})
		used := row(c, []key{{name: "allowed at most", LineStyle: most}, {name: "admitted", LineStyle: line(near, 1.7)}}, true)
		paint(p, draw.Crop(c, 3, -8, 0, -used-4))
	}
	return f, true
}

// admissions are both lines at the end of each bucket. Refill counts from the
// beginning of the bucket in which an object was first asked: never too little.
func (run *Run) admissions() (admitted, allowed plotter.XYs) {
	var sum, objects int64
	var refilled float64
	width := float64(run.OverTime.Width) / 1e9
	before := float64(run.OverTime.Points[0].At) / 1e9
	for _, pt := range run.OverTime.Points {
		now := float64(pt.At)/1e9 + width
		refilled += float64(objects)*(now-before)*run.Limit.RefillPerS + float64(pt.New)*width*run.Limit.RefillPerS
		objects += pt.New
		sum += pt.Admitted
		before = now
		admitted = append(admitted, plotter.XY{X: now, Y: float64(sum)})
		allowed = append(allowed, plotter.XY{X: now, Y: float64(objects)*run.Limit.Capacity + refilled})
	}
	return admitted, allowed
}
