// Package relocate decides, while a world runs, when its objects move, and keeps
// the log of their moves. It is the same for both worlds:
//
//	home serves a request ──> Served ──> the strategy's Observe ──> move there, or stay
//	home has let it go, or not ──> Over
//
// What a strategy remembers of an object goes with it. All homes of a world are in
// one process, so here that is one map.
package relocate

import (
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// AtOnce bounds how many objects of a world are on their way at a time. Others stay
// until they are visited again.
const AtOnce = 64

// Move is one object's way from one home to another.
type Move struct {
	Object       object.Identity
	From, To     regions.ID
	Began, Ended time.Time // Ended is zero while it is on its way
	Cause        error     // why it stayed; nil if it moved
}

// Visit is one request that an object answered.
type Visit struct {
	Object object.Identity
	At     time.Time
	Edge   regions.ID // where the request came in
	Home   regions.ID // where it was answered
}

// Desk is asked about every visit. It belongs to one goroutine at a time.
type Desk struct {
	mover    placement.Mover
	allowed  func(object.Identity) []regions.ID
	files    map[object.ID]*file // of all objects that were visited: 180 bytes each
	underway map[object.ID]int   // places in the log
	log      []Move
}

// file is what is known of an object.
type file struct {
	state placement.State
	homes []regions.ID // where it may live
}

// NewDesk is for a strategy; allowed gives the homes that an object may live in, and
// is asked once for each. It is nil if the strategy moves nothing. A nil desk moves nothing.
func NewDesk(strategy placement.Strategy, allowed func(object.Identity) []regions.ID) *Desk {
	mover, moves := strategy.(placement.Mover)
	if !moves {
		return nil
	}
	return &Desk{mover: mover, allowed: allowed, files: make(map[object.ID]*file), underway: make(map[object.ID]int)}
}

// Served tells of a visit. If it says move, the caller begins to move the object, and
// tells Over. Whatever the strategy says, no object goes where it may not live.
func (d *Desk) Served(v Visit) (to regions.ID, move bool) {
	if d == nil {
		return "", false
	}
	id := v.Object.ID
	known := d.files[id]
	if known == nil {
		known = &file{homes: d.allowed(v.Object)}
		d.files[id] = known
	}
	if _, moving := d.underway[id]; moving { // answered on the way out: where it goes is decided
		return "", false
	}
	name := v.Object.Name
	if name == "" {
		name = id.String()
	}
	to, move = d.mover.Observe(&known.state, placement.Visit{Object: name, At: v.At, Edge: v.Edge, Home: v.Home, Homes: known.homes})
	if !move || !slices.Contains(known.homes, to) || len(d.underway) >= AtOnce {
		return "", false
	}
	d.underway[id] = len(d.log)
	d.log = append(d.log, Move{Object: v.Object, From: v.Home, To: to, Began: v.At})
	return to, true
}

// Over ends a move: with a cause, the object stayed where it was, or nobody knows.
func (d *Desk) Over(id object.ID, at time.Time, cause error) {
	place, moving := d.underway[id]
	if !moving {
		panic("relocate: a move is over that never began")
	}
	delete(d.underway, id)
	d.log[place].Ended, d.log[place].Cause = at, cause
}

// Log is all moves so far, in the order in which they began.
func (d *Desk) Log() []Move {
	if d == nil {
		return nil
	}
	return d.log
}
