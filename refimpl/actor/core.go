package actor

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// Config bounds a Core. Zero values take the defaults.
type Config struct {
	Slots  int        // slots of the region; required
	Random *rand.Rand // jitter of alarm retries; required
	Limits
	IdleAfter time.Duration // without turns, an object leaves memory; default 10 s
	// PendingKeeps is how long an operation of a background task keeps its object in
	// memory, as the runtime does from the compatibility date 2026-10-01; default
	// 15 min. Negative is not at all, as before.
	PendingKeeps time.Duration
	// Objects bounds what is in memory; over it, the one at rest longest leaves. Default 250,000.
	Objects   int
	BatchRows int // rows of one commit; default 1,000
	// PendingRows bounds what waits to be committed; over it, turns are refused. Default 100,000.
	PendingRows int
	// TrustMargin is taken off store.ReadTrust for the time between the test and
	// the reply's way out; default 100 ms.
	TrustMargin time.Duration
}

// Limits are when one object is overloaded. Over each of them turns are refused, with
// a message of its own.
type Limits struct {
	QueueTurns int           // turns waiting for the object; default 10,000
	QueueBytes int           // that these carry; default 64 MiB
	QueueAge   time.Duration // that the oldest of them may reach; default 1 min
	HeldTurns  int           // turns whose output waits for a commit; default 100,000
	// SuspendedTurns bounds the turns that wait for others, and the background tasks; default 10,000.
	SuspendedTurns int
	WindowTurns    int // that arrive within 10 s; default 10,000,000
}

func (c Config) withDefaults() Config {
	if c.Slots <= 0 || c.Random == nil {
		panic(fmt.Sprintf("actor.Config: Slots %d, Random %v: both are required", c.Slots, c.Random))
	}
	c.Limits = c.Limits.withDefaults()
	c.IdleAfter = orDefault(c.IdleAfter, 10*time.Second)
	c.PendingKeeps = orDefault(c.PendingKeeps, 15*time.Minute)
	c.Objects = orDefault(c.Objects, 250_000)
	c.BatchRows = orDefault(c.BatchRows, 1_000)
	c.PendingRows = orDefault(c.PendingRows, 100_000)
	c.TrustMargin = orDefault(c.TrustMargin, 100*time.Millisecond)
	return c
}

func (l Limits) withDefaults() Limits {
	l.QueueTurns = orDefault(l.QueueTurns, 10_000)
	l.QueueBytes = orDefault(l.QueueBytes, 64<<20)
	l.QueueAge = orDefault(l.QueueAge, time.Minute)
	l.HeldTurns = orDefault(l.HeldTurns, 100_000)
	l.SuspendedTurns = orDefault(l.SuspendedTurns, 10_000)
	l.WindowTurns = orDefault(l.WindowTurns, 10_000_000)
	return l
}

func orDefault[T int | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}

// Core keeps the books of all live objects that commit through one session.
// One goroutine at a time may use it.
type Core struct {
	config  Config
	now     time.Time
	objects map[object.ID]*entry
	last    *entry // found last
	numbers numbers
	rested  restList
	gone    map[object.ID]struct{} // to other homes
	owned   ownership
	commits commits
	timers  timers
	alarms  scanner
	drain   drainState
	out     []Effect
}

// numbers are those given so far.
type numbers struct {
	activations Activation
	turns       uint64 // of the core's own
}

// New returns a core that owns nothing yet.
func New(config Config) *Core {
	config = config.withDefaults()
	return &Core{
		config:  config,
		objects: make(map[object.ID]*entry),
		owned:   ownership{slots: make([]slotState, config.Slots)},
		alarms:  scanner{known: make(map[object.ID]expected)},
	}
}

// Step takes one event and returns what must be done, in order. The slice is
// valid until the next Step. Time never goes back between steps: the latest
// instant seen is assumed instead. Arrived and Yielded, the events of every turn,
// are handed over by pointer: the core keeps neither, and the driver need not allocate.
func (c *Core) Step(now time.Time, event Event) []Effect {
	if now.After(c.now) {
		c.now = now
	}
	c.out = c.out[:0]
	c.take(event)
	c.startCommit()
	c.finishDrain()
	c.announceWake()
	return c.out
}

func (c *Core) take(event Event) {
	switch e := event.(type) {
	case *Arrived:
		c.arrived(e)
	case *Yielded:
		c.yielded(e)
	case Answered:
		c.answered(e)
	case Committed:
		c.committed(e.Sent)
	case Loaded:
		c.loaded(e)
	case Tick:
		c.tick()
	case Confirmed:
		c.confirmed(e.Sent)
	case CommitFailed:
		c.commitFailed(e.Cause)
	case Found:
		c.found(e)
	case Acquired:
		c.acquired(e)
	case Lost:
		c.lost(e.Cause)
	case Move:
		c.move(e.Object)
	case Stay:
		c.stay(e)
	case Drain:
		c.drain = max(c.drain, draining)
	default:
		panic(fmt.Sprintf("actor.Core.Step: event %T", event))
	}
}

// find gives an object in memory, or nil. A turn that ends is most often that of
// the object that was found last.
func (c *Core) find(id *object.ID) *entry {
	if c.last == nil || c.last.identity.ID != *id {
		c.last = c.objects[*id]
	}
	return c.last
}

func (c *Core) emit(effect Effect) { c.out = append(c.out, effect) }

// tick does what is due.
func (c *Core) tick() {
	c.timers.announced = time.Time{}
	for t, ok := c.timers.popDue(c.now); ok; t, ok = c.timers.popDue(c.now) {
		switch t.kind {
		case idleTimer:
			c.idleDue(t)
		case alarmTimer:
			c.alarmDue(t)
		case scanTimer:
			c.scanDue(t)
		case sleepTimer:
			c.sleepDue(t)
		case sectionTimer:
			c.sectionDue(t)
		case wallTimer:
			c.wallDue(t)
		case gateTimer:
			c.gateDue()
		case contestTimer: // every step looks for something to commit
		}
	}
}

type drainState uint8

const (
	serving drainState = iota
	draining
	drained
)

// finishDrain says Drained once nothing is queued, running, suspended (but for
// background tasks), held or uncommitted, and no slot is contested: whoever gets one that was released cleanly writes at once.
// It looks at every object, but only while the core is going away.
func (c *Core) finishDrain() {
	if c.drain != draining || !c.commits.empty() || c.owned.contestedUntil.After(c.now) {
		return
	}
	for _, e := range c.objects {
		if e.phase == busy || e.phase == loading || !e.backgroundOnly() || len(e.gate.held) > 0 {
			return
		}
	}
	c.drain = drained
	c.emit(Drained{})
}
