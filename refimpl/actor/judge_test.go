package actor_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// judge holds what happens against the laws. It believes nothing of the core's own
// books: what is durable it reads from the disk, what was shown from what was said.
type judge struct {
	w       *world
	verdict string // the first law broken

	books
	proofs
	waits
	states states
	bells
	away, leaving map[object.ID]bool // at another home; on the way there

	scans  []time.Time
	rested int  // turns before the long silence
	done   bool // Drained was said
}

func newJudge(w *world) *judge {
	return &judge{
		w: w, states: newStates(), waits: newWaits(),
		away: map[object.ID]bool{}, leaving: map[object.ID]bool{},
		bells: bells{
			alarms: map[alarmRun]*attempts{}, ringing: map[actor.TurnID]alarmRun{},
			touched: map[object.ID]bool{}, due: map[object.ID]time.Time{},
		},
		books: books{
			turns: map[actor.TurnID]*turn{}, queues: map[object.ID][]actor.TurnID{},
			running: map[actor.Activation]actor.Resume{}, spoken: map[object.ID]int{},
		},
	}
}

func (j *judge) violated(format string, args ...any) {
	if j.verdict == "" {
		j.verdict = fmt.Sprintf(format, args...)
		j.w.trace("%-12s VIOLATED: %s", j.w.now.Sub(epochOfTests), j.verdict)
	}
}

func (j *judge) arrived(t *turn) actor.TurnID {
	id := actor.TurnID(len(j.turns) + 1)
	j.turns[id] = t
	j.queues[t.object] = append(j.queues[t.object], id)
	return id
}

// heard is what the core is told, before it knows.
func (j *judge) heard(event actor.Event) {
	switch e := event.(type) {
	case actor.Acquired:
		for _, lease := range e.Leases {
			j.unclean[lease.Slot] = time.Time{}
			if !lease.Clean {
				j.unclean[lease.Slot] = j.w.now
			}
		}
		j.proof = later(j.proof, e.Sent)
	case actor.Confirmed:
		j.proof = later(j.proof, e.Sent)
	case actor.Committed:
		j.inFlight = false
		j.proof = later(j.proof, e.Sent)
	case actor.Answered:
		j.answers(e)
	case actor.CommitFailed:
		j.inFlight = false
		var rejected *store.RejectedError
		if errors.As(e.Cause, &rejected) {
			j.forgetRetries(rejected.Object)
			return
		}
		j.proof = time.Time{}
		clear(j.alarms)
		clear(j.due)
	case actor.Lost:
		j.inFlight, j.proof = false, time.Time{}
		clear(j.alarms)
		clear(j.due)
	}
}

// forgetRetries: the count is kept in memory only.
func (j *judge) forgetRetries(id object.ID) {
	for run := range j.alarms {
		if run.object == id {
			delete(j.alarms, run)
		}
	}
	delete(j.due, id)
}

// asked is what the core wants done, before it is.
func (j *judge) asked(effect actor.Effect) {
	switch e := effect.(type) {
	case actor.Resume:
		j.present(e.Object, "runs")
		j.resumed(e)
	case actor.Load:
		j.present(e.Object.ID, "is loaded")
	case actor.Commit:
		j.sent(e.Batch)
	case actor.Release:
		j.present(e.Object, "speaks")
		j.released(e)
	case actor.Refuse:
		j.refused(e)
	case actor.Evict:
		j.evicted(e.Object)
	case actor.Scan:
		j.scans = append(j.scans, j.w.now)
	case actor.Drained:
		j.drained()
	}
}

// resumed: one turn at a time, in order of arrival; an alarm never early.
func (j *judge) resumed(e actor.Resume) {
	if r, running := j.running[e.Activation]; running {
		j.violated("turn %d of %s begins while %d runs", e.Turn, nameOf(e.Object), r.Turn)
	}
	j.running[e.Activation] = e
	j.goesOn(e)
	switch e.Kind {
	case actor.Construct, actor.Continue, actor.Task:
		return
	case actor.Alarm:
		j.alarmResumed(e)
		return
	}
	queue := j.queues[e.Object]
	if len(queue) == 0 || queue[0] != e.Turn {
		j.violated("turn %d of %s begins out of order: %v wait", e.Turn, nameOf(e.Object), queue)
		return
	}
	j.queues[e.Object] = queue[1:]
	j.turns[e.Turn].ran = true
}

func (j *judge) alarmResumed(e actor.Resume) {
	if e.Alarm.Scheduled.After(j.w.now) {
		j.violated("alarm of %s runs at %s, set for %s", nameOf(e.Object), since(j.w.now), since(e.Alarm.Scheduled))
	}
	run := alarmRun{e.Object, e.Alarm.Scheduled.UnixNano()}
	j.ringing[e.Turn] = run
	j.touched[e.Object] = false
	delete(j.due, e.Object)
	a := j.alarms[run]
	switch {
	case a == nil:
	case a.succeeded:
		j.violated("alarm of %s, set for %s, runs again after it succeeded", nameOf(e.Object), since(e.Alarm.Scheduled))
	case a.failed >= 7:
		j.violated("alarm of %s runs an eighth time", nameOf(e.Object))
	case j.w.now.Before(a.last.Add(2 * time.Second << (a.failed - 1))):
		j.violated("alarm of %s is retried %s after failure %d", nameOf(e.Object), j.w.now.Sub(a.last), a.failed)
	}
}

// ran is told when a handler is over, and before the core hears of it.
// Before is the last run of the turns before it.
func (j *judge) ran(e actor.Resume, y *actor.Yielded, before int) {
	kind := j.yielded(e, y)
	if y.Alarm.Changed {
		j.forgetRetries(e.Object)
		j.touched[e.Object] = true
		j.due[e.Object] = y.Alarm.At
	}
	if kind == actor.Alarm && y.Pause.Wait == actor.Over {
		j.rang(e, y)
	}
	if s := j.states.byTurn[j.serial]; s != nil && j.serial > before {
		if t := j.turns[e.Turn]; t != nil {
			t.wrote = s
		}
		s.void = y.Reset != nil || kind == actor.Construct && y.Failed != nil
	}
}

// rang: an alarm's handler is over. One that was set or deleted meanwhile is another.
func (j *judge) rang(e actor.Resume, y *actor.Yielded) {
	run := j.ringing[e.Turn]
	if j.touched[e.Object] {
		return
	}
	if j.alarms[run] == nil {
		j.alarms[run] = &attempts{}
	}
	if y.Failed == nil && y.Reset == nil {
		j.alarms[run].succeeded = true
		return
	}
	j.alarms[run].failed++
	j.alarms[run].last = j.w.now
}

func (j *judge) ended(e actor.Resume) {
	delete(j.running, e.Activation)
	j.latest = e
}

// sent: one commit at a time, under current epochs, for every slot it touches.
func (j *judge) sent(batch *store.Batch) {
	if j.inFlight {
		j.violated("a second commit in flight")
	}
	j.inFlight = true
	covered := map[store.Slot]bool{}
	for _, lease := range batch.Leases {
		covered[lease.Slot] = true
		if j.w.disk.alive && lease.Epoch != j.w.disk.epochs[lease.Slot] {
			j.violated("commit asserts epoch %d of slot %d, which is at %d", lease.Epoch, lease.Slot, j.w.disk.epochs[lease.Slot])
		}
	}
	keys := map[string]bool{}
	touch := func(id object.ID, key string) {
		j.present(id, "writes")
		if !covered[store.SlotOf(id, worldSlots)] {
			j.violated("commit writes %s without a lease", nameOf(id))
		}
		if name := fmt.Sprintf("%s %s", nameOf(id), key); keys[name] {
			j.violated("commit has %s twice", name)
		} else {
			keys[name] = true
		}
	}
	for _, id := range batch.Wipes {
		touch(id, "(wipe)")
	}
	for _, w := range batch.Writes {
		touch(w.Object, w.Key)
	}
	for _, a := range batch.Alarms {
		touch(a.Object, "(alarm)")
	}
}
