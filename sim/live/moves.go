package live

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/relocate"
)

// movers move objects as a strategy says that sees who visits them.
type movers struct {
	borders relocate.Borders
	desk    *relocate.Desk // nil if the strategy moves nothing
	mu      sync.Mutex     // guards the desk
	ends    context.Context
	end     context.CancelFunc

	ended  bool
	moving sync.WaitGroup
}

// movePatience is how long an object may take to finish what it has begun. After
// that it stays.
const movePatience = 5 * time.Second

func newMovers(strategy placement.Strategy, borders relocate.Borders) *movers {
	m := &movers{borders: borders, desk: relocate.NewDesk(strategy, borders.Allowed)}
	m.ends, m.end = context.WithCancel(context.Background())
	return m
}

// watch gives what a home's node tells its visits to; nil if nobody wants to know. The
// node is asked for when it serves already.
func (m *movers) watch(home regions.ID, node func() *refimpl.Node) func(refimpl.Visit) {
	if m.desk == nil {
		return nil
	}
	return func(v refimpl.Visit) {
		m.mu.Lock()
		defer m.mu.Unlock()
		// Who opens a socket is heard when it says something: a move has all of them open
		// others, and must not call for the next move by that.
		if m.ended || v.Opens {
			return
		}
		to, move := m.desk.Served(relocate.Visit{Object: v.Object, At: time.Now(), Edge: v.Edge, Home: home})
		if move {
			m.moving.Go(func() { m.move(node(), v.Object.ID, to) })
		}
	}
}

// told is what an edge says of itself: nothing where nobody wants to know.
func (m *movers) told(edge regions.ID) regions.ID {
	if m.desk == nil {
		return ""
	}
	return edge
}

func (m *movers) move(node *refimpl.Node, id object.ID, to regions.ID) {
	ctx, cancel := context.WithTimeout(m.ends, movePatience)
	defer cancel()
	err := node.Move(ctx, id, to)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.desk.Over(id, time.Now(), err)
}

// stop lets no more moves begin, and waits for those under way.
func (m *movers) stop() {
	m.mu.Lock()
	m.ended = true
	m.mu.Unlock()
	m.end()
	m.moving.Wait()
}

// Moves are all moves so far, in the order in which they began.
func (w *World) Moves() []relocate.Move {
	w.movers.mu.Lock()
	defer w.movers.mu.Unlock()
	return slices.Clone(w.movers.desk.Log())
}
