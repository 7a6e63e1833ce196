package actor_test

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// released: nothing is shown that is not durable, that is old, that the owner
// before may contradict, or while our own ownership is in doubt; and an object's
// words leave in the order they were said.
func (j *judge) released(e actor.Release) {
	if !j.w.now.Before(j.proof.Add(store.ReadTrust)) {
		j.violated("%s speaks %s after its last proof of ownership", nameOf(e.Object), j.w.now.Sub(j.proof))
	}
	for i, o := range e.Outputs {
		text := o.Message.Data
		switch {
		case o.Reply != nil:
			text = o.Reply.Body
			j.replied(o.Turn)
		case o.Call != nil:
			text = []byte(o.Call.Request.Path)
		}
		run, n := said(text)
		if i == 0 && run <= j.spoken[e.Object] {
			j.violated("%s says what turn run %d said after run %d", nameOf(e.Object), run, j.spoken[e.Object])
		}
		j.spoken[e.Object] = run
		j.shown(e.Object, n)
		if t := j.turns[o.Turn]; o.Reply != nil && t != nil {
			j.fresh(t, n)
		}
	}
}

func (j *judge) replied(id actor.TurnID) {
	t := j.turns[id]
	switch {
	case t == nil || !t.ran:
		j.violated("reply to turn %d, which did not run", id)
	case t.replied || t.refused:
		j.violated("turn %d is answered twice", id)
	default:
		t.replied = true
	}
}

// shown: durable, and not hidden from the owner before.
func (j *judge) shown(id object.ID, n string) {
	s := j.states.of(id, n)
	slot := store.SlotOf(id, worldSlots)
	switch {
	case s == nil || !s.durable:
		j.violated("%s shows n=%s, which is not durable", nameOf(id), n)
	case s.session != j.w.session || j.unclean[slot].IsZero():
	case j.w.now.Before(j.unclean[slot].Add(store.ReadTrust)):
		j.violated("%s shows n=%s, which the owner before cannot know, %s after it", nameOf(id), n, j.w.now.Sub(j.unclean[slot]))
	}
}

// fresh: what others could see before the turn arrived, the turn sees.
func (j *judge) fresh(t *turn, n string) {
	if s := j.states.of(t.object, n); s != nil && s.durable {
		if next := j.states.after(s); next != nil && next.visible.Before(t.arrived) {
			j.violated("%s shows n=%s to a turn that arrived after n=%s was visible", nameOf(t.object), n, next.n)
		}
	}
}

// refused: once, and truly.
func (j *judge) refused(e actor.Refuse) {
	t := j.turns[e.Turn]
	switch {
	case t == nil || t.replied || t.refused:
		j.violated("turn %d is answered twice", e.Turn)
		return
	case errors.Is(e.Cause, actor.ErrReset):
		if t.wrote != nil && t.wrote.durable {
			j.violated("turn %d is said to be undone, and is durable", e.Turn)
		}
		if t.wrote != nil {
			t.wrote.void = true
		}
	case errors.Is(e.Cause, actor.ErrOverloaded) && len(j.queues[t.object]) <= worldQueue && len(j.turns) < j.rested+10:
		j.violated("turn %d of %s is one too many, after a long silence", e.Turn, nameOf(t.object))
	case t.ran && !errors.Is(e.Cause, actor.ErrUnknownOutcome):
		j.violated("turn %d ran, and is refused as if not: %v", e.Turn, e.Cause)
	}
	t.refused = true
	j.queues[t.object] = slices.DeleteFunc(j.queues[t.object], func(id actor.TurnID) bool { return id == e.Turn })
}

// evicted: only an object without work, all of it durable.
func (j *judge) evicted(id object.ID) {
	l := j.w.live[id]
	if l == nil {
		j.violated("%s is evicted, and not in memory", nameOf(id))
		return
	}
	if _, running := j.running[l.activation]; running || len(j.queues[id]) > 0 || j.waitsForOthers(l.activation) && !j.unborn[l.activation] {
		j.violated("%s is evicted with work to do", nameOf(id))
	}
	if j.unborn[l.activation] {
		return // what its constructor wrote before it was suspended is waited for, without an instance
	}
	if l.instance != nil && !j.states.settled(id) {
		j.violated("%s is evicted with writes that are not durable", nameOf(id))
	}
}

// drained: everything accepted is answered, and durable.
func (j *judge) drained() {
	j.done = true
	if j.inFlight {
		j.violated("drained with a commit in flight")
	}
	for id := range j.w.live {
		if !j.states.settled(id) {
			j.violated("drained, and %s is not durable", nameOf(id))
		}
	}
	j.allAnswered()
}

func (j *judge) allAnswered() {
	for id := actor.TurnID(1); id <= actor.TurnID(len(j.turns)); id++ {
		t := j.turns[id]
		if !t.refused && !t.replied && (t.kind == actor.Fetch || !t.ran) {
			j.violated("turn %d of %s is forgotten", id, nameOf(t.object))
		}
	}
}

// quiet: after five minutes with nothing to do nothing is in memory, no alarm is
// overdue, and the store is asked for alarms twice a minute.
func (j *judge) quiet() {
	j.rested = len(j.turns)
	if n := j.w.core.Objects(); n > 0 || len(j.w.live) > 0 {
		j.violated("%d objects in the core, %d in the driver, after a long silence", n, len(j.w.live))
	}
	if n := j.w.core.Timers(); n > 4 {
		j.violated("%d timers after a long silence", n)
	}
	for id, at := range j.w.disk.alarms {
		if at.Before(j.w.now.Add(-2 * time.Minute)) {
			j.violated("alarm of %s, set for %s, is forgotten", nameOf(id), since(at))
		}
	}
	for id := range j.leaving {
		j.violated("%s was to move, and never left", nameOf(id))
	}
	for id, at := range j.due {
		if !at.IsZero() && at.Before(j.w.now.Add(-2*time.Minute)) {
			j.violated("alarm of %s, set for %s, never ran", nameOf(id), since(at))
		}
	}
	recent := slices.DeleteFunc(j.scans, func(at time.Time) bool { return at.Before(j.w.now.Add(-2 * time.Minute)) })
	if len(recent) < 2 || len(recent) > 6 {
		j.violated("%d scans in two quiet minutes", len(recent))
	}
}

// begin numbers a turn's run.
func (j *judge) begin() int {
	j.serial++
	return j.serial
}

// wrote: the turn that runs leaves its object with this content.
func (j *judge) wrote(id object.ID, before, content string) {
	j.states.add(id, j.serial, before, content)
}

// durable: whole turns, on top of what was durable before, and all of what they wrote.
func (j *judge) durable(batch *store.Batch) {
	for _, w := range batch.Writes {
		if w.Key == "half" && !w.Deleted {
			j.violated("half a transaction of %s is durable", nameOf(w.Object))
		}
		if w.Key != "n" {
			continue
		}
		s := j.states.of(w.Object, string(w.Value.Data))
		if problem := j.states.land(s, j.w.session, j.w.now); problem != "" {
			j.violated("%s: %s", nameOf(w.Object), problem)
		}
		if content := render(j.w.disk.entries(w.Object)); content != s.content {
			j.violated("%s is durable as %q; its turn left it as %q", nameOf(w.Object), content, s.content)
		}
	}
}

// writeOfAnother is a batch of another node's, which owns the slot now. It shows
// its write when our trust has run out.
func (j *judge) writeOfAnother(id object.ID) *store.Batch {
	run := j.begin()
	value := object.Value{Data: []byte(strconv.Itoa(run))}
	entries := slices.DeleteFunc(j.w.disk.entries(id), func(e object.Entry) bool { return e.Key == "n" })
	s := j.states.add(id, run, j.states.head(id).n, render(append(entries, object.Entry{Key: "n", Value: value})))
	s.foreign = true
	return &store.Batch{Writes: []store.Write{{Object: id, Key: "n", Value: value}}}
}
