package actor_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	inmemory "github.com/durabench/durabench/refimpl/store/memory"
)

// alarmWorld drives a core over the memory store, in virtual time and without delay,
// with handlers that do nothing.
type alarmWorld struct {
	t       *testing.T
	now     time.Time
	core    *actor.Core
	session store.Session
	todo    []actor.Event
	wake    time.Time

	loads, scans, read, most int
	fired                    map[object.ID]int
}

func (w *alarmWorld) step(event actor.Event) {
	w.todo = append(w.todo, event)
	for len(w.todo) > 0 {
		next := w.todo[0]
		w.todo = w.todo[1:]
		for _, effect := range w.core.Step(w.now, next) {
			w.perform(effect)
		}
		w.most = max(w.most, w.core.Objects())
	}
}

func (w *alarmWorld) perform(effect actor.Effect) {
	ctx := context.Background()
	switch e := effect.(type) {
	case actor.Load:
		w.loads++
		found, err := w.session.Load(ctx, []object.ID{e.Object.ID})
		if err != nil {
			w.t.Fatal(err)
		}
		w.todo = append(w.todo, actor.Loaded{Object: e.Object.ID, Activation: e.Activation, Alarm: found[0].Alarm})
	case actor.Resume:
		if e.Kind == actor.Alarm {
			w.fired[e.Object]++
			if e.Alarm.Scheduled.After(w.now) {
				w.t.Fatalf("alarm of %s runs at %s", since(e.Alarm.Scheduled), since(w.now))
			}
		}
		w.todo = append(w.todo, &actor.Yielded{Object: e.Object, Activation: e.Activation})
	case actor.Commit:
		if err := w.session.Commit(ctx, e.Batch); err != nil {
			w.t.Fatal(err)
		}
		w.todo = append(w.todo, actor.Committed{Sent: w.now})
	case actor.Scan:
		w.scans++
		found, err := w.session.Alarms(ctx, e.Until, 1000)
		if err != nil {
			w.t.Fatal(err)
		}
		w.read += len(found)
		answer := actor.Found{Alarms: found, Until: e.Until}
		if len(found) == 1000 {
			answer.Until = found[len(found)-1].At
		}
		w.todo = append(w.todo, answer)
	case actor.Wake:
		w.wake = e.At
	}
}

// A hundred thousand alarms, spread over an hour: each runs once, at its time, and what
// that costs is proportional to the alarms that are due. No object is looked at before.
func TestManyPendingAlarms(t *testing.T) {
	const alarms, slots = 100_000, 8
	ctx := context.Background()
	session, err := inmemory.New(inmemory.NewServer(slots)).Open(ctx, store.Owner{Region: "weur", Node: "n"})
	if err != nil {
		t.Fatal(err)
	}
	all := make([]store.Slot, slots)
	for i := range all {
		all[i] = store.Slot(i)
	}
	leases, err := session.Acquire(ctx, all)
	if err != nil {
		t.Fatal(err)
	}
	batch := store.Batch{Leases: leases}
	random := rand.New(rand.NewPCG(1, 1))
	for n := range alarms {
		var id object.ID
		binary.BigEndian.PutUint64(id[:8], uint64(n))
		at := epochOfTests.Add(time.Duration(random.Int64N(int64(time.Hour)))).Truncate(time.Millisecond)
		batch.Alarms = append(batch.Alarms, store.AlarmWrite{Object: id, Slot: store.SlotOf(id, slots), At: at})
	}
	if err := session.Commit(ctx, &batch); err != nil {
		t.Fatal(err)
	}

	w := &alarmWorld{t: t, now: epochOfTests, session: session, fired: map[object.ID]int{}}
	w.core = actor.New(actor.Config{Slots: slots, Random: random})
	w.step(actor.Acquired{Leases: leases, Sent: w.now})
	for w.now.Before(epochOfTests.Add(time.Hour + time.Minute)) {
		w.now = later(w.now, w.wake)
		w.step(actor.Tick{})
	}
	for id, n := range w.fired {
		if n != 1 {
			t.Fatalf("alarm of %s ran %d times", id, n)
		}
	}
	t.Logf("%d alarms, %d loads, %d scans that gave %d rows, at most %d objects in memory", len(w.fired), w.loads, w.scans, w.read, w.most)
	if len(w.fired) != alarms || w.loads != alarms {
		t.Errorf("%d of %d alarms ran, with %d loads; want one load each", len(w.fired), alarms, w.loads)
	}
	if w.read > 4*alarms || w.most > alarms/20 {
		t.Errorf("%d rows were read for %d alarms, %d objects were in memory at once", w.read, alarms, w.most)
	}
}
