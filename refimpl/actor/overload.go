package actor

import (
	"fmt"
	"time"
)

// Why a turn is refused. Each is ErrOverloaded, in words of its own.
var (
	errTooManyQueued    = fmt.Errorf("%w: too many turns wait for it", ErrOverloaded)
	errTooMuchQueued    = fmt.Errorf("%w: too much data waits for it", ErrOverloaded)
	errQueuedTooLong    = fmt.Errorf("%w: turns have waited for it for too long", ErrOverloaded)
	errTooManyRecently  = fmt.Errorf("%w: too many requests within %s", ErrOverloaded, window)
	errTooManySuspended = fmt.Errorf("%w: too many of its turns are suspended", ErrOverloaded)
	errTooManyTasks     = fmt.Errorf("%w: too many of its background tasks have not ended", ErrOverloaded)
	errTooManyHeld      = fmt.Errorf("%w: too many of its turns wait for their commit", ErrOverloaded)
	errStoreBehind      = fmt.Errorf("%w: the store is too far behind", ErrOverloaded)
	errTooManyObjects   = fmt.Errorf("%w: too many objects are at work on this node", ErrOverloaded)

	errGateShut    = fmt.Errorf("%w: a commit was not confirmed within %s", ErrOverloaded, gateLimit)
	errSectionLong = fmt.Errorf("%w: a blocking section took longer than %s", ErrOverloaded, sectionLimit)
	errAlarmLong   = fmt.Errorf("%w: an alarm's handler took longer than %s", ErrOverloaded, alarmLimit)
)

const (
	window       = 10 * time.Second // in which Config.WindowTurns are counted
	gateLimit    = 30 * time.Second
	sectionLimit = 30 * time.Second // of a constructor, too
	alarmLimit   = 15 * time.Minute
)

// load counts the turns that arrived in the current window.
type load struct {
	since time.Time
	turns int
}

// overloaded says why an object can take no more turns; e is nil if it is not in
// memory.
func (c *Core) overloaded(e *entry, bytes int) error {
	if c.commits.rows >= c.config.PendingRows {
		return errStoreBehind
	}
	if e == nil {
		return nil
	}
	switch waiting := e.queue.len(); {
	case waiting >= c.config.QueueTurns:
		return errTooManyQueued
	case waiting > 0 && e.queue.bytes+bytes > c.config.QueueBytes:
		return errTooMuchQueued
	case waiting > 0 && c.now.Sub(e.queue.oldest()) > c.config.QueueAge:
		return errQueuedTooLong
	case len(e.suspended) >= c.config.SuspendedTurns:
		return errTooManySuspended
	case len(e.gate.held) >= c.config.HeldTurns:
		return errTooManyHeld
	}
	if e.load.turns >= c.config.WindowTurns && c.now.Sub(e.load.since) < window {
		return errTooManyRecently
	}
	return nil
}

// count takes note of an arrival.
func (l *load) count(now time.Time) {
	if now.Sub(l.since) >= window {
		*l = load{since: now}
	}
	l.turns++
}
