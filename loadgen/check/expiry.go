package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// line puts what is known of silences into the order in which it was done.
func (l *login) line() {
	slices.SortFunc(l.missed, toldFirst)
	slices.SortFunc(l.keeps, toldFirst)
	l.best = slices.Clone(l.keeps)
	for n := 1; n < len(l.best); n++ {
		if l.best[n-1].Sent > l.best[n].Sent {
			l.best[n] = l.best[n-1]
		}
	}
}

// judgeMissed finds an access that found nothing although one before it had surely
// extended the session beyond it, and nobody can have ended it between.
func (l *login) judgeMissed(horizon time.Duration) {
	over := doneBefore(&l.missed, horizon)
	e, seen := l.of.expiry, &l.of.expired
	for _, o := range over {
		last := l.lastBefore(o)
		if last == nil || l.endedIn(last.Sent, o.Done) {
			continue
		}
		if late := o.Done - last.Sent - e.TTL; late >= -e.tolerance() {
			seen.N++
			seen.Earliest = min(seen.Earliest, late)
			continue
		}
		l.wrong(sessionLives, fault{
			why: fmt.Sprintf("%s was gone when client %d asked at %s, at most %s after the access at %s that kept it for %s",
				l.object, o.Client, at(o.Sent), o.Done-last.Sent, at(last.Sent), e.TTL),
			witness: shown(last, o),
		})
	}
}

// lastBefore is, of what had surely extended the session before another was sent, the
// one that was sent last: it promises the most, and the fewest can have ended it since.
func (l *login) lastBefore(o *loadgen.Observation) *loadgen.Observation {
	n, _ := slices.BinarySearchFunc(l.keeps, o.Sent, func(k *loadgen.Observation, t time.Duration) int { return cmp.Compare(k.Done, t) })
	if n == 0 {
		return nil
	}
	return l.best[n-1]
}

// endedIn says whether an invalidation can have taken effect in a stretch of time.
func (l *login) endedIn(from, to time.Duration) bool {
	return slices.ContainsFunc(l.ends, func(o *loadgen.Observation) bool { return o.Sent <= to && doneBy(o, never) >= from })
}

// judgeSilence finds an access that was given what everybody had left alone for too
// long. An access of unknown outcome can have extended it at any time since it was
// sent; one that was sent before the data was is as good, for it may take effect late.
func (l *login) judgeSilence(r *reign, horizon time.Duration) {
	slices.SortFunc(r.open, askedFirst)
	e := l.of.expiry
	n := 0
	for ; n < len(r.open); n++ {
		o := r.open[n]
		if o.Sent >= horizon || o.Done >= horizon {
			break
		}
		if l.lost > o.Done {
			next := n+1 < len(r.open) && r.open[n+1].Sent <= o.Done
			l.judgeAlone(r, o, e, !next)
		}
		if r.latest == nil || doneBy(o, never) > doneBy(r.latest, never) {
			r.latest = o
		}
	}
	r.open = slices.Clone(r.open[n:])
}

// judgeAlone judges an access that no lost one can have helped; alone says that none
// was sent while it was under way.
func (l *login) judgeAlone(r *reign, o *loadgen.Observation, e Expiry, alone bool) {
	done := time.Duration(-1)
	if r.latest != nil {
		done = doneBy(r.latest, never)
	}
	if done >= 0 && done != never && o.Sent-done > e.TTL+e.slack()+e.tolerance() {
		l.wrong(sessionExpires, fault{
			why: fmt.Sprintf("%s gave client %d at %s what nobody had accessed since %s, %s before: it should have been gone after %s",
				l.object, o.Client, at(o.Sent), at(done), o.Sent-done, e.TTL),
			witness: shown(r.latest, o),
		})
	}
	if last := l.lastBefore(o); alone && o != r.created && done < o.Sent && last != nil {
		l.of.expired.Latest = max(l.of.expired.Latest, o.Done-last.Sent-e.TTL)
	}
}

// tidy forgets what extended or ended the session before all that is left to judge.
func (l *login) tidy(horizon time.Duration) {
	earliest := horizon // at which something is sent that is not judged
	for _, o := range l.missed {
		earliest = min(earliest, o.Sent)
	}
	for _, r := range l.reigns {
		for _, o := range r.open {
			earliest = min(earliest, o.Sent)
		}
	}
	var last *loadgen.Observation
	for _, o := range doneBefore(&l.keeps, earliest) {
		if last == nil || o.Sent > last.Sent {
			last = o
		}
	}
	// An invalidation that was over before every access that can be the last one to
	// extend the session has nothing more to say.
	since := horizon
	if last != nil {
		l.keeps = slices.Insert(l.keeps, 0, last)
		since = min(since, last.Sent)
	} else {
		for _, o := range l.keeps {
			since = min(since, o.Sent)
		}
	}
	l.best = nil
	var perhaps *loadgen.Observation // the first of unknown outcome excuses all that the others do
	l.ends = slices.DeleteFunc(l.ends, func(o *loadgen.Observation) bool {
		if o.Outcome == loadgen.Unknown {
			if perhaps == nil || o.Sent < perhaps.Sent {
				perhaps = o
			}
			return true
		}
		return o.Done < since
	})
	if perhaps != nil {
		l.ends = append(l.ends, perhaps)
	}
}
