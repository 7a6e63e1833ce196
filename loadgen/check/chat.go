package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// room is the history of one chat room.
type room struct {
	history  []loadgen.Observation
	name     string
	messages []message
	sessions []session
}

// message is one text of a room, by its number in the room.
type message struct {
	send int32 // index of its Send, -1 if nobody sent it
	// seen is a session that received it: among those, the one whose last
	// delivery came last, so that it saw most of what followed. -1 is nobody.
	seen  int32
	place int32 // position of its first delivery in that session
}

// session is one stay of a client in a room.
type session struct {
	join, leave int32 // indexes of Join and Leave, -1 if there is none
	got         []delivery
}

// delivery is one receipt of a message.
type delivery struct {
	message int32
	at      int32 // index of its Deliver
}

func isChatKind(k loadgen.Kind) bool {
	switch k {
	case loadgen.Join, loadgen.Leave, loadgen.Send, loadgen.Deliver:
		return true
	}
	return false
}

// chat makes a law of a judge of one room. The judge adds to what was counted.
func chat(name string, least int, judge func(*room, *counts) *fault, why func(counts) string) Checker {
	return law{
		name: name, least: least, unit: "deliveries",
		judge: func(history []loadgen.Observation) finding {
			var faults []fault
			var sum counts
			for _, g := range byObject(history, isChatKind) {
				r := newRoom(history, g)
				sum.rooms++
				for _, s := range r.sessions {
					sum.deliveries += len(s.got)
				}
				sum.sessions += len(r.sessions)
				if f := judge(r, &sum); f != nil {
					faults = append(faults, *f)
				}
			}
			if len(faults) > 0 {
				return convict(faults, "rooms")
			}
			return finding{ruling: OK, why: why(sum), evidence: sum.deliveries}
		},
	}
}

// counts is what the sentence of a verdict tells.
type counts struct {
	rooms, sessions, deliveries int
	expected, reached           int // by reach
	skipped                     int // by gap: missing, but nobody can tell whether by a fault
}

func (c counts) String() string {
	return fmt.Sprintf("%d deliveries to %d members of %d rooms", c.deliveries, c.sessions, c.rooms)
}

func newRoom(history []loadgen.Observation, g group) *room {
	r := &room{history: history, name: g.object}
	numbers := make(map[string]int32)
	number := func(text string) int32 {
		n, known := numbers[text]
		if !known {
			n = int32(len(r.messages))
			numbers[text] = n
			r.messages = append(r.messages, message{send: -1, seen: -1})
		}
		return n
	}
	where := make(map[int]int)
	var clients [][]int32
	for _, i := range g.at {
		o := &history[i]
		if o.Operation.Kind == loadgen.Send {
			r.messages[number(o.Operation.Text)].send = i
			continue
		}
		n, known := where[o.Client]
		if !known {
			n = len(clients)
			where[o.Client] = n
			clients = append(clients, nil)
		}
		clients[n] = append(clients[n], i)
	}
	for _, events := range clients {
		r.addSessions(events, number)
	}
	r.findSeen()
	return r
}

// addSessions splits one client's events into its stays.
func (r *room) addSessions(events []int32, number func(string) int32) {
	inOrder := func(a, b int32) int {
		x, y := &r.history[a], &r.history[b]
		return cmp.Or(cmp.Compare(happened(x), happened(y)), cmp.Compare(x.Seq, y.Seq))
	}
	if !slices.IsSortedFunc(events, inOrder) {
		slices.SortFunc(events, inOrder)
	}
	current := session{join: -1, leave: -1}
	begun := false
	for _, i := range events {
		switch o := &r.history[i]; o.Operation.Kind {
		case loadgen.Join:
			if o.Outcome != loadgen.OK {
				continue
			}
			if begun {
				r.sessions = append(r.sessions, current)
			}
			current, begun = session{join: i, leave: -1}, true
		case loadgen.Leave:
			current.leave = i
		case loadgen.Deliver:
			begun = true
			current.got = append(current.got, delivery{message: number(o.Operation.Text), at: i})
		}
	}
	if begun {
		r.sessions = append(r.sessions, current)
	}
}

// happened is the instant that orders the events of one client.
func happened(o *loadgen.Observation) time.Duration {
	if o.Operation.Kind == loadgen.Deliver {
		return o.Done
	}
	return o.Sent
}

func (r *room) findSeen() {
	last := func(n int32) time.Duration {
		got := r.sessions[n].got
		return r.history[got[len(got)-1].at].Done
	}
	for n := range r.sessions {
		for place, d := range r.sessions[n].got {
			m := &r.messages[d.message]
			if m.seen < 0 || m.seen != int32(n) && last(int32(n)) > last(m.seen) {
				m.seen, m.place = int32(n), int32(place)
			}
		}
	}
}

// sendOf is the Send of a message, nil if nobody sent it.
func (r *room) sendOf(n int32) *loadgen.Observation {
	if i := r.messages[n].send; i >= 0 {
		return &r.history[i]
	}
	return nil
}

// receipt is the first delivery of a message in a session, -1 if there is none.
func (r *room) receipt(s *session, n int32) int32 {
	for _, d := range s.got {
		if d.message == n {
			return d.at
		}
	}
	return -1
}

// joinedBy says that a session certainly existed when a message was sent.
func (r *room) joinedBy(s *session, sent time.Duration) bool {
	return s.join >= 0 && r.history[s.join].Done <= sent
}

// leftBy says that a session was over when a message was sent.
func (r *room) leftBy(s *session, sent time.Duration) bool {
	return s.leave >= 0 && r.history[s.leave].Sent < sent
}

func (r *room) text(n int32) string {
	for _, s := range r.sessions {
		if i := r.receipt(&s, n); i >= 0 {
			return fmt.Sprintf("%.40q", r.history[i].Operation.Text)
		}
	}
	if send := r.sendOf(n); send != nil {
		return fmt.Sprintf("%.40q", send.Operation.Text)
	}
	return "a message"
}
