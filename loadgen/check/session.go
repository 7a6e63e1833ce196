package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Expiry is when a session ends that nobody accesses: no earlier than TTL after the
// last access, and no later than TTL + Slack. Instants are judged at the client, so
// an access counts from its Sent for what must be, until its Done for what may be.
type Expiry struct {
	TTL time.Duration
	// Slack is how late an alarm may run and its deletion be seen; zero is
	// DefaultSlack. Faults that hold an object up add to it.
	Slack time.Duration
	// Tolerance is how far the object's clock may be off the instants of its
	// operations. Zero is a millisecond.
	Tolerance time.Duration
}

// DefaultSlack is for a busy machine: the alarm's timer, a turn that waits its turn.
const DefaultSlack = 500 * time.Millisecond

func (e Expiry) check() error {
	if e.TTL <= 0 || e.Slack < 0 || e.Tolerance < 0 {
		return fmt.Errorf("session ttl %s, slack %s, tolerance %s: want a ttl, and nothing below zero", e.TTL, e.Slack, e.Tolerance)
	}
	return nil
}

func (e Expiry) slack() time.Duration     { return cmp.Or(e.Slack, DefaultSlack) }
func (e Expiry) tolerance() time.Duration { return cmp.Or(e.Tolerance, time.Millisecond) }

func isSessionKind(k loadgen.Kind) bool {
	return k == loadgen.Create || k == loadgen.Access || k == loadgen.Invalidate
}

// reign is all that is known of one creation: how long its data was surely there.
type reign struct {
	text    string
	created int32   // -1 if nobody was seen to create it
	reads   []int32 // accesses that found it
	// The data was there from the earliest Done of all to the latest Sent of all, if
	// that is later: an instant of each lies on either side.
	from, to     time.Duration
	first, final int32 // whose Done and whose Sent these are
}

// sure says that the data was there at more than one operation's instant.
func (r *reign) sure() bool { return r.from < r.to }

// sessionLog is the history of one session.
type sessionLog struct {
	history []loadgen.Observation
	object  string
	reigns  []reign
	ends    []int32 // invalidations that took effect, or may have, by Sent
	missed  []int32 // accesses that found none
	lost    []int32 // accesses of unknown outcome: each may have extended the session, at any time
	answers int
}

func newSessionLog(history []loadgen.Observation, g group) *sessionLog {
	l := &sessionLog{history: history, object: g.object}
	where := make(map[string]int)
	reignOf := func(text string) *reign {
		n, known := where[text]
		if !known {
			n = len(l.reigns)
			where[text] = n
			l.reigns = append(l.reigns, reign{text: text, created: -1, from: never, to: -1, first: -1, final: -1})
		}
		return &l.reigns[n]
	}
	for _, i := range g.at {
		o := &history[i]
		if o.Outcome == loadgen.OK {
			l.answers++
		}
		switch kind := o.Operation.Kind; {
		case kind == loadgen.Create && (answered(o) || o.Outcome == loadgen.Unknown):
			r := reignOf(o.Operation.Text)
			r.created = i
			r.include(history, i)
		case kind == loadgen.Access && answered(o):
			r := reignOf(o.Reply.Text)
			r.reads = append(r.reads, i)
			r.include(history, i)
		case kind == loadgen.Access && o.Outcome == loadgen.OK && (o.Reply.Status == 404 || o.Reply.Status == 0):
			l.missed = append(l.missed, i)
		case kind == loadgen.Access && o.Outcome == loadgen.Unknown:
			l.lost = append(l.lost, i)
		case kind == loadgen.Invalidate && (answered(o) || o.Outcome == loadgen.Unknown):
			l.ends = append(l.ends, i)
		}
	}
	slices.SortStableFunc(l.ends, func(a, b int32) int { return cmp.Compare(history[a].Sent, history[b].Sent) })
	return l
}

// include widens a reign by one operation that created or found it.
func (r *reign) include(history []loadgen.Observation, i int32) {
	o := &history[i]
	if done := doneBy(o, never); done < r.from {
		r.from, r.first = done, i
	}
	if o.Sent > r.to {
		r.to, r.final = o.Sent, i
	}
}

// SessionReads is the law that an access finds what was created last: never what
// nobody created, nor what another creation had replaced.
func SessionReads(p Params) Checker {
	return sessionLaw("session reads its writes", p, (*sessionLog).judgeReads)
}

// SessionFinal is the law that nobody finds a session after it was invalidated.
func SessionFinal(p Params) Checker {
	return sessionLaw("session invalidate is final", p, (*sessionLog).judgeFinal)
}

func sessionLaw(name string, p Params, judge func(*sessionLog) *fault) Checker {
	return law{name: name, least: p.Least, unit: "operations answered", judge: func(history []loadgen.Observation) finding {
		groups := byObject(history, isSessionKind)
		var faults []fault
		answers := 0
		for _, g := range groups {
			l := newSessionLog(history, g)
			answers += l.answers
			if f := judge(l); f != nil {
				faults = append(faults, *f)
			}
		}
		if len(faults) > 0 {
			return convict(faults, "sessions")
		}
		return finding{ruling: OK, evidence: answers, why: fmt.Sprintf("%d operations on %d sessions", answers, len(groups))}
	}}
}

// judgeReads holds the reigns against each other: where two were surely there at one
// time, or one began and ended while the other was there, an access found what had
// been replaced.
func (l *sessionLog) judgeReads() *fault {
	for n := range l.reigns {
		r := &l.reigns[n]
		for _, i := range r.reads {
			o := &l.history[i]
			if r.created < 0 || l.history[r.created].Sent > o.Done {
				return &fault{
					why:     fmt.Sprintf("%s gave client %d at %s %q, which nobody had created", l.object, o.Client, at(o.Done), r.text),
					witness: pick(l.history, r.created, i),
				}
			}
		}
	}
	order := make([]*reign, len(l.reigns))
	for n := range order {
		order[n] = &l.reigns[n]
	}
	slices.SortStableFunc(order, func(a, b *reign) int { return cmp.Compare(min(a.from, a.to), min(b.from, b.to)) })
	var open *reign // of those that were surely there, the one that was longest so
	for _, r := range order {
		begin, end := min(r.from, r.to), max(r.from, r.to)
		// One that is not sure has all its instants between its Sents and its Dones.
		if open != nil && (r.sure() && begin < open.to || !r.sure() && end < open.to && begin > open.from) {
			return l.replaced(open, r)
		}
		if r.sure() && (open == nil || r.to > open.to) {
			open = r
		}
	}
	return nil
}

// replaced is the fault of one creation's data found on both sides of another's.
func (l *sessionLog) replaced(one, other *reign) *fault {
	return &fault{
		why: fmt.Sprintf("%s had the data %q from %s to %s, yet %q was created and there between",
			l.object, one.text, at(one.from), at(one.to), other.text),
		witness: pick(l.history, one.first, other.first, one.final),
	}
}

func (l *sessionLog) judgeFinal() *fault {
	sure := slices.DeleteFunc(slices.Clone(l.reigns), func(r reign) bool { return !r.sure() })
	slices.SortFunc(sure, func(a, b reign) int { return cmp.Compare(a.from, b.from) })
	n := 0
	var open *reign
	for _, i := range l.ends {
		o := &l.history[i]
		for ; n < len(sure) && sure[n].from < o.Sent; n++ {
			if open == nil || sure[n].to > open.to {
				open = &sure[n]
			}
		}
		if o.Outcome == loadgen.OK && open != nil && o.Done < open.to {
			return &fault{
				why: fmt.Sprintf("%s was invalidated by %s, yet client %d, which asked at %s, was given %q, created before",
					l.object, at(o.Done), l.history[open.final].Client, at(open.to), open.text),
				witness: pick(l.history, open.first, i, open.final),
			}
		}
	}
	return nil
}
