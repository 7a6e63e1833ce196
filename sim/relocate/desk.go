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
	homes    []regions.ID
	states   map[object.ID]*placement.State // of all objects that were visited: 150 bytes each
	underway map[object.ID]int              // places in the log
	log      []Move
}

// NewDesk is for a strategy and the homes that objects may live in; nil if the
// strategy moves nothing. A nil desk moves nothing.
func NewDesk(strategy placement.Strategy, homes []regions.ID) *Desk {
	mover, moves := strategy.(placement.Mover)
	if !moves {
		return nil
	}
	return &Desk{mover: mover, homes: homes, states: make(map[object.ID]*placement.State), underway: make(map[object.ID]int)}
}

// Served tells of a visit. If it says move, the caller begins to move the object, and
// tells Over.
func (d *Desk) Served(v Visit) (to regions.ID, move bool) {
	if d == nil {
		return "", false
	}
	id := v.Object.ID
	state := d.states[id]
	if state == nil {
		state = &placement.State{}
		d.states[id] = state
	}
	if _, moving := d.underway[id]; moving { // answered on the way out: where it goes is decided
		return "", false
	}
	name := v.Object.Name
	if name == "" {
		name = id.String()
	}
	to, move = d.mover.Observe(state, placement.Visit{Object: name, At: v.At, Edge: v.Edge, Home: v.Home, Homes: d.homes})
	if !move || len(d.underway) >= AtOnce {
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
