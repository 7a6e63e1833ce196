package actor_test

import (
	"errors"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// waitAs suspends the turn in one of the ways there are.
func (r registerObject) waitAs(s object.State, path string, text []byte) []byte {
	switch path {
	case "call":
		to := pick(s.Random(), objectNames...)
		if idOf(to) == s.Identity().ID {
			break // it would wait for itself, in a section for ever
		}
		_, _ = s.Stub(object.Identity{ID: idOf(to), Class: "register", Name: to}, "").Call(&object.Request{Path: string(text)})
		return r.write(s, pick(s.Random(), "get", "add"))
	case "section":
		_ = s.BlockConcurrency(func() error {
			r.wait(s)
			text = r.write(s, "add")
			return nil
		})
		return text
	case "transaction":
		return r.transact(s)
	case "task":
		s.WaitUntil(func() error {
			r.write(s, "add")
			r.wait(s)
			r.write(s, "add")
			return errors.New("nobody hears of this")
		})
		return text
	}
	r.wait(s)
	return r.write(s, pick(s.Random(), "get", "add"))
}

// wait is for nothing in particular.
func (r registerObject) wait(s object.State) {
	if s.Random().IntN(3) == 0 {
		_ = s.Storage().Sync()
		return
	}
	s.Sleep(pick(s.Random(), 0, time.Millisecond, 2*time.Second))
}

// transact leaves "half" in storage while it waits; nobody may ever read that from the disk.
func (r registerObject) transact(s object.State) []byte {
	storage := r.w.storageOf(s)
	alarm, _ := storage.Alarm()
	kept := s.Random().IntN(2) == 0
	_ = storage.Transaction(func() error {
		_ = storage.Put("half", object.Value{})
		storage.DeleteAlarm()
		r.wait(s)
		storage.Delete("half")
		if !kept {
			return object.ErrRollback
		}
		return nil
	})
	if after, _ := storage.Alarm(); !kept && !after.Equal(alarm) {
		r.w.judge.violated("a rollback leaves the alarm of %s at %s, which was at %s", nameOf(s.Identity().ID), since(after), since(alarm))
	}
	return r.write(s, "add")
}

// call carries a call to its object, as one more request of the world's.
func (w *world) call(c *actor.Call) {
	w.after(w.mix.turnTime, func() {
		t := &turn{object: c.To.ID, kind: actor.Fetch, arrived: w.now, path: pick(w.random, "get", "add"), call: c}
		id := w.judge.arrived(t)
		w.step(&actor.Arrived{Object: c.To, Turn: id, Kind: actor.Fetch})
	})
}

// answer tells the caller of a turn what became of it, if it was a call's.
func (w *world) answer(id actor.TurnID, response *object.Response, refused error) {
	t := w.judge.turns[id]
	if t == nil || t.call == nil {
		return
	}
	call := t.call
	t.call = nil
	var cause *object.CallError
	if refused != nil {
		cause = actor.CallFailure(t.object, refused)
	}
	w.after(w.mix.turnTime, func() { w.step(call.Answered(response, cause)) })
}

// waits is what the judge knows of turns that are suspended.
type waits struct {
	suspended map[actor.Activation]map[actor.TurnID]actor.Kind
	section   map[actor.Activation]actor.TurnID // that all others wait for
	unborn    map[actor.Activation]bool
	answered  map[actor.TurnID]actor.TurnID // the newest turn that had come before the answer
}

func newWaits() waits {
	return waits{
		suspended: map[actor.Activation]map[actor.TurnID]actor.Kind{},
		section:   map[actor.Activation]actor.TurnID{}, unborn: map[actor.Activation]bool{}, answered: map[actor.TurnID]actor.TurnID{},
	}
}

// yielded is told what a segment did, before the core hears of it. It gives the kind
// of turn that it was of.
func (j *judge) yielded(e actor.Resume, y *actor.Yielded) (kind actor.Kind) {
	kind = e.Kind
	if kind == actor.Continue {
		kind = j.suspended[e.Activation][e.Turn]
		delete(j.suspended[e.Activation], e.Turn)
	}
	delete(j.section, e.Activation)
	j.unborn[e.Activation] = kind == actor.Construct && (y.Pause.Wait != actor.Over || y.Failed != nil || y.Reset != nil)
	if y.Pause.Wait == actor.Over {
		return kind
	}
	if j.suspended[e.Activation] == nil {
		j.suspended[e.Activation] = map[actor.TurnID]actor.Kind{}
	}
	j.suspended[e.Activation][e.Turn] = kind
	if y.Pause.Section != 0 || kind == actor.Construct {
		j.section[e.Activation] = e.Turn
	}
	return kind
}

// answers takes note of who was there before an answer came.
func (j *judge) answers(a actor.Answered) {
	if queue := j.queues[a.Object]; len(queue) > 0 && j.answered[a.Turn] == 0 {
		j.answered[a.Turn] = queue[len(queue)-1]
	}
}

// goesOn: behind those that came before its answer; nothing runs beside a section.
func (j *judge) goesOn(e actor.Resume) {
	holder, shut := j.section[e.Activation]
	if shut && holder != e.Turn {
		j.violated("%s turn %s of %s runs inside the section of %s", e.Kind, describeTurn(e.Turn), nameOf(e.Object), describeTurn(holder))
	}
	before := j.answered[e.Turn]
	delete(j.answered, e.Turn)
	if queue := j.queues[e.Object]; !shut && before > 0 && len(queue) > 0 && queue[0] <= before {
		j.violated("turn %s of %s goes on before turn %d, which came first", describeTurn(e.Turn), nameOf(e.Object), queue[0])
	}
}

// waitsForOthers says whether turns other than background tasks are suspended.
func (j *judge) waitsForOthers(a actor.Activation) bool {
	for _, kind := range j.suspended[a] {
		if kind != actor.Task {
			return true
		}
	}
	return false
}
