package reports

import (
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/sim/place"
)

// homes draws a ring for each home, its area the share, and names those with the most load where there is room.
func (m *worldMap) homes(loads []place.Spot, narrow bool) {
	named := 14
	if narrow {
		named = 5
	}
	for i := len(loads) - 1; i >= 0; i-- {
		m.ring(m.at(spotAt(loads[i])), loads[i].Share)
	}
	var taken []vg.Rectangle
	for i, s := range loads {
		if len(taken) == named || s.Share < 0.005 {
			break
		}
		if box, ok := m.room(loads, i, taken); ok {
			taken = append(taken, box)
			m.label(s, box)
		}
	}
}

func (m *worldMap) ring(at vg.Point, share float64) {
	r := m.radius(share)
	m.DrawGlyphNoClip(draw.GlyphStyle{Color: paper.color(), Radius: r, Shape: ringOf(3.4)}, at)
	m.DrawGlyphNoClip(draw.GlyphStyle{Color: far.color(), Radius: r, Shape: ringOf(1.9)}, at)
}

// radius is that of a home's ring.
func (m *worldMap) radius(share float64) vg.Length {
	return max(m.unit*26*vg.Length(math.Sqrt(share)), 2.2)
}

// labelSize is that of names on the map, in points.
const labelSize = 9.5

func (m *worldMap) label(s place.Spot, box vg.Rectangle) {
	text := style(ink, labelSize)
	text.YAlign = draw.YCenter
	fill(&m.Canvas, paper, box.Min.X, box.Min.Y, box.Max.X, box.Max.Y)
	m.FillText(text, vg.Point{X: box.Min.X + 1.5, Y: (box.Min.Y + box.Max.Y) / 2}, labelOf(s))
}

func labelOf(s place.Spot) string {
	return s.Place + " " + strconv.FormatFloat(s.Share*100, 'f', 0, 64) + " %"
}

// room is a box for the label of a home beside, above or below its ring: on no other label, within the map, and where it
// hides the least of other homes, none that have more than this one.
func (m *worldMap) room(loads []place.Spot, i int, taken []vg.Rectangle) (best vg.Rectangle, ok bool) {
	at, r := m.at(spotAt(loads[i])), m.radius(loads[i].Share)+2
	width, half := style(ink, labelSize).Width(labelOf(loads[i]))*1.08+3, vg.Length(5.5)
	least := math.Inf(1)
	for _, middle := range []vg.Point{
		{X: at.X + r + width/2, Y: at.Y},
		{X: at.X - r - width/2, Y: at.Y},
		{X: at.X, Y: at.Y + r + half},
		{X: at.X, Y: at.Y - r - half},
	} {
		box := vg.Rectangle{Min: vg.Point{X: middle.X - width/2, Y: middle.Y - half}, Max: vg.Point{X: middle.X + width/2, Y: middle.Y + half}}
		if !m.free(box, taken) {
			continue
		}
		hidden := 0.0
		for k, other := range loads {
			if o := m.at(spotAt(other)); k != i && gap(box, o) < m.radius(other.Share) {
				hidden += other.Share + 0.001
			}
		}
		if hidden < least && hidden < loads[i].Share {
			best, least, ok = box, hidden, true
		}
	}
	return best, ok
}

// free is whether a box lies within the map and on no other.
func (m *worldMap) free(box vg.Rectangle, taken []vg.Rectangle) bool {
	if box.Min.X < m.Min.X || box.Max.X > m.Max.X || box.Min.Y < m.Min.Y || box.Max.Y > m.Max.Y {
		return false
	}
	for _, t := range taken {
		if box.Min.X < t.Max.X && t.Min.X < box.Max.X && box.Min.Y < t.Max.Y && t.Min.Y < box.Max.Y {
			return false
		}
	}
	return true
}

// gap is how far a point is from a box.
func gap(box vg.Rectangle, p vg.Point) vg.Length {
	dx := max(box.Min.X-p.X, 0, p.X-box.Max.X)
	dy := max(box.Min.Y-p.Y, 0, p.Y-box.Max.Y)
	return vg.Length(math.Hypot(float64(dx), float64(dy)))
}

// ringOf is a circle's line, so wide.
type ringOf vg.Length

// DrawGlyph implements draw.GlyphDrawer.
func (w ringOf) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	c.SetLineStyle(draw.LineStyle{Color: s.Color, Width: vg.Length(w)})
	var path vg.Path
	path.Move(vg.Point{X: at.X + s.Radius, Y: at.Y})
	path.Arc(at, s.Radius, 0, 2*math.Pi)
	path.Close()
	c.Stroke(path)
}

// legend says below the map what is drawn by weight, at the scale of the map.
func (m *worldMap) legend(cv draw.Canvas) {
	text := style(ink, textSize)
	text.YAlign = draw.YCenter
	words := func(x *vg.Length, y vg.Length, what string) {
		cv.FillText(text, vg.Point{X: *x, Y: y}, what)
		*x += text.Width(what)*stretch + 5
	}
	x, y := cv.Min.X+4, m.Min.Y-11
	big := m.radius(0.1) // of a line of the legend
	if cv.Max.X-cv.Min.X > wideWidth {
		words(&x, y, "Shares of all accesses:")
	}
	words(&x, y, "homes")
	for _, share := range []float64{0.02, 0.1} {
		m.ring(vg.Point{X: x + m.radius(share), Y: y}, share)
		x += 2*m.radius(share) + 4
		words(&x, y, percent(share))
	}
	x += 8
	words(&x, y, "users")
	for _, share := range []float64{0.01, 0.05} {
		r := m.unit * 22 * vg.Length(math.Sqrt(share))
		m.dot(vg.Point{X: x + r, Y: y}, share)
		x += 2*r + 4
		words(&x, y, percent(share))
	}
	if x += 8; x+170 > cv.Max.X {
		x, y = cv.Min.X+4, y-big-9
	}
	words(&x, y, "from users to their home")
	for _, share := range []float64{0.005, 0.03} {
		m.arrow([]vg.Point{{X: x, Y: y}, {X: x + 26, Y: y}}, m.flowWidth(share))
		x += 31
		words(&x, y, percent(share))
	}
}
