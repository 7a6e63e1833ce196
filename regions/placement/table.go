package placement

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/regions"
)

// Edge is a place where users are, and Home one where objects may live, as their positions in a Table.
type (
	Edge uint16
	Home uint8
)

// MaxHomes is how many homes a table holds: as many as there are. State has room for them.
const MaxHomes = 32

// None is no home.
const None Home = 255

// Set is a set of homes.
type Set uint32

// Has says whether a home is in the set.
func (s Set) Has(h Home) bool { return h < MaxHomes && s&(1<<h) != 0 }

// Table is a part of the map as arrays: round trips between all its edges and homes, so that nothing has to be looked up
// by name. It never changes.
type Table struct {
	Map   *regions.Map
	Edges []regions.Place
	Homes []regions.Place

	edgeOf  map[regions.ID]Edge
	homeOf  map[regions.ID]Home
	toHome  []row        // by edge
	between []row        // by home
	nearest []Home       // by edge, of all homes
	vectors [][3]float32 // by edge, then by home
}

// row is the round trips from one place to each home, in ms.
type row [MaxHomes]float32

// NewTable makes a table of homes and edges on the map; all edges of the map if none are named.
func NewTable(m *regions.Map, homes, edges []regions.ID) (*Table, error) {
	if len(homes) == 0 || len(homes) > MaxHomes {
		return nil, fmt.Errorf("make a table of %d homes: want 1 to %d", len(homes), MaxHomes)
	}
	t := &Table{Map: m, edgeOf: map[regions.ID]Edge{}, homeOf: map[regions.ID]Home{}}
	for _, p := range m.Edges() {
		if len(edges) == 0 || slices.Contains(edges, p.ID) {
			t.edgeOf[p.ID] = Edge(len(t.Edges))
			t.Edges = append(t.Edges, p)
		}
	}
	for _, id := range homes {
		p, err := m.Home(string(id))
		if err != nil {
			return nil, err
		}
		t.homeOf[p.ID] = Home(len(t.Homes))
		t.Homes = append(t.Homes, p)
	}
	for _, p := range t.Edges {
		t.toHome = append(t.toHome, t.rowOf(p.ID))
	}
	for _, p := range t.Homes {
		t.between = append(t.between, t.rowOf(p.ID))
	}
	for _, p := range slices.Concat(t.Edges, t.Homes) {
		t.vectors = append(t.vectors, vectorOf(p.Point))
	}
	for e := range t.Edges {
		t.nearest = append(t.nearest, t.least(t.toHome[e][:len(t.Homes)], t.All()))
	}
	return t, nil
}

func (t *Table) rowOf(from regions.ID) row {
	var r row
	for h, p := range t.Homes {
		r[h] = float32(float64(t.Map.RTT(from, p.ID).RTT) / 1e6)
	}
	return r
}

// vectorOf is a point on the unit sphere.
func vectorOf(p regions.Point) [3]float32 {
	lat, lon := p.Lat*math.Pi/180, p.Lon*math.Pi/180
	return [3]float32{float32(math.Cos(lat) * math.Cos(lon)), float32(math.Cos(lat) * math.Sin(lon)), float32(math.Sin(lat))}
}

// All is the set of all homes.
func (t *Table) All() Set { return Set(1<<len(t.Homes) - 1) }

// Edge finds an edge by its name.
func (t *Table) Edge(id regions.ID) (Edge, bool) {
	e, ok := t.edgeOf[id]
	return e, ok
}

// Home finds a home by its name.
func (t *Table) Home(id regions.ID) (Home, bool) {
	h, ok := t.homeOf[id]
	return h, ok
}

// Set is the set of those homes that are in the table.
func (t *Table) Set(homes []regions.ID) Set {
	var s Set
	for _, id := range homes {
		if h, ok := t.homeOf[id]; ok {
			s |= 1 << h
		}
	}
	return s
}

// Allowed are the homes within a jurisdiction.
func (t *Table) Allowed(j regions.Jurisdiction) Set {
	var s Set
	for h, p := range t.Homes {
		if j.Allows(p) {
			s |= 1 << h
		}
	}
	return s
}

// RTT is the round trip from an edge to a home.
func (t *Table) RTT(e Edge, h Home) time.Duration { return duration(t.toHome[e][h]) }

// Between is the round trip between two homes; nothing from a home to itself, since it is the way of a copy.
func (t *Table) Between(g, h Home) time.Duration {
	if g == h {
		return 0
	}
	return duration(t.between[g][h])
}

// duration gives back the microseconds that the map rounds to.
func duration(ms float32) time.Duration {
	return time.Duration(math.Round(float64(ms)*1e3)) * time.Microsecond
}

// Nearest is the home of the set with the shortest round trip from an edge, the first of equals.
func (t *Table) Nearest(e Edge, homes Set) Home {
	if h := t.nearest[e]; homes.Has(h) {
		return h
	}
	return t.least(t.toHome[e][:len(t.Homes)], homes)
}

// least is the home of the set with the least value, the first of equals.
func (t *Table) least(values []float32, homes Set) Home {
	best, least := None, float32(math.Inf(1))
	for h, v := range values {
		if v < least && homes.Has(Home(h)) {
			best, least = Home(h), v
		}
	}
	return best
}

// add adds an access from an edge, of some weight, to the sums of round trips by home.
func (t *Table) add(s *State, e Edge, weight float32) {
	from := t.toHome[e][:len(t.Homes)]
	sums := s.Sums[:len(from)]
	for h, ms := range from {
		sums[h] += float32(ms * weight) // no fused multiplication: one result on all machines
	}
}
