package check

import (
	"fmt"

	"github.com/durabench/durabench/loadgen"
)

// ChatOrder is the law that a room has one order: there is an order of all its
// messages that every member's deliveries follow, and in which no message comes
// after one that was sent only when it had been acknowledged.
func ChatOrder(p Params) Checker {
	return chat("chat one order", p.Least, func(r *room, _ *counts) *fault {
		if f := r.judgeRealTime(); f != nil {
			return f
		}
		return r.judgeOrder()
	}, func(c counts) string { return c.String() + " follow one order per room" })
}

// judgeRealTime walks through each member's deliveries with the latest Sent of a
// message so far: whatever was acknowledged before that must not come after it.
func (r *room) judgeRealTime() *fault {
	for n := range r.sessions {
		latest := int32(-1) // position in got
		got := r.sessions[n].got
		for position, d := range got {
			send := r.sendOf(d.message)
			if send == nil {
				continue
			}
			if latest >= 0 && send.Outcome == loadgen.OK && send.Done < r.sendOf(got[latest].message).Sent {
				before := r.messages[got[latest].message].send
				return &fault{
					why: fmt.Sprintf("client %d in %s received %s first, although it was sent only after %s had been acknowledged",
						r.history[d.at].Client, r.name, r.text(got[latest].message), r.text(d.message)),
					witness: pick(r.history, r.messages[d.message].send, before, got[latest].at, d.at),
				}
			}
			if latest < 0 || send.Sent > r.sendOf(got[latest].message).Sent {
				latest = int32(position)
			}
		}
	}
	return nil
}

// judgeOrder looks for one order that explains all deliveries. Each member says
// of each two messages it received one after the other which comes first; there
// is such an order if and only if nothing comes, over any number of steps,
// before itself. That is found by taking away, again and again, a message that
// nothing left comes before: if some are never free, they go in a circle.
func (r *room) judgeOrder() *fault {
	g := r.precedence()
	free := make([]int32, 0, len(r.messages))
	for n, before := range g.before {
		if before == 0 {
			free = append(free, int32(n))
		}
	}
	taken := 0
	for len(free) > 0 {
		n := free[len(free)-1]
		free = free[:len(free)-1]
		taken++
		for _, next := range g.after(n) {
			if g.before[next]--; g.before[next] == 0 {
				free = append(free, next)
			}
		}
	}
	if taken == len(r.messages) {
		return nil
	}
	return r.explainCircle(g)
}

// precedence is a graph of which message comes next after which.
type precedence struct {
	next   []int32 // grouped by message
	end    []int32 // of each message's group
	before []int32 // how many steps lead to a message
}

func (g *precedence) after(n int32) []int32 {
	start := int32(0)
	if n > 0 {
		start = g.end[n-1]
	}
	return g.next[start:g.end[n]]
}

func (r *room) precedence() *precedence {
	g := &precedence{end: make([]int32, len(r.messages)+1), before: make([]int32, len(r.messages))}
	r.eachStep(func(from, _ int32) { g.end[from+1]++ })
	for n := range r.messages {
		g.end[n+1] += g.end[n]
	}
	g.next = make([]int32, g.end[len(r.messages)])
	r.eachStep(func(from, to int32) {
		g.next[g.end[from]] = to
		g.end[from]++
		g.before[to]++
	})
	return g
}

// eachStep calls visit for each two messages that a member received one after
// the other. A repeated delivery is another law's matter and left out.
func (r *room) eachStep(visit func(from, to int32)) {
	met := make([]int32, len(r.messages)) // 1 + the last session that received it
	for n := range r.sessions {
		last := int32(-1)
		for _, d := range r.sessions[n].got {
			if met[d.message] == int32(n)+1 {
				continue
			}
			met[d.message] = int32(n) + 1
			if last >= 0 {
				visit(last, d.message)
			}
			last = d.message
		}
	}
}

// explainCircle shows a circle as two members who disagree about two messages
// or, if no two do, as the members whose deliveries make the circle.
func (r *room) explainCircle(g *precedence) *fault {
	circle := r.circle(g)
	for n, a := range circle {
		b := circle[(n+1)%len(circle)]
		one, other := r.whoSaw(a, b), r.whoSaw(b, a)
		if one == nil || other == nil {
			continue
		}
		witness := pick(r.history, r.receipt(one, a), r.receipt(one, b), r.receipt(other, b), r.receipt(other, a))
		return &fault{
			why: fmt.Sprintf("%s had two orders: client %d received %s before %s, client %d the other way round",
				r.name, witness[0].Client, r.text(a), r.text(b), witness[2].Client),
			witness: witness,
		}
	}
	var steps []int32
	for n, a := range circle {
		b := circle[(n+1)%len(circle)]
		if s := r.whoSaw(a, b); s != nil && len(steps) < 6 {
			steps = append(steps, r.receipt(s, a), r.receipt(s, b))
		}
	}
	return &fault{
		why: fmt.Sprintf("%s had no single order: the deliveries of several members put %d messages in a circle, %s before itself",
			r.name, len(circle), r.text(circle[0])),
		witness: pick(r.history, steps...),
	}
}

// circle follows steps among the messages that were never free. Backwards, each
// of them has such a message before it, so the walk must meet itself.
func (r *room) circle(g *precedence) []int32 {
	previous := make([]int32, len(r.messages))
	start := int32(-1)
	for n := range r.messages {
		if g.before[n] == 0 {
			continue
		}
		start = int32(n)
		for _, next := range g.after(int32(n)) {
			previous[next] = int32(n)
		}
	}
	for range r.messages { // far enough back to be on the circle itself
		start = previous[start]
	}
	var backwards []int32
	for n := start; len(backwards) == 0 || n != start; n = previous[n] {
		backwards = append(backwards, n)
	}
	circle := make([]int32, len(backwards))
	for n, m := range backwards {
		circle[len(circle)-1-n] = m
	}
	return circle
}

// whoSaw is a session that received a before b.
func (r *room) whoSaw(a, b int32) *session {
	for n := range r.sessions {
		for _, d := range r.sessions[n].got {
			if d.message == b {
				break
			}
			if d.message == a && r.receipt(&r.sessions[n], b) >= 0 {
				return &r.sessions[n]
			}
		}
	}
	return nil
}
