package virtual

import (
	"math/rand/v2"
	"slices"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/actor"
)

// seat is what a member of a talk keeps from one connection to the next.
type seat struct {
	place  loadgen.Member
	author *loadgen.Author        // of a document; nil in a room
	recall loadgen.Recall         // of a room
	under  []*loadgen.Observation // sent; those without an outcome are under way

	random *rand.Rand // of pauses; nil until the first
	pauses loadgen.Backoff
	away   bool // its connection was lost, and it tries again
	back   bool // it has joined again, and was told nothing yet
}

// sends notes what is under way now.
func (s *seat) sends(o *loadgen.Observation) {
	const few = 32
	if len(s.under) >= few {
		s.under = slices.DeleteFunc(s.under, func(o *loadgen.Observation) bool { return o.Outcome != "" })
	}
	s.under = append(s.under, o)
}

// lost records the end of a connection and what is not known of it. The member tries
// to join again.
func (t *talk) lost(w *world, m *member) {
	t.away++
	o := t.observation(m, loadgen.Operation{Kind: loadgen.Leave}, w.now)
	o.Done, o.Outcome, o.Reply.Error = w.now, loadgen.Failed, "the connection was lost"
	if m.restart {
		o.Reply.Error = "closed with 1012: the object has moved"
	}
	w.Record(&o)
	s := t.seats[m.Client]
	t.abandon(w, s)
	s.away, s.pauses = true, loadgen.Backoff{}
	t.tryAgain(w, m.Client)
}

// abandon settles what nobody will answer. An author's edits stay under way: they
// are sent again.
func (t *talk) abandon(w *world, s *seat) {
	var looks []string
	if s.author != nil {
		looks = s.author.Leave()
	}
	s.under = slices.DeleteFunc(s.under, func(o *loadgen.Observation) bool {
		if o.Outcome == "" && s.author != nil && !slices.Contains(looks, o.Operation.Text) {
			return false
		}
		if o.Outcome == "" {
			o.Unanswered(w.now)
			w.Record(o)
		}
		return true
	})
}

// absentee is a member that will try to join again.
type absentee struct {
	*talk
	client int
}

func (t *talk) tryAgain(w *world, client int) {
	s := t.seats[client]
	if s.random == nil {
		s.random = loadgen.Random(w.Seed, ^uint64(client))
	}
	if pause, again := s.pauses.Next(s.random); again {
		w.after(pause, absentee{t, client})
	} else {
		s.away = false
	}
}

func (a absentee) fire(w *world) {
	if w.load.over {
		return
	}
	s := a.seats[a.client]
	place := s.place
	if s.author != nil {
		place.Path = s.author.JoinPath(place.Path)
	} else {
		s.back = true
	}
	a.sockets++
	a.members[a.client] = newMember(a.talk, a.sockets, place, a.members[a.client].edge)
	a.members[a.client].join(w)
}

// rejoined says how another try to join went.
func (t *talk) rejoined(w *world, m *member) {
	if !m.live {
		t.tryAgain(w, m.Client)
		return
	}
	t.away--
	t.seats[m.Client].away = false
}

// resume takes what a room gives to who joins: to a new member it is the past, and
// one that has come back receives what it missed.
func (t *talk) resume(w *world, m *member, given []loadgen.Text) {
	s := t.seats[m.Client]
	if !s.back {
		for _, text := range given {
			s.recall.Heard(text.Text)
		}
		return
	}
	s.back = false
	both, missed := s.recall.Resume(given)
	o := t.observation(m, loadgen.Operation{}, w.now)
	o.Resumed(w.now, both, len(given))
	w.Record(&o)
	for _, text := range missed {
		t.deliver(w, m, text.Text, loadgen.Reply{Text: text.ID})
	}
}

// sits gives a member its seat and its first connection.
func (t *talk) sits(w *world, i int, place loadgen.Member) {
	s := &seat{place: place}
	if t.class == loadgen.DocumentClass {
		s.author = loadgen.NewAuthor()
	}
	t.sockets = actor.SocketID(i + 1)
	t.seats = append(t.seats, s)
	t.members = append(t.members, newMember(t, t.sockets, place, w.edges[w.edgeOf[i]]))
}
