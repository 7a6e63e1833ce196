package actor

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// ErrMoved is why an object takes no turns here: it lives elsewhere, or will in a
// moment. It is ErrNotOwner as well: the turn did not run, ask the directory again.
var ErrMoved = fmt.Errorf("%w: the object moves to another home", ErrNotOwner)

// move lets an object finish what it has begun, and go.
//
//	here --Move--> leaving --all is over, durable and said: Moved--> gone --Stay--> here
//	                  +----------------Stay--------------------------------------->
//	there --Stay--> its alarm is looked for
func (c *Core) move(id object.ID) {
	e := c.objects[id]
	switch {
	case c.drain != serving:
		c.emit(Moved{Object: id, Cause: ErrRetryable})
	case !c.owned.slots[store.SlotOf(id, c.config.Slots)].held:
		c.emit(Moved{Object: id, Cause: ErrNotOwner})
	case e == nil:
		c.moved(id, c.alarms.known[id].At)
	default:
		e.moving = true
		c.depart(e)
	}
}

// depart lets a moving object go, if all that is left of it are background tasks.
func (c *Core) depart(e *entry) {
	if e.moving && c.settled(e) {
		c.forget(e)
	}
}

// moved forgets the object for good: whatever asks for it is sent elsewhere, and its
// alarm is another home's, which has looked for alarms as far ahead as this one, but not
// for this one.
func (c *Core) moved(id object.ID, alarm time.Time) {
	if c.gone == nil {
		c.gone = make(map[object.ID]struct{})
	}
	c.gone[id] = struct{}{}
	delete(c.alarms.known, id)
	if alarm.After(c.now.Add(alarmHorizon)) {
		alarm = time.Time{}
	}
	c.emit(Moved{Object: id, Alarm: alarm})
}

// stay takes the object in, or back.
func (c *Core) stay(s Stay) {
	e := c.objects[s.Object]
	switch {
	case e == nil:
		delete(c.gone, s.Object)
		if !s.Calm && c.owns(s.Object) {
			c.scan() // it may have brought an alarm
		}
	case e.moving:
		e.moving = false
		c.armAlarm(e)
	}
}

// left says whether the object has moved away, or is about to.
func (c *Core) left(id object.ID, e *entry) bool {
	if e != nil {
		return e.moving
	}
	_, gone := c.gone[id]
	return gone
}
