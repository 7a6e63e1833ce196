package actor

import "time"

const (
	// sweepEvery is how often idle objects with background tasks are looked at; one
	// leaves that was not used for as long.
	sweepEvery = 70 * time.Second
	// busyGrace is how long a turn that runs may still take after a limit.
	busyGrace = time.Second
)

// rest is an object's way out of memory.
type rest struct {
	active time.Time // something of it ran last
	used   time.Time // something but a background task did
	armed  time.Time // the timer that counts is set for then

	listed         bool
	earlier, later *entry // in the list of resting objects
}

// restList are the objects that could leave at any time, those that have been at
// rest longest first.
type restList struct{ first, last *entry }

func (l *restList) add(e *entry) {
	if e.rest.listed {
		return
	}
	e.rest.listed, e.rest.earlier = true, l.last
	if l.last != nil {
		l.last.rest.later = e
	} else {
		l.first = e
	}
	l.last = e
}

func (l *restList) remove(e *entry) {
	if !e.rest.listed {
		return
	}
	if e.rest.earlier != nil {
		e.rest.earlier.rest.later = e.rest.later
	} else {
		l.first = e.rest.later
	}
	if e.rest.later != nil {
		e.rest.later.rest.earlier = e.rest.earlier
	} else {
		l.last = e.rest.earlier
	}
	e.rest.listed, e.rest.earlier, e.rest.later = false, nil, nil
}

// settled says that nothing is to be done for the object but background tasks, and
// that all it did is durable and has been said.
func (c *Core) settled(e *entry) bool {
	return e.phase == idle && e.backgroundOnly() && len(e.gate.held) == 0 && e.gate.batch <= c.commits.durable
}

// settleDown lists an object that could leave now.
func (c *Core) settleDown(e *entry) {
	if c.settled(e) && len(e.suspended) == 0 {
		c.rested.add(e)
	}
	c.depart(e)
}

// makeRoom evicts the object that has been at rest longest, if there is one.
func (c *Core) makeRoom() bool {
	e := c.rested.first
	if e == nil {
		return false
	}
	c.evict(e)
	return true
}

func (c *Core) evict(e *entry) {
	c.emit(Evict{Object: e.identity.ID})
	c.forget(e)
	c.remember(e)
}

// armIdle sees to it that the object is looked at by then.
func (c *Core) armIdle(e *entry, at time.Time) {
	if !e.rest.armed.IsZero() && !e.rest.armed.After(at) {
		return
	}
	e.rest.armed = at
	c.timers.push(timer{at: at, kind: idleTimer, object: e.identity.ID, activation: e.activation})
}

// idleDue evicts the object if it has been idle for long enough, and otherwise
// looks again when that may be: one timer per object, however busy.
func (c *Core) idleDue(t timer) {
	e, ok := c.objects[t.object]
	if !ok || e.activation != t.activation || !t.at.Equal(e.rest.armed) {
		return
	}
	e.rest.armed = time.Time{}
	if at := c.leaves(e, t.at); at.After(c.now) {
		c.armIdle(e, at)
		return
	}
	c.evict(e)
}

// leaves is when the object leaves memory, or when to look again; looked is when it
// was to be looked at.
func (c *Core) leaves(e *entry, looked time.Time) time.Time {
	switch due := e.rest.active.Add(c.config.IdleAfter); {
	case len(e.suspended) == 0 && due.After(c.now):
		return due
	case !c.settled(e):
		return c.now.Add(c.config.IdleAfter)
	case len(e.suspended) == 0:
		return c.now
	}
	sweeping := looked.Equal(looked.Truncate(sweepEvery))
	if sweeping && c.now.Sub(e.rest.used) > sweepEvery && !c.keptUp(e) {
		return c.now
	}
	return c.now.Truncate(sweepEvery).Add(sweepEvery)
}

// keptUp says whether a background task waits for something that it has not been
// waiting for too long.
func (c *Core) keptUp(e *entry) bool {
	for _, s := range e.suspended {
		if c.now.Sub(s.since) < c.config.PendingKeeps {
			return true
		}
	}
	return false
}
