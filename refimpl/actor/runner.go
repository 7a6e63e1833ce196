package actor

import (
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
)

// Runner is a coroutine that runs turns, one after another. One whose turn is
// suspended is parked with it.
//
// It is what makes a handler straight-line code: the goroutine that calls next
// runs the turn, until it is over or has to wait, and no other goroutine runs then.
// The next call may come from another goroutine.
type Runner struct {
	next func() (struct{}, bool)
	stop func()
	park func(struct{}) bool // from inside
	turn *running
}

func newRunner() *Runner {
	r := &Runner{}
	r.next, r.stop = iter.Pull(r.loop)
	return r
}

func (r *Runner) loop(yield func(struct{}) bool) {
	r.park = yield
	for {
		r.turn.perform()
		if !yield(struct{}{}) {
			return
		}
	}
}

// idleRunners is how many coroutines are kept for the next turns.
const idleRunners = 64

// Runners are the coroutines of one driver's goroutine. The zero value has none.
// Close ends them.
type Runners struct{ idle []*Runner }

// Lend gives what a new turn runs on; a turn that goes on has its own.
func (s *Runners) Lend(kind Kind) *Runner {
	if kind == Continue {
		return nil
	}
	if last := len(s.idle) - 1; last >= 0 {
		r := s.idle[last]
		s.idle = s.idle[:last]
		return r
	}
	return newRunner()
}

// Return takes back what the turn ran on, if it is over.
func (s *Runners) Return(y *Yielded) {
	if y.runner != nil {
		s.put(y.runner)
		y.runner = nil
	}
}

func (s *Runners) put(r *Runner) {
	r.turn = nil
	if len(s.idle) < idleRunners {
		s.idle = append(s.idle, r)
		return
	}
	r.stop()
}

// Close ends the coroutines that no turn is parked on. Instances are dropped before.
func (s *Runners) Close() {
	for _, r := range s.idle {
		r.stop()
	}
	s.idle = nil
}

// running is a turn under way.
type running struct {
	instance *Instance
	work     *Work
	runner   *Runner
	sockets  turnSockets // while it is suspended

	pause    Pause   // why it is suspended
	answer   *Answer // that it goes on with
	sections int     // that are open
	section  uint64  // the outermost of them; 0 is none

	over   bool
	failed error
	doomed error // nothing of this segment may stand
}

// errDropped unwinds a suspended turn whose instance is gone.
var errDropped = errors.New("the object was dropped")

// doom is what Abort and failed sections throw. A handler that catches it changes nothing.
type doom struct{ error }

func (t *running) perform() {
	defer t.end()
	t.failed = t.instance.dispatch(t.work)
}

func (t *running) end() {
	t.over = true
	fault := recover()
	if _, known := fault.(doom); fault != nil && !known && t.doomed == nil {
		t.doomed = fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
	}
}

// suspend parks the running turn and gives what it is woken with.
func (i *Instance) suspend(p Pause) *Answer {
	t := i.turn()
	if t.doomed != nil {
		panic(doom{t.doomed})
	}
	p.Section = t.section
	t.pause = p
	if !t.runner.park(struct{}{}) || t.doomed != nil {
		panic(doom{errDropped})
	}
	return t.answer
}

// turn is the one that runs.
func (i *Instance) turn() *running {
	if i.current == nil {
		panic(fmt.Sprintf("object %s: its state was used outside a turn", i.from.Identity.ID))
	}
	return i.current
}

// doom ends the running turn here.
func (i *Instance) doom(cause error) {
	t := i.turn()
	if t.doomed == nil {
		t.doomed = cause
	}
	panic(doom{t.doomed})
}
