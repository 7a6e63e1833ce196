package place

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// Asked is one access of a run: when it was sent, for which object, at which edge.
type Asked struct {
	At     time.Duration
	Object string
	Edge   regions.ID
}

// History is what a run asked for, as a source in memory. Unlike a trace it knows that an edge has to find an object
// before it asks it, by a question to a directory that may be far away:
//
//   - an object is made by whose question reaches the directory first, which need not be who asked first;
//   - what an edge is asked for meanwhile leaves it only when the answer is there.
//
// An edge has one question under way; what it would like to know meanwhile goes together, after the answer.
type History struct {
	objects []Object
	all     [][]Access
	finding time.Duration
	n       int
}

// NewHistory sorts accesses by object. The directory is a place on the table's map; keys are the objects'.
func NewHistory(t *placement.Table, asked []Asked, directory regions.ID, key func(object string) uint64) (*History, error) {
	asked = slices.Clone(asked)
	slices.SortStableFunc(asked, func(a, b Asked) int { return cmp.Compare(a.At, b.At) })
	h := &History{n: len(asked)}
	numbers, born := map[string]int{}, []time.Duration{}
	desks := map[regions.ID]*inquiry{}
	for _, a := range asked {
		edge, known := t.Edge(a.Edge)
		if !known {
			return nil, fmt.Errorf("%s is not among the edges", a.Edge)
		}
		desk := desks[a.Edge]
		if desk == nil {
			desk = &inquiry{trip: t.Map.RTT(a.Edge, directory).RTT, known: map[string]time.Duration{}}
			desks[a.Edge] = desk
		}
		leaves, reached := desk.leaves(a.Object, a.At)
		n, seen := numbers[a.Object]
		if !seen {
			n = len(h.objects)
			numbers[a.Object], born = n, append(born, reached)
			h.objects, h.all = append(h.objects, Object{Key: key(a.Object), Born: edge}), append(h.all, nil)
		}
		if reached < born[n] {
			h.objects[n].Born, born[n] = edge, reached
		}
		h.all[n] = append(h.all[n], Access{At: leaves, Edge: edge})
		h.finding += leaves - a.At
	}
	for _, all := range h.all {
		slices.SortStableFunc(all, func(a, b Access) int { return cmp.Compare(a.At, b.At) })
	}
	return h, nil
}

// Finding is how long the mean access waited for an edge to find its object.
func (h *History) Finding() time.Duration {
	if h.n == 0 {
		return 0
	}
	return h.finding / time.Duration(h.n)
}

// Parts is one portion.
func (h *History) Parts() int { return 1 }

// Part begins anew.
func (h *History) Part(int) (Stream, error) { return &historyStream{history: h, at: -1}, nil }

// inquiry is an edge's questions to the directory.
type inquiry struct {
	trip   time.Duration
	known  map[string]time.Duration // when the answer is there, by object
	until  time.Duration            // the answer to the question under way
	queued bool                     // another one leaves then
}

// leaves is when an access leaves the edge, and when the edge's question about its object reaches the directory.
func (q *inquiry) leaves(object string, at time.Duration) (leaves, reached time.Duration) {
	if q.queued && at >= q.until {
		q.until, q.queued = q.until+q.trip, false
	}
	answered, asked := q.known[object]
	switch {
	case asked:
	case at >= q.until:
		answered, q.until = at+q.trip, at+q.trip
	default:
		answered, q.queued = q.until+q.trip, true
	}
	q.known[object] = answered
	return max(at, answered), answered - q.trip/2
}

type historyStream struct {
	history *History
	at      int
	left    []Access
}

func (s *historyStream) Next(o *Object) bool {
	if s.at++; s.at >= len(s.history.objects) {
		return false
	}
	*o, s.left = s.history.objects[s.at], s.history.all[s.at]
	return true
}

func (s *historyStream) Read(into []Access) int {
	n := copy(into, s.left)
	s.left = s.left[n:]
	return n
}

func (s *historyStream) Err() error { return nil }
