package actor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

const (
	worldSlots = 3
	worldQueue = 8 // turns that may wait for one object
)

// world drives a Core in virtual time, with faults: the smallest driver that
// there can be. Everything it does follows from its random stream.
type world struct {
	now    time.Time
	random *rand.Rand
	mix    mix
	core   *actor.Core
	agenda []appointment
	wakes  int // set so far; only the latest counts

	runners actor.Runners
	storage func(object.State) object.Storage // that transactions use; nil is the state's
	disk    *disk
	link
	memory
	arrivals bool // turns go on arriving

	judge  *judge
	tamper tamper
	trace  func(format string, args ...any)
}

// link is the session.
type link struct {
	session  int // that the core believes in; 0 is none
	sessions int // so far
}

// memory is what the driver keeps of objects.
type memory struct {
	live    map[object.ID]*live
	sockets map[object.ID]*actor.SocketSet
	open    map[object.ID][]*actor.Socket // whose upgrade was released
}

// live is what a driver keeps of an object in memory.
type live struct {
	activation actor.Activation
	instance   *actor.Instance // nil while it loads
}

// appointment is something that will happen.
type appointment struct {
	at time.Time
	do func()
}

// tamper stands between the core and the world; nil leaves both alone. Mutants use it.
type tamper func(w *world, event actor.Event, step func(time.Time, actor.Event) []actor.Effect) []actor.Effect

func newWorld(random *rand.Rand) *world {
	w := &world{
		now: epochOfTests, random: random, mix: drawMix(random), disk: newDisk(),
		memory: memory{map[object.ID]*live{}, map[object.ID]*actor.SocketSet{}, map[object.ID][]*actor.Socket{}},
		trace:  func(string, ...any) {},
	}
	w.judge = newJudge(w)
	w.core = actor.New(actor.Config{
		Slots: worldSlots, Limits: actor.Limits{QueueTurns: worldQueue}, BatchRows: 1 + random.IntN(6), PendingRows: 40,
		IdleAfter: pick(random, 300*time.Millisecond, 10*time.Second), Random: random,
	})
	return w
}

// step tells the core what happened and does what it asks.
func (w *world) step(event actor.Event) {
	w.trace("%-12s %s", w.now.Sub(epochOfTests), w.told(event))
	w.judge.heard(event)
	core := func(now time.Time, event actor.Event) []actor.Effect { return slices.Clone(w.core.Step(now, event)) }
	var effects []actor.Effect
	if w.tamper != nil {
		effects = w.tamper(w, event, core)
	} else {
		effects = core(w.now, event)
	}
	for _, effect := range effects {
		w.trace("%-12s     %s", "", describe(effect))
		w.judge.asked(effect)
		w.perform(effect)
	}
}

func (w *world) perform(effect actor.Effect) {
	switch e := effect.(type) {
	case actor.Load:
		w.load(e)
	case actor.Resume:
		w.resume(e)
	case actor.Commit:
		w.commit(e.Batch)
	case actor.Release:
		w.release(e)
	case actor.Refuse:
		w.answer(e.Turn, nil, e.Cause)
	case actor.Evict:
		w.drop(e.Object)
	case actor.Break:
		w.drop(e.Object)
		w.sockets[e.Object] = &actor.SocketSet{} // as drivers do: an old handler may still run with the old set
		delete(w.open, e.Object)
		delete(w.judge.states.last, e.Object)
	case actor.Moved:
		w.moved(e)
	case actor.Scan:
		w.scan(e)
	case actor.Probe:
		w.probe()
	case actor.Wake:
		w.wakes++
		number := w.wakes
		w.at(later(e.At, w.now).Add(w.delay(5*time.Millisecond)), func() {
			if number == w.wakes {
				w.step(actor.Tick{})
			}
		})
	}
}

func (w *world) storageOf(s object.State) object.Storage {
	if w.storage != nil {
		return w.storage(s)
	}
	return s.Storage()
}

// drop lets an instance go, and unwinds what is suspended of it.
func (w *world) drop(id object.ID) {
	if l := w.live[id]; l != nil && l.instance != nil {
		l.instance.Drop(&w.runners)
	}
	delete(w.live, id)
}

// at puts something on the agenda. What is due at one instant happens in the order it was put there.
func (w *world) at(when time.Time, do func()) {
	i, _ := slices.BinarySearchFunc(w.agenda, when, func(a appointment, t time.Time) int {
		if a.at.After(t) {
			return 1
		}
		return -1
	})
	w.agenda = slices.Insert(w.agenda, i, appointment{when, do})
}

func (w *world) after(most time.Duration, do func()) { w.at(w.now.Add(w.delay(most)), do) }

// run lets happen what happens until then, or until a law is broken.
func (w *world) run(until time.Time) {
	for w.judge.verdict == "" && len(w.agenda) > 0 && !w.agenda[0].at.After(until) {
		next := w.agenda[0]
		w.agenda = slices.Delete(w.agenda, 0, 1)
		w.now = next.at
		next.do()
	}
	if w.judge.verdict == "" {
		w.now = until
	}
}

// delay is mostly short; a third of all are nothing.
func (w *world) delay(most time.Duration) time.Duration {
	return time.Duration(max(0, w.random.Float64()*1.5-0.5) * float64(most))
}

func (w *world) chance(p float64) bool { return w.random.Float64() < p }

// ask has the store do something for the session, and then tells the core of it.
// Nothing comes back from a session that died, nor from one the core was told is lost.
func (w *world) ask(most time.Duration, work func() actor.Event) {
	session := w.session
	w.after(most, func() {
		if w.session != session || !w.disk.alive {
			return
		}
		event := work()
		w.after(most, func() {
			if w.session == session && event != nil {
				w.step(event)
			}
		})
	})
}

func (w *world) load(e actor.Load) {
	id := e.Object.ID
	w.live[id] = &live{activation: e.Activation}
	if w.sockets[id] == nil {
		w.sockets[id] = &actor.SocketSet{}
	}
	w.ask(w.mix.loadTime, func() actor.Event {
		snapshot := w.disk.snapshot(id)
		w.ask(w.mix.loadTime, func() actor.Event { return w.construct(e, snapshot) })
		return nil
	})
}

func (w *world) construct(e actor.Load, snapshot store.Snapshot) actor.Event {
	l := w.live[e.Object.ID]
	if l == nil || l.activation != e.Activation {
		w.judge.violated("%s was broken while it loaded", nameOf(e.Object.ID))
		return nil
	}
	answer := actor.Loaded{Object: e.Object.ID, Activation: e.Activation, Alarm: snapshot.Alarm}
	l.instance = actor.NewInstance(actor.Origin{
		Class: register(w), Identity: e.Object, Snapshot: snapshot, Sockets: w.sockets[e.Object.ID], Random: w.random,
	})
	return answer
}

// resume runs the turn at once and tells of its end later.
func (w *world) resume(e actor.Resume) {
	l := w.live[e.Object]
	if l == nil || l.instance == nil || l.activation != e.Activation {
		w.judge.violated("turn of %s@%d, which is not in memory", nameOf(e.Object), e.Activation)
		return
	}
	turn := w.judge.turns[e.Turn]
	work := &actor.Work{Turn: e.Turn, Kind: e.Kind, Alarm: e.Alarm, Answer: e.Answer}
	if turn != nil && e.Kind != actor.Continue {
		work.Request = &object.Request{Path: turn.path, Upgrade: turn.upgrade}
		work.Socket, work.Message = turn.socket, object.Text([]byte(turn.path))
	}
	before := w.judge.serial
	yielded := l.instance.Run(w.runners.Lend(e.Kind), w.now, e.Activation, work)
	w.runners.Return(&yielded)
	w.judge.ran(e, &yielded, before)
	w.after(w.mix.turnTime, func() {
		w.judge.ended(e)
		w.step(&yielded)
	})
}

func (w *world) release(e actor.Release) {
	for _, o := range e.Outputs {
		switch {
		case o.Call != nil:
			w.call(o.Call)
		case o.Reply != nil:
			w.answer(o.Turn, o.Reply, nil)
		}
		if o.Reply != nil && o.Accept != 0 && w.live[e.Object] != nil {
			w.open[e.Object] = append(w.open[e.Object], w.judge.turns[o.Turn].socket)
		}
	}
}

func (w *world) scan(e actor.Scan) {
	w.ask(w.mix.commitTime, func() actor.Event {
		found := actor.Found{Alarms: w.disk.due(e.Until), Until: e.Until}
		if limit := 2; len(found.Alarms) > limit && w.chance(0.5) {
			found.Alarms = found.Alarms[:limit]
			found.Until = found.Alarms[limit-1].At
		}
		return found
	})
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// render is an object's entries as text, to compare by.
func render(entries []object.Entry) string {
	var text strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&text, "%s=%s ", e.Key, e.Value.Data)
	}
	return text.String()
}
