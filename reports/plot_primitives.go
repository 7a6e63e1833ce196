package reports

import (
	"slices"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxWays is how many ways one plot holds.
const maxWays = 16

// figures are a contest's plots.
func (c *contest) figures() []figure {
	ways := c.ways[:min(len(c.ways), maxWays)]
	var all []figure
	for _, drawn := range []func([]way) (figure, bool){c.nearAndFar, c.harm} {
		if f, ok := drawn(ways); ok {
			f.name = "primitives-" + slug(c.class) + "-" + f.name
			f.title += ", class " + c.class
			f.inPage = true
			if len(ways) < len(c.ways) {
				f.caption += " Drawn: the first " + counted(len(ways), "way") + "."
			}
			all = append(all, f)
		}
	}
	return all
}

// nearAndFar is what a read and a write take, near to the data and far from it.
func (c *contest) nearAndFar(ways []way) (figure, bool) {
	accesses := slices.DeleteFunc([]accessKind{
		{"read", near, func(w *way) *Distances { return w.Reads }},
		{"write", far, func(w *way) *Distances { return w.Writes }},
	}, func(a accessKind) bool {
		return !slices.ContainsFunc(ways, func(w way) bool { return !a.stroke(&w).empty })
	})
	if len(accesses) == 0 {
		return figure{}, false
	}
	var l lanes
	for _, w := range ways {
		row := lane{name: w.name}
		for _, a := range accesses {
			row.strokes = append(row.strokes, a.stroke(&w))
		}
		l.rows = append(l.rows, row)
	}
	f := figure{name: "latency", title: "Latency near and far", height: l.height() + 64}
	f.tall = f.height + 15
	f.caption = "Median latency at the edge nearest to the data and at the farthest. " + c.condition() + c.ends()
	f.draw = func(cv draw.Canvas, _ bool) {
		keys := []key{
			{name: "near", LineStyle: line(muted, 1), mark: ring{}},
			{name: "far", LineStyle: line(muted, 1), mark: draw.CircleGlyph{}},
		}
		for _, a := range accesses {
			keys = append(keys, key{name: a.name, LineStyle: line(a.hue, 2)})
		}
		used := row(cv, keys, true)
		l.latencies(draw.Crop(cv, 0, 0, 0, -used-4), 4)
	}
	return f, true
}

// accessKind is a way to come at data.
type accessKind struct {
	name string
	hue  hue
	of   func(*way) *Distances
}

func (a accessKind) stroke(w *way) stroke {
	d := a.of(w)
	if d == nil || d.Near.N == 0 || d.Far.N == 0 {
		return stroke{hue: a.hue, empty: true}
	}
	return stroke{hue: a.hue, from: d.Near.Latency.P50.ms(), to: d.Far.Latency.P50.ms()}
}

// harm is a bar for each kind of harm that a class can come to.
func (c *contest) harm(ways []way) (figure, bool) {
	kinds := slices.DeleteFunc([]int{0, 1, 2, 3, 4}, func(kind int) bool {
		return !slices.ContainsFunc(ways, func(w way) bool { return w.Harm.harms()[kind].Of > 0 })
	})
	if len(kinds) == 0 {
		return figure{}, false
	}
	l := lanes{bars: true}
	for _, w := range ways {
		row := lane{name: w.name}
		for _, kind := range kinds {
			s := w.Harm.harms()[kind]
			row.strokes = append(row.strokes, stroke{to: s.value(), hue: harmHues[kind], label: s.percent(), empty: s.Of <= 0})
		}
		l.rows = append(l.rows, row)
	}
	f := figure{name: "harm", title: "Harm", height: l.height() + 64}
	f.tall = f.height + 15
	f.caption = "How much of what was promised was broken, by the checkers' count; over-admitted is a share of what was allowed. " + c.condition()
	f.draw = func(cv draw.Canvas, _ bool) {
		var keys []key
		for _, kind := range kinds {
			keys = append(keys, key{name: harmNames[kind], LineStyle: line(harmHues[kind], 1), box: true})
		}
		used := row(cv, keys, true)
		l.shares(draw.Crop(cv, 0, 0, 0, -used-4), 4)
	}
	return f, true
}

// fitted cuts text to a width and says so.
func fitted(s text.Style, text string, width vg.Length) string {
	for n := len([]rune(text)); n > 1 && s.Width(text)*stretch > width; {
		n--
		text = shortened(text, n)
	}
	return text
}
