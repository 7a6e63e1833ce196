package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// login is what is known of one session. What can be told of the past is decided
// as soon as all of it was heard: a creation that another has surely replaced is
// forgotten, and so are accesses and invalidations that no later one can be held
// against.
type login struct {
	object string
	of     *logins
	reigns map[string]*reign // by text, but for those that were replaced long ago
	faults map[string]*fault
	silence
	forgot  bool
	strange bool // something was found that is not known, and may have to do with what was forgotten
	answers int
}

// silence is what tells whether a session was left alone.
type silence struct {
	missed []*loadgen.Observation // accesses that found none, not judged
	keeps  []*loadgen.Observation // what surely extended the session; of those long done, the one sent last
	best   []*loadgen.Observation // for each of keeps, the one sent last of all up to it
	ends   []*loadgen.Observation // invalidations that took effect, or may have
	lost   time.Duration          // when the first access of unknown outcome was sent: it may extend the session at any time since
}

// reign is what is known of one creation: how long its data was surely there.
type reign struct {
	text    string
	created *loadgen.Observation // nil if nobody was seen to create it
	read    *loadgen.Observation // the access that found it and was done first
	// The data was there from the earliest Done of all to the latest Sent of all, if
	// that is later: an instant of each lies on either side.
	from, to     time.Duration
	first, final *loadgen.Observation // whose Done and whose Sent these are
	ended        *loadgen.Observation // an invalidation after which nobody may find it

	open   []*loadgen.Observation // accesses whose silence before is not judged
	latest *loadgen.Observation   // of those judged, the one done last
}

// sure says that the data was there at more than one operation's instant.
func (r *reign) sure() bool { return r.from < r.to }

// begin and end are the bounds of all instants at which the data was seen.
func (r *reign) begin() time.Duration { return min(r.from, r.to) }
func (r *reign) end() time.Duration   { return max(r.from, r.to) }

// include widens a reign by one operation that created or found it.
func (r *reign) include(o *loadgen.Observation) {
	if done := doneBy(o, never); done < r.from {
		r.from, r.first = done, o
	}
	if o.Sent > r.to {
		r.to, r.final = o.Sent, o
	}
	r.open = append(r.open, o)
}

func (l *login) size() int {
	n := len(l.missed) + len(l.keeps) + len(l.ends)
	for _, r := range l.reigns {
		n += 1 + len(r.open)
	}
	return n
}

func (l *login) reign(text string) *reign {
	r := l.reigns[text]
	if r == nil {
		r = &reign{text: text, from: never, to: -1}
		l.reigns[text] = r
	}
	return r
}

func (l *login) hear(heard *loadgen.Observation) {
	if heard.Outcome == loadgen.OK {
		l.answers++
	}
	switch kind := heard.Operation.Kind; {
	case kind == loadgen.Create && (answered(heard) || heard.Outcome == loadgen.Unknown):
		o := detached(heard)
		r := l.reign(o.Operation.Text)
		r.created = o
		r.include(o)
		if o.Outcome == loadgen.OK {
			l.keeps = append(l.keeps, o)
		}
	case kind == loadgen.Access && answered(heard):
		o := detached(heard)
		r := l.reign(o.Reply.Text)
		if r.read == nil || o.Done < r.read.Done {
			r.read = o
		}
		r.include(o)
		l.keeps = append(l.keeps, o)
	case kind == loadgen.Access && heard.Outcome == loadgen.OK && (heard.Reply.Status == 404 || heard.Reply.Status == 0):
		l.missed = append(l.missed, detached(heard))
	case kind == loadgen.Access && heard.Outcome == loadgen.Unknown:
		l.lost = min(l.lost, heard.Sent)
	case kind == loadgen.Invalidate && (answered(heard) || heard.Outcome == loadgen.Unknown):
		l.ends = append(l.ends, detached(heard))
	}
}

// settle judges what was over before the horizon, and forgets what is decided. All
// that was sent before the horizon has been heard.
func (l *login) settle(horizon time.Duration) {
	order := l.order()
	l.judgeCreated(order, horizon)
	l.judgeReplaced(order)
	l.judgeFinal(order, horizon)
	l.line()
	l.judgeMissed(horizon)
	for _, r := range order {
		l.judgeSilence(r, horizon)
	}
	l.forget(order, horizon)
	l.tidy(horizon)
}

// order is the reigns as they began.
func (l *login) order() []*reign {
	order := make([]*reign, 0, len(l.reigns))
	for _, r := range l.reigns {
		order = append(order, r)
	}
	slices.SortFunc(order, func(a, b *reign) int {
		return cmp.Or(cmp.Compare(a.begin(), b.begin()), cmp.Compare(a.text, b.text))
	})
	return order
}

// judgeCreated finds an access that was given what nobody had created by then.
func (l *login) judgeCreated(order []*reign, horizon time.Duration) {
	for _, r := range order {
		o := r.read
		if o == nil || o.Done >= horizon || r.created != nil && r.created.Sent <= o.Done {
			continue
		}
		l.strange = l.strange || l.forgot
		l.wrong(sessionReads, fault{
			why:     fmt.Sprintf("%s gave client %d at %s %q, which nobody had created", l.object, o.Client, at(o.Done), r.text),
			witness: shown(r.created, o),
		})
	}
}

// judgeReplaced holds the reigns against each other: where two were surely there at
// one time, or one began and ended while the other was there, an access found what
// had been replaced.
func (l *login) judgeReplaced(order []*reign) {
	var open *reign // of those that were surely there, the one that was longest so
	for _, r := range order {
		// One that is not sure has all its instants between its Sents and its Dones.
		if open != nil && (r.sure() && r.begin() < open.to || !r.sure() && r.end() < open.to && r.begin() > open.from) {
			l.wrong(sessionReads, fault{
				why: fmt.Sprintf("%s had the data %q from %s to %s, yet %q was created and there between",
					l.object, open.text, at(open.from), at(open.to), r.text),
				witness: shown(open.first, r.first, open.final),
			})
		}
		if r.sure() && (open == nil || r.to > open.to) {
			open = r
		}
	}
}

// judgeFinal finds what was there before an invalidation and is found after it.
func (l *login) judgeFinal(order []*reign, horizon time.Duration) {
	for _, r := range order {
		for _, end := range l.ends {
			// An invalidation that was heard before the horizon ends what was there by then for good.
			if end.Outcome == loadgen.OK && end.Done < horizon && r.from < end.Sent && (r.ended == nil || end.Done < r.ended.Done) {
				r.ended = end
			}
		}
		if r.ended != nil && r.sure() && r.ended.Done < r.to {
			l.wrong(sessionFinal, fault{
				why: fmt.Sprintf("%s was invalidated by %s, yet client %d, which asked at %s, was given %q, created before",
					l.object, at(r.ended.Done), r.final.Client, at(r.to), r.text),
				witness: shown(r.first, r.ended, r.final),
			})
		}
	}
}

// forget lets go of reigns that were over before another began that was over before
// the horizon: who finds their data later finds what nobody is known to have created.
func (l *login) forget(order []*reign, horizon time.Duration) {
	latest := time.Duration(-1) // when the last of those that are over began
	for _, r := range order {
		if r.end() < horizon {
			latest = max(latest, r.begin())
		}
	}
	for _, r := range order {
		// What was found and not created has been told, once it was surely so.
		if r.end() < latest && len(r.open) == 0 {
			delete(l.reigns, r.text)
			l.forgot, l.strange = true, l.strange || r.created == nil
		}
	}
}

func (l *login) wrong(law string, f fault) {
	if l.faults[law] == nil {
		l.faults[law] = &f
	}
}
