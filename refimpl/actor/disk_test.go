package actor_test

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// disk is the model's store: what is durable, and whose the slots are.
type disk struct {
	alive   bool // the session; what it asks for fails once it is not
	objects map[object.ID]map[string]object.Value
	alarms  map[object.ID]time.Time
	epochs  [worldSlots]uint64
	owned   [worldSlots]bool
	flying  *store.Batch // sent, and not resolved yet
}

func newDisk() *disk {
	return &disk{objects: map[object.ID]map[string]object.Value{}, alarms: map[object.ID]time.Time{}}
}

func (d *disk) entries(id object.ID) []object.Entry {
	var entries []object.Entry
	for key, value := range d.objects[id] {
		entries = append(entries, object.Entry{Key: key, Value: value})
	}
	slices.SortFunc(entries, func(a, b object.Entry) int { return cmp.Compare(a.Key, b.Key) })
	return entries
}

func (d *disk) snapshot(id object.ID) store.Snapshot {
	return store.Snapshot{Object: id, Entries: d.entries(id), Alarm: d.alarms[id]}
}

// due lists the owned slots' alarms before until, earliest first.
func (d *disk) due(until time.Time) []store.Alarm {
	var due []store.Alarm
	for id, at := range d.alarms {
		if at.Before(until) && d.owned[store.SlotOf(id, worldSlots)] {
			due = append(due, store.Alarm{Object: id, Class: "register", Name: nameOf(id), At: at})
		}
	}
	slices.SortFunc(due, func(a, b store.Alarm) int {
		return cmp.Or(a.At.Compare(b.At), slices.Compare(a.Object[:], b.Object[:]))
	})
	return due
}

func (d *disk) apply(batch *store.Batch) {
	for _, id := range batch.Wipes {
		delete(d.objects, id)
	}
	for _, w := range batch.Writes {
		if d.objects[w.Object] == nil {
			d.objects[w.Object] = map[string]object.Value{}
		}
		if w.Deleted {
			delete(d.objects[w.Object], w.Key)
		} else {
			d.objects[w.Object][w.Key] = w.Value
		}
	}
	for _, a := range batch.Alarms {
		if a.At.IsZero() {
			delete(d.alarms, a.Object)
		} else {
			d.alarms[a.Object] = a.At
		}
	}
}

// commit decides the batch's fate: kept, refused, or one with the session's.
func (w *world) commit(batch *store.Batch) {
	sent, session := w.now, w.session
	if w.disk.alive {
		w.disk.flying = batch
	}
	w.after(w.mix.commitTime, func() {
		if w.session != session || !w.disk.alive {
			return // the session's end decided it
		}
		if w.chance(w.mix.rejects) && len(batch.Writes) > 0 {
			w.disk.flying = nil
			w.answerCommit(actor.CommitFailed{Cause: &store.RejectedError{
				Object: pick(w.random, batch.Writes...).Object, Cause: errors.New("value refused"),
			}})
			return
		}
		if w.chance(w.mix.deaths) {
			w.die()
			return
		}
		w.keep(batch)
		w.answerCommit(actor.Committed{Sent: sent})
	})
}

// keep makes the batch in flight durable.
func (w *world) keep(batch *store.Batch) {
	w.disk.flying = nil
	w.disk.apply(batch)
	w.judge.durable(batch)
}

func (w *world) answerCommit(event actor.Event) {
	session := w.session
	w.after(w.mix.commitTime, func() {
		if w.session == session {
			w.step(event)
		}
	})
}

func (w *world) probe() {
	sent := w.now
	w.ask(w.mix.commitTime, func() actor.Event { return actor.Confirmed{Sent: sent} })
}

// beat proves ownership every 300 ms, as a driver does; some worlds do without.
func (w *world) beat(session int) {
	if w.session == session && w.mix.beats {
		w.probe()
		w.at(w.now.Add(300*time.Millisecond), func() { w.beat(session) })
	}
}

// openSession acquires slots, all that are not owned yet or only one of them.
func (w *world) openSession() {
	if w.session == 0 {
		w.sessions++
		w.session, w.disk.alive, w.disk.owned = w.sessions, true, [worldSlots]bool{}
		w.beat(w.session)
	}
	sent := w.now
	w.ask(w.mix.commitTime, func() actor.Event {
		event := actor.Acquired{Sent: sent}
		for slot, owned := range w.disk.owned {
			if owned || len(event.Leases) > 0 && w.chance(w.mix.partial) {
				continue
			}
			w.disk.epochs[slot]++
			w.disk.owned[slot] = true
			event.Leases = append(event.Leases, store.Lease{
				Slot: store.Slot(slot), Epoch: w.disk.epochs[slot], Clean: w.chance(w.mix.clean),
			})
		}
		if slices.Contains(w.disk.owned[:], false) {
			w.after(time.Second, w.openSession)
		}
		return event
	})
}

// die ends the session in the store; the core hears of it later. The batch in
// flight may be durable: from here on that is settled, for whoever comes next.
func (w *world) die() {
	if !w.disk.alive {
		return
	}
	session, flying := w.session, w.disk.flying != nil
	w.disk.alive = false
	if flying && w.chance(0.5) {
		w.keep(w.disk.flying)
	}
	w.disk.flying = nil
	w.after(2*time.Second, func() { w.foreign() })
	w.after(3*time.Second, func() {
		if w.session != session {
			return
		}
		w.session = 0
		if flying {
			w.step(actor.CommitFailed{Cause: store.ErrLost})
		} else {
			w.step(actor.Lost{Cause: store.ErrLost})
		}
		w.after(2*time.Second, w.openSession)
	})
}

// foreign is another node, which owns the slots for a while and writes.
func (w *world) foreign() {
	if w.disk.alive || w.disk.flying != nil || !w.chance(0.5) {
		return
	}
	for _, name := range objectNames {
		if w.chance(0.3) {
			w.keep(w.judge.writeOfAnother(idOf(name)))
		}
	}
}
