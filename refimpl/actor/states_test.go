package actor_test

import (
	"fmt"
	"strconv"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// state is what a turn left its object as; n is the turn's run. States form a tree,
// for each builds on the one its turn saw:
//
//	0 <- 3 <- 4 <- 9      durable, in this order
//	      \
//	       5 <- 6         void: the instance was reset
type state struct {
	n       string
	object  object.ID
	before  *state
	content string

	void    bool // said to be undone
	foreign bool // another node's
	durable bool
	index   int       // in the order of durability
	session int       // that made it durable
	visible time.Time // from then on somebody may have seen it
}

// states is the tree of each object, and the path through it that became durable.
type states struct {
	byTurn map[int]*state
	paths  map[object.ID][]*state
	last   map[object.ID]*state // written by an instance
}

func newStates() states {
	return states{byTurn: map[int]*state{}, paths: map[object.ID][]*state{}, last: map[object.ID]*state{}}
}

// path begins with the empty object.
func (s *states) path(id object.ID) []*state {
	if s.paths[id] == nil {
		s.paths[id] = []*state{{n: "0", object: id, durable: true}}
	}
	return s.paths[id]
}

func (s *states) head(id object.ID) *state { return s.path(id)[len(s.path(id))-1] }

func (s *states) of(id object.ID, n string) *state {
	if n == "0" {
		return s.path(id)[0]
	}
	run, err := strconv.Atoi(n)
	if found := s.byTurn[run]; err == nil && found != nil && found.object == id {
		return found
	}
	return nil
}

// after is the durable state that followed; nil for the last.
func (s *states) after(is *state) *state {
	if path := s.path(is.object); is.index+1 < len(path) {
		return path[is.index+1]
	}
	return nil
}

func (s *states) add(id object.ID, run int, before, content string) *state {
	is := &state{n: strconv.Itoa(run), object: id, before: s.of(id, before), content: content}
	s.byTurn[run], s.last[id] = is, is
	return is
}

// settled: what the object wrote last, and was not undone, is durable.
func (s *states) settled(id object.ID) bool {
	last := s.last[id]
	return last == nil || last.void || last.durable
}

// land makes a state durable, and with it those it builds on.
func (s *states) land(is *state, session int, now time.Time) (problem string) {
	var news []*state
	for at := is; at != nil && !at.durable; at = at.before {
		news = append(news, at)
	}
	oldest := news[len(news)-1]
	if head := s.head(is.object); oldest.before != head {
		return fmt.Sprintf("n=%s builds on n=%s, but n=%s is durable: an update is lost", oldest.n, oldest.before.n, head.n)
	}
	for i := len(news) - 1; i >= 0; i-- {
		at := news[i]
		if at.void {
			return fmt.Sprintf("n=%s is durable, and was said to be undone", at.n)
		}
		at.durable, at.index, at.session, at.visible = true, len(s.path(is.object)), session, now
		if at.foreign {
			at.session, at.visible = 0, now.Add(store.ReadTrust+store.ReadTrust/100)
		}
		s.paths[is.object] = append(s.path(is.object), at)
	}
	return ""
}
