package actor_test

import (
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// moveAway sends an object to another home, now and then, in some worlds.
func (w *world) moveAway() {
	if !w.mix.troubled || w.mix.moves == 0 {
		return
	}
	w.after(w.mix.moves, w.moveAway)
	if id := idOf(pick(w.random, objectNames...)); w.session != 0 && !w.judge.away[id] && !w.judge.leaving[id] {
		w.judge.leaving[id] = true
		w.step(actor.Move{Object: id})
	}
}

// moved carries on at the other home, until the object comes back.
func (w *world) moved(e actor.Moved) {
	id := e.Object
	delete(w.judge.leaving, id)
	if e.Cause != nil {
		return
	}
	w.judge.left(id)
	w.drop(id)
	w.sockets[id] = &actor.SocketSet{}
	delete(w.open, id)
	w.at(w.now.Add(2*time.Second), func() {
		if w.chance(0.5) {
			batch := w.judge.writeOfAnother(id)
			w.disk.apply(batch)
			w.judge.durable(batch)
		}
		// The other home lets go of it with its words said, so what it wrote can be seen by then.
		w.at(w.now.Add(store.ReadTrust+store.ReadTrust/50), func() {
			delete(w.judge.away, id)
			w.step(actor.Stay{Object: id})
		})
	})
}

// left: nothing of it is left behind.
func (j *judge) left(id object.ID) {
	j.away[id] = true
	if l := j.w.live[id]; l != nil {
		if _, running := j.running[l.activation]; running || len(j.queues[id]) > 0 || j.waitsForOthers(l.activation) && !j.unborn[l.activation] {
			j.violated("%s moves with work to do", nameOf(id))
		}
	}
	if !j.states.settled(id) {
		j.violated("%s moves with writes that are not durable", nameOf(id))
	}
	j.forgetRetries(id)
}

// present: only the object's home speaks and writes for it.
func (j *judge) present(id object.ID, does string) {
	if j.away[id] {
		j.violated("%s %s here, and lives elsewhere", nameOf(id), does)
	}
}

var moveMutants = []mutant{
	{"an object moves before all is durable", "moves with", func() tamper { return moveAtOnce }},
	{"an object that moved takes turns here", "lives elsewhere", func() tamper { return stayBehind }},
	{"an object never gets to move", "never left", func() tamper { return effects(drop[actor.Moved](1)) }},
}

func moveAtOnce(w *world, event actor.Event, step stepper) []actor.Effect {
	all := step(w.now, event)
	if m, ok := event.(actor.Move); ok && !slices.ContainsFunc(all, is[actor.Moved]) {
		all = append(all, actor.Moved{Object: m.Object})
	}
	return all
}

func stayBehind(w *world, event actor.Event, step stepper) []actor.Effect {
	all := slices.Clone(step(w.now, event))
	for _, e := range all {
		if m, ok := e.(actor.Moved); ok {
			all = append(all, step(w.now, actor.Stay{Object: m.Object})...)
		}
	}
	return all
}
