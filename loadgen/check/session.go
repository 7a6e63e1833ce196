package check

import (
	"cmp"
	"fmt"
	"maps"
	"math"
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

// The laws of a session.
const (
	sessionReads   = "session reads its writes"
	sessionFinal   = "session invalidate is final"
	sessionLives   = "session lives for its TTL"
	sessionExpires = "session expires in time"
)

// SessionReads is the law that an access finds what was created last: never what
// nobody created, nor what another creation had replaced.
func SessionReads(p Params) Checker { return sessionLaw(sessionReads, p) }

// SessionFinal is the law that nobody finds a session after it was invalidated.
func SessionFinal(p Params) Checker { return sessionLaw(sessionFinal, p) }

// SessionLives is the law that a session that was not invalidated is found until
// its TTL after the last access.
func SessionLives(p Params) Checker { return sessionLaw(sessionLives, p) }

// SessionExpires is the law that nobody finds a session that was left alone for its
// TTL and the slack.
func SessionExpires(p Params) Checker { return sessionLaw(sessionExpires, p) }

func sessionLaw(name string, p Params) Checker {
	return law{
		name: name, least: p.Least, unit: "operations answered", shares: "sessions",
		open: func() docket { return newLogins(p) },
	}
}

// logins is the docket of the laws of sessions.
type logins struct {
	expiry  Expiry
	all     map[string]*login
	expired Expired
	ended   bool
	memory
}

func newLogins(p Params) *logins {
	return &logins{
		expiry: p.Expiry, all: make(map[string]*login), memory: newMemory(p),
		expired: Expired{Earliest: never, Latest: -p.Expiry.TTL},
	}
}

func (s *logins) hear(o *loadgen.Observation) {
	switch o.Operation.Kind {
	case loadgen.Create, loadgen.Access, loadgen.Invalidate:
	default:
		return
	}
	l := s.all[o.Object]
	if l == nil {
		l = &login{object: o.Object, of: s, reigns: make(map[string]*reign), faults: make(map[string]*fault), silence: silence{lost: never}}
		s.all[o.Object] = l
	}
	before := l.size()
	l.hear(o)
	s.kept += l.size() - before
}

func (s *logins) settle(horizon time.Duration) {
	decideEach(&s.memory, maps.Values(s.all), func(l *login) int {
		l.settle(horizon)
		return l.size()
	})
}

// end decides all that is left.
func (s *logins) end() {
	if s.ended {
		return
	}
	s.ended = true
	for _, l := range inOrderOfName(s.all) {
		l.settle(math.MaxInt64)
	}
	if s.expired.N == 0 {
		s.expired.Earliest = 0
	}
}

func (s *logins) rule(law string) finding {
	s.end()
	var faults []fault
	answers, doubt := 0, ""
	for _, l := range inOrderOfName(s.all) {
		answers += l.answers
		if f := l.faults[law]; f != nil {
			faults = append(faults, *f)
		}
		if l.strange && (law == sessionFinal || law == sessionExpires) {
			doubt = fmt.Sprintf("%s gave what nobody had created, or what had been replaced so long before that it was forgotten", l.object)
		}
	}
	if len(faults) > 0 {
		return convict(faults, "sessions")
	}
	if doubt != "" {
		return finding{ruling: Unknown, why: doubt}
	}
	told := fmt.Sprintf("%d operations on %d sessions", answers, len(s.all))
	switch law {
	case sessionLives:
		told += fmt.Sprintf(": none was gone within %s of an access", s.expiry.TTL)
	case sessionExpires:
		if s.expired.N == 0 && answers > 0 {
			return finding{ruling: Unknown, why: fmt.Sprintf("void: none of %d sessions was left alone for %s and asked for then", len(s.all), s.expiry.TTL)}
		}
		told = fmt.Sprintf("%d times a session had expired, in none was it found later than %s after its last access; %s",
			s.expired.N, s.expiry.TTL+s.expiry.slack(), s.expired)
	}
	return finding{ruling: OK, evidence: answers, why: told}
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

// Expired ends the hearing and tells when its sessions ended. It is false if the
// court was not opened for a law of sessions.
func (c *Court) Expired() (Expired, bool) {
	for _, d := range c.dockets {
		if s, ok := d.(*logins); ok {
			s.end()
			return s.expired, true
		}
	}
	return Expired{}, false
}

// Expiries looks at each access of a history that follows a silence.
func Expiries(history []loadgen.Observation, e Expiry) Expired {
	s := newLogins(Params{Expiry: e})
	for i := range history {
		s.hear(&history[i])
	}
	s.end()
	return s.expired
}

// askedFirst and toldFirst are orders of observations.
func askedFirst(a, b *loadgen.Observation) int {
	return cmp.Or(cmp.Compare(a.Sent, b.Sent), cmp.Compare(a.Seq, b.Seq))
}

func toldFirst(a, b *loadgen.Observation) int {
	return cmp.Or(cmp.Compare(a.Done, b.Done), cmp.Compare(a.Seq, b.Seq))
}

// doneBefore cuts what was done before an instant from a list that is in that order.
func doneBefore(list *[]*loadgen.Observation, horizon time.Duration) []*loadgen.Observation {
	n := 0
	for n < len(*list) && (*list)[n].Done < horizon {
		n++
	}
	over := (*list)[:n]
	*list = slices.Clone((*list)[n:])
	return over
}
