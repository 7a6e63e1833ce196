package globe

import "math"

// Winkel is Winkel's third projection, which keeps shapes and sizes about right where people live; unit: radians.
func Winkel(at Point) (x, y float64) {
	lon, lat := at.Lon*math.Pi/180, at.Lat*math.Pi/180
	alpha := math.Acos(min(1, math.Cos(lat)*math.Cos(lon/2)))
	sinc := 1.0
	if alpha > 1e-9 {
		sinc = math.Sin(alpha) / alpha
	}
	return (lon*2/math.Pi + 2*math.Cos(lat)*math.Sin(lon/2)/sinc) / 2, (lat + math.Sin(lat)/sinc) / 2
}

// Apart is the angle between two points, in radians.
func Apart(a, b Point) float64 {
	u, v := unit(a), unit(b)
	return math.Acos(min(1, max(-1, u[0]*v[0]+u[1]*v[1]+u[2]*v[2])))
}

func unit(p Point) [3]float64 {
	lon, lat := p.Lon*math.Pi/180, p.Lat*math.Pi/180
	return [3]float64{math.Cos(lat) * math.Cos(lon), math.Cos(lat) * math.Sin(lon), math.Sin(lat)}
}

// Arc is the shortest way between two points, in so many pieces of one length. Between opposite points, and between a
// point and itself, there is no such way: it is the two points.
func Arc(from, to Point, pieces int) []Point {
	u, v, angle := unit(from), unit(to), Apart(from, to)
	if math.Sin(angle) < 1e-6 || pieces < 1 {
		return []Point{from, to}
	}
	all := make([]Point, 0, pieces+1)
	for i := range pieces + 1 {
		t := float64(i) / float64(pieces)
		a, b := math.Sin((1-t)*angle)/math.Sin(angle), math.Sin(t*angle)/math.Sin(angle)
		x, y, z := a*u[0]+b*v[0], a*u[1]+b*v[1], a*u[2]+b*v[2]
		all = append(all, Point{math.Atan2(y, x) * 180 / math.Pi, math.Asin(min(1, max(-1, z))) * 180 / math.Pi})
	}
	return all
}
