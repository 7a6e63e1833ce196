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

func (s state) Identity() object.Identity { return s.identity }

func (s state) Now() time.Time { return s.now }

func (s state) Random() *rand.Rand { return s.random }

func (s state) Storage() object.Storage { return &s.storage }

func (s state) Sockets() object.Sockets { return &s.sockets }

func (s state) Namespace(class string) (object.Namespace, bool) {
	n, ok := s.namespaces[class]
	return n, ok
}

// errUnbuilt: the turn cannot be suspended yet.
var errUnbuilt = errors.New("this runtime does not suspend turns yet")

func (s state) Stub(to object.Identity, _ object.Hint) object.Stub { return stub{to.ID} }

type stub struct{ to object.ID }

func (s stub) Call(*object.Request) (*object.Response, error) {
	return nil, &object.CallError{Object: s.to, Message: errUnbuilt.Error()}
}

func (s state) Sleep(time.Duration) {}

func (s state) WaitUntil(func() error) {}

func (s state) BlockConcurrency(section func() error) error {
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	if err := section(); err != nil {
		panic(fmt.Errorf("blocking section: %w", err))
	}
	return nil
}

// enter opens a section; leave closes it.
func (i *Instance) enter() (leave func(), err error) {
	if i.sections == object.MaxSections {
		return nil, fmt.Errorf("open section %d: %w", i.sections+1, object.ErrTooDeep)
	}
	i.sections++
	return func() { i.sections-- }, nil
}

func (s state) Abort(cause error, _ object.AlarmPolicy) {
	panic(fmt.Errorf("aborted: %w", cause))
}

// Sync is part of object.Storage.
func (r *resident) Sync() error { return errUnbuilt }
