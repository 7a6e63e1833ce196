package refimpl

import (
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// shard is the one goroutine that touches one actor.Core. It turns letters into
// events, and does what the core answers.
type shard struct {
	core         *actor.Core
	clock        Clock
	now          time.Time // read for each letter and after each turn: a reading costs as much as a small turn
	classes      map[string]object.Class
	namespaces   map[string]object.Namespace
	storageBytes int // of one object; 0 is the default
	log          *slog.Logger
	mail         *mailbox
	keeper       *keeper
	outbound     *outbound // of all the node's shards
	departing    map[object.ID]*moveLetter
	visited      func(Visit) // may be nil
	tamper       Tamper      // nil, unless bugs are planted
	seed         *rand.Rand  // seeds the streams of instances

	batch   []any          // letters taken, not read yet
	spare   []any          // memory for the next batch
	effects []actor.Effect // to do, in order
	// runnable are the turns to run when all effects are done.
	runnable []actor.Resume
	live     map[object.ID]*resident
	turns    map[actor.TurnID]*turn
	lastID   actor.TurnID
	latest
	alarm   *time.Timer
	drained chan struct{}
	meters  map[string]*meter // by class; "" is for those that are not served
	gauges  gauges

	spoken  spoken
	runners actor.Runners
	handoff handoff
}

// latest are the events that every turn makes, in memory that is used again.
type latest struct {
	arrived actor.Arrived
	yielded actor.Yielded
}

// resident is an object in the node's memory: its instance, unless it
// hibernates, and the sockets that keep it here then.
type resident struct {
	identity object.Identity
	instance *actor.Instance
	sockets  *actor.SocketSet
	wires    map[actor.SocketID]*wire
	reply    *autoReply // once there was a wire
	loadedAt time.Time
	kind     actor.Kind // of what runs
	running  bool       // user code, here or on a goroutine that a slow turn keeps
	dropped  bool       // while it ran
	turn     *turn      // that runs; nil for the core's own
	meter    *meter
}

// The letters a shard reads, besides *turn and actor.Event.
type (
	// loadedLetter answers actor.Load.
	loadedLetter struct {
		load     actor.Load
		snapshot store.Snapshot
		cause    error
	}
	// ranLetter is what a slow turn, which lost the shard, did.
	ranLetter struct {
		of      *resident
		yielded actor.Yielded
	}
	// stopLetter ends the loop.
	stopLetter struct{}
)

// loop reads the mail until it is told to stop, or until a slow turn took so long
// that another goroutine reads on in its stead.
func (s *shard) loop() {
	s.now = s.clock() // a slow turn may have kept the shard
	for {
		if !s.perform() {
			return
		}
		letter, ok := s.next()
		if !ok {
			s.close()
			s.handoff.finished()
			return
		}
		s.read(letter)
	}
}

// next waits for a letter. It says no when the shard is to stop.
func (s *shard) next() (any, bool) {
	for len(s.batch) == 0 {
		clear(s.spare[:cap(s.spare)])
		s.batch = s.mail.take(s.spare[:0])
		s.spare = s.batch
		if len(s.batch) == 0 {
			<-s.mail.ready
		}
	}
	letter := s.batch[0]
	s.batch = s.batch[1:]
	_, stop := letter.(stopLetter)
	return letter, !stop
}

func (s *shard) read(letter any) {
	s.now = s.clock()
	switch l := letter.(type) {
	case *turn:
		s.lastID++
		l.work.Turn = s.lastID
		s.turns[s.lastID] = l
		s.arrived = actor.Arrived{Object: l.identity, Turn: s.lastID, Kind: l.work.Kind, Bytes: l.bytes()}
		s.step(&s.arrived)
	case loadedLetter:
		s.step(s.construct(l))
	case ranLetter:
		s.yield(l.of, &l.yielded)
	case actor.Lost:
		s.keeper.heard()
		s.dismissAll()
		s.step(l)
		s.strand(l.Cause)
	case actor.Event:
		s.step(l)
	default:
		s.about(letter)
	}
}

func (s *shard) step(event actor.Event) {
	if s.tamper != nil {
		s.effects = append(s.effects, s.tamper(s.now, event, s.core.Step)...)
		return
	}
	s.effects = append(s.effects, s.core.Step(s.now, event)...)
}

// construct makes the instance of a loaded object.
func (s *shard) construct(l loadedLetter) actor.Loaded {
	id := l.load.Object.ID
	answer := actor.Loaded{Object: id, Activation: l.load.Activation, Alarm: l.snapshot.Alarm, Cause: l.cause}
	if answer.Cause == nil && l.snapshot.Elsewhere != "" {
		answer.Cause = actor.ErrMoved
	}
	if answer.Cause != nil {
		return answer
	}
	r := s.live[id]
	if r == nil {
		r = &resident{identity: l.load.Object, sockets: &actor.SocketSet{}, meter: s.meterOf(l.load.Object.Class)}
		s.live[id] = r
	}
	random := rand.New(rand.NewPCG(s.seed.Uint64(), s.seed.Uint64()))
	r.instance = actor.NewInstance(actor.Origin{
		Class: s.classes[l.load.Object.Class], Identity: l.load.Object, Snapshot: l.snapshot,
		Sockets: r.sockets, Random: random, Namespaces: s.namespaces, StorageBytes: s.storageBytes,
	})
	s.count()
	return answer
}

// perform does the effects in line, and runs the turns that they call for. Turns
// come last: a reply must not wait behind user code, for the trust in which it
// was released runs out. It says no if the shard moved on to another goroutine.
func (s *shard) perform() bool {
	for {
		for _, effect := range s.effects {
			if resume, ok := effect.(actor.Resume); ok {
				s.runnable = append(s.runnable, resume)
				continue
			}
			s.do(effect)
		}
		s.effects = s.effects[:0]
		s.spoken.flush()
		if len(s.runnable) == 0 {
			return true
		}
		// What is left must be visible to whoever takes over from a slow turn.
		next := s.runnable[0]
		s.runnable = s.runnable[:copy(s.runnable, s.runnable[1:])]
		if !s.runTurn(next) {
			return false
		}
	}
}

func (s *shard) do(effect actor.Effect) {
	switch e := effect.(type) {
	case actor.Release:
		s.release(e)
	case actor.Commit:
		s.gauges.batchWrites.add(uint64(len(e.Batch.Writes)))
		s.keeper.commit(e.Batch)
	case actor.Load:
		s.keeper.load(e)
	case actor.Refuse:
		s.refuse(e)
	case actor.Wake:
		s.alarm.Reset(e.At.Sub(s.now))
	case actor.Evict:
		s.evict(e.Object)
	case actor.Break:
		s.cut(e.Object, e.Cause)
	case actor.Scan:
		s.keeper.scan(e.Until)
	case actor.Probe:
		s.keeper.probe()
	case actor.Moved:
		s.moved(e)
	case actor.Drained:
		close(s.drained)
	}
}

// runTurn runs user code here, on the shard's own goroutine: most turns take
// microseconds, and a switch would cost as much. A turn that takes longer than
// the watch allows keeps this goroutine, and the shard goes on without it.
func (s *shard) runTurn(resume actor.Resume) bool {
	r := s.live[resume.Object]
	r.turn = s.turns[resume.Turn]
	var work *actor.Work
	if t := r.turn; t != nil && resume.Kind != actor.Continue {
		work, t.began, t.loaded = &t.work, s.now, r.loadedAt
	} else {
		work = &actor.Work{Turn: resume.Turn, Kind: resume.Kind, Alarm: resume.Alarm, Answer: resume.Answer}
	}
	r.kind, r.running = resume.Kind, true
	runner := s.runners.Lend(resume.Kind)
	now := s.now // from here on the shard may go on without this goroutine
	ticket := s.handoff.begin()
	yielded := r.instance.Run(runner, now, resume.Activation, work)
	if !s.handoff.end(ticket) {
		if ran := (ranLetter{r, yielded}); !s.mail.put(ran) { // the shard is elsewhere by now
			ran.discard()
		}
		return false
	}
	s.now, s.yielded = s.clock(), yielded
	s.yield(r, &s.yielded)
	return true
}
