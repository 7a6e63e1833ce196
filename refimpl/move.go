package refimpl

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/frame"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// ErrMoving is returned by Node.Move for an object that is on its way already.
var ErrMoving = errors.New("object is moving already")

// moves are the objects that are on their way from a node.
type moves struct {
	mu    sync.Mutex
	under map[object.ID]chan struct{} // closed when it is over, this way or that

	telling atomic.Int64 // words to new homes
}

func (m *moves) begin(id object.ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.under[id] != nil {
		return false
	}
	m.under[id] = make(chan struct{})
	return true
}

func (m *moves) end(id object.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.under[id])
	delete(m.under, id)
}

// over is closed when no move of the object is under way; nil is never closed.
func (m *moves) over(id object.ID) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if under := m.under[id]; under != nil {
		return under
	}
	over := make(chan struct{})
	close(over)
	return over
}

// Letters about moves, for shards.
type (
	// moveLetter asks for a move; it is answered once.
	moveLetter struct {
		id       object.ID
		to       regions.ID
		answered func(error)
		gone     bool // the core has let go: only the store decides now
		alarming bool // it has an alarm so soon that its new home should hear of it
	}
	// wroteMove is what the store says to a move.
	wroteMove struct {
		of    *moveLetter
		cause error
	}
	// cancelMove gives up a move that has not come to the store.
	cancelMove struct{ of *moveLetter }
	// stayLetter says that the object lives here, whatever the core remembers.
	stayLetter struct {
		id   object.ID
		calm bool // it brought no alarm
	}
)

// Move lets an object of this node go to another region, which shares the node's
// store and directory. The object finishes what it has begun; meanwhile what
// arrives for it waits, and afterwards is sent after it. Its sockets are closed
// with 1012, so that their clients connect again. If ctx ends in time the object
// stays; later the move goes on, and its outcome is unknown. An error that is
// store.ErrElsewhere says that it does not live here.
func (n *Node) Move(ctx context.Context, id object.ID, to regions.ID) error {
	if !n.moves.begin(id) {
		return fmt.Errorf("move object %.12s…: %w", id, ErrMoving)
	}
	done := make(chan error, 1)
	letter := &moveLetter{id: id, to: to}
	letter.answered = func(err error) {
		n.left(letter, err)
		n.moves.end(id)
		done <- err
	}
	mail := n.shardOf(id).mail
	if !mail.put(letter) {
		n.moves.end(id)
		return fmt.Errorf("move object %.12s…: %w", id, errStopped)
	}
	var err error
	select {
	case err = <-done:
	case <-n.watcher:
		err = errCrashed
	case <-ctx.Done():
		mail.put(cancelMove{letter})
		select {
		case err = <-done:
		case <-n.watcher:
			err = errCrashed
		}
	}
	if err != nil {
		return fmt.Errorf("move object %.12s… to %s: %w", id, to, err)
	}
	return nil
}

// left remembers where an object went, and tells its new home, which may have had it
// before and remember that it left. What came too late is on its way there already.
func (n *Node) left(l *moveLetter, cause error) {
	if cause != nil {
		n.trail.drop(l.id)
		return
	}
	n.trail.put(l.id, l.to)
	if n.moves.telling.Add(1) > newsUnderWay {
		n.moves.telling.Add(-1)
		return
	}
	n.outbound.lookups.Go(func() {
		defer n.moves.telling.Add(-1)
		n.announce(n.outbound.open, l.id, l.to, !l.alarming)
	})
}

// welcomer is a home that can be told of an object which lives there from now on.
type welcomer interface {
	welcome(ctx context.Context, id object.ID, calm bool) error
}

// newsUnderWay bounds the words to new homes that have not been heard yet. Beyond it
// homes find out for themselves.
const newsUnderWay = 1024

// announcePatience bounds the word to a new home. One that does not hear it finds the
// object's alarm at its next look, in half a minute at most, and that an object came back
// when somebody asks for it.
const announcePatience = 5 * time.Second

// announce tells an object's new home that it has come and, unless it is calm, to look
// for its alarm.
func (n *Node) announce(ctx context.Context, id object.ID, to regions.ID, calm bool) {
	edge := n.outbound.way()
	if edge == nil {
		return
	}
	home, ok := edge.locator.homes[to].(welcomer)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, announcePatience)
	defer cancel()
	if err := home.welcome(ctx, id, calm); err != nil && n.outbound.open.Err() == nil {
		n.log.Warn("new home of a moved object does not know of it yet", "object", id.String(), "home", to, "alarm", !calm, "cause", err)
	}
}

// welcome takes an object in that has come, and looks for its alarm unless it is calm.
func (n *Node) welcome(_ context.Context, id object.ID, calm bool) error {
	n.trail.drop(id)
	if !n.shardOf(id).mail.put(stayLetter{id, calm}) {
		return errStopped
	}
	return nil
}

// leave begins a move.
func (s *shard) leave(l *moveLetter) {
	s.departing[l.id] = l
	s.step(actor.Move{Object: l.id})
}

// stay keeps an object, unless it is on its way.
func (s *shard) stay(id object.ID, calm bool) {
	if s.departing[id] == nil {
		s.step(actor.Stay{Object: id, Calm: calm})
	}
}

// arrive ends a move, one way or the other.
func (s *shard) arrive(l *moveLetter, cause error) {
	if s.departing[l.id] == l {
		delete(s.departing, l.id)
		l.answered(cause)
	}
}

// moved lets go of an object that has nothing left to do here.
func (s *shard) moved(e actor.Moved) {
	l := s.departing[e.Object]
	switch {
	case l == nil:
	case e.Cause != nil:
		s.arrive(l, e.Cause)
	default:
		l.gone, l.alarming = true, !e.Alarm.IsZero()
		if r := s.live[e.Object]; r != nil {
			s.drop(r)
			for _, w := range r.wires {
				w.dismiss(frame.ServiceRestart, "the object has moved")
			}
			delete(s.live, e.Object)
			s.count()
		}
		s.keeper.ask(func(c *chores) { c.moves = append(c.moves, l) })
	}
}

// about reads a letter about moves.
func (s *shard) about(letter any) {
	switch l := letter.(type) {
	case *moveLetter:
		s.leave(l)
	case stayLetter:
		s.stay(l.id, l.calm)
	case cancelMove:
		if s.departing[l.of.id] == l.of && !l.of.gone {
			s.arrive(l.of, context.Canceled)
			s.stay(l.of.id, false)
		}
	case wroteMove:
		s.arrive(l.of, l.cause)
		if l.cause != nil {
			s.stay(l.of.id, false)
		}
	}
}

// strand ends all moves: the session is lost, and who has the objects the next
// session will see when it loads them.
func (s *shard) strand(cause error) {
	for _, l := range s.departing {
		s.arrive(l, errors.Join(cause, actor.ErrUnknownOutcome))
	}
}
