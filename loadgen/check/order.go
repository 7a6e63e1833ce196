package check

import (
	"fmt"
	"slices"

	"github.com/durabench/durabench/loadgen"
)

// ChatOrder is the law that a room has one order: there is an order of all its
// messages that every member's deliveries follow, and in which no message comes
// after one that was sent only when it had been acknowledged.
func ChatOrder(p Params) Checker { return chatLaw(chatOrder, p) }

// judgeRealTime holds a delivery against the latest Sent of what its session
// received before: whatever was acknowledged before that must not come after it.
func (r *room) judgeRealTime(s *session, m *message, o *loadgen.Observation) {
	if s.latest != nil && m.send.Outcome == loadgen.OK && m.send.Done < s.latest.send.Sent {
		r.fault(chatOrder, fault{
			why: fmt.Sprintf("client %d in %s received %s first, although it was sent only after %s had been acknowledged",
				o.Client, r.name, s.latest, m),
			witness: shown(m.send, s.latest.send, s.latest.receipt(s).delivery, o),
		})
	}
	if s.latest == nil || m.send.Sent > s.latest.send.Sent {
		s.latest = m
	}
}

// step notes which message came next after which. A repeated delivery is another
// law's matter. What comes after a forgotten message is not held up by it: nothing comes before that.
func (r *room) step(s *session, m *message) {
	if last := s.last; last != nil && !last.done && !slices.Contains(last.next, m) {
		last.next = append(last.next, m)
		m.before++
	}
	s.last = m
}

// judgeOrder looks for one order that explains all deliveries. Each member says
// of each two messages it received one after the other which comes first; there
// is such an order if and only if nothing comes, over any number of steps,
// before itself. That is found by taking away, again and again, a message that
// nothing left comes before: if some are never free, they go in a circle. What
// was forgotten has been taken away so.
func (r *room) judgeOrder() {
	if r.faults[chatOrder] != nil {
		return
	}
	before := make(map[*message]int, len(r.open))
	var free []*message
	for _, m := range r.open {
		if before[m] = m.before; m.before == 0 {
			free = append(free, m)
		}
	}
	for len(free) > 0 {
		m := free[len(free)-1]
		free = free[:len(free)-1]
		delete(before, m)
		for _, next := range m.next {
			if before[next]--; before[next] == 0 {
				free = append(free, next)
			}
		}
	}
	if len(before) > 0 {
		r.fault(chatOrder, r.explainCircle(before))
	}
}

// explainCircle shows a circle as two members who disagree about two messages
// or, if no two do, as the members whose deliveries make the circle.
func (r *room) explainCircle(stuck map[*message]int) fault {
	circle := r.circle(stuck)
	for n, a := range circle {
		b := circle[(n+1)%len(circle)]
		one, other := r.whoSaw(a, b), r.whoSaw(b, a)
		if one == nil || other == nil {
			continue
		}
		witness := shown(a.receipt(one).delivery, b.receipt(one).delivery, b.receipt(other).delivery, a.receipt(other).delivery)
		return fault{
			why: fmt.Sprintf("%s had two orders: client %d received %s before %s, client %d the other way round",
				r.name, witness[0].Client, a, b, witness[2].Client),
			witness: witness,
		}
	}
	var steps []*loadgen.Observation
	for n, a := range circle {
		b := circle[(n+1)%len(circle)]
		if s := r.whoSaw(a, b); s != nil && len(steps) < 6 {
			steps = append(steps, a.receipt(s).delivery, b.receipt(s).delivery)
		}
	}
	return fault{
		why: fmt.Sprintf("%s had no single order: the deliveries of several members put %d messages in a circle, %s before itself",
			r.name, len(circle), circle[0]),
		witness: shown(steps...),
	}
}

// circle follows steps among the messages that were never free. Backwards, each
// of them has such a message before it, so the walk must meet itself.
func (r *room) circle(stuck map[*message]int) []*message {
	previous := make(map[*message]*message, len(stuck))
	var start *message
	for _, m := range r.open {
		if _, in := stuck[m]; !in {
			continue
		}
		start = m
		for _, next := range m.next {
			previous[next] = m
		}
	}
	for range stuck { // far enough back to be on the circle itself
		start = previous[start]
	}
	var backwards []*message
	for m := start; len(backwards) == 0 || m != start; m = previous[m] {
		backwards = append(backwards, m)
	}
	slices.Reverse(backwards)
	return backwards
}

// whoSaw is a session that received a before b.
func (r *room) whoSaw(a, b *message) *session {
	for _, s := range r.stays {
		first, second := a.receipt(s), b.receipt(s)
		if first.came() && second.came() && first.place < second.place {
			return s
		}
	}
	return nil
}
