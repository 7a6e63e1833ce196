package check

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// ChatGap is the law that a member misses no message between two others: who
// joined before a message was sent, and received one that comes after it, has
// received it too. It holds for members whose connection was lost later as well, and
// across the absence of those who came back: what the room gives them must go on from
// the text that they had received last, unless a hundred others came in between, and
// leave none out. absence.go tells the whole rule.
func ChatGap(p Params) Checker { return chatLaw(chatGap, p) }

// ChatReach is the law that a message whose sender received it back reaches
// every member who was there all the time: who joined before it was sent, and
// stayed for Grace after it was acknowledged.
func ChatReach(p Params) Checker { return chatLaw(chatReach, p) }

// forget decides on messages, and forgets those about which nothing more can be
// said. Everything before the horizon has been taken in.
func (r *room) forget(horizon time.Duration) {
	blocked := 0 // by the order only
	for again := true; again; {
		again, blocked = false, 0
		for _, m := range r.open {
			if m.done || !r.decidable(m, horizon) {
				continue
			}
			if m.before > 0 && r.faults[chatOrder] == nil {
				blocked++
				continue
			}
			r.decide(m, horizon)
			again = true
		}
	}
	r.open = slices.DeleteFunc(r.open, func(m *message) bool {
		if m.done {
			m.release()
		}
		return m.done
	})
	if blocked > manyBlocked {
		r.judgeOrder()
	}
	r.prune()
}

// manyBlocked is how many messages wait for others before the room's order is
// looked at: if they wait in a circle, they would wait for ever.
const manyBlocked = 64

// decidable says that nothing can be heard any more that changes what is to be said of a message.
func (r *room) decidable(m *message, horizon time.Duration) bool {
	var settled time.Duration
	switch {
	case m.send == nil:
		settled = m.first.Done
	case m.send.Outcome == loadgen.OK:
		settled = max(m.send.Done, m.send.Sent)
	case m.send.Outcome == loadgen.Failed:
		settled = m.send.Sent
	case m.first != nil:
		settled = max(m.first.Done, m.send.Sent)
	default: // it may still take effect
		return false
	}
	if m.first == nil && (m.send == nil || m.send.Outcome != loadgen.Failed) || settled >= horizon-r.grace {
		return false
	}
	for _, s := range r.stays {
		if m.send == nil || s.goneBy(horizon) || m.receipt(s).came() || !s.joinedBy(m.send.Sent) {
			continue
		}
		if after, _ := r.after(s, m); after == nil {
			return false // it may be on its way
		}
	}
	return true
}

// decide says all there is to say about a message, and forgets it.
func (r *room) decide(m *message, horizon time.Duration) {
	m.done = true
	delete(r.messages, m.text)
	for _, next := range m.next {
		next.before--
	}
	m.next = nil
	if m.send == nil {
		return
	}
	r.forgotten = max(r.forgotten, m.send.Sent)
	for _, s := range r.stays {
		if s.joinedBy(m.send.Sent) {
			r.judgeGap(s, m)
			r.judgeReach(s, m, s.goneBy(horizon))
		}
	}
}

// release lets go of what was heard. Others may still ask whether the message came.
func (m *message) release() {
	for slot := range m.receipts {
		m.receipts[slot].delivery = nil
	}
	m.first = nil
}

// after is a message that somebody received after m and that s received too, and
// who that was: of those who received m, the one whose last delivery came last, as that one saw most
// of what followed.
func (r *room) after(s *session, m *message) (*message, *session) {
	var seen *session
	for _, other := range r.stays {
		if m.receipt(other).came() && (seen == nil || other.lastAt > seen.lastAt) {
			seen = other
		}
	}
	if seen == nil {
		return nil, nil
	}
	for place := m.receipt(seen).place - seen.passed; place < len(seen.got); place++ {
		if later := seen.got[place]; later.receipt(s).came() {
			return later, seen
		}
	}
	return nil, seen
}

// judgeGap asks, for a message that a member missed, another one who received
// it: is there a later delivery of theirs that the first one had too?
func (r *room) judgeGap(s *session, m *message) {
	if m.receipt(s).came() || s.leftBy(m.send.Sent) {
		return
	}
	later, other := r.after(s, m)
	switch {
	case later != nil:
		own := later.receipt(s).delivery
		saw := m.receipt(other).delivery
		r.fault(chatGap, fault{
			why: fmt.Sprintf("client %d in %s received %s but never %s, which client %d received before that",
				s.client, r.name, later, m, other.client),
			witness: shown(s.join, m.send, saw, later.receipt(other).delivery, own),
		})
	case other != nil:
		r.counts.skipped++
	}
}

func (r *room) judgeReach(s *session, m *message, gone bool) {
	switch {
	case m.send.Outcome != loadgen.OK:
	case m.receipt(s).came():
		r.counts.expected++
		r.counts.reached++
	case gone:
		if stayed := r.stayed(s); stayed-r.grace >= m.send.Done {
			r.unreached(s, m, 1, stayed)
		}
	default: // it depends on how the stay will end
		if s.missed.count == 0 || m.send.Done < s.missed.first.send.Done {
			s.missed.first = m
		}
		s.missed.count++
	}
}

// settleMissed is the end of a stay, or of the run.
func (r *room) settleMissed(s *session) {
	if s.missed.count == 0 {
		return
	}
	if stayed := r.stayed(s); stayed-r.grace >= s.missed.first.send.Done {
		r.unreached(s, s.missed.first, s.missed.count, stayed)
	}
	s.missed = missed{}
}

// stayed is until when a member was certainly there. One whose connection was
// lost may have been gone for long when that was noticed.
func (r *room) stayed(s *session) time.Duration {
	switch {
	case s.leave != nil && s.leave.Outcome == loadgen.OK && s.leave.Reply.Error == "":
		return s.leave.Sent
	case s.leave != nil || s.over:
		return 0
	}
	return r.latest
}

func (r *room) unreached(s *session, m *message, count int, stayed time.Duration) {
	r.counts.expected += count
	r.fault(chatReach, fault{
		why: fmt.Sprintf("%s in %s was acknowledged at %s and never reached client %d, who was there until %s",
			m, r.name, at(m.send.Done), s.client, at(stayed)),
		witness: shown(s.join, m.send, m.first, s.leave),
	})
}

// prune lets go of stays that no open message can be about, and of what was
// received before all that is open.
func (r *room) prune() {
	oldest := time.Duration(math.MaxInt64)
	for _, m := range r.open {
		if m.send != nil {
			oldest = min(oldest, m.send.Sent)
		}
	}
	r.pruneLosses(oldest)
	r.stays = slices.DeleteFunc(r.stays, func(s *session) bool {
		passed := 0
		for passed < len(s.got) && s.got[passed].done {
			passed++
		}
		s.got = append([]*message(nil), s.got[passed:]...)
		s.passed += passed
		over := s.over && len(s.got) == 0 && (s.leave == nil || s.leave.Sent < oldest) && r.sessions[s.client] != s
		if over {
			r.free = append(r.free, s.slot)
		}
		return over
	})
}

// conclude takes in what is left, and decides on all messages.
func (r *room) conclude() {
	r.takeIn(math.MaxInt64)
	r.judgeOrder()
	for _, m := range r.open {
		r.decide(m, math.MaxInt64)
	}
	for _, s := range r.stays {
		if s.leave == nil && !s.over {
			r.settleMissed(s)
		}
	}
}
