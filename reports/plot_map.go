package reports

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/sim/place"
)

// landText is the ground of the map; its first lines say where it comes from.
//
//go:embed land.txt
var landText string

// position is a point on the globe, in degrees.
type position struct{ lon, lat float64 }

// outline is the edge of some land, or of water within it.
type outline struct {
	points []position
	water  bool
}

// land reads the outlines.
func land() []outline {
	var all []outline
	for text := range strings.SplitSeq(landText, "\n") {
		if text == "" || text[0] == '#' {
			continue
		}
		o := outline{water: text[0] == '~'}
		for pair := range strings.SplitSeq(strings.TrimPrefix(text, "~"), ",") {
			lon, lat, _ := strings.Cut(pair, " ")
			x, errX := strconv.ParseFloat(lon, 64)
			y, errY := strconv.ParseFloat(lat, 64)
			if errX != nil || errY != nil {
				panic("reports: the land has a bad point: " + pair)
			}
			o.points = append(o.points, position{x, y})
		}
		all = append(all, o)
	}
	return all
}

// project is Winkel's third projection, which keeps shapes and sizes about right where people live; unit: radians.
func project(at position) (x, y float64) {
	lon, lat := at.lon*math.Pi/180, at.lat*math.Pi/180
	alpha := math.Acos(min(1, math.Cos(lat)*math.Cos(lon/2)))
	sinc := 1.0
	if alpha > 1e-9 {
		sinc = math.Sin(alpha) / alpha
	}
	return (lon*2/math.Pi + 2*math.Cos(lat)*math.Sin(lon/2)/sinc) / 2, (lat + math.Sin(lat)/sinc) / 2
}

// The part of the world that is drawn: where users are.
const (
	mapNorth = 76
	mapSouth = -56
)

// mapFigure is where the users of a population are, where a strategy has their objects, and what goes between.
func mapFigure(s *place.Study, c *place.Comparison, strategy place.Row, prefix string) figure {
	f := figure{
		name: prefix + "map-" + slug(strategy.Strategy), title: "Users and homes: " + c.Name + ", " + strategy.Strategy, height: 292, inPage: true,
		caption: fmt.Sprintf("Users (blue) by weight, homes (orange) by load, and the largest flows between them, for %s. The outline of the land is coarse. %s",
			strategy.Strategy, sentence(placeCondition(s, c))),
	}
	f.draw = func(cv draw.Canvas, narrow bool) {
		m := newWorldMap(cv)
		m.ground()
		m.flows(c, &strategy)
		m.users(c.Users)
		m.homes(strategy.Homes.Loads, narrow)
	}
	return f
}

// worldMap is a canvas with a projection.
type worldMap struct {
	draw.Canvas
	scale      vg.Length
	midX, midY vg.Length
	equator    float64 // of the middle of the map, projected
}

func newWorldMap(cv draw.Canvas) *worldMap {
	east, _ := project(position{180, 0})
	_, north := project(position{0, mapNorth})
	_, south := project(position{0, mapSouth})
	width, height := cv.Max.X-cv.Min.X, cv.Max.Y-cv.Min.Y
	return &worldMap{
		Canvas: cv, scale: min(width/vg.Length(2*east), height/vg.Length(north-south)),
		midX: (cv.Min.X + cv.Max.X) / 2, midY: (cv.Min.Y + cv.Max.Y) / 2, equator: (north + south) / 2,
	}
}

func (m *worldMap) at(p position) vg.Point {
	p.lat = min(max(p.lat, mapSouth), mapNorth)
	x, y := project(p)
	return vg.Point{X: m.midX + vg.Length(x)*m.scale, Y: m.midY + vg.Length(y-m.equator)*m.scale}
}

// ground draws the land, and lines of latitude and longitude beneath it.
func (m *worldMap) ground() {
	for lon := -180.0; lon <= 180; lon += 30 {
		var points []vg.Point
		for lat := float64(mapSouth); lat <= mapNorth; lat += 4 {
			points = append(points, m.at(position{lon, lat}))
		}
		m.StrokeLines(line(grid, 0.5), points)
	}
	for _, lat := range []float64{-30, 0, 30, 60} {
		var points []vg.Point
		for lon := -180.0; lon <= 180; lon += 6 {
			points = append(points, m.at(position{lon, lat}))
		}
		m.StrokeLines(line(grid, 0.5), points)
	}
	for _, o := range land() {
		var points []vg.Point
		for _, p := range o.points {
			points = append(points, m.at(p))
		}
		colour := grid
		if o.water {
			colour = paper
		}
		m.FillPolygon(colour.color(), points)
	}
}

// users draws a dot for each edge, its area the share.
func (m *worldMap) users(spots []place.Spot) {
	for _, s := range spots {
		r := vg.Length(math.Sqrt(s.Share)) * 22
		m.DrawGlyphNoClip(draw.GlyphStyle{Color: near.color(), Radius: min(max(r, 0.6), 11), Shape: draw.CircleGlyph{}}, m.at(position{s.Lon, s.Lat}))
	}
}

// homes draws a ring for each home, and names those with the most load where there is room.
func (m *worldMap) homes(loads []place.Spot, narrow bool) {
	named := 10
	if narrow {
		named = 5
	}
	var taken []vg.Point
	for i := len(loads) - 1; i >= 0; i-- {
		s := loads[i]
		r := min(max(vg.Length(math.Sqrt(s.Share))*26, 2.2), 16)
		at := m.at(position{s.Lon, s.Lat})
		m.DrawGlyphNoClip(draw.GlyphStyle{Color: paper.color(), Radius: r, Shape: ringOf(3)}, at)
		m.DrawGlyphNoClip(draw.GlyphStyle{Color: far.color(), Radius: r, Shape: ringOf(1.7)}, at)
	}
	for _, s := range loads {
		at := m.at(position{s.Lon, s.Lat})
		crowded := slices.ContainsFunc(taken, func(p vg.Point) bool {
			return math.Abs(float64(p.X-at.X)) < 36 && math.Abs(float64(p.Y-at.Y)) < 11
		})
		if len(taken) == named || crowded {
			continue
		}
		taken = append(taken, at)
		m.label(s, at)
	}
}

// label writes a home's code and share beside its ring, on a ground of its own.
func (m *worldMap) label(s place.Spot, at vg.Point) {
	text := style(ink, 8.5)
	text.YAlign = draw.YCenter
	words := s.Place + " " + strconv.FormatFloat(s.Share*100, 'f', 0, 64) + "%"
	r := min(max(vg.Length(math.Sqrt(s.Share))*26, 2.2), 16)
	from := vg.Point{X: at.X + r + 2.5, Y: at.Y}
	width := text.Width(words)
	if from.X+width > m.Max.X {
		from.X = at.X - r - 2.5 - width
	}
	fill(&m.Canvas, paper, from.X-1, at.Y-4.5, from.X+width+1, at.Y+4.5)
	m.FillText(text, from, words)
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

// flows draws great circles, as wide as what goes along them; those of a few hundred kilometres say nothing.
func (m *worldMap) flows(c *place.Comparison, row *place.Row) {
	where := map[string]position{}
	for _, s := range slices.Concat(c.Users, row.Homes.Loads) {
		where[s.Place] = position{s.Lon, s.Lat}
	}
	for i := len(row.Homes.Flows) - 1; i >= 0; i-- {
		f := row.Homes.Flows[i]
		from, okFrom := where[f.From]
		to, okTo := where[f.To]
		if !okFrom || !okTo || apart(from, to) < 0.12 {
			continue
		}
		m.arc(from, to, line(partHues[5], min(max(vg.Length(math.Sqrt(f.Share))*11, 0.5), 4)))
	}
}

// apart is the angle between two points, in radians.
func apart(a, b position) float64 {
	u, v := unit(a), unit(b)
	return math.Acos(min(1, max(-1, u[0]*v[0]+u[1]*v[1]+u[2]*v[2])))
}

func unit(p position) [3]float64 {
	lon, lat := p.lon*math.Pi/180, p.lat*math.Pi/180
	return [3]float64{math.Cos(lat) * math.Cos(lon), math.Cos(lat) * math.Sin(lon), math.Sin(lat)}
}

// arc draws a great circle, without what lies beyond the edges of the map.
func (m *worldMap) arc(from, to position, style draw.LineStyle) {
	const pieces = 32
	u, v, angle := unit(from), unit(to), apart(from, to)
	var points []vg.Point
	last := from.lon
	for i := range pieces + 1 {
		t := float64(i) / pieces
		a, b := math.Sin((1-t)*angle)/math.Sin(angle), math.Sin(t*angle)/math.Sin(angle)
		x, y, z := a*u[0]+b*v[0], a*u[1]+b*v[1], a*u[2]+b*v[2]
		p := position{math.Atan2(y, x) * 180 / math.Pi, math.Asin(min(1, max(-1, z))) * 180 / math.Pi}
		off := p.lat > mapNorth || p.lat < mapSouth
		if math.Abs(p.lon-last) > 180 || off {
			if len(points) > 1 {
				m.StrokeLines(style, points)
			}
			points = nil
		}
		if last = p.lon; !off {
			points = append(points, m.at(p))
		}
	}
	if len(points) > 1 {
		m.StrokeLines(style, points)
	}
}
