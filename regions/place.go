package regions

import (
	"math"
	"time"
)

// ID names a place: the upper-case IATA code of its airport. Text from outside becomes an ID through [Map.Place] or
// [Map.Home] and nowhere else, so that whoever holds an ID holds one that is on the map.
type ID string

// Place is a point of presence. Users arrive at any of them; objects live where HostShare is above zero.
type Place struct {
	ID      ID
	City    string
	Country string // ISO 3166 alpha-2
	Point
	Area      string  // of the latency model: AF CAS EAS EU ME NA OC SA SAS SEA
	Hint      string  // the location hint in whose region the place lies
	Weight    float64 // share of the world's Internet users who arrive here; all places add up to 1
	HostShare float64 // share of probes whose new object came to live here; 0 where none ever did
	EU        bool
	China     bool // in the network of mainland China: hosts no objects, and its users are counted at the nearest edge outside
	Zone      Zone
}

// Hosts says whether objects may live here.
func (p Place) Hosts() bool { return p.HostShare > 0 }

// Zone is a place's time zone: good for the daily wave of load, not for law, since large countries follow longitude.
type Zone struct {
	Name    string        // IANA
	January time.Duration // local time minus UTC
	July    time.Duration
}

// Point is a position on the globe in degrees.
type Point struct{ Lat, Lon float64 }

const earthRadiusKm = 6371

// Km is the great-circle distance.
func (p Point) Km(q Point) float64 { return p.vector().km(q.vector()) }

// vector is a point on the unit sphere. Distances on it need no trigonometry but one arc tangent.
type vector struct{ x, y, z float64 }

func (p Point) vector() vector {
	lat, lon := p.Lat*math.Pi/180, p.Lon*math.Pi/180
	return vector{math.Cos(lat) * math.Cos(lon), math.Cos(lat) * math.Sin(lon), math.Sin(lat)}
}

// km uses the half-angle form, exact for neighbours and for antipodes, where the arc cosine is neither.
func (v vector) km(w vector) float64 {
	apart := math.Sqrt(square(v.x-w.x) + square(v.y-w.y) + square(v.z-w.z))
	along := math.Sqrt(square(v.x+w.x) + square(v.y+w.y) + square(v.z+w.z))
	return 2 * earthRadiusKm * math.Atan2(apart, along)
}

// square is rounded: a fused multiplication would round otherwise.
func square(x float64) float64 { return float64(x * x) }
