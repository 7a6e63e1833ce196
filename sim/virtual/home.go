package virtual

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// home is one node.
type home struct {
	id     regions.ID
	node   string
	store  store.Store
	shards []*shard
}

func newHome(w *world, id regions.ID) (*home, error) {
	h := &home{id: id, node: strings.ToLower(string(id)) + "-1", store: w.Store(memory.New(w.server))}
	cores := max(1, w.Cores)
	for core := range cores {
		s := newShard(w, h, core, cores)
		h.shards = append(h.shards, s)
		if err := s.session.open(); err != nil {
			return nil, err
		}
		w.after(beatEvery, s.session.beats)
	}
	return h, nil
}

func (h *home) shardOf(id object.ID) *shard {
	return h.shards[int(store.SlotOf(id, slotsOfHome))%len(h.shards)]
}

// shard drives one core. It reads one letter at a time and is busy with each for
// as long as the profile says; what the letter leads to happens when it is read.
type shard struct {
	w       *world
	home    *home
	slots   []store.Slot
	core    *actor.Core
	session *session
	random  *rand.Rand // of service times
	seeds   *rand.Rand // of instances' own streams

	mail    []any
	head    int
	reading bool
	began   time.Duration // of the letter being read

	todo   []actor.Effect
	live   map[object.ID]*resident
	turns  map[actor.TurnID]*request
	lastID actor.TurnID
	wake   time.Duration
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

func newShard(w *world, h *home, core, cores int) *shard {
	name := string(h.id) + "/" + strconv.Itoa(core)
	seeds := w.stream("shard " + name)
	s := &shard{
		w: w, home: h, random: w.stream("service " + name), seeds: seeds,
		core: actor.New(actor.Config{Slots: slotsOfHome, Random: rand.New(rand.NewPCG(seeds.Uint64(), seeds.Uint64()))}),
		live: make(map[object.ID]*resident), turns: make(map[actor.TurnID]*request),
	}
	for slot := core; slot < slotsOfHome; slot += cores {
		s.slots = append(s.slots, store.Slot(slot))
	}
	s.session = &session{w: w, shard: s, random: w.stream("commit " + name)}
	s.session.beats = beat{s.session}
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
	var takes time.Duration
	if _, isRequest := s.mail[s.head].(*request); isRequest {
		takes = s.w.Profile.Service.draw(s.random)
	}
	s.w.after(takes, s)
}

// fire ends the reading of a letter.
func (s *shard) fire(w *world) {
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
		l.work.Turn = s.lastID
		s.turns[s.lastID] = l
		s.step(actor.Arrived{Object: l.identity, Turn: s.lastID, Kind: l.work.Kind})
	case *loadedLetter:
		s.step(s.construct(l))
	case actor.Event:
		s.step(l)
	}
}

func (s *shard) step(event actor.Event) {
	s.todo = append(s.todo, s.core.Step(s.w.clock(), event)...)
}

func (s *shard) construct(l *loadedLetter) actor.Loaded {
	id := l.load.Object.ID
	r := s.live[id]
	if r == nil {
		r = &resident{identity: l.load.Object, sockets: &actor.SocketSet{}}
		s.live[id] = r
	}
	answer := actor.Loaded{Object: id, Activation: l.load.Activation, Alarm: l.snapshot.Alarm}
	random := rand.New(rand.NewPCG(s.seeds.Uint64(), s.seeds.Uint64()))
	r.instance, answer.Cause = actor.NewInstance(s.w.clock(), s.w.class(l.load.Object.Class), l.load.Object, l.snapshot, r.sockets, random)
	r.loadedAt = s.w.now
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
		s.session.batch = e.Batch
		s.session.begin()
	case actor.Load:
		s.session.loads = append(s.session.loads, e)
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
		s.session.scan = e.Until
		s.session.begin()
	case actor.Probe:
		s.session.probe = true
		s.session.begin()
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
	if a.at == a.shard.wake {
		a.shard.put(actor.Tick{})
	}
}
