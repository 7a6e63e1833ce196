// Package object is the contract between a runtime and the classes it runs:
// what an object is called, what it is asked, and all that it can see.
//
// A class is ordinary straight-line Go. It never sees a goroutine, a clock or a
// socket; it sees a State, and each run of one of its handlers is one turn:
// nothing else happens to the object while the turn runs, everything it wrote
// becomes durable together, and nothing it said leaves the runtime before that.
//
// A turn that waits for something outside its storage (Stub.Call, State.Sleep,
// Storage.Sync) is suspended: what it wrote so far is committed, other turns of
// the object run, and afterwards it goes on behind those that came before the
// answer. What must not be interleaved belongs into State.BlockConcurrency or
// Storage.Transaction.
package object

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// Object is one instance of a class. A handler that returns an error fails its
// caller only: the instance lives on and what it wrote is kept.
type Object interface {
	Fetch(State, *Request) (*Response, error)
}

// AlarmHandler is implemented by classes that set alarms. An error, or a
// panic, makes the runtime call it again later (at least once, never early).
type AlarmHandler interface {
	Alarm(State, AlarmInfo) error
}

// MessageHandler is implemented by classes that accept WebSockets.
type MessageHandler interface {
	WebSocketMessage(State, Socket, Message) error
}

// CloseHandler hears that a socket closed, once per socket.
type CloseHandler interface {
	WebSocketClose(State, Socket, Closing) error
}

// ErrorHandler hears that the peer broke the protocol and its socket was closed for
// it. A CloseHandler does not hear of that socket again.
type ErrorHandler interface {
	WebSocketError(State, Socket, error) error
}

// AlarmInfo tells an alarm handler which run of which alarm it is.
type AlarmInfo struct {
	Scheduled time.Time // when the alarm was set to fire
	Retry     int       // 0 on the first run
}

// Class is code that objects run.
type Class struct {
	Name string
	// New constructs the instance for one activation, in a turn of its own: it may
	// write and suspend, and all other turns wait until it is over. An error fails
	// all that wait and drops the instance, and the next event constructs again.
	New func(State) (Object, error)
}

// Identity is what an object knows of its own name. Name is empty for an ID
// that was not made from one, and for names over 1,024 bytes.
type Identity struct {
	ID    ID
	Class string
	Name  string
}

// ErrTooDeep is returned by State.BlockConcurrency and Storage.Transaction for a
// section inside MaxSections others. The body did not run, and the object lives on.
var ErrTooDeep = errors.New("sections nested too deep")

// MaxSections is how deep sections nest.
const MaxSections = 64

// AlarmPolicy says what an aborted object's alarm becomes, if its handler had
// begun or waits to be retried.
type AlarmPolicy uint8

// The alarm policies.
const (
	RetryAlarm AlarmPolicy = iota // the run counts as failed
	DropAlarm                     // it is not retried; one that was set meanwhile is kept
)

// State is all that an object sees. It is valid during a turn only, and only on
// the goroutine that runs the turn.
type State interface {
	Identity() Identity
	// Now is the instant at which the turn began, or went on after it was
	// suspended; it does not move in between.
	Now() time.Time
	// Random is the object's own stream; seeded, so a virtual world repeats.
	Random() *rand.Rand
	Storage() Storage
	Sockets() Sockets
	// Namespace makes IDs of the class's objects; false for a class that the runtime does not have.
	Namespace(class string) (Namespace, bool)
	// Stub is the way to another object. Making one does nothing.
	Stub(to Identity, hint Hint) Stub
	// Sleep suspends the turn.
	Sleep(time.Duration)
	// WaitUntil has the task run as a turn of its own once this one ends or is
	// suspended. Its error is logged; nobody else hears of it.
	WaitUntil(task func() error)
	// BlockConcurrency runs a section: until it is over no other turn of the object
	// runs, even while it is suspended. If it fails or takes 30 s, the object is reset and
	// BlockConcurrency does not return. Its error is ErrTooDeep.
	BlockConcurrency(section func() error) error
	// Abort resets the object and does not return: what was written since the turn
	// was last suspended is lost, the object's sockets are cut, and its suspended
	// turns fail.
	Abort(cause error, alarm AlarmPolicy)
}

// Request is one HTTP request as an object sees it: the path is the object's
// own ("/increment"), with the part that chose class and name taken off.
type Request struct {
	Method string
	Path   string
	Query  string // raw, without the question mark
	Header http.Header
	Body   []byte // at most 1 MiB
	// Upgrade says that the client asked for a WebSocket; Sockets.Accept takes it.
	Upgrade bool
}

// Param returns the first value of a query parameter, and whether it was given.
func (r *Request) Param(name string) (string, bool) {
	values, err := url.ParseQuery(r.Query)
	if err != nil || !values.Has(name) {
		return "", false
	}
	return values.Get(name), true
}

// Response is an object's answer. Status 101 without a socket accepted in the
// same turn is an error of the class.
type Response struct {
	Status      int
	ContentType string      // "" is text/plain
	Header      http.Header // further headers; nil is none
	Body        []byte
}

// JSONType is the content type of a JSON body.
const JSONType = "application/json"

// NotFound is the answer to a path that a class does not have.
func NotFound() *Response {
	return &Response{Status: http.StatusNotFound, Body: []byte("Not Found")}
}
