package actor

import (
	"fmt"
	"slices"
)

// gate is an object's output gate: what it said waits here for what it wrote.
type gate struct {
	batch     uint64 // number of the last batch with writes of this object; 0 is none
	confirmed uint64 // of the last with writes that output waits for; at most batch
	held      []held // in the order said
	syncs     []*suspension
	waiting   bool // for a proof of ownership
}

// held is what one turn said, waiting behind the output gate.
type held struct {
	batch   uint64 // must be durable first
	outputs []Output
	resumed bool // the turn was suspended before, and what it did then stands
}

// barrier is why held output may not leave.
type barrier uint8

const (
	open      barrier = iota
	unwritten         // its batch is not durable
	untrusted         // our own ownership is not proven recently enough
)

func (c *Core) barrierOf(h *held) barrier {
	switch {
	case h.batch > c.commits.durable:
		return unwritten
	case !c.owned.trustedUntil.After(c.now):
		return untrusted
	}
	return open
}

// say lets a turn's output out, or holds it. What follows held output is held
// too: an object's words never overtake each other.
func (c *Core) say(e *entry, outputs []Output) {
	if len(outputs) == 0 {
		return
	}
	h := held{batch: e.gate.confirmed, outputs: outputs, resumed: e.current.resumed}
	if len(e.gate.held) == 0 && c.barrierOf(&h) == open {
		c.emit(Release{Object: e.identity.ID, Outputs: outputs})
		return
	}
	e.gate.held = append(e.gate.held, h)
	if len(e.gate.held) == 1 {
		c.openGate(e)
	}
}

// openGate releases what may leave, and arranges to be called again for the rest.
func (c *Core) openGate(e *entry) {
	released := 0
	for released < len(e.gate.held) {
		h := &e.gate.held[released]
		if stop := c.barrierOf(h); stop != open {
			c.waitFor(e, stop)
			break
		}
		c.emit(Release{Object: e.identity.ID, Outputs: h.outputs})
		released++
	}
	e.gate.held = slices.Delete(e.gate.held, 0, released)
	c.wakeDurable(e)
	c.settle(e)
	c.settleDown(e)
}

func (c *Core) waitFor(e *entry, stop barrier) {
	if stop == untrusted && !e.gate.waiting {
		e.gate.waiting = true
		c.owned.waiting = append(c.owned.waiting, e)
		c.probe()
	}
	// unwritten: the commit that the output waits for opens the gate
}

// wakeDurable wakes the turns that waited for what is durable now.
func (c *Core) wakeDurable(e *entry) {
	for len(e.gate.syncs) > 0 && e.gate.syncs[0].batch <= c.commits.durable {
		s := e.gate.syncs[0]
		e.gate.syncs = slices.Delete(e.gate.syncs, 0, 1)
		c.proceed(e, s, nil)
	}
}

// refuseHeld answers the replies that will never leave. Those that wait for a
// batch that was never sent have certainly had no effect, unless their turns were
// suspended and what they did before was kept.
func (c *Core) refuseHeld(e *entry, sent uint64, why error) {
	for i := range e.gate.held {
		cause := ErrUnknownOutcome
		if e.gate.held[i].batch > sent && !e.gate.held[i].resumed {
			cause = ErrReset
		}
		if why != nil {
			cause = fmt.Errorf("%w: %w", cause, why)
		}
		for _, o := range e.gate.held[i].outputs {
			if o.Reply != nil {
				c.refuse(o.Turn, cause)
			}
		}
	}
	e.gate.held, e.gate.syncs = nil, nil
}

// watchGate sees to it that somebody looks whether a unit takes too long: one timer
// for all of them.
func (c *Core) watchGate(u *unit) {
	if !c.commits.watched {
		c.commits.watched = true
		c.timers.push(timer{at: u.since.Add(gateLimit), kind: gateTimer})
	}
}

// gateDue breaks the objects whose gates have been shut for too long. What the store
// makes of their writes in the end is unknown: until it has told, they cannot be read again.
func (c *Core) gateDue() {
	c.commits.watched = false
	for _, u := range c.commits.pending() {
		if u.since.Add(gateLimit).After(c.now) {
			c.watchGate(u)
			return
		}
		for _, e := range u.entries {
			if c.objects[e.identity.ID] == e && e.gate.batch > c.commits.durable {
				c.refuseHeld(e, c.commits.number, errGateShut)
				c.breakObject(e, errGateShut, infrastructure)
			}
		}
		u.since = c.now // what comes for them meanwhile is refused in its turn
	}
	if pending := c.commits.pending(); len(pending) > 0 {
		c.watchGate(pending[0])
	}
}
