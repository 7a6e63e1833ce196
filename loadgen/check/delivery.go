package check

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// ChatFIFO is the law that every member receives the messages of one sender in
// the order in which they were sent.
func ChatFIFO(p Params) Checker {
	return chat("chat sender order", p.Least, (*room).judgeFIFO,
		func(c counts) string { return c.String() + " keep each sender's order" })
}

func (r *room) judgeFIFO(*counts) *fault {
	for n := range r.sessions {
		last := make(map[int]int32) // the last message sent, so far, by sender
		for _, d := range r.sessions[n].got {
			send := r.sendOf(d.message)
			if send == nil {
				continue
			}
			before, known := last[send.Client]
			if known && sentBefore(send, r.sendOf(before)) {
				return &fault{
					why: fmt.Sprintf("client %d in %s received %s before %s, which client %d had sent earlier",
						r.history[d.at].Client, r.name, r.text(before), r.text(d.message), send.Client),
					witness: pick(r.history, r.messages[d.message].send, r.messages[before].send,
						r.receipt(&r.sessions[n], before), d.at),
				}
			}
			last[send.Client] = d.message
		}
	}
	return nil
}

// sentBefore orders the sends of one client. Its generator numbers them in order.
func sentBefore(a, b *loadgen.Observation) bool {
	return a.Sent < b.Sent || a.Sent == b.Sent && a.Seq < b.Seq
}

// ChatOnce is the law that a member receives a message at most once, and only
// one that somebody sent before.
func ChatOnce(p Params) Checker {
	return chat("chat no duplicate", p.Least, (*room).judgeOnce,
		func(c counts) string { return c.String() + ", none twice and none invented" })
}

func (r *room) judgeOnce(*counts) *fault {
	met := make([]int32, len(r.messages))   // 1 + the last session that received it
	first := make([]int32, len(r.messages)) // 1 + the first delivery of all
	for n := range r.sessions {
		for _, d := range r.sessions[n].got {
			o, send := &r.history[d.at], r.sendOf(d.message)
			switch {
			case send == nil:
				return r.wrong(d, "received %s, which nobody sent")
			case send.Outcome == loadgen.Failed:
				return r.wrong(d, "received %s, whose sending certainly failed")
			case o.Done < send.Sent:
				return r.wrong(d, "received %s before it was sent")
			case met[d.message] == int32(n)+1:
				f := r.wrong(d, "received %s twice")
				f.witness = pick(r.history, r.messages[d.message].send, r.receipt(&r.sessions[n], d.message), d.at)
				return f
			}
			met[d.message] = int32(n) + 1
			if first[d.message] == 0 {
				first[d.message] = d.at + 1
			} else if r.history[first[d.message]-1].Reply.Text != o.Reply.Text {
				f := r.wrong(d, "received %s as another message than others did: the room took it in twice")
				f.witness = pick(r.history, r.messages[d.message].send, first[d.message]-1, d.at)
				return f
			}
		}
	}
	return nil
}

func (r *room) wrong(d delivery, story string) *fault {
	return &fault{
		why:     fmt.Sprintf("client %d in %s "+story, r.history[d.at].Client, r.name, r.text(d.message)),
		witness: pick(r.history, r.messages[d.message].send, d.at),
	}
}

// ChatGap is the law that a member misses no message between two others: who
// joined before a message was sent, and received one that comes after it, has
// received it too. It holds for members whose connection was lost later as well.
func ChatGap(p Params) Checker {
	return chat("chat no gap", p.Least, (*room).judgeGap, func(c counts) string {
		why := c.String() + " leave nothing out"
		if c.skipped > 0 {
			why += fmt.Sprintf(" (%d messages were missed at the end of a connection)", c.skipped)
		}
		return why
	})
}

// judgeGap asks, for each message that a member missed, another one who received
// it: is there a later delivery of theirs that the first one had too?
func (r *room) judgeGap(sum *counts) *fault {
	met := make([]int32, len(r.messages))
	for n := range r.sessions {
		s := &r.sessions[n]
		for _, d := range s.got {
			met[d.message] = int32(n) + 1
		}
		var common map[int32]int // by other session: its last position with a message that s has
		for m := range r.messages {
			seen := r.messages[m].seen
			send := r.sendOf(int32(m))
			if met[m] == int32(n)+1 || seen < 0 || send == nil || !r.joinedBy(s, send.Sent) || r.leftBy(s, send.Sent) {
				continue
			}
			if common == nil {
				common = make(map[int32]int)
			}
			last, known := common[seen]
			if !known {
				last = lastCommon(r.sessions[seen].got, met, int32(n)+1)
				common[seen] = last
			}
			if f := r.gapBefore(s, int32(m), last); f != nil {
				return f
			}
			sum.skipped++
		}
	}
	return nil
}

// lastCommon is the last position in got of a message with the mark, -1 if none.
func lastCommon(got []delivery, met []int32, mark int32) int {
	for position := len(got) - 1; position >= 0; position-- {
		if met[got[position].message] == mark {
			return position
		}
	}
	return -1
}

// gapBefore convicts if the witness of a message received it before its
// position last, whose message the session has.
func (r *room) gapBefore(s *session, missing int32, last int) *fault {
	m := r.messages[missing]
	if int(m.place) >= last {
		return nil
	}
	other := &r.sessions[m.seen]
	saw, after := other.got[m.place], other.got[last]
	own := r.receipt(s, after.message)
	return &fault{
		why: fmt.Sprintf("client %d in %s received %s but never %s, which client %d received before that",
			r.history[own].Client, r.name, r.text(after.message), r.text(missing), r.history[saw.at].Client),
		witness: pick(r.history, s.join, m.send, saw.at, after.at, own),
	}
}

// ChatReach is the law that a message whose sender received it back reaches
// every member who was there all the time: who joined before it was sent, and
// stayed for Grace after it was acknowledged.
func ChatReach(p Params) Checker {
	grace := p.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	return chat("chat reach", p.Least,
		func(r *room, sum *counts) *fault { return r.judgeReach(sum, grace) },
		func(c counts) string {
			return fmt.Sprintf("%d of %d deliveries due to members who were there throughout came", c.reached, c.expected)
		})
}

func (r *room) judgeReach(sum *counts, grace time.Duration) *fault {
	var end time.Duration // of what was observed, for members who never left
	for n := range r.sessions {
		if got := r.sessions[n].got; len(got) > 0 {
			end = max(end, r.history[got[len(got)-1].at].Done)
		}
	}
	met := make([]int32, len(r.messages))
	var first *fault
	for n := range r.sessions {
		s := &r.sessions[n]
		for _, d := range s.got {
			met[d.message] = int32(n) + 1
		}
		stayed := r.stayed(s, end)
		for m := range r.messages {
			send := r.sendOf(int32(m))
			if send == nil || send.Outcome != loadgen.OK || !r.joinedBy(s, send.Sent) {
				continue
			}
			if met[m] == int32(n)+1 {
				sum.expected++
				sum.reached++
			} else if stayed-grace >= send.Done {
				sum.expected++
				if first == nil {
					first = r.unreached(s, int32(m), stayed)
				}
			}
		}
	}
	if first != nil {
		first.why += fmt.Sprintf("; %d of %d deliveries due came", sum.reached, sum.expected)
	}
	return first
}

// stayed is until when a member was certainly there. One whose connection was
// lost may have been gone for long when that was noticed.
func (r *room) stayed(s *session, end time.Duration) time.Duration {
	if s.leave < 0 {
		return end
	}
	leave := &r.history[s.leave]
	if leave.Outcome == loadgen.OK && leave.Reply.Error == "" {
		return leave.Sent
	}
	return 0
}

func (r *room) unreached(s *session, m int32, stayed time.Duration) *fault {
	send := r.sendOf(m)
	echo := int32(-1)
	if seen := r.messages[m].seen; seen >= 0 {
		echo = r.receipt(&r.sessions[seen], m)
	}
	return &fault{
		why: fmt.Sprintf("%s in %s was acknowledged at %s and never reached client %d, who was there until %s",
			r.text(m), r.name, at(send.Done), r.history[s.join].Client, at(stayed)),
		witness: pick(r.history, s.join, r.messages[m].send, echo, s.leave),
	}
}
