package placement

import (
	"time"

	"github.com/durabench/durabench/regions"
)

// Rule is a strategy over a table: it places new objects.
type Rule interface {
	// Put returns a home of the birth's set, or None if none will do.
	Put(birth Birth) Home

	// String is the rule as ParseRule reads it.
	String() string
}

// Birth is what is known when an object is first asked for.
type Birth struct {
	Key   uint64 // of the object; KeyOf its name
	Edge  Edge
	Homes Set           // where it may live
	At    time.Duration // since 1970, UTC, as in Access
}

// MovingRule is a rule that may move objects.
type MovingRule interface {
	Rule

	// Observe is told of every access after it was served, and returns the home where the object should live from now
	// on: a home of the access's set, or the one where it lives.
	Observe(state *State, access Access) Home
}

// Access is one access to an object.
type Access struct {
	Key   uint64
	At    time.Duration // since 1970, UTC
	Edge  Edge
	Home  Home // where it was served
	Homes Set
}

// SplitRule is a rule by which each edge is served by the object of its own region, whatever the others do.
type SplitRule interface {
	Rule

	// Serve is the home of the object that an edge asks.
	Serve(edge Edge, homes Set) Home
}

// KeyOf is the key of an object's name: FNV-1a, then mixed, since names differ in their last letters.
func KeyOf(name string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	return mix(h)
}

// mix spreads a number over all 64 bits.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance is a number from 0 to 1, drawn for an object; nth tells its draws apart.
func chance(seed, key, nth uint64) float64 {
	return float64(mix(mix(seed^key)+nth*0x9e3779b97f4a7c15)>>11) / (1 << 53)
}

// Bind makes a strategy of a rule. It is a Mover if the rule moves and a Splitter if it splits.
func Bind(t *Table, rule Rule) Strategy {
	return BindAs(t, rule, func(object string) string { return object })
}

// BindAs is Bind where objects that are to be the same have different names, as in two worlds: chance goes by what called
// makes of them.
func BindAs(t *Table, rule Rule, called func(object string) string) Strategy {
	b := bound{t, rule, called}
	switch r := rule.(type) {
	case MovingRule:
		return boundMover{b, r}
	case SplitRule:
		return boundSplitter{b, r}
	}
	return b
}

type bound struct {
	table  *Table
	rule   Rule
	called func(object string) string
}

func (b bound) String() string { return b.rule.String() }

// Place answers nothing for an edge that is not in the table.
func (b bound) Place(ask Ask) regions.ID {
	edge, ok := b.table.Edge(ask.Edge)
	if !ok {
		return ""
	}
	birth := Birth{Key: KeyOf(b.called(ask.Object)), Edge: edge, Homes: b.table.Set(ask.Homes)}
	if !ask.At.IsZero() {
		birth.At = time.Duration(ask.At.UnixNano())
	}
	return b.name(b.rule.Put(birth))
}

func (b bound) name(h Home) regions.ID {
	if int(h) >= len(b.table.Homes) {
		return ""
	}
	return b.table.Homes[h].ID
}

type boundMover struct {
	bound
	rule MovingRule
}

// Observe stays where the visit is of places that are not in the table.
func (b boundMover) Observe(state *State, visit Visit) (regions.ID, bool) {
	edge, known := b.table.Edge(visit.Edge)
	home, at := b.table.Home(visit.Home)
	if !known || !at {
		return "", false
	}
	to := b.rule.Observe(state, Access{
		Key: KeyOf(b.called(visit.Object)), At: time.Duration(visit.At.UnixNano()), Edge: edge, Home: home, Homes: b.table.Set(visit.Homes),
	})
	return b.name(to), to != home
}

type boundSplitter struct {
	bound
	rule SplitRule
}

// Name puts the region in front, as in LHR-room-7.
func (b boundSplitter) Name(object string, edge regions.ID) string {
	e, ok := b.table.Edge(edge)
	if !ok {
		return object
	}
	return string(b.name(b.rule.Serve(e, b.table.All()))) + "-" + object
}
