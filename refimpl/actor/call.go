package actor

import (
	"errors"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
)

// CallID numbers the calls of one activation.
type CallID uint64

// Call is a request of one object to another, on its way out.
type Call struct {
	From       object.ID
	Activation Activation
	Turn       TurnID // that waits for the answer
	ID         CallID

	To      object.Identity
	Hint    object.Hint
	Request *object.Request
	// Stub and Sequence are the order: calls of one activation and stub are
	// delivered by Sequence, which counts from 1 without a gap.
	Stub     uint64
	Sequence uint64
}

// Answered is the event that answers the call: with a response, or with an error.
func (c *Call) Answered(response *object.Response, cause *object.CallError) Answered {
	return Answered{
		Object: c.From, Activation: c.Activation, Turn: c.Turn, Call: c.ID,
		Answer: Answer{Response: response, Cause: cause},
	}
}

// CallFailure is what a calling object sees of a turn that was refused.
func CallFailure(to object.ID, cause error) *object.CallError {
	overloaded := errors.Is(cause, ErrOverloaded)
	own := new(ownFault)
	// What never began is safe to try again, whatever became of the object.
	remote := !overloaded && (errors.Is(cause, ErrConstructor) || errors.As(cause, own) && !errors.Is(cause, ErrRetryable))
	message, _, _ := strings.Cut(cause.Error(), "\n") // no stack trace goes from object to object
	return &object.CallError{
		Object: to, Message: message, Overloaded: overloaded,
		Remote:    remote,
		Retryable: !overloaded && !remote && (errors.Is(cause, ErrRetryable) || errors.Is(cause, ErrNotOwner) || errors.Is(cause, ErrUnknownOutcome)),
		Reset:     errors.Is(cause, ErrReset) || errors.Is(cause, ErrUnknownOutcome) || errors.Is(cause, ErrConstructor),
	}
}

func (s state) Stub(to object.Identity, hint object.Hint) object.Stub {
	s.serials.stubs++
	return &stub{instance: s.Instance, to: to, hint: hint, number: s.serials.stubs}
}

// stub is one object's way to another. It is usable in any turn of its instance.
type stub struct {
	instance *Instance
	to       object.Identity
	hint     object.Hint
	number   uint64
	calls    uint64
	broken   *object.CallError
}

func (s *stub) Call(request *object.Request) (*object.Response, error) {
	i := s.instance
	t := i.turn()
	if s.broken != nil {
		return nil, s.broken
	}
	s.calls++
	i.serials.calls++
	call := &Call{
		From: i.from.Identity.ID, Activation: i.activation, Turn: t.work.Turn, ID: i.serials.calls,
		To: s.to, Hint: s.hint, Request: request, Stub: s.number, Sequence: s.calls,
	}
	i.sockets.outputs = append(i.sockets.outputs, Output{Call: call})
	answer := i.suspend(Pause{Wait: ForAnswer, Call: call.ID})
	if s.broken != nil { // by another call, meanwhile
		return nil, s.broken
	}
	if answer.Cause == nil {
		return answer.Response, nil
	}
	s.broken = BreaksStub(answer.Cause)
	return nil, answer.Cause
}

// BreaksStub is what all later calls on a stub fail with after one failed so, or nil if
// the stub lives on: it does after an exception of a handler, whose object lives on too.
func BreaksStub(cause *object.CallError) *object.CallError {
	switch {
	case !cause.Remote:
		return cause
	case !cause.Reset:
		return nil
	}
	later := *cause
	later.Remote = false // nothing ran there on behalf of the later call
	return &later
}
