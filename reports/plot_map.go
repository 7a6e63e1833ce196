package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/durabench/durabench/reports/globe"
	"github.com/durabench/durabench/sim/place"
)

// The part of the world that is drawn: where users are.
const (
	mapNorth = 78
	mapSouth = -56
)

// Room below the map for its legend: one line, or two where there is little width.
const (
	legendRoom       = 26
	narrowLegendRoom = 42
)

// mapFigure is where the users of a population are, where a strategy has their objects, and what goes between.
func mapFigure(s *place.Study, c *place.Comparison, strategy place.Row, prefix string) figure {
	flows := longFlows(c, &strategy)
	f := figure{
		name: prefix + "map-" + slug(strategy.Strategy), title: "Users and homes: " + c.Name + ", " + strategy.Strategy,
		height: mapHeight(broadWidth) + legendRoom, tall: mapHeight(narrowWidth) + narrowLegendRoom, inPage: true, broad: true,
		caption: fmt.Sprintf("Where accesses come from and which homes serve them with %s, %s. %s. %s Land: %s.",
			strategy.Strategy, standing(c, strategy.Strategy), flowsCaption(flows), sentence(placeCondition(s, c)), globe.Credit),
		says: mapWords(c, &strategy),
	}
	f.draw = func(cv draw.Canvas, narrow bool) {
		room := vg.Length(legendRoom)
		if narrow {
			room = narrowLegendRoom
		}
		m := newWorldMap(draw.Crop(cv, 0, 0, room, 0))
		m.ground()
		m.flows(flows)
		m.users(c.Users)
		m.homes(strategy.Homes.Loads, narrow)
		m.legend(cv)
	}
	return f
}

// standing is what may be said of a strategy beside its map: a map of one is no claim that it won.
func standing(c *place.Comparison, name string) string {
	switch among := slices.DeleteFunc(slices.Clone(c.Ruling.Among), func(n string) bool { return n == name }); {
	case c.Ruling.Winner == name:
		return "the winner"
	case slices.Contains(c.Ruling.Among, name):
		return "whose regret cannot be told from that of " + someOf(among, 3)
	}
	if best, ok := cheapest(c); ok && best.Strategy == name {
		return "the cheapest, but no winner"
	}
	return "to compare"
}

// someOf names at most so many, and counts the others.
func someOf(names []string, most int) string {
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// mapWords are a map for those who do not see it.
func mapWords(c *place.Comparison, row *place.Row) string {
	var homes, users, flows []string
	for _, s := range row.Homes.Loads[:min(len(row.Homes.Loads), 8)] {
		homes = append(homes, s.Place+" "+rough(s.Share))
	}
	for _, s := range busiest(c.Users)[:min(len(c.Users), 8)] {
		users = append(users, s.Place+" "+rough(s.Share))
	}
	for _, f := range row.Homes.Flows[:min(len(row.Homes.Flows), 8)] {
		flows = append(flows, f.From+" to "+f.To+" "+rough(f.Share))
	}
	return fmt.Sprintf("World map. Shares of the accesses. Homes with the most: %s. Users with the most: %s. Largest flows: %s.",
		strings.Join(homes, ", "), strings.Join(users, ", "), strings.Join(flows, ", "))
}

// worldMap is a canvas with a projection.
type worldMap struct {
	draw.Canvas
	scale      vg.Length // points to a radian
	midX, midY vg.Length
	equator    float64   // of the middle of the map, projected
	unit       vg.Length // of what is drawn by weight: 1 on a map as wide as a plot
}

// mapExtent is the map's size, in radians.
func mapExtent() (width, north, south float64) {
	east, _ := globe.Winkel(globe.Point{Lon: 180})
	_, north = globe.Winkel(globe.Point{Lon: 180, Lat: mapNorth}) // parallels rise to the sides
	_, south = globe.Winkel(globe.Point{Lon: 180, Lat: mapSouth})
	return 2 * east, north, south
}

// mapHeight is what a map so wide needs.
func mapHeight(width vg.Length) vg.Length {
	extent, north, south := mapExtent()
	return vg.Length(math.Ceil(float64(width) * (north - south) / extent))
}

func newWorldMap(cv draw.Canvas) *worldMap {
	extent, north, south := mapExtent()
	width, height := cv.Max.X-cv.Min.X-2, cv.Max.Y-cv.Min.Y-2
	return &worldMap{
		Canvas: cv, scale: min(width/vg.Length(extent), height/vg.Length(north-south)),
		midX: (cv.Min.X + cv.Max.X) / 2, midY: (cv.Min.Y + cv.Max.Y) / 2, equator: (north + south) / 2,
		unit: min(1.5, max(0.65, width/wideWidth)),
	}
}

func (m *worldMap) at(p globe.Point) vg.Point {
	p.Lat = min(max(p.Lat, mapSouth), mapNorth)
	x, y := globe.Winkel(p)
	return vg.Point{X: m.midX + vg.Length(x)*m.scale, Y: m.midY + vg.Length(y-m.equator)*m.scale}
}

func spotAt(s place.Spot) globe.Point { return globe.Point{Lon: s.Lon, Lat: s.Lat} }

// ground draws the land over lines of latitude and longitude, and an edge around it all.
func (m *worldMap) ground() {
	for lon := -150.0; lon <= 150; lon += 30 {
		m.StrokeLines(line(grid, 0.5), m.meridian(lon))
	}
	for _, lat := range []float64{-30, 0, 30, 60} {
		m.StrokeLines(line(grid, 0.5), m.parallel(lat))
	}
	for _, o := range globe.Land() {
		var points []vg.Point
		for _, p := range o.Points {
			points = append(points, m.at(p))
		}
		colour := grid
		if o.Water {
			colour = paper
		}
		m.FillPolygon(colour.color(), points)
	}
	edge := slices.Concat(m.meridian(-180), m.parallel(mapNorth), back(m.meridian(180)), back(m.parallel(mapSouth)))
	m.StrokeLines(line(grid, 1), edge)
}

func (m *worldMap) meridian(lon float64) (points []vg.Point) {
	const steps = 24
	for i := range steps + 1 {
		points = append(points, m.at(globe.Point{Lon: lon, Lat: mapSouth + (mapNorth-mapSouth)*float64(i)/steps}))
	}
	return points
}

func (m *worldMap) parallel(lat float64) (points []vg.Point) {
	for lon := -180.0; lon <= 180; lon += 8 {
		points = append(points, m.at(globe.Point{Lon: lon, Lat: lat}))
	}
	return points
}

func back(points []vg.Point) []vg.Point {
	slices.Reverse(points)
	return points
}

// users draws a dot for each place of users, its area the share.
func (m *worldMap) users(spots []place.Spot) {
	for _, s := range spots {
		m.dot(m.at(spotAt(s)), s.Share)
	}
}

func (m *worldMap) dot(at vg.Point, share float64) {
	r := max(m.unit*22*vg.Length(math.Sqrt(share)), 0.6)
	m.DrawGlyphNoClip(draw.GlyphStyle{Color: near.color(), Radius: r, Shape: draw.CircleGlyph{}}, at)
}

// rough is a share to a digit or two.
func rough(share float64) string {
	if share >= 0.0995 {
		return strconv.FormatFloat(share*100, 'f', 0, 64) + " %"
	}
	return strconv.FormatFloat(share*100, 'f', 1, 64) + " %"
}

// busiest are the spots, those with the most first.
func busiest(spots []place.Spot) []place.Spot {
	sorted := slices.Clone(spots)
	slices.SortStableFunc(sorted, func(a, b place.Spot) int { return cmp.Compare(b.Share, a.Share) })
	return sorted
}
