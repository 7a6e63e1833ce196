package virtual

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/store"
)

// As in a live node and its database.
const (
	beatEvery    = 300 * time.Millisecond // without commits
	alarmsAtOnce = 10_000
	patience     = 5 * time.Second // of a node with one answer of its database
	idleLimit    = 3 * time.Second // of the database with a session that says nothing
	reopenPause  = 200 * time.Millisecond
	reopenLimit  = 5 * time.Second
)

// session does a shard's business with the store, one thing at a time, as a live
// node's keeper does: commits first, then loads, all that have come together.
// At any time one event of it is planned, or none if it does nothing.
type session struct {
	w      *world
	shard  *shard
	store  store.Session
	random *rand.Rand
	todo   chores
	// unheard counts sessions that were lost and the shard has not read so. What it
	// asks meanwhile, it asks of a session that is gone.
	unheard int

	doing   chore
	began   time.Duration
	flying  *store.Batch // the batch under way
	loading []actor.Load // the loads under way
	leaving []*departure // the moves under way
	done    answer
	quiet   time.Duration // since when it does nothing
	beats   beat

	opened  int           // how many sessions there were
	missing []store.Slot  // not free when they were asked for
	pause   time.Duration // before the next try to open
}

// chores are what the shard has asked for.
type chores struct {
	batch *store.Batch
	loads []actor.Load
	scan  time.Time
	probe bool
	moves []*departure
}

// chore is what a session is doing.
type chore uint8

const (
	nothing chore = iota
	opening
	claiming
	committing
	loadingObjects
	scanning
	beating
	moving
)

// answer is what the server said, once it has.
type answer struct {
	said    bool
	err     error
	letters []any
	at      time.Duration
}

// beat is the timer that proves ownership while nothing is committed.
type beat struct{ *session }

func (b beat) fire(w *world) {
	if b.shard.node.deaf(b) {
		return
	}
	if b.doing == nothing && w.now-b.quiet >= beatEvery {
		b.todo.probe = true
		b.begin()
	}
	w.after(beatEvery, b)
}

// begin starts the next chore, if the session is free.
func (s *session) begin() {
	if s.unheard > 0 {
		s.todo = chores{}
	}
	if s.doing != nothing {
		return
	}
	profile := s.w.Profile
	var takes time.Duration
	switch {
	case s.todo.batch != nil:
		s.flying, s.todo.batch = s.todo.batch, nil
		rows := len(s.flying.Writes) + len(s.flying.Alarms) + len(s.flying.Wipes)
		s.doing, takes = committing, profile.commit(s.random, rows)
	case len(s.todo.moves) > 0: // before loads: one of them may ask for what is about to go
		s.doing, takes = moving, profile.commit(s.random, 2*len(s.todo.moves))
		s.leaving, s.todo.moves = s.todo.moves, s.leaving[:0]
	case len(s.todo.loads) > 0:
		s.doing, takes = loadingObjects, profile.Load.draw(s.random)
		s.loading, s.todo.loads = s.todo.loads, s.loading[:0]
	case !s.todo.scan.IsZero():
		s.doing, takes = scanning, profile.Load.draw(s.random)
	case s.todo.probe && len(s.missing) > 0 && s.w.Standby:
		s.doing, takes = claiming, profile.commit(s.random, 1)
	case s.todo.probe:
		s.doing, takes = beating, profile.commit(s.random, 1)
	default:
		return
	}
	s.plan(takes)
}

func (s *session) plan(takes time.Duration) {
	s.began, s.done.said = s.w.now, false
	s.w.after(takes, s)
}

// fire is the instant at which the server does the chore or, if that is done
// already, at which its answer arrives.
func (s *session) fire(w *world) {
	n := s.shard.node
	if n.dead {
		return
	}
	switch {
	case s.done.said:
	case n.home.down > 0:
		if w.now < s.began+patience && s.doing != opening {
			w.queue.push(min(s.began+patience, w.now+lookAgain), s)
			return
		}
		s.giveUp()
	default:
		if late := s.carryOut(); late > 0 {
			w.after(late, s)
			return
		}
	}
	if !n.deaf(s) {
		s.conclude(w)
	}
}

// giveUp ends the wait for a server that is silent. Nobody knows how far a commit
// had got; a new connection was not taken.
func (s *session) giveUp() {
	if s.doing == committing && s.random.IntN(2) == 0 {
		s.carryOut()
	}
	s.done.said, s.done.err = true, errSilent
}

// lookAgain is how often whoever waits for a silent database asks whether it is back.
const lookAgain = 50 * time.Millisecond

var errSilent = errors.New("the database does not answer")

// carryOut does the chore at the server, and tells how much later than usual the
// answer comes.
func (s *session) carryOut() time.Duration {
	s.done = answer{said: true, letters: s.done.letters[:0], at: s.w.now}
	s.done.err = s.act()
	h := s.shard.node.home
	late := time.Duration(0)
	if s.doing == committing || s.doing == beating {
		late = s.shard.node.late
	}
	if s.doing == committing && h.lostAck != nil && *h.lostAck {
		*h.lostAck = false
		late = patience
	}
	if end := s.began + patience - s.w.now; late > end {
		late, s.done.err = max(0, end), errSilent
	}
	if late > 0 || s.shard.node.pauses > 0 {
		s.expectSilence()
	}
	return late
}

// expectSilence lets the server end the session if it hears nothing for too long.
func (s *session) expectSilence() {
	s.w.queue.push(max(s.w.now, s.done.at+idleLimit), reaper{session: s, opened: s.opened, at: s.done.at})
}

// reaper is the server's idle time-out.
type reaper struct {
	*session
	opened int           // which of the shard's sessions
	at     time.Duration // of the last thing that the server had done
}

func (r reaper) fire(*world) {
	if r.session.opened == r.opened && r.done.at == r.at {
		_ = r.session.store.Close() // the node will see
	}
}

// conclude is the node's side of an answer.
func (s *session) conclude(w *world) {
	done := s.doing
	err := s.done.err
	if err == nil && w.now-s.began > patience { // the node stood still meanwhile
		err = errSilent
	}
	if err != nil && done == opening {
		s.again()
		return
	}
	s.doing, s.quiet = nothing, w.now
	if err != nil {
		s.lose(err)
		return
	}
	for i, letter := range s.done.letters {
		s.done.letters[i] = nil
		s.shard.put(letter)
	}
	if done == opening {
		s.ready(w)
	}
	s.begin()
}
