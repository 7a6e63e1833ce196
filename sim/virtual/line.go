package virtual

import (
	"errors"
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
)

var (
	// errUnreachable is an edge's answer when no node takes its connection.
	errUnreachable = fmt.Errorf("the object's home cannot be reached: %w", actor.ErrRetryable)
	// errGone is an edge's answer when a connection breaks under a request.
	errGone = fmt.Errorf("the object's home did not answer: %w", actor.ErrUnknownOutcome)
)

// line is the connections from an edge to a home. A request has one for itself.
type line struct {
	path    *path
	home    *home
	to      *node // whom the edge believes to serve the home
	node    *node // that the idle ones go to; nil if there are none
	idle    int
	waiting []*request
}

// carry sends the request, now or when a connection is free.
func (l *line) carry(w *world, q *request) {
	if l.idle > 0 {
		l.idle--
		q.depart(w)
		return
	}
	l.waiting = append(l.waiting, q)
	l.dial(w)
}

func (l *line) dial(w *world) {
	w.after(l.path.delay(out)+l.path.delay(in), handshake{l})
}

// handshake is the instant at which a new connection is there. Whoever waits
// longest has it; whom it was made for may have got another by now.
type handshake struct{ *line }

func (h handshake) fire(w *world) {
	if h.path.stops(out, h) || h.path.stops(in, h) {
		return
	}
	if !h.to.takesConnections() {
		h.to = h.home.door()
	}
	if !h.to.takesConnections() {
		if next := h.nextWaiting(); next != nil {
			next.bounce(w, errUnreachable)
		}
		return
	}
	h.turnTo(h.to)
	h.free(w)
}

// again: a handshake that a cut met is lost, and begins anew.
func (h handshake) again(w *world, _ time.Duration) { h.dial(w) }

// nextWaiting is who waits longest, of those whose clients have not given up.
func (l *line) nextWaiting() *request {
	for len(l.waiting) > 0 {
		next := l.waiting[0]
		l.waiting = l.waiting[:copy(l.waiting, l.waiting[1:])]
		if !next.gone {
			return next
		}
	}
	return nil
}

// free takes a connection back.
func (l *line) free(w *world) {
	if next := l.nextWaiting(); next != nil {
		next.depart(w)
		return
	}
	l.idle++
}

// back takes the connection of a request that was answered, if it is still good.
func (l *line) back(w *world, q *request) {
	node := q.node
	if q.door != nil {
		node = q.door
	}
	switch {
	case node != l.node: // the line has turned to another node since
	case q.cause != nil && (errors.Is(q.cause, errGone) || len(l.home.nodes) > 1 && errors.Is(q.cause, actor.ErrNotOwner) && !errors.Is(q.cause, actor.ErrMoved)):
		l.leave(node)
	default:
		l.free(w)
	}
}

// leave gives up all connections to a node: it is gone, or owns nothing any more.
func (l *line) leave(n *node) {
	if l.node == n {
		l.node, l.idle, l.to = nil, 0, l.home.door()
	}
}

func (l *line) turnTo(n *node) {
	l.to = n
	if l.node != n {
		l.node, l.idle = n, 0
	}
}

// turn is the news that another node serves a home.
type turn struct {
	*line
	node *node
}

func (t turn) fire(*world) {
	if t.node == t.home.active {
		t.turnTo(t.node)
	}
}

// reset is the news, on its way to an edge, that a node's connections are broken.
type reset struct {
	*line
	node *node
}

func (r reset) fire(*world) {
	if !r.path.stops(in, r) {
		r.leave(r.node)
	}
}

func (r reset) again(w *world, takes time.Duration) { w.after(takes, r) }
