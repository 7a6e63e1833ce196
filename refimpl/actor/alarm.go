package actor

import (
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

const (
	alarmRetries   = 6               // after the first run
	alarmBackoff   = 2 * time.Second // doubled with each retry,
	alarmDoublings = 9               // at most so often: 1,024 s
	alarmJitter    = 0.25            // share of the back-off added at most
	alarmHorizon   = time.Minute     // how far ahead the store is asked for alarms
	noRoomPause    = time.Second     // before an alarm asks again for room in memory
	alarmCutRescan = time.Second     // when the store had more due alarms than it gave at once
)

// alarm is an object's alarm as the core knows it while the object is in memory.
type alarm struct {
	at  time.Time // as the object set it; zero is none
	due time.Time // when it runs: at, or later for a retry
	retries
	queued  bool
	running bool      // its handler began, and has not ended; the turn may be suspended
	began   time.Time // when running
	touched bool      // set or deleted since
	armed   time.Time // the earliest timer set for it
}

// retries tell how often an alarm failed.
type retries struct {
	retry   int  // failed runs that count
	backoff int  // how often the pause before the next run was doubled, and once more
	foreign bool // the last failure was not the object's own
}

// expected is the alarm of an object that is not in memory.
type expected struct {
	store.Alarm
	due time.Time
	retries
}

// scanner knows the alarms of objects that are not in memory and fall due soon.
type scanner struct {
	known    map[object.ID]expected
	until    time.Time // the store was asked up to here
	next     time.Time // when it is asked again; timers set for other times are void
	scanning bool
	again    bool // what is being asked will be out of date
}

// reloaded is the alarm after its object was read from the store: one that is being
// retried goes on where it was.
func (a alarm) reloaded(at time.Time) alarm {
	if a.backoff > 0 && a.at.Equal(at) {
		return alarm{at: at, due: a.due, retries: a.retries}
	}
	return alarm{at: at, due: at}
}

// moveAlarm takes note that a turn set the alarm, or deleted it (zero).
func (c *Core) moveAlarm(e *entry, at time.Time) {
	before := e.alarm
	e.alarm = alarm{at: at, due: at, armed: before.armed, running: before.running, began: before.began, touched: before.running}
	c.armAlarm(e)
}

// armAlarm sees to it that a timer fires no later than the alarm is due. A
// timer that fires too early is set again: an alarm that moves ahead with every
// request keeps one timer, not one per request, and one that is a year away leaves
// none behind for a year when its object leaves memory.
func (c *Core) armAlarm(e *entry) {
	a := &e.alarm
	if a.at.IsZero() || a.running || (!a.armed.IsZero() && !a.armed.After(a.due)) {
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
		c.wakeForAlarm(t)
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
	// While its handler runs the next one waits; armed again when that is over.
	if e.alarm.at.IsZero() || e.alarm.queued || e.alarm.running || e.moving || c.drain != serving {
		return
	}
	e.alarm.queued = true
	c.enqueue(e, queued{turn: c.ownTurn(), kind: Alarm, since: c.now})
}

// wakeForAlarm brings an object into memory whose alarm is due. What the store says
// then counts.
func (c *Core) wakeForAlarm(t timer) {
	a, ok := c.alarms.known[t.object]
	if !ok || !a.due.Equal(t.at) || !c.owns(t.object) || c.drain != serving {
		return
	}
	identity := object.Identity{ID: a.Object, Class: a.Class, Name: a.Name}
	if c.activate(identity, store.SlotOf(t.object, c.config.Slots)) != nil {
		return
	}
	a.due = c.now.Add(noRoomPause)
	c.alarms.known[t.object] = a
	c.timers.push(timer{at: a.due, kind: alarmTimer, object: t.object})
}

// alarmRan decides what becomes of the alarm that a turn has run. A new one that was
// set meanwhile wins, even if the handler failed.
func (c *Core) alarmRan(e *entry, y *Yielded) {
	touched := e.alarm.touched
	e.alarm.running, e.alarm.touched = false, false
	switch {
	case y.Alarm.Changed: // armed when it is gathered
	case touched:
		c.armAlarm(e)
	case y.Failed == nil:
		y.Alarm = AlarmChange{Changed: true}
	default:
		y.Alarm = c.alarmFailed(e, ownCode)
		c.armAlarm(e)
	}
}

// alarmFailed puts the next run off, or gives the alarm up.
func (c *Core) alarmFailed(e *entry, whose blame) AlarmChange {
	a := &e.alarm
	if a.touched {
		return AlarmChange{}
	}
	if whose == ownCode {
		if a.retry >= alarmRetries {
			return AlarmChange{Changed: true}
		}
		if a.retry++; a.foreign {
			a.backoff = 0
		}
	}
	a.foreign = whose == infrastructure
	pause := alarmBackoff << min(a.backoff, alarmDoublings)
	pause += time.Duration(c.config.Random.Float64() * alarmJitter * float64(pause))
	a.backoff++
	a.due = c.now.Add(pause)
	return AlarmChange{}
}

// abandonAlarm deletes an alarm that runs or waits to be retried, unless it was set anew.
func (c *Core) abandonAlarm(e *entry) {
	if a := &e.alarm; (a.running || a.backoff > 0) && !a.touched {
		a.running = false
		c.gather(e, &Yielded{Alarm: AlarmChange{Changed: true}})
	}
}

// remember keeps the alarm of an object that leaves memory, if the next scan would
// come too late, or would not know that it waits to be retried.
func (c *Core) remember(e *entry) {
	a := &e.alarm
	if e.moving || a.at.IsZero() || a.backoff == 0 && a.at.After(c.alarms.until) {
		return
	}
	c.expect(expected{
		Alarm: store.Alarm{Object: e.identity.ID, Class: e.identity.Class, Name: e.identity.Name, At: a.at},
		due:   a.due, retries: a.retries,
	})
}

// expect sets a timer for the alarm of an object that is not in memory, unless it is set.
func (c *Core) expect(a expected) {
	if old, ok := c.alarms.known[a.Object]; ok && old.At.Equal(a.At) {
		return
	}
	c.alarms.known[a.Object] = a
	c.timers.push(timer{at: a.due, kind: alarmTimer, object: a.Object})
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
		if e := c.objects[a.Object]; e != nil || !c.owns(a.Object) || c.left(a.Object, e) {
			continue // what is in memory knows better
		}
		c.expect(expected{Alarm: a, due: a.At})
	}
	// Half of what is known is left when more is asked for: rows are read twice, whether
	// the list was cut short or not.
	next := c.now.Add(max(alarmCutRescan, f.Until.Sub(c.now)/2))
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
