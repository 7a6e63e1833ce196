package virtual

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/relocate"
)

// departure is an object that is to leave its home, as a letter and until it is over.
type departure struct {
	id       object.ID
	to       regions.ID
	gone     bool // the core has let go: only the store decides now
	alarming bool // its new home should hear of an alarm
	// waiting are those that came too late: they go after it when it is over.
	waiting []*pursuit
}

// wroteMove is what the store says to a departure.
type wroteMove struct {
	of    *departure
	cause error
}

// visited tells the strategy of a request that was answered, which may have the
// object move.
func (s *shard) visited(of object.Identity, edge regions.ID) {
	to, move := s.w.desk.Served(relocate.Visit{Object: of, At: s.w.clock(), Edge: edge, Home: s.node.home.id})
	if move {
		s.put(&departure{id: of.ID, to: to})
	}
}

// leave begins a departure.
func (s *shard) leave(d *departure) {
	s.departing[d.id] = d
	s.step(actor.Move{Object: d.id})
}

// moved lets go of an object that has nothing left to do here.
func (s *shard) moved(e actor.Moved) {
	d := s.departing[e.Object]
	switch {
	case d == nil:
	case e.Cause != nil:
		s.over(d, e.Cause)
	default:
		d.gone, d.alarming = true, !e.Alarm.IsZero()
		if r := s.live[e.Object]; r != nil {
			for _, m := range membersInOrder(r.wires) {
				m.restart = true
			}
			s.cut(e.Object)
		}
		s.session.todo.moves = append(s.session.todo.moves, d)
		s.session.begin()
	}
}

// over ends a departure, one way or the other.
func (s *shard) over(d *departure, cause error) {
	if s.departing[d.id] != d {
		return
	}
	delete(s.departing, d.id)
	s.w.desk.Over(d.id, s.w.clock(), cause)
	if cause == nil {
		s.trail[d.id] = s.w.homes[d.to]
		s.announce(d)
	} else {
		delete(s.trail, d.id)
		if d.gone {
			s.step(actor.Stay{Object: d.id})
		}
	}
	for _, p := range d.waiting {
		p.track(s.w)
	}
}

// news is on its way to the new home of an object, which may have had it before.
type news struct {
	of   object.ID
	calm bool // it has no alarm
	to   *home
	over *trunk
}

// announce tells an object's new home that it has come.
func (s *shard) announce(d *departure) {
	n := &news{d.id, !d.alarming, s.w.homes[d.to], s.w.trunkOf(s.node.home.id, d.to, calling)}
	s.w.after(n.over.path.delay(out), n)
}

func (n *news) fire(w *world) {
	if n.over.path.stops(out, n) {
		return
	}
	if door := n.to.door(); !door.deaf(n) {
		delete(door.shardOf(n.of).trail, n.of)
		door.shardOf(n.of).put(actor.Stay{Object: n.of, Calm: n.calm})
	}
}

func (n *news) again(w *world, takes time.Duration) { w.after(takes, n) }

// strand ends all departures: the session is lost, and who has the objects the next
// one will see when it loads them.
func (s *shard) strand(cause error) {
	for _, id := range sortedIDs(s.departing) {
		d := s.departing[id]
		d.gone = false
		s.over(d, errors.Join(cause, actor.ErrUnknownOutcome))
	}
}

// give does the session's moves, all that have come together.
func (s *session) give(ctx context.Context) error {
	for _, d := range s.leaving {
		err := s.store.Move(ctx, d.id, d.to)
		if err != nil && !errors.Is(err, store.ErrElsewhere) {
			return fmt.Errorf("move: %w", err)
		}
		s.tell(wroteMove{d, err})
	}
	return nil
}

// learn is the edge hearing where an object lives now.
func (e *edge) learn(number int, at *home) {
	e.known[number] = e.lines[at.id] // it has asked before, so there is room
}

// whereIs asks the directory. An object that lives nowhere would be placed.
func (w *world) whereIs(of object.Identity, from regions.ID) *home {
	homes, err := memory.NewDirectory(w.server).Place(context.Background(), []store.Placement{{
		Object: of.ID, Class: of.Class, Name: of.Name,
		Want: w.Place.Place(placement.Ask{Object: of.Name, At: w.clock(), Edge: from, Homes: w.borders.Allowed(of)}),
	}})
	if err != nil {
		panic("virtual: directory in memory: " + err.Error())
	}
	return w.homes[homes[0]]
}

func sortedIDs[T any](of map[object.ID]T) []object.ID {
	return slices.SortedFunc(maps.Keys(of), func(a, b object.ID) int { return bytes.Compare(a[:], b[:]) })
}

// tellMoves hands the log over.
func (w *world) tellMoves() {
	if w.Moved == nil {
		return
	}
	for _, m := range w.desk.Log() {
		w.Moved(m)
	}
}
