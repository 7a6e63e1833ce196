package actor

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// resume lets the next turn begin or go on, if the object is free and one waits.
func (c *Core) resume(e *entry) {
	for e.phase == idle {
		next, ok := e.next()
		if !ok {
			return
		}
		effect := Resume{Object: e.identity.ID, Activation: e.activation, Turn: next.turn, Kind: next.kind, Answer: next.answer}
		e.current = current{turn: next.turn, kind: next.kind}
		switch next.kind {
		case Continue:
			e.current = e.suspended[next.turn].current
			e.current.resumed = true
			delete(e.suspended, next.turn)
		case Alarm:
			if !e.alarm.queued {
				continue // an earlier turn moved or deleted the alarm
			}
			e.alarm.queued, e.alarm.running, e.alarm.began = false, true, c.now
			effect.Alarm = object.AlarmInfo{Scheduled: e.alarm.at, Retry: e.alarm.retry}
		}
		e.phase = busy
		c.emit(effect)
	}
}

// yielded takes what a turn did since it began or went on: a unit that becomes
// durable as a whole.
func (c *Core) yielded(y *Yielded) {
	e := c.find(&y.Object)
	if e == nil || e.activation != y.Activation {
		return // lost or reset while its handler ran: nothing it did counts
	}
	if e.phase != busy {
		panic(fmt.Sprintf("actor.Core: object %s yielded without a turn", y.Object))
	}
	e.phase, e.rest.active = idle, c.now
	if e.current.kind != Task {
		e.rest.used = c.now
	}
	reset := y.Reset
	switch {
	case reset == nil && e.tasks+y.Tasks > c.config.SuspendedTurns:
		reset = errTooManyTasks
	case e.current.kind == Construct && y.Failed != nil:
		reset = y.Failed
	}
	switch {
	case reset != nil && e.current.kind == Construct:
		c.unborn(e, reset)
		return
	case reset != nil:
		c.resetByTurn(e, reset)
		return
	case y.Pause.Wait == Over:
		c.over(e, y)
	}
	c.gather(e, y)
	c.say(e, y.Outputs)
	e.tasks += y.Tasks
	for range y.Tasks {
		e.queue.push(queued{turn: c.ownTurn(), kind: Task, since: c.now})
	}
	if y.Pause.Wait != Over {
		c.suspend(e, y.Pause)
	}
	c.resume(e)
	c.settleDown(e)
}

// over ends a turn.
func (c *Core) over(e *entry, y *Yielded) {
	e.section = section{}
	switch e.current.kind {
	case Alarm:
		c.alarmRan(e, y)
	case Construct:
		c.armAlarm(e)
		c.armIdle(e, c.now.Add(c.config.IdleAfter))
	case Task:
		if e.tasks--; e.empty() {
			c.armIdle(e, c.now.Add(c.config.IdleAfter))
		}
	}
}

// suspend lets a turn wait. Others run meanwhile, unless it is in a section.
func (c *Core) suspend(e *entry, p Pause) {
	c.rested.remove(e)
	s := &suspension{current: e.current, pause: p, since: c.now}
	if e.suspended == nil {
		e.suspended = make(map[TurnID]*suspension)
	}
	e.suspended[s.turn] = s
	c.enterSection(e, s)
	if s.kind == Alarm && !s.resumed {
		c.armTurn(e, wallTimer, e.alarm.began.Add(alarmLimit), uint64(s.turn))
	}
	switch p.Wait {
	case ForTime:
		s.until = c.now.Add(max(0, p.For))
		c.armTurn(e, sleepTimer, s.until, uint64(s.turn))
	case ForDurable:
		s.batch = e.gate.batch
		e.gate.syncs = append(e.gate.syncs, s)
		c.wakeDurable(e)
	}
}

// enterSection shuts the object for all others, for a limited time.
func (c *Core) enterSection(e *entry, s *suspension) {
	number := s.pause.Section
	if s.kind == Construct {
		number = constructor
	}
	if number == 0 {
		e.section = section{}
		return
	}
	if first := e.section.number != number || s.kind == Construct && !s.resumed; first {
		c.armTurn(e, sectionTimer, c.now.Add(sectionLimit), number)
	}
	e.section = section{turn: s.turn, number: number}
}

// answered wakes the turn that made the call.
func (c *Core) answered(a Answered) {
	e, ok := c.objects[a.Object]
	if !ok || e.activation != a.Activation {
		return
	}
	s, waits := e.suspended[a.Turn]
	if waits && s.pause.Wait == ForAnswer && s.pause.Call == a.Call {
		c.proceed(e, s, &a.Answer)
	}
}

// sleepDue wakes a turn that slept.
func (c *Core) sleepDue(t timer) {
	e, ok := c.objects[t.object]
	if !ok || e.activation != t.activation {
		return
	}
	s, waits := e.suspended[TurnID(t.number)]
	switch {
	case !waits || s.pause.Wait != ForTime:
	case s.until.After(c.now):
		c.armTurn(e, sleepTimer, s.until, t.number)
	default:
		c.proceed(e, s, nil)
	}
}

// armTurn has something of an object looked at, by then or sooner: what is far away
// is armed again, so that an object that is gone leaves no timer behind for long.
func (c *Core) armTurn(e *entry, kind timerKind, at time.Time, number uint64) {
	if far := c.now.Add(alarmHorizon); at.After(far) {
		at = far
	}
	c.timers.push(timer{at: at, kind: kind, object: e.identity.ID, activation: e.activation, number: number})
}

// proceed queues a turn to go on behind those that came before its answer. In a
// section it is the only one that may.
func (c *Core) proceed(e *entry, s *suspension, answer *Answer) {
	if s.ready {
		return
	}
	s.ready = true
	q := queued{turn: s.turn, kind: Continue, since: c.now, answer: answer}
	if e.section.turn == s.turn {
		e.section.next, e.section.ready = q, true
		c.resume(e)
		return
	}
	c.enqueue(e, q)
}
