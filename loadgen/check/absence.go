package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// A member whose connection was lost may join again, as one does whose object has
// moved (close code 1012). The room gives to who joins its last texts, a hundred at
// least: so the member is told what it missed, and its stay goes on as if it had
// never been away. This is what the laws ask then:
//
//   - what it is told goes on from the text that it had received last. A room that
//     gives older texts and not that one has forgotten what it had acknowledged;
//   - if it is given none that it had, a hundred others must have come in between.
//     Only then is it a new member, and what it missed is explained;
//   - what it missed is told once, and in the order of all: one order, no gap and no
//     duplicate hold across the absence, and reach asks for what was acknowledged
//     during it as well;
//   - what a client had under way when its connection was lost has an unknown
//     outcome. It may take effect at any time, even after what the client sent on its
//     next connection: a sender's order holds within one connection.
//
// Who joins again later than loadgen.RejoinWithin, or in a history without Resume,
// is a new member.

// comeBack is a member that joins.
func (r *room) comeBack(s *session, join *loadgen.Observation) {
	if s != nil && s.mayReturn(join.Done) {
		s.back = join
		return
	}
	r.begin(join.Client).join = join
}

// mayReturn says that a stay whose connection was lost may go on at an instant.
func (s *session) mayReturn(at time.Duration) bool {
	lost := s.leave != nil && s.leave.Outcome == loadgen.Failed && !s.over
	return lost && (s.back != nil || at <= s.leave.Sent+loadgen.RejoinWithin)
}

// resume is what a member that has joined again was told.
func (r *room) resume(s *session, o *loadgen.Observation) {
	if s == nil || s.back == nil {
		return
	}
	last := s.last
	switch {
	case o.Reply.Allowed && last != nil && o.Operation.Text != "" && o.Operation.Text != last.text:
		r.forgot(s, o, fmt.Sprintf("but no longer %s, which it had received after that", last))
	case !o.Reply.Allowed && last != nil && o.Reply.Value < loadgen.RoomRemembers:
		r.forgot(s, o, fmt.Sprintf("and not %s, which it had received last", last))
	}
	if !o.Reply.Allowed {
		next := r.present(s, o.Client)
		next.last, next.latest, next.lastOf = s.last, s.latest, s.lastOf // one order for all that a member sees
		return
	}
	s.leave, s.back = nil, nil
	r.counts.returns++
}

func (r *room) forgot(s *session, o *loadgen.Observation, what string) {
	given := fmt.Sprintf("%d texts up to %.40q", o.Reply.Value, o.Operation.Text)
	if o.Operation.Text == "" {
		given = fmt.Sprintf("%d texts, none of which it had,", o.Reply.Value)
	}
	r.fault(chatGap, fault{
		why:     fmt.Sprintf("client %d came back to %s and was given %s %s", s.client, r.name, given, what),
		witness: shown(s.last.send, s.last.receipt(s).delivery, s.leave, s.back, detached(o)),
	})
}

// present is the stay of a client that hears something. One that has joined again and
// was not told what it missed is a new member.
func (r *room) present(s *session, client int) *session {
	switch {
	case s == nil:
		return r.begin(client)
	case s.back != nil:
		join := s.back
		s = r.begin(client)
		s.join = join
	}
	return s
}

// part is the end of a connection, or of a stay.
func (r *room) part(s *session, leave *loadgen.Observation) {
	lost := leave.Outcome == loadgen.Failed
	if lost {
		r.losses[s.client] = append(r.losses[s.client], leave.Sent)
	}
	switch {
	case s.back != nil && lost: // again, before it was told anything
		s.back = nil
	case s.back != nil:
		s = r.present(s, s.client)
	}
	s.leave = leave
	if !lost {
		r.settleMissed(s)
	}
}

// oneConnection says that a client sent two texts over one connection.
func (r *room) oneConnection(a, b *loadgen.Observation) bool {
	return !slices.ContainsFunc(r.losses[a.Client], func(at time.Duration) bool { return a.Sent <= at && at <= b.Sent })
}

// pruneLosses lets go of losses before all messages that are open.
func (r *room) pruneLosses(oldest time.Duration) {
	for client, at := range r.losses {
		r.losses[client] = slices.DeleteFunc(at, func(at time.Duration) bool { return at < oldest })
	}
}
