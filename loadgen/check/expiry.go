package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// SessionLives is the law that a session that was not invalidated is found until
// its TTL after the last access.
func SessionLives(p Params) Checker {
	return law{
		name: "session lives for its TTL", least: p.Least, unit: "operations answered",
		judge: func(history []loadgen.Observation) finding { return judgeLives(history, p.Expiry) },
	}
}

// SessionExpires is the law that nobody finds a session that was left alone for its
// TTL and the slack.
func SessionExpires(p Params) Checker {
	return law{
		name: "session expires in time", least: p.Least, unit: "operations answered",
		judge: func(history []loadgen.Observation) finding { return judgeExpires(history, p.Expiry) },
	}
}

func judgeLives(history []loadgen.Observation, e Expiry) finding {
	groups := byObject(history, isSessionKind)
	var faults []fault
	answers := 0
	for _, g := range groups {
		l := newSessionLog(history, g)
		answers += l.answers
		if f := l.judgeLives(e); f != nil {
			faults = append(faults, *f)
		}
	}
	if len(faults) > 0 {
		return convict(faults, "sessions")
	}
	return finding{ruling: OK, evidence: answers, why: fmt.Sprintf(
		"%d operations on %d sessions: none was gone within %s of an access", answers, len(groups), e.TTL)}
}

// extensions are the operations that surely extended the session, by Done, each with
// the one of them, so far, that was sent last.
type extension struct {
	done time.Duration
	last int32
}

func (l *sessionLog) extensions() []extension {
	var at []int32
	for n := range l.reigns {
		r := &l.reigns[n]
		at = append(at, r.reads...)
		if r.created >= 0 && l.history[r.created].Outcome == loadgen.OK {
			at = append(at, r.created)
		}
	}
	slices.SortFunc(at, func(a, b int32) int { return cmp.Compare(l.history[a].Done, l.history[b].Done) })
	all := make([]extension, len(at))
	for n, i := range at {
		all[n] = extension{l.history[i].Done, i}
		if n > 0 && l.history[all[n-1].last].Sent > l.history[i].Sent {
			all[n].last = all[n-1].last
		}
	}
	return all
}

// judgeLives finds an access that found nothing although one before it had surely
// extended the session beyond it, and nobody can have ended it between.
func (l *sessionLog) judgeLives(e Expiry) *fault {
	before := l.extensions()
	for _, i := range l.missed {
		o := &l.history[i]
		n, _ := slices.BinarySearchFunc(before, o.Sent, func(x extension, t time.Duration) int { return cmp.Compare(x.done, t) })
		if n == 0 {
			continue
		}
		// The one sent last promises the most, and the fewest can have ended it since.
		last := &l.history[before[n-1].last]
		if o.Done+e.tolerance() >= last.Sent+e.TTL || l.ended(last.Sent, o.Done) {
			continue
		}
		return &fault{
			why: fmt.Sprintf("%s was gone when client %d asked at %s, at most %s after the access at %s that kept it for %s",
				l.object, o.Client, at(o.Sent), o.Done-last.Sent, at(last.Sent), e.TTL),
			witness: pick(l.history, before[n-1].last, i),
		}
	}
	return nil
}

// ended says whether an invalidation can have taken effect in a stretch of time.
func (l *sessionLog) ended(from, to time.Duration) bool {
	for _, i := range l.ends {
		if o := &l.history[i]; o.Sent <= to && doneBy(o, never) >= from {
			return true
		}
	}
	return false
}

func judgeExpires(history []loadgen.Observation, e Expiry) finding {
	groups := byObject(history, isSessionKind)
	var faults []fault
	answers := 0
	for _, g := range groups {
		l := newSessionLog(history, g)
		answers += l.answers
		if f := l.judgeExpires(e); f != nil {
			faults = append(faults, *f)
		}
	}
	expired := Expiries(history, e)
	switch {
	case len(faults) > 0:
		return convict(faults, "sessions")
	case expired.N == 0 && answers > 0:
		return finding{ruling: Unknown, why: fmt.Sprintf("void: none of %d sessions was left alone for %s and asked for then", len(groups), e.TTL)}
	}
	return finding{ruling: OK, evidence: answers, why: fmt.Sprintf(
		"%d times a session had expired, in none was it found later than %s after its last access; %s", expired.N, e.TTL+e.slack(), expired)}
}

// judgeExpires finds an access that was given what everybody had left alone for too
// long. An access of unknown outcome can have extended it at any time since it was sent.
func (l *sessionLog) judgeExpires(e Expiry) *fault {
	for n := range l.reigns {
		r := &l.reigns[n]
		bySent := r.accesses(l)
		latest := int32(-1) // of those so far, the one done last
		for _, i := range bySent {
			o := &l.history[i]
			if latest >= 0 && l.tooLate(latest, i, e) {
				last := &l.history[latest]
				return &fault{
					why: fmt.Sprintf("%s gave client %d at %s what nobody had accessed since %s, %s before: it should have been gone after %s",
						l.object, o.Client, at(o.Sent), at(last.Done), o.Sent-last.Done, e.TTL),
					witness: pick(l.history, latest, i),
				}
			}
			if latest < 0 || doneBy(o, never) > doneBy(&l.history[latest], never) {
				latest = i
			}
		}
	}
	return nil
}

// accesses are what created or found a reign's data, by Sent.
func (r *reign) accesses(l *sessionLog) []int32 {
	all := slices.Clone(r.reads)
	if r.created >= 0 {
		all = append(all, r.created)
	}
	slices.SortStableFunc(all, func(a, b int32) int { return cmp.Compare(l.history[a].Sent, l.history[b].Sent) })
	return all
}

// tooLate says whether an access was sent after what the last one before it kept
// alive was surely to be gone.
func (l *sessionLog) tooLate(last, i int32, e Expiry) bool {
	done := doneBy(&l.history[last], never)
	o := &l.history[i]
	return done != never && o.Sent-done > e.TTL+e.slack()+e.tolerance() && !l.mayExtend(o)
}

// mayExtend says whether an access whose outcome nobody knows was sent before
// another was done: it may have found the data and extended it. One that was sent
// before the data was is as good, for it may take effect late.
func (l *sessionLog) mayExtend(o *loadgen.Observation) bool {
	return slices.ContainsFunc(l.lost, func(i int32) bool { return l.history[i].Sent <= o.Done })
}

// Expired tells when sessions that were left alone ended, as clients saw it.
// Instants count from the TTL after the last access, generously on both sides: from
// its Sent to the Done of the access that tells.
type Expired struct {
	N int // accesses after a silence that found none
	// Earliest is the least that a session that was gone can have been due. Below
	// zero, it was gone before its time.
	Earliest time.Duration
	// Latest is the most that one which was found can have been overdue: no alarm
	// was later that anybody saw. Below zero, none that was due was asked for.
	Latest time.Duration
}

func (e Expired) String() string {
	return fmt.Sprintf("none was gone by %s after its time, none was found from %s on", e.Earliest, max(0, e.Latest))
}

// Expiries looks at each access that follows a silence.
func Expiries(history []loadgen.Observation, e Expiry) Expired {
	all := Expired{Earliest: never, Latest: -e.TTL}
	for _, g := range byObject(history, isSessionKind) {
		l := newSessionLog(history, g)
		before := l.extensions()
		for _, i := range l.missed {
			last, known := l.lastBefore(before, i)
			if !known || l.ended(last, l.history[i].Done) {
				continue
			}
			if over := history[i].Done - last - e.TTL; over >= -e.tolerance() {
				all.N++
				all.Earliest = min(all.Earliest, over)
			}
		}
		for r := range l.reigns {
			for _, i := range l.alone(&l.reigns[r]) {
				if last, known := l.lastBefore(before, i); known && !l.mayExtend(&history[i]) {
					all.Latest = max(all.Latest, history[i].Done-last-e.TTL)
				}
			}
		}
	}
	if all.N == 0 {
		all.Earliest = 0
	}
	return all
}

// alone are the accesses that found a reign's data while no other can have extended it.
func (l *sessionLog) alone(r *reign) []int32 {
	var alone []int32
	bySent := r.accesses(l)
	busy := time.Duration(-1) // until when those before were under way
	for n, i := range bySent {
		o := &l.history[i]
		if i != r.created && busy < o.Sent && (n+1 == len(bySent) || l.history[bySent[n+1]].Sent > o.Done) {
			alone = append(alone, i)
		}
		busy = max(busy, doneBy(o, never))
	}
	return alone
}

// lastBefore is when the last access was sent that had surely extended the session
// before another was sent.
func (l *sessionLog) lastBefore(all []extension, i int32) (time.Duration, bool) {
	n, _ := slices.BinarySearchFunc(all, l.history[i].Sent, func(x extension, t time.Duration) int { return cmp.Compare(x.done, t) })
	if n == 0 {
		return 0, false
	}
	return l.history[all[n-1].last].Sent, true
}
