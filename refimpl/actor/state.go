package actor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// state is what the class sees of the instance.
type state struct{ *Instance }

func (s state) Identity() object.Identity { return s.from.Identity }

func (s state) Now() time.Time { return s.now }

func (s state) Random() *rand.Rand { return s.from.Random }

func (s state) Storage() object.Storage { return &s.storage }

func (s state) Sockets() object.Sockets { return &s.sockets }

func (s state) Namespace(class string) (object.Namespace, bool) {
	n, ok := s.from.Namespaces[class]
	return n, ok
}

func (s state) Sleep(d time.Duration) { s.suspend(Pause{Wait: ForTime, For: d}) }

func (s state) WaitUntil(task func() error) {
	s.turn() // or panic
	s.tasks = append(s.tasks, task)
	s.added++
}

// errSection dooms a turn whose blocking section panicked, whoever caught the panic.
var errSection = errors.New("blocking section panicked")

func (s state) BlockConcurrency(section func() error) error {
	t, err := s.enter()
	if err != nil {
		return err
	}
	returned := false
	defer func() {
		t.leave()
		if !returned && t.doomed == nil {
			t.doomed = errSection
		}
	}()
	err = section()
	returned = true
	if err != nil {
		s.doom(fmt.Errorf("blocking section failed: %w", err))
	}
	return nil
}

// enter opens a section of the running turn.
func (i *Instance) enter() (*running, error) {
	t := i.turn()
	switch t.sections {
	case object.MaxSections:
		return nil, fmt.Errorf("open section %d: %w", t.sections+1, object.ErrTooDeep)
	case 0:
		i.serials.sections++
		t.section = i.serials.sections
	}
	t.sections++
	return t, nil
}

func (t *running) leave() {
	if t.sections--; t.sections == 0 {
		t.section = 0
	}
}

func (s state) Abort(cause error, alarm object.AlarmPolicy) { s.doom(&AbortError{cause, alarm}) }

// AbortError is the Reset of a turn that aborted its object.
type AbortError struct {
	Cause error
	Alarm object.AlarmPolicy
}

// Error says why.
func (e *AbortError) Error() string { return fmt.Sprintf("aborted: %v", e.Cause) }

// Unwrap gives the cause.
func (e *AbortError) Unwrap() error { return e.Cause }

// Sync is part of object.Storage. A commit that fails takes the turn with it.
func (r *resident) Sync() error {
	r.instance.suspend(Pause{Wait: ForDurable})
	return nil
}
