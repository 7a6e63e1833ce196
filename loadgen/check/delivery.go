package check

import (
	"fmt"

	"github.com/durabench/durabench/loadgen"
)

// ChatFIFO is the law that every member receives the messages of one sender in
// the order in which they were sent. A socket keeps that order. Requests that are
// under way at once have none: of a sender without a socket, a message has to come
// before those that it sent when that one had been acknowledged. So it is of what a
// sender sent before and after its connection was lost.
func ChatFIFO(p Params) Checker { return chatLaw(chatFIFO, p) }

// ChatOnce is the law that a member receives a message at most once, and only
// one that somebody sent before.
func ChatOnce(p Params) Checker { return chatLaw(chatOnce, p) }

// deliver takes a delivery in.
func (r *room) deliver(s *session, o *loadgen.Observation) {
	r.counts.deliveries++
	r.latest = max(r.latest, o.Done)
	s.lastAt = o.Done
	m := r.messages[o.Operation.Text]
	if m == nil {
		if o.Sent > 0 && o.Sent <= r.forgotten {
			r.deliverForgotten(s, o)
			return
		}
		m = r.newMessage(o.Operation.Text)
	}
	repeated := m.receipt(s).came()
	r.judgeOnce(s, m, o)
	if m.first == nil {
		m.first = o
	}
	if !repeated {
		for len(m.receipts) <= s.slot {
			m.receipts = append(m.receipts, receipt{})
		}
		m.receipts[s.slot] = receipt{s.passed + len(s.got) + 1, o}
		s.got = append(s.got, m)
		r.step(s, m)
	}
	if m.send != nil {
		r.judgeFIFO(s, m, o)
		r.judgeRealTime(s, m, o)
	}
}

// deliverForgotten is the delivery of a message about which all had been said. Who
// was there had it, or had something that came after it.
func (r *room) deliverForgotten(s *session, o *loadgen.Observation) {
	if s.joinedBy(o.Sent) {
		r.fault(chatOnce, fault{
			why: fmt.Sprintf("client %d in %s received %.40q long after everybody, itself or others: again, or out of order",
				o.Client, r.name, o.Operation.Text),
			witness: shown(s.join, o),
		})
	}
}

func (r *room) judgeFIFO(s *session, m *message, o *loadgen.Observation) {
	before := s.lastOf[m.send.Client]
	if before != nil && r.mustPrecede(m.send, before.send) {
		r.fault(chatFIFO, fault{
			why: fmt.Sprintf("client %d in %s received %s before %s, which client %d had sent earlier",
				o.Client, r.name, before, m, m.send.Client),
			witness: shown(m.send, before.send, before.receipt(s).delivery, o),
		})
	}
	if before == nil || sentBefore(before.send, m.send) {
		s.lastOf[m.send.Client] = m
	}
}

// mustPrecede says that everybody has to receive one send of a client before another.
func (r *room) mustPrecede(a, b *loadgen.Observation) bool {
	sender := r.sessions[a.Client]
	if sender != nil && sender.polls() || !r.oneConnection(a, b) {
		return a.Outcome == loadgen.OK && a.Done < b.Sent
	}
	return sentBefore(a, b)
}

// sentBefore orders the sends of one client. Its generator numbers them in order.
func sentBefore(a, b *loadgen.Observation) bool {
	return a.Sent < b.Sent || a.Sent == b.Sent && a.Seq < b.Seq
}

func (r *room) judgeOnce(s *session, m *message, o *loadgen.Observation) {
	wrong := func(story string, others ...*loadgen.Observation) {
		r.fault(chatOnce, fault{
			why:     fmt.Sprintf("client %d in %s "+story, o.Client, r.name, m),
			witness: append(append(shown(m.send), shown(others...)...), *o),
		})
	}
	switch {
	case m.send == nil:
		wrong("received %s, which nobody sent")
	case m.send.Outcome == loadgen.Failed:
		wrong("received %s, whose sending certainly failed")
	case o.Done < m.send.Sent:
		wrong("received %s before it was sent")
	case m.receipt(s).came():
		wrong("received %s twice", m.receipt(s).delivery)
	case m.first != nil && m.first.Reply.Text != o.Reply.Text:
		wrong("received %s as another message than others did: the room took it in twice", m.first)
	}
}
