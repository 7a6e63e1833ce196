package object

import "fmt"

// Hint says where an object that does not exist yet is wanted ("weur"). The empty
// Hint leaves it to the runtime, and only an object's first use counts.
type Hint string

// Stub is the way to another object. Calls on one stub are delivered in the order
// made; stubs know nothing of each other. A call may be delivered and still fail,
// and is never delivered twice: whoever repeats it must be able to afford that.
type Stub interface {
	// Call suspends the turn until the object has answered. An error is a
	// *CallError; one that came from between the objects, and not from the other's
	// code, breaks the stub: every later call on it fails with the same error.
	Call(*Request) (*Response, error)
}

// CallError is why a call has no answer.
type CallError struct {
	Object ID
	// Remote: the other object's code failed, or refused what it was asked.
	Remote bool
	// Retryable: the other object was not to be had. Use a new stub, and only for
	// what may happen twice.
	Retryable bool
	// Overloaded: the other object has too much to do. Do not repeat it.
	Overloaded bool
	// Reset: the other object was reset, and has forgotten what it held in memory.
	Reset   bool
	Message string
}

// Error names the object and says what went wrong.
func (e *CallError) Error() string {
	return fmt.Sprintf("call object %.12s…: %s", e.Object, e.Message)
}
