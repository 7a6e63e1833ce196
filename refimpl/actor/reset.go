package actor

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/durabench/durabench/refimpl/object"
)

// blame says what an alarm's run makes of the end of its object.
type blame uint8

const (
	ownCode        blame = iota // it counts as a failed run
	infrastructure              // it is run again, and does not count
)

// resetByTurn drops the instance after a turn that must not stand. Turns before
// it do stand, and so does what it did before it was last suspended: their writes
// become durable and their replies go out; only then may the object be read from
// the store again.
func (c *Core) resetByTurn(e *entry, cause error) {
	var aborted *AbortError
	if errors.As(cause, &aborted) && aborted.Alarm == object.DropAlarm {
		c.abandonAlarm(e)
	}
	e.phase = busy // its turn is refused with the others
	c.breakObject(e, cause, ownCode)
}

// breakObject drops the instance and its sockets, and fails all it had to do.
func (c *Core) breakObject(e *entry, cause error, whose blame) {
	if e.phase == settling || e.phase == loading { // there is no instance
		c.refuseQueued(e, fmt.Errorf("%w: %w", ErrRetryable, cause))
		return
	}
	c.dropInstance(e, cause, whose, Break{Object: e.identity.ID, Cause: cause})
}

// unborn drops an instance whose constructor failed, with all that waited for it.
// Sockets that hibernate are not its own yet.
func (c *Core) unborn(e *entry, cause error) {
	cause = fmt.Errorf("%w: %w", ErrConstructor, cause)
	c.refuseQueued(e, cause)
	if !e.alarm.due.After(c.now) && !e.alarm.at.IsZero() {
		e.alarm.running = true // it is what could not begin
	}
	c.dropInstance(e, cause, ownCode, Evict{Object: e.identity.ID})
}

func (c *Core) dropInstance(e *entry, cause error, whose blame, drop Effect) {
	if whose == ownCode {
		cause = ownFault{cause}
	}
	c.refuseAll(e, cause)
	c.emit(drop)
	e.phase, e.current, e.section = settling, current{}, section{}
	c.rested.remove(e)
	e.alarm.queued = false
	if e.alarm.running {
		if change := c.alarmFailed(e, whose); change.Changed {
			c.gather(e, &Yielded{Alarm: change})
		}
		e.alarm.running, e.alarm.touched = false, false
	}
	c.settle(e)
}

// refuseAll answers all turns of an object that did not end, oldest news last: the
// one that runs, those that are suspended, those that wait.
func (c *Core) refuseAll(e *entry, cause error) {
	if e.phase == busy {
		c.refuse(e.current.turn, e.current.failed(cause))
	}
	suspended := slices.SortedFunc(maps.Values(e.suspended), func(a, b *suspension) int { return cmp.Compare(a.turn, b.turn) })
	for _, s := range suspended {
		c.refuse(s.turn, fmt.Errorf("%w: %w", ErrUnknownOutcome, cause))
	}
	e.suspended, e.gate.syncs, e.tasks = nil, nil, 0
	c.refuseQueued(e, fmt.Errorf("%w: %w", ErrRetryable, cause))
}

// failed is what the caller of a turn that runs hears: that nothing of it stands,
// or, if it was suspended before, that something may.
func (t current) failed(cause error) error {
	if t.resumed {
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, cause)
	}
	return fmt.Errorf("%w: %w", ErrReset, cause)
}

// ownFault marks that an object ended by what its own code did (it aborted, it
// panicked, a section failed), which callers hear as an exception from over there.
type ownFault struct{ error }

// Unwrap gives the cause.
func (f ownFault) Unwrap() error { return f.error }

// settle ends the wait of a reset object: reload it if something waits, else forget it.
func (c *Core) settle(e *entry) {
	switch {
	case e.phase != settling || e.gate.batch > c.commits.durable || len(e.gate.held) > 0:
	case e.queue.len() > 0:
		c.load(e)
	default:
		c.forget(e)
		c.remember(e)
	}
}

// sectionDue resets an object whose blocking section takes too long.
func (c *Core) sectionDue(t timer) {
	e, ok := c.objects[t.object]
	if !ok || e.activation != t.activation || e.section.number != t.number {
		return
	}
	switch {
	case e.phase == busy: // it may be over, as soon as the turn yields
		c.armTurn(e, sectionTimer, c.now.Add(busyGrace), t.number)
	case t.number == constructor:
		c.unborn(e, errSectionLong)
	default:
		c.breakObject(e, errSectionLong, ownCode)
	}
}

// wallDue resets an object whose alarm takes too long.
func (c *Core) wallDue(t timer) {
	e, ok := c.objects[t.object]
	if !ok || e.activation != t.activation {
		return
	}
	_, suspended := e.suspended[TurnID(t.number)]
	runs := e.phase == busy && uint64(e.current.turn) == t.number
	switch limit := e.alarm.began.Add(alarmLimit); {
	case !suspended && !runs:
	case limit.After(c.now):
		c.armTurn(e, wallTimer, limit, t.number)
	case runs: // it may be over, as soon as it yields
		c.armTurn(e, wallTimer, c.now.Add(busyGrace), t.number)
	default:
		c.breakObject(e, errAlarmLong, ownCode)
	}
}
