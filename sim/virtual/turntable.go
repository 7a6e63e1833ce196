package virtual

import "github.com/durabench/durabench/refimpl/actor"

// turnTable finds a shard's requests by their turns. These are numbered one after
// another and mostly end so, which makes a slice do what a map would do slower.
// A turn that never ends costs a pointer for each turn after it.
type turnTable struct {
	first    actor.TurnID // of requests[0]
	requests []*request   // nil where the turn is over
	head     int          // before it, all are over
}

// add takes the request of the next turn.
func (t *turnTable) add(id actor.TurnID, q *request) {
	if len(t.requests) == 0 {
		t.first = id
	}
	t.requests = append(t.requests, q)
}

// get is the turn's request; nil if it is over, or the core's own.
func (t *turnTable) get(id actor.TurnID) *request {
	if at := id - t.first; at < actor.TurnID(len(t.requests)) {
		return t.requests[at]
	}
	return nil
}

// drop ends a turn that get knows.
func (t *turnTable) drop(id actor.TurnID) {
	t.requests[id-t.first] = nil
	for t.head < len(t.requests) && t.requests[t.head] == nil {
		t.head++
	}
	switch {
	case t.head == len(t.requests):
		t.requests, t.head = t.requests[:0], 0
	case t.head >= 1024 && 2*t.head >= len(t.requests):
		n := copy(t.requests, t.requests[t.head:])
		clear(t.requests[n:])
		t.first += actor.TurnID(t.head)
		t.requests, t.head = t.requests[:n], 0
	}
}
