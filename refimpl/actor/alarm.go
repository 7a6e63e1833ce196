package actor

import (
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

const (
	alarmRetries   = 6               // after the first run
	alarmBackoff   = 2 * time.Second // doubled with each retry
	alarmJitter    = 0.25            // share of the back-off added at most
	alarmHorizon   = time.Minute     // how far ahead the store is asked for alarms
	alarmRescan    = alarmHorizon / 2
	alarmCutRescan = time.Second // when the store had more due alarms than it gave at once
)

// alarm is an object's alarm as the core knows it while the object is in memory.
type alarm struct {
	at     time.Time // as the object set it; zero is none
	due    time.Time // when it runs: at, or later for a retry
	retry  int
	queued bool
	armed  time.Time // the earliest timer set for it
}

// scanner knows the alarms of objects that are not in memory and fall due soon.
type scanner struct {
	known    map[object.ID]store.Alarm
	until    time.Time // the store was asked up to here
	next     time.Time // when it is asked again; timers set for other times are void
	scanning bool
	again    bool // what is being asked will be out of date
}

// reloaded is the alarm after its object was read from the store again: one that
// is being retried goes on where it was.
func (a alarm) reloaded(at time.Time) alarm {
	if a.retry > 0 && a.at.Equal(at) {
		return alarm{at: at, due: a.due, retry: a.retry}
	}
	return alarm{at: at, due: at}
}

// armAlarm sees to it that a timer fires no later than the alarm is due. A
// timer that fires too early is set again: an alarm that moves ahead with every
// request keeps one timer, not one per request, and one that is a year away leaves
// none behind for a year when its object leaves memory.
func (c *Core) armAlarm(e *entry) {
	a := &e.alarm
	if a.at.IsZero() || (!a.armed.IsZero() && !a.armed.After(a.due)) {
		return
	}
	a.armed = a.due
	if far := c.now.Add(alarmHorizon); a.due.After(far) {
		a.armed = far
	}
	c.timers.push(timer{at: a.armed, kind: alarmTimer, object: e.identity.ID})
}

func (c *Core) alarmDue(t timer) {
	e, resident := c.objects[t.object]
	if !resident {
		if a, ok := c.alarms.known[t.object]; ok && a.At.Equal(t.at) && c.owns(t.object) && c.drain == serving {
			identity := object.Identity{ID: a.Object, Class: a.Class, Name: a.Name}
			c.activate(identity, store.SlotOf(t.object, c.config.Slots)) // what the store says then counts
		}
		return
	}
	if e.phase == loading || e.phase == settling || !t.at.Equal(e.alarm.armed) {
		return
	}
	e.alarm.armed = time.Time{}
	if e.alarm.due.After(c.now) {
		c.armAlarm(e)
		return
	}
	if e.alarm.at.IsZero() || e.alarm.queued || c.drain != serving {
		return
	}
	e.alarm.queued = true
	e.queue.push(queued{kind: Alarm})
	c.resume(e)
}

// alarmRan decides what becomes of the alarm that a turn has run. A new one that
// the handler set wins, even if the handler failed.
func (c *Core) alarmRan(e *entry, y *Yielded) AlarmChange {
	switch {
	case y.Alarm.Changed:
		return y.Alarm
	case y.Failed == nil, e.alarm.retry >= alarmRetries:
		return AlarmChange{Changed: true}
	}
	backoff := alarmBackoff << e.alarm.retry
	backoff += time.Duration(c.config.Random.Float64() * alarmJitter * float64(backoff))
	e.alarm.retry++
	e.alarm.due = c.now.Add(backoff)
	c.armAlarm(e)
	return AlarmChange{}
}

// remember keeps the alarm of an object that leaves memory, if the next scan would come too late.
func (c *Core) remember(e *entry) {
	if e.alarm.at.IsZero() || e.alarm.at.After(c.alarms.until) {
		return
	}
	c.expect(store.Alarm{Object: e.identity.ID, Class: e.identity.Class, Name: e.identity.Name, At: e.alarm.at})
}

// expect sets a timer for the alarm of an object that is not in memory, unless it is set.
func (c *Core) expect(a store.Alarm) {
	if old, ok := c.alarms.known[a.Object]; ok && old.At.Equal(a.At) {
		return
	}
	c.alarms.known[a.Object] = a
	c.timers.push(timer{at: a.At, kind: alarmTimer, object: a.Object})
}

func (c *Core) scan() {
	switch {
	case c.drain != serving:
	case c.alarms.scanning:
		c.alarms.again = true
	default:
		c.alarms.scanning = true
		c.emit(Scan{Until: c.now.Add(alarmHorizon)})
	}
}

func (c *Core) scanDue(t timer) {
	if t.at.Equal(c.alarms.next) {
		c.scan()
	}
}

func (c *Core) found(f Found) {
	if !c.alarms.scanning {
		return // the session that was asked is lost
	}
	c.alarms.scanning = false
	c.alarms.until = f.Until
	for _, a := range f.Alarms {
		if _, resident := c.objects[a.Object]; resident || !c.owns(a.Object) {
			continue // what is in memory knows better
		}
		c.expect(a)
	}
	next := c.now.Add(alarmRescan)
	if early := f.Until.Add(-alarmRescan); early.Before(next) {
		next = later(early, c.now.Add(alarmCutRescan))
	}
	c.alarms.next = next
	c.timers.push(timer{at: next, kind: scanTimer})
	if c.alarms.again {
		c.alarms.again = false
		c.scan()
	}
	if len(f.Alarms) > 0 && !f.Alarms[0].At.After(c.now) {
		c.tick()
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
