package actor

import "slices"

// held is what one turn said, waiting behind the output gate.
type held struct {
	batch   uint64 // must be durable first
	outputs []Output
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
	h := held{batch: e.gate, outputs: outputs}
	if len(e.held) == 0 && c.barrierOf(&h) == open {
		c.emit(Release{Object: e.identity.ID, Outputs: outputs})
		return
	}
	e.held = append(e.held, h)
	if len(e.held) == 1 {
		c.openGate(e)
	}
}

// openGate releases what may leave, and arranges to be called again for the rest.
func (c *Core) openGate(e *entry) {
	released := 0
	for released < len(e.held) {
		h := &e.held[released]
		if stop := c.barrierOf(h); stop != open {
			c.waitFor(e, stop)
			break
		}
		c.emit(Release{Object: e.identity.ID, Outputs: h.outputs})
		released++
	}
	e.held = slices.Delete(e.held, 0, released)
	c.settle(e)
}

func (c *Core) waitFor(e *entry, stop barrier) {
	if stop == untrusted {
		c.owned.waiting = append(c.owned.waiting, e)
		c.probe()
	}
	// unwritten: the commit that the output waits for opens the gate
}

// refuseHeld answers the replies that will never leave. Those that wait for a
// batch that was never sent have certainly had no effect.
func (c *Core) refuseHeld(e *entry, sent uint64) {
	for i := range e.held {
		cause := ErrUnknownOutcome
		if e.held[i].batch > sent {
			cause = ErrReset
		}
		for _, o := range e.held[i].outputs {
			if o.Reply != nil {
				c.refuse(o.Turn, cause)
			}
		}
	}
	e.held = nil
}
