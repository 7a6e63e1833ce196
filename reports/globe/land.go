// Package globe is the world as maps need it: the outline of the land, a projection, and the shortest ways between places.
package globe

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Credit is what maps say of their ground.
const Credit = "Made with Natural Earth (public domain)"

// landText is the ground of all maps; its first lines say where it comes from.
//
//go:embed land.txt
var landText string

// Point is a place, in degrees east and north.
type Point struct{ Lon, Lat float64 }

// Outline is the closed edge of some land, or of water within it.
type Outline struct {
	Points []Point
	Water  bool
}

// Land is that of the world without Antarctica, coarse enough for a page; water comes after the land around it.
func Land() []Outline {
	all, err := Read(strings.NewReader(landText))
	if err != nil {
		panic("globe: the embedded land: " + err.Error())
	}
	return all
}

// Read reads outlines, one to a line: points parted by commas, each longitude and latitude, with ~ before water. Lines
// that begin with # are comments.
func Read(r io.Reader) ([]Outline, error) {
	var all []Outline
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if text == "" || text[0] == '#' {
			continue
		}
		o, err := outline(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, o)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read outlines: %w", err)
	}
	return all, nil
}

func outline(text string) (Outline, error) {
	text, water := strings.CutPrefix(text, "~")
	o := Outline{Water: water}
	for pair := range strings.SplitSeq(text, ",") {
		east, north, _ := strings.Cut(pair, " ")
		lon, errLon := strconv.ParseFloat(east, 64)
		lat, errLat := strconv.ParseFloat(north, 64)
		if errLon != nil || errLat != nil || !(math.Abs(lon) <= 180 && math.Abs(lat) <= 90) {
			return o, fmt.Errorf("point %q: want degrees east and north", pair)
		}
		o.Points = append(o.Points, Point{lon, lat})
	}
	if len(o.Points) < 3 {
		return o, fmt.Errorf("%d points: want an outline of three or more", len(o.Points))
	}
	return o, nil
}
