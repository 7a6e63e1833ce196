package primitive

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports/price"
)

// Machine is one service beside the objects: it is asked from a place, and
// answers later. Instants count from the start of the run and never go back.
//
//	event   what may follow                      the law
//	Asked   After, or Answered at once           each Asked is Answered exactly once
//	Fired   After, Answered, or both             each After is fired exactly once, Delay later
type Machine interface {
	// Step takes one event and returns what follows, valid until the next Step.
	// Events of one instant are taken in the order in which they were set.
	Step(now time.Duration, event Event) []Effect
	// Bill is what the service has charged for so far.
	Bill() price.Bill
	// Holds is what a key holds now where writes go: what is left of what was
	// acknowledged. False if it holds nothing, or is a list.
	Holds(key string) (Value, bool)
}

// CallID is the driver's name for a call; the machine hands it back.
type CallID uint64

// Event is something that happened. Only the types of this package are events.
type Event interface{ event() }

// Asked: a Worker at a place calls the service, now.
type Asked struct {
	Call CallID
	From regions.ID
	Op   Op
}

// Fired: a timer that the machine set.
type Fired struct{ Timer Timer }

func (Asked) event() {}
func (Fired) event() {}

// Effect is something the driver must do. Only the types of this package are effects.
type Effect interface{ effect() }

// After: send Fired with the timer after Delay.
type After struct {
	Delay time.Duration
	Timer Timer
}

// Answered: the answer is at the Worker. Cause is ErrTooManyRequests,
// ErrOverloaded or a refusal of the call's options; in each case nothing was changed.
type Answered struct {
	Call   CallID
	Result Result
	Cause  error
}

func (After) effect()    {}
func (Answered) effect() {}

// Timer is how a machine finds its way on. It means nothing to others.
type Timer struct {
	flight int32
	stage  stage
}

// Reasons for which a service refuses a call. A script branches on them.
var (
	// ErrTooManyRequests means that a key of KV or R2 was written to more than once a second. Nothing was written.
	ErrTooManyRequests = errors.New("429 too many writes to the key")
	// ErrOverloaded means that D1's queue was full or too long. The statement did not run.
	ErrOverloaded = errors.New("D1 is overloaded")
)

// World is what a machine needs of the world around it.
type World struct {
	// Delay draws one way between two places.
	Delay func(from, to regions.ID) time.Duration
	// Nearest picks the candidate nearest to a place, as regions.Map.Nearest does.
	Nearest func(from regions.ID, candidates []regions.ID) regions.ID
	// Random is the machine's own stream.
	Random *rand.Rand
}

func (w World) check() error {
	if w.Delay == nil || w.Nearest == nil || w.Random == nil {
		return errors.New("world: want Delay, Nearest and Random")
	}
	return nil
}

// stage is where a flight is on its way.
type stage uint8

// flight is one call under way.
type flight struct {
	call   CallID
	from   regions.ID
	op     Op
	asked  time.Duration
	leg    time.Duration // one way of the journey that it is on
	at     int           // which instance of D1 it was sent to; 0 is the primary
	seen   *version      // what a read found, to be kept where it passes
	result Result
	cause  error
}

// flights are the calls under way. A place in the list is used again, so that
// memory follows the calls under way and not those ever made.
type flights struct {
	slots   []flight
	free    []int32
	effects []Effect
}

func (f *flights) begin(now time.Duration, e Asked) int32 {
	started := flight{call: e.Call, from: e.From, op: e.Op, asked: now}
	if last := len(f.free) - 1; last >= 0 {
		n := f.free[last]
		f.free = f.free[:last]
		f.slots[n] = started
		return n
	}
	f.slots = append(f.slots, started)
	return int32(len(f.slots) - 1)
}

// after sends a flight on its way to its next stage.
func (f *flights) after(delay time.Duration, n int32, next stage) {
	f.effects = append(f.effects, After{Delay: delay, Timer: Timer{flight: n, stage: next}})
}

// end answers a flight's call.
func (f *flights) end(n int32) {
	fl := &f.slots[n]
	f.effects = append(f.effects, Answered{Call: fl.call, Result: fl.result, Cause: fl.cause})
	*fl = flight{}
	f.free = append(f.free, n)
}

// start forgets the effects of the step before.
func (f *flights) start() { f.effects = f.effects[:0] }
