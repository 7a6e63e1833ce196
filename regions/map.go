package regions

import (
	"fmt"
	"slices"
	"strings"
)

// Map is the world: places, round trips, hints. It never changes after [Load], so any number of goroutines may ask it.
type Map struct {
	places   []Place // by ID
	vectors  []vector
	index    map[ID]int
	hints    []Hint
	factors  map[areaPair]factor
	matrices []*matrix          // best first
	lottery  map[ID][]HomeShare // by edge
	credits  []string
}

// Default homes and edges of a run. Six homes: what the hints weur, enam, wnam, apac, apac-ne and oc stand for, one for
// each part of the world that hosts objects; Asia has two and eastern Europe none because that is where the users are.
// Twelve edges: one beside each of those homes, and six that are far from all or most of them. All but Lagos lie by
// points of a measured matrix.
const (
	defaultHomes = "LHR IAD SJC SIN NRT SYD"
	defaultEdges = "LHR IAD SJC SIN NRT SYD FRA GRU JNB LOS DXB BOM"
)

// Place resolves text to a place: an IATA code in any case, or a hint, which stands for the home it names.
// The error is a [*NameError].
func (m *Map) Place(name string) (Place, error) {
	text := strings.TrimSpace(name)
	if i, ok := m.index[ID(strings.ToUpper(text))]; ok {
		return m.places[i], nil
	}
	if i := m.hintIndex(strings.ToLower(text)); i >= 0 {
		return m.at(m.hints[i].Home), nil
	}
	return Place{}, &NameError{Kind: "place", Name: name, Near: m.nearestName(text, func(Place) bool { return true })}
}

// Home resolves text like [Map.Place], and refuses places that host no objects. The error is a [*NameError].
func (m *Map) Home(name string) (Place, error) {
	p, err := m.Place(name)
	if err != nil {
		near := m.nearestName(strings.TrimSpace(name), Place.Hosts)
		return Place{}, &NameError{Kind: "home", Name: name, Near: near}
	}
	if !p.Hosts() {
		near := m.at(m.Nearest(p.ID, m.ids(Place.Hosts)))
		return Place{}, &NameError{Kind: "home", Name: name, Near: near.title(), Why: p.title() + " hosts no objects"}
	}
	return p, nil
}

// Edges are all places, by ID.
func (m *Map) Edges() []Place { return slices.Clone(m.places) }

// Homes are the places where objects live, by ID.
func (m *Map) Homes() []Place {
	return slices.DeleteFunc(m.Edges(), func(p Place) bool { return !p.Hosts() })
}

// DefaultHomes are the six homes of a run that names none.
func (m *Map) DefaultHomes() []Place { return m.list(defaultHomes) }

// DefaultEdges are the twelve edges of a run that names none.
func (m *Map) DefaultEdges() []Place { return m.list(defaultEdges) }

// Shares counts every user at the edge of the list with the shortest round trip from their own, and returns each edge's
// share of the world's users, in the list's order. They add up to 1, or to nothing if the list is empty.
func (m *Map) Shares(edges []ID) []float64 {
	shares := make([]float64, len(edges))
	if len(edges) == 0 {
		return shares
	}
	total := 0.0
	for _, p := range m.places {
		shares[slices.Index(edges, m.Nearest(p.ID, edges))] += p.Weight
		total += p.Weight
	}
	for i := range shares {
		shares[i] /= total
	}
	return shares
}

// Credits are the lines of credit of the embedded tables, for whatever publishes numbers made from them.
func (m *Map) Credits() []string { return slices.Clone(m.credits) }

// at finds a place that must be on the map; asking for another is a programmer's error, as with an index out of range.
func (m *Map) at(id ID) Place { return m.places[m.mustIndex(id)] }

func (m *Map) mustIndex(id ID) int {
	i, ok := m.index[id]
	if !ok {
		panic(fmt.Sprintf("regions: %q is not on the map; names become IDs through Map.Place", id))
	}
	return i
}

func (m *Map) list(ids string) []Place {
	var places []Place
	for id := range strings.FieldsSeq(ids) {
		places = append(places, m.at(ID(id)))
	}
	return places
}

func (m *Map) ids(keep func(Place) bool) []ID {
	var ids []ID
	for _, p := range m.places {
		if keep(p) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}
