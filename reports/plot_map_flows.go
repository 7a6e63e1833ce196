package reports

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/durabench/durabench/reports/globe"
	"github.com/durabench/durabench/sim/place"
)

// shortFlow is a distance in radians within which an arrow would say nothing: 760 km.
const shortFlow = 0.12

// rim is how many degrees arrows keep from the northern and southern edges of the map.
const rim = 2

// flow is one arrow of a map.
type flow struct {
	way         []globe.Point
	bent        bool    // the shortest way would leave the map
	share, load float64 // of the accesses; and that of the home at its end
}

// longFlows are those of a strategy's largest flows that are worth an arrow, the smallest first.
func longFlows(c *place.Comparison, row *place.Row) []flow {
	where, load := map[string]globe.Point{}, map[string]float64{}
	for _, s := range slices.Concat(c.Users, row.Homes.Loads) {
		where[s.Place] = spotAt(s)
	}
	for _, s := range row.Homes.Loads {
		load[s.Place] = s.Share
	}
	var all []flow
	for _, f := range slices.Backward(row.Homes.Flows) {
		from, okFrom := where[f.From]
		to, okTo := where[f.To]
		if okFrom && okTo && globe.Apart(from, to) >= shortFlow {
			way, bent := globe.Within(globe.Arc(from, to, 32), mapSouth+rim, mapNorth-rim)
			if bent { // its turns are sharp: more points make them round
				way, _ = globe.Within(globe.Arc(from, to, 128), mapSouth+rim, mapNorth-rim)
			}
			all = append(all, flow{way, bent, f.Share, load[f.To]})
		}
	}
	return all
}

func flowsCaption(flows []flow) string {
	if len(flows) == 0 {
		return "No large flow goes farther than 760 km"
	}
	sum, bent := 0.0, 0
	for _, f := range flows {
		sum += f.share
		bent += b2i(f.bent)
	}
	text := fmt.Sprintf("Arrows are the %s over more than 760 km, the shortest way on the globe, with %s of all accesses", counted(len(flows), "largest flow"), rough(sum))
	if bent > 0 {
		text += fmt.Sprintf("; %d of them, whose shortest way leads over the edge of the map, %s bent to stay on it", bent, plural(int64(bent), "is", "are"))
	}
	return text
}

func (m *worldMap) flows(all []flow) {
	for _, f := range all {
		m.arc(f)
	}
}

// flowWidth is that of an arrow's line; its square is the share.
func (m *worldMap) flowWidth(share float64) vg.Length {
	return max(m.unit*8*vg.Length(math.Sqrt(share)), 0.5)
}

// arc draws a way up to the ring of its home; across the date line it leaves the map at one side and enters at the other.
func (m *worldMap) arc(f flow) {
	pieces := globe.Split(f.way)
	for i, piece := range pieces {
		points := make([]vg.Point, 0, len(piece))
		for _, p := range piece {
			points = append(points, m.at(p))
		}
		if i < len(pieces)-1 {
			m.StrokeLines(line(partHues[5], m.flowWidth(f.share)), points)
			continue
		}
		m.arrow(cutShort(points, points[len(points)-1], m.radius(f.load)+1.5), m.flowWidth(f.share))
	}
}

// cutShort ends a line where it comes within r of a point.
func cutShort(points []vg.Point, end vg.Point, r vg.Length) []vg.Point {
	for i, p := range points {
		if away := apart(p, end); i > 0 && away < r {
			before := apart(points[i-1], end)
			t := (before - r) / max(before-away, 1e-9)
			cut := vg.Point{X: points[i-1].X + (p.X-points[i-1].X)*t, Y: points[i-1].Y + (p.Y-points[i-1].Y)*t}
			return append(slices.Clone(points[:i]), cut)
		}
	}
	return points
}

func apart(a, b vg.Point) vg.Length {
	return vg.Length(math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y)))
}

// arrow draws a line with a head at its end.
func (m *worldMap) arrow(points []vg.Point, width vg.Length) {
	if len(points) < 2 {
		return
	}
	tip := points[len(points)-1]
	long, half := 3*m.unit+1.6*width, 1.3*m.unit+0.9*width
	shaft := cutShort(points, tip, long*0.8)
	m.StrokeLines(line(partHues[5], width), shaft)
	from := shaft[len(shaft)-1]
	d := max(apart(from, tip), 1e-6)
	ux, uy := (tip.X-from.X)/d, (tip.Y-from.Y)/d
	foot := vg.Point{X: tip.X - ux*long, Y: tip.Y - uy*long}
	m.FillPolygon(partHues[5].color(), []vg.Point{
		tip, {X: foot.X - uy*half, Y: foot.Y + ux*half}, {X: foot.X + uy*half, Y: foot.Y - ux*half},
	})
}
