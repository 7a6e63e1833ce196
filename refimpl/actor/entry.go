package actor

import (
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// phase is where an object in memory is in its life.
//
//	loading --Loaded--> idle <--Yielded/Resume--> busy
//	   ^                  |                        |
//	   |               Evict: gone           reset: settling
//	   +--- its last writes are durable ----------+
type phase uint8

const (
	loading  phase = iota
	idle           // resident, no turn running; some may be suspended
	busy           // a turn is running
	settling       // the instance is gone; its earlier turns' writes are not durable yet
)

// entry is one object in memory.
type entry struct {
	identity   object.Identity
	slot       store.Slot
	activation Activation
	phase      phase
	moving     bool // to another home, as soon as it has nothing to do
	agenda
	gate  gate
	alarm alarm
	load  load
	rest  rest
}

// agenda is what an object has to do.
type agenda struct {
	queue     queue
	current   current                // the turn that runs, when busy
	suspended map[TurnID]*suspension // turns that wait for something
	tasks     int                    // background tasks that have not ended
	section   section
}

// current is the turn that runs.
type current struct {
	turn TurnID
	kind Kind
	// resumed: it was suspended before, and what it did then stands.
	resumed bool
}

// suspension is a turn that waits.
type suspension struct {
	current
	pause Pause
	since time.Time
	until time.Time // ForTime
	batch uint64    // ForDurable
	ready bool      // it is queued to go on
}

// section is the turn that all others wait for.
type section struct {
	turn   TurnID // 0 is none
	number uint64 // of the instance; constructor for a constructor
	ready  bool   // next is to go on with
	next   queued
}

// constructor numbers the section that a constructor is.
const constructor = ^uint64(0)

// next is what may run now.
func (a *agenda) next() (queued, bool) {
	switch {
	case a.section.turn != 0:
		ready := a.section.ready
		a.section.ready = false
		return a.section.next, ready
	case a.queue.len() == 0:
		return queued{}, false
	}
	return a.queue.pop(), true
}

func (a *agenda) empty() bool { return a.queue.len() == 0 && len(a.suspended) == 0 }

// backgroundOnly says that nothing but background tasks is under way.
func (a *agenda) backgroundOnly() bool {
	if a.queue.len() > 0 {
		return false
	}
	for _, s := range a.suspended {
		if s.kind != Task {
			return false
		}
	}
	return true
}

// arrived queues the turn, and sees to it that the object is there to run it.
func (c *Core) arrived(a *Arrived) {
	slot := store.SlotOf(a.Object.ID, c.config.Slots)
	switch {
	case !c.owned.slots[slot].held:
		c.refuse(a.Turn, ErrNotOwner)
		return
	case c.drain != serving:
		c.refuse(a.Turn, ErrRetryable)
		return
	}
	e := c.find(&a.Object.ID)
	if c.left(a.Object.ID, e) && (e == nil || a.Kind != Closed) {
		c.refuse(a.Turn, ErrMoved)
		return
	}
	if a.Kind != Closed { // a close is never refused: there is one per socket
		if full := c.overloaded(e, a.Bytes); full != nil {
			c.refuse(a.Turn, full)
			return
		}
	}
	if e == nil {
		if e = c.activate(a.Object, slot); e == nil {
			c.refuse(a.Turn, errTooManyObjects)
			return
		}
	}
	e.load.count(c.now)
	c.enqueue(e, queued{turn: a.Turn, kind: a.Kind, bytes: a.Bytes, since: c.now})
}

func (c *Core) enqueue(e *entry, q queued) {
	c.rested.remove(e)
	e.queue.push(q)
	c.resume(e)
}

// activate brings an object into memory; nil if there is no room.
func (c *Core) activate(identity object.Identity, slot store.Slot) *entry {
	if len(c.objects) >= c.config.Objects && !c.makeRoom() {
		return nil
	}
	e := &entry{identity: identity, slot: slot}
	e.rest.active, e.rest.used = c.now, c.now
	if known, ok := c.alarms.known[identity.ID]; ok {
		e.alarm = alarm{at: known.At, due: known.due, retries: known.retries}
		delete(c.alarms.known, identity.ID)
	}
	c.objects[identity.ID] = e
	c.load(e)
	return e
}

func (c *Core) load(e *entry) {
	c.numbers.activations++
	e.activation, e.phase, e.rest.armed = c.numbers.activations, loading, time.Time{}
	c.emit(Load{Object: e.identity, Activation: e.activation})
}

// loaded has the object constructed, and everything else wait for that.
func (c *Core) loaded(l Loaded) {
	e, ok := c.objects[l.Object]
	if !ok || e.activation != l.Activation {
		return
	}
	if l.Cause != nil {
		c.refuseQueued(e, l.Cause)
		c.forget(e)
		return
	}
	e.phase, e.rest.active = idle, c.now
	e.alarm = e.alarm.reloaded(l.Alarm)
	turn := c.ownTurn()
	e.section = section{turn: turn, number: constructor, ready: true, next: queued{turn: turn, kind: Construct}}
	c.resume(e)
}

// ownTurn numbers a turn of the core's own.
func (c *Core) ownTurn() TurnID {
	c.numbers.turns++
	return OwnTurns + TurnID(c.numbers.turns) - 1
}

func (c *Core) refuse(turn TurnID, cause error) {
	if turn < OwnTurns {
		c.emit(Refuse{Turn: turn, Cause: cause})
	}
}

// refuseQueued answers what has not begun. Turns that were to go on are refused as suspended.
func (c *Core) refuseQueued(e *entry, cause error) {
	for e.queue.len() > 0 {
		if q := e.queue.pop(); q.kind != Continue {
			c.refuse(q.turn, cause)
		}
	}
}

// forget takes the object out of memory.
func (c *Core) forget(e *entry) {
	c.rested.remove(e)
	delete(c.objects, e.identity.ID)
	c.last = nil
	if e.moving {
		c.moved(e.identity.ID, e.alarm.at)
	}
}
