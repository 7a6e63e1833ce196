package actor

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// phase is where an object in memory is in its life.
//
//	loading --Loaded--> idle <--Yielded/Resume--> busy
//	   ^                  |                        |
//	   |               Evict: gone          panic: settling
//	   +--- its last writes are durable ----------+
type phase uint8

const (
	loading  phase = iota
	idle           // resident, no turn running
	busy           // a turn is running
	settling       // the instance is gone; its earlier turns' writes are not durable yet
)

// entry is one object in memory.
type entry struct {
	identity   object.Identity
	slot       store.Slot
	activation Activation
	phase      phase
	queue      queue
	current    queued // the turn that runs, when busy
	lastActive time.Time
	alarm      alarm

	batch uint64 // number of the last batch with writes of this object; 0 is none
	gate  uint64 // of the last with writes that output waits for; at most batch
	held  []held // the output gate: what waits, in order
}

// queued is a turn that waits.
type queued struct {
	turn TurnID // 0 for the core's own
	kind Kind
}

// queue is a first-in first-out queue that reuses its memory.
type queue struct {
	items []queued
	head  int
}

func (q *queue) len() int { return len(q.items) - q.head }

func (q *queue) push(item queued) { q.items = append(q.items, item) }

func (q *queue) pop() queued {
	item := q.items[q.head]
	q.head++
	switch {
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
	case q.head >= 64 && q.head*2 >= len(q.items):
		// Half of it is used up: move the rest down, so that a queue that never empties does not grow.
		q.items, q.head = q.items[:copy(q.items, q.items[q.head:])], 0
	}
	return item
}

// arrived queues the turn, and sees to it that the object is there to run it.
func (c *Core) arrived(a Arrived) {
	slot := store.SlotOf(a.Object.ID, c.config.Slots)
	e := c.objects[a.Object.ID]
	switch {
	case !c.owned.slots[slot].held:
		c.refuse(a.Turn, ErrNotOwner)
	case c.drain != serving:
		c.refuse(a.Turn, ErrRetryable)
	case a.Kind != Closed && c.overloaded(e): // a close is never refused: there is one per socket
		c.refuse(a.Turn, ErrOverloaded)
	default:
		if e == nil {
			e = c.activate(a.Object, slot)
		}
		e.queue.push(queued{turn: a.Turn, kind: a.Kind})
		c.resume(e)
	}
}

func (c *Core) overloaded(e *entry) bool {
	return c.commits.rows >= c.config.PendingRows || e != nil && (e.queue.len() >= c.config.QueueTurns || len(e.held) >= c.config.HeldTurns)
}

func (c *Core) activate(identity object.Identity, slot store.Slot) *entry {
	e := &entry{identity: identity, slot: slot, lastActive: c.now}
	c.objects[identity.ID] = e
	delete(c.alarms.known, identity.ID)
	c.load(e)
	return e
}

func (c *Core) load(e *entry) {
	c.born++
	e.activation, e.phase = c.born, loading
	c.emit(Load{Object: e.identity, Activation: e.activation})
}

func (c *Core) loaded(l Loaded) {
	e, ok := c.objects[l.Object]
	if !ok || e.activation != l.Activation {
		return
	}
	if l.Cause != nil {
		// The constructor failed: all that waits fails with it, the next turn constructs anew.
		c.refuseQueued(e, l.Cause)
		c.forget(e)
		return
	}
	e.phase, e.lastActive = idle, c.now
	e.alarm = e.alarm.reloaded(l.Alarm)
	c.armAlarm(e)
	c.timers.push(timer{at: c.now.Add(c.config.IdleAfter), kind: idleTimer, object: l.Object, activation: e.activation})
	c.resume(e)
}

// resume starts the next turn, if the object is free and one waits.
func (c *Core) resume(e *entry) {
	for e.phase == idle && e.queue.len() > 0 {
		next := e.queue.pop()
		effect := Resume{Object: e.identity.ID, Activation: e.activation, Turn: next.turn, Kind: next.kind}
		if next.kind == Alarm {
			if !e.alarm.queued {
				continue // an earlier turn moved or deleted the alarm
			}
			e.alarm.queued = false
			effect.Alarm = object.AlarmInfo{Scheduled: e.alarm.at, Retry: e.alarm.retry}
		}
		e.phase, e.current = busy, next
		c.emit(effect)
	}
}

func (c *Core) yielded(y Yielded) {
	e, ok := c.objects[y.Object]
	if !ok || e.activation != y.Activation {
		return // lost or reset while its handler ran: nothing it did counts
	}
	if e.phase != busy {
		panic(fmt.Sprintf("actor.Core: object %s yielded without a turn", y.Object))
	}
	e.phase, e.lastActive = idle, c.now
	if y.Reset != nil {
		c.resetByTurn(e, y.Reset)
		return
	}
	if e.current.kind == Alarm {
		y.Alarm = c.alarmRan(e, &y)
	}
	c.gather(e, &y)
	c.say(e, y.Outputs)
	c.resume(e)
}

// resetByTurn drops the instance after a turn that must not stand. Turns before
// it do stand: their writes become durable and their replies go out; only then
// may the object be read from the store again.
func (c *Core) resetByTurn(e *entry, cause error) {
	c.refuse(e.current.turn, fmt.Errorf("%w: %w", ErrReset, cause))
	c.refuseQueued(e, fmt.Errorf("%w: %w", ErrRetryable, cause))
	c.emit(Break{Object: e.identity.ID, Cause: cause})
	e.phase = settling
	if e.current.kind == Alarm {
		c.gather(e, &Yielded{Alarm: c.alarmRan(e, &Yielded{Failed: cause})})
	}
	c.settle(e)
}

// settle ends the wait of a reset object: reload it if something waits, or if its
// alarm is to be retried (the count lives in memory only), else forget it.
func (c *Core) settle(e *entry) {
	switch {
	case e.phase != settling || e.batch > c.commits.durable || len(e.held) > 0:
	case e.queue.len() > 0 || e.alarm.retry > 0:
		c.load(e)
	default:
		c.forget(e)
		c.remember(e)
	}
}

// idleDue evicts the object if nothing happened since the timer was set, and
// otherwise looks again when it would be due: one timer per object, however busy.
func (c *Core) idleDue(t timer) {
	e, ok := c.objects[t.object]
	if !ok || e.activation != t.activation {
		return
	}
	due := e.lastActive.Add(c.config.IdleAfter)
	if due.After(c.now) {
		c.timers.push(timer{at: due, kind: idleTimer, object: t.object, activation: e.activation})
		return
	}
	settled := e.phase == idle && e.queue.len() == 0 && len(e.held) == 0 && e.batch <= c.commits.durable
	if !settled || e.alarm.retry > 0 { // the count of retries lives in memory only
		t.at = c.now.Add(c.config.IdleAfter)
		c.timers.push(t)
		return
	}
	c.emit(Evict{Object: t.object})
	c.forget(e)
	c.remember(e)
}

// forget takes the object out of memory.
func (c *Core) forget(e *entry) { delete(c.objects, e.identity.ID) }

func (c *Core) refuse(turn TurnID, cause error) {
	if turn != 0 { // nobody waits for the core's own turns
		c.emit(Refuse{Turn: turn, Cause: cause})
	}
}

func (c *Core) refuseQueued(e *entry, cause error) {
	for e.queue.len() > 0 {
		c.refuse(e.queue.pop().turn, cause)
	}
}
