package primitive

import "time"

// server is one thread with a bounded queue. Nothing overtakes.
type server struct {
	free time.Duration   // when it has nothing left to do
	ends []time.Duration // when each statement in it, from first on, is done
	gone int             // how many of ends are over
}

// admit queues a statement and says when it is done; not so if too many wait, or for too long.
func (s *server) admit(now, service time.Duration, p D1Params) (time.Duration, bool) {
	for s.gone < len(s.ends) && s.ends[s.gone] <= now {
		s.gone++
	}
	if s.gone == len(s.ends) {
		s.ends, s.gone = s.ends[:0], 0
	} else if s.gone > len(s.ends)/2 {
		s.ends, s.gone = s.ends[:copy(s.ends, s.ends[s.gone:])], 0
	}
	begin := max(now, s.free)
	if len(s.ends)-s.gone > p.Queue || begin-now > p.Longest { // one is being served, Queue wait
		return now, false
	}
	s.free = begin + service
	s.ends = append(s.ends, s.free)
	return s.free, true
}

// replica is a copy that learns of the primary's commits in their order, late.
type replica struct {
	instance
	pending []change      // not applied yet, oldest first
	last    time.Duration // when the newest change applies
}

type change struct {
	key     string
	next    *version
	applies time.Duration
}

// tell queues a change. It applies no earlier than those before it.
func (r *replica) tell(c change, now time.Duration) {
	r.apply(now)
	r.last = max(r.last, c.applies)
	c.applies = r.last
	r.pending = append(r.pending, c)
}

// apply catches up to an instant.
func (r *replica) apply(now time.Duration) {
	done := 0
	for done < len(r.pending) && r.pending[done].applies <= now {
		r.rows[r.pending[done].key] = r.pending[done].next
		done++
	}
	r.version += Bookmark(done)
	r.pending = r.pending[done:]
}

// reaches says when the replica has seen a version; one that was never
// committed is as far as it will ever get.
func (r *replica) reaches(b Bookmark, now time.Duration) time.Duration {
	r.apply(now)
	if missing := min(int(b)-int(r.version), len(r.pending)); missing > 0 {
		return r.pending[missing-1].applies
	}
	return now
}
