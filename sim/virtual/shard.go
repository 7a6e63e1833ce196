package virtual

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// shard drives one core. It reads one letter at a time and is busy with each for
// as long as the profile says; what the letter leads to happens when it is read.
type shard struct {
	w       *world
	node    *node
	slots   []store.Slot
	core    *actor.Core
	tamper  Tamper // nil, unless bugs are planted
	session *session
	random  *rand.Rand // of service times
	seeds   *rand.Rand // of instances' own streams

	mail    []any
	head    int
	reading bool
	began   time.Duration // of the letter being read
	owed    time.Duration // of turns that no letter asked for

	todo      []actor.Effect
	live      map[object.ID]*resident
	turns     turnTable
	departing map[object.ID]*departure
	trail     map[object.ID]*home // where objects went that left
	lastID    actor.TurnID
	latest    latest
	errand    *errand
	runners   actor.Runners
	wake      time.Duration
}

// latest are the events that every turn makes, in memory that is used again.
type latest struct {
	arrived actor.Arrived
	yielded actor.Yielded
}

// resident is an object in the node's memory, or its sockets while it hibernates.
type resident struct {
	identity object.Identity
	instance *actor.Instance
	sockets  *actor.SocketSet
	wires    map[actor.SocketID]*member
	loadedAt time.Duration
}

// loadedLetter answers actor.Load.
type loadedLetter struct {
	load     actor.Load
	snapshot store.Snapshot
}

// newShard makes a shard of a node. The start is part of its streams' names: a node
// that was started again draws other numbers than before.
func newShard(w *world, n *node, core, cores, start int) *shard {
	name := fmt.Sprintf("%s/%d/%d", n.home.id, core, start)
	seeds := w.stream("shard " + name)
	s := &shard{
		w: w, node: n, random: w.stream("service " + name), seeds: seeds,
		core: actor.New(actor.Config{Slots: slotsOfHome, Random: rand.New(rand.NewPCG(seeds.Uint64(), seeds.Uint64()))}),
		live: make(map[object.ID]*resident), departing: make(map[object.ID]*departure), trail: make(map[object.ID]*home),
	}
	for slot := core; slot < slotsOfHome; slot += cores {
		s.slots = append(s.slots, store.Slot(slot))
	}
	s.session = &session{w: w, shard: s, random: w.stream("commit " + name), missing: s.slots}
	s.session.beats = beat{s.session}
	if w.Tamper != nil {
		s.tamper = w.Tamper()
	}
	return s
}

// put adds a letter. An idle shard begins to read it at once.
func (s *shard) put(letter any) {
	s.mail = append(s.mail, letter)
	if !s.reading {
		s.readNext()
	}
}

func (s *shard) readNext() {
	if s.head == len(s.mail) {
		s.mail, s.head, s.reading = s.mail[:0], 0, false
		return
	}
	if s.head >= 1024 && s.head*2 >= len(s.mail) {
		n := copy(s.mail, s.mail[s.head:])
		clear(s.mail[n:])
		s.mail, s.head = s.mail[:n], 0
	}
	s.reading, s.began = true, s.w.now
	takes := s.owed
	s.owed = 0
	if _, isRequest := s.mail[s.head].(*request); isRequest {
		takes += s.w.Profile.Service.draw(s.random)
	}
	s.w.after(takes, s)
}

// fire ends the reading of a letter.
func (s *shard) fire(*world) {
	if s.node.deaf(s) {
		return
	}
	letter := s.mail[s.head]
	s.mail[s.head] = nil
	s.head++
	s.handle(letter)
	s.perform()
	s.readNext()
}

func (s *shard) handle(letter any) {
	switch l := letter.(type) {
	case *request:
		s.lastID++
		s.turns.add(s.lastID, l)
		s.latest.arrived = actor.Arrived{Object: *l.identity, Turn: s.lastID, Kind: l.kind}
		s.step(&s.latest.arrived)
	case *loadedLetter:
		s.step(s.construct(l))
	case actor.Lost:
		s.session.unheard--
		s.dismissAll()
		s.step(l)
		s.strand(l.Cause)
	case actor.Event:
		s.step(l)
	case *departure:
		s.leave(l)
	case wroteMove:
		s.over(l.of, l.cause)
	}
}

func (s *shard) step(event actor.Event) {
	if s.tamper != nil {
		s.todo = append(s.todo, s.tamper(s.w.clock(), event, s.core.Step)...)
		return
	}
	s.todo = append(s.todo, s.core.Step(s.w.clock(), event)...)
}

// clock is the time that objects see: their home's wall clock. The core is told
// the time of a clock that nobody can set.
func (s *shard) clock() time.Time { return s.w.clock().Add(s.node.home.skew) }

func (s *shard) construct(l *loadedLetter) actor.Loaded {
	id := l.load.Object.ID
	if l.snapshot.Elsewhere != "" {
		return actor.Loaded{Object: id, Activation: l.load.Activation, Alarm: l.snapshot.Alarm, Cause: actor.ErrMoved}
	}
	r := s.live[id]
	if r == nil {
		r = &resident{identity: l.load.Object, sockets: &actor.SocketSet{}}
		s.live[id] = r
	}
	answer := actor.Loaded{Object: id, Activation: l.load.Activation, Alarm: l.snapshot.Alarm}
	random := rand.New(rand.NewPCG(s.seeds.Uint64(), s.seeds.Uint64()))
	r.instance = actor.NewInstance(actor.Origin{
		Class: s.w.class(l.load.Object.Class), Identity: l.load.Object, Snapshot: l.snapshot,
		Sockets: r.sockets, Random: random, Namespaces: s.w.spaces,
	})
	return answer
}

// perform does what the core asked for, and what that leads to.
func (s *shard) perform() {
	for at := 0; at < len(s.todo); at++ {
		s.do(s.todo[at])
	}
	clear(s.todo)
	s.todo = s.todo[:0]
}

func (s *shard) do(effect actor.Effect) {
	switch e := effect.(type) {
	case actor.Resume:
		s.run(e)
	case actor.Release:
		s.release(e)
	case actor.Commit:
		s.session.todo.batch = e.Batch
		s.session.begin()
	case actor.Load:
		s.session.todo.loads = append(s.session.todo.loads, e)
		s.session.begin()
	case actor.Refuse:
		s.refuse(e)
	case actor.Wake:
		s.setAlarm(e.At)
	case actor.Evict:
		s.evict(e.Object)
	case actor.Break:
		s.cut(e.Object)
	case actor.Scan:
		s.session.todo.scan = e.Until
		s.session.begin()
	case actor.Probe:
		s.session.todo.probe = true
		s.session.begin()
	case actor.Moved:
		s.moved(e)
	}
}

// alarmClock wakes a shard. One that was set anew meanwhile does nothing.
type alarmClock struct {
	*shard
	at time.Duration
}

func (s *shard) setAlarm(at time.Time) {
	s.wake = max(s.w.now, at.Sub(epoch))
	s.w.queue.push(s.wake, alarmClock{s, s.wake})
}

func (a alarmClock) fire(*world) {
	if a.at == a.shard.wake && !a.node.deaf(a) {
		a.shard.put(actor.Tick{})
	}
}
