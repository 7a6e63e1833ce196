package reports

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/reports/stat"
)

// figures are a run's plots, those that have something to show. The points of a
// curve are drawn together: forty points would make some 200 plots that nobody opens.
func figures(run *Run) []figure {
	var out []figure
	if run.Curve != "" {
		return nil
	}
	for _, drawn := range []func(*Run) (figure, bool){
		prediction, distribution, budgets, overTime, injection, heat, envelope,
	} {
		if f, ok := drawn(run); ok {
			out = append(out, f)
		}
	}
	return out
}

// distribution is the CDF of latency, a line per edge.
func distribution(run *Run) (figure, bool) {
	codes := run.edgesByLatency()
	for len(codes) > 0 && run.ByEdge[codes[len(codes)-1]].N == 0 {
		codes = codes[:len(codes)-1]
	}
	if len(codes) == 0 {
		return figure{}, false
	}
	f := figure{name: "latency-cdf", title: "Latency by edge", height: 300, inPage: true}
	if run.Chat != nil {
		f.title = "Delivery delay by the receiver's edge"
	}
	chosen := evenly(len(codes), maxLines)
	f.caption = "Share of " + nouns(run) + " that took at most so long; edges from quick to slow. " + run.condition() + "."
	if len(chosen) < len(codes) {
		f.caption = fmt.Sprintf("%s Drawn: %d of %d edges, evenly chosen by median.", f.caption, len(chosen), len(codes))
	}
	f.draw = func(c draw.Canvas, _ bool) {
		p := axes("latency (logarithmic)", "")
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logMillis{}
		p.Y.Min, p.Y.Max, p.Y.Tick.Marker = 0, 1, linear{scale: 100, suffix: " %"}
		var keys []key
		low, high := 0.0, 0.0
		for i, at := range chosen {
			marks := run.ByEdge[codes[at]].CDF
			h := lineHues[i*(maxLines-1)/max(1, len(chosen)-1)]
			k := key{name: codes[at], LineStyle: line(h, 1.6, dashes[i%len(dashes)]...)}
			p.Add(&plotter.Line{XYs: curve(marks), LineStyle: k.LineStyle})
			keys = append(keys, k)
			for _, m := range marks {
				if low == 0 || m.At.ms() < low {
					low = m.At.ms()
				}
				high = max(high, m.At.ms())
			}
		}
		p.X.Min, p.X.Max = logRange(low, high)
		const room = 58
		paint(p, draw.Crop(c, 0, -room, 0, -6))
		column(draw.Crop(c, c.Max.X-c.Min.X-room+8, 0, 0, -6), keys)
	}
	return f, true
}

// dashes tell neighbouring lines apart where colours do not.
var dashes = [...][]vg.Length{nil, {5, 2}, {1.5, 1.5}}

// curve is a distribution as a line; a log axis has no zero.
func curve(marks []Mark) plotter.XYs {
	var xys plotter.XYs
	for _, i := range evenly(len(marks), maxPoints) {
		xys = append(xys, plotter.XY{X: max(marks[i].At.ms(), 1e-3), Y: marks[i].Share})
	}
	return xys
}

// maxPoints is what one line may have: image backends lose segments of longer ones.
const maxPoints = 2000

// overTime is the median and the p99 along the run, faults shaded.
func overTime(run *Run) (figure, bool) {
	points := run.OverTime.Points
	if len(points) < 2 {
		return figure{}, false
	}
	f := figure{name: "latency-over-time", title: "Latency over time", height: 250, inPage: true}
	f.caption = fmt.Sprintf("Median and p99 of %s scheduled in each %v; crosses mark buckets with failed or unknown outcomes. %s.",
		nouns(run), run.OverTime.Width, run.condition())
	if n := run.OverTime.typical(); stat.Doubt(0.99, int(n)) != nil {
		f.caption += fmt.Sprintf(" A bucket holds some %s: too few for a p99, which is then close to the slowest.", count(n))
	}
	f.draw = func(c draw.Canvas, _ bool) {
		p := axes("time since the run began, s", "")
		p.X.Tick.Marker = linear{}
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, logMillis{}
		middle, tail, bad := timelines(run)
		if len(middle) == 0 {
			return
		}
		p.Y.Min, p.Y.Max = heights(middle, tail)
		p.X.Min, p.X.Max = float64(points[0].At)/1e9, float64(points[len(points)-1].At+run.OverTime.Width)/1e9
		p.Add(spans{run.Faults}, between{middle, tail})
		p.Add(&plotter.Line{XYs: tail, LineStyle: line(far, 1.3)}, &plotter.Line{XYs: middle, LineStyle: line(near, 1.6)})
		p.Add(crosses(bad))
		keys := []key{{name: "p99", LineStyle: line(far, 1.3)}, {name: "median", LineStyle: line(near, 1.6)}}
		if len(run.Faults) > 0 {
			keys = append(keys, key{name: "fault", LineStyle: line(fault, 1), box: true})
		}
		used := row(c, keys, true)
		paint(p, draw.Crop(c, 0, -8, 0, -used-4))
	}
	return f, true
}

// typical is the median number of samples in a bucket.
func (s *Series) typical() int64 {
	var each []int64
	for _, pt := range s.Points {
		each = append(each, pt.N)
	}
	slices.Sort(each)
	return each[len(each)/2]
}

// timelines are the medians, the tails, and the instants of buckets with errors.
func timelines(run *Run) (middle, tail plotter.XYs, bad []float64) {
	points := run.OverTime.Points
	for _, i := range evenly(len(points), maxPoints) {
		pt := points[i]
		x := float64(pt.At+run.OverTime.Width/2) / 1e9
		if pt.N > 0 {
			middle = append(middle, plotter.XY{X: x, Y: max(pt.P50.ms(), 1e-3)})
			tail = append(tail, plotter.XY{X: x, Y: max(pt.P99.ms(), 1e-3)})
		}
		if pt.Errors+pt.Unknown > 0 {
			bad = append(bad, x)
		}
	}
	return middle, tail, bad
}

func heights(middle, tail plotter.XYs) (low, high float64) {
	low, high = middle[0].Y, tail[0].Y
	for i := range middle {
		low, high = min(low, middle[i].Y), max(high, tail[i].Y)
	}
	return logRange(low, high)
}

// between fills what lies between two lines over the same instants.
type between struct{ lower, upper plotter.XYs }

// Plot implements plot.Plotter.
func (b between) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var outline []vg.Point
	for _, xy := range b.upper {
		outline = append(outline, vg.Point{X: x(xy.X), Y: y(xy.Y)})
	}
	for i := len(b.lower) - 1; i >= 0; i-- {
		outline = append(outline, vg.Point{X: x(b.lower[i].X), Y: y(b.lower[i].Y)})
	}
	c.FillPolygon(band.color(), outline)
}

// spans shades stretches of time.
type spans struct{ of []Span }

// Plot implements plot.Plotter.
func (s spans) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	for _, span := range s.of {
		from, to := x(float64(span.From)/1e9), x(float64(span.To)/1e9)
		if to < c.Min.X || from > c.Max.X {
			continue
		}
		fill(&c, fault, max(from, c.Min.X), c.Min.Y, min(to, c.Max.X), c.Max.Y)
	}
}

// crosses marks instants along the foot of a plot.
type crosses []float64

// Plot implements plot.Plotter.
func (s crosses) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	mark := draw.GlyphStyle{Color: far.color(), Radius: 3, Shape: draw.CrossGlyph{}}
	for _, at := range s {
		c.DrawGlyphNoClip(mark, vg.Point{X: x(at), Y: c.Min.Y + 4})
	}
}

func nouns(run *Run) string {
	if run.Chat != nil {
		return "deliveries"
	}
	return "replies"
}
