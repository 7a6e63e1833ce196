// Package object is the contract between a runtime and the classes it runs:
// what an object is called, what it is asked, and all that it can see.
//
// A class is ordinary straight-line Go. It never sees a goroutine, a clock or a
// socket; it sees a State, and each run of one of its handlers is one turn:
// nothing else happens to the object until the turn is over, everything it
// wrote becomes durable together, and nothing it said leaves the runtime
// before that.
package object

import (
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

// AlarmInfo tells an alarm handler which run of which alarm it is.
type AlarmInfo struct {
	Scheduled time.Time // when the alarm was set to fire
	Retry     int       // 0 on the first run
}

// Class is code that objects run.
type Class struct {
	Name string
	// New constructs the instance for one activation. It runs before the first
	// turn and may read State.Storage; an error fails all that wait and drops
	// the instance, and the next event constructs again.
	New func(State) (Object, error)
}

// Identity is what an object knows of its own name. Name is empty for an ID
// that was not made from one, and for names over 1,024 bytes.
type Identity struct {
	ID    ID
	Class string
	Name  string
}

// State is all that an object sees. It is valid during a turn only, and only on
// the goroutine that runs the turn.
type State interface {
	Identity() Identity
	// Now is the instant the turn began; it does not move during a turn.
	Now() time.Time
	// Random is the object's own stream; seeded, so a virtual world repeats.
	Random() *rand.Rand
	Storage() Storage
	Sockets() Sockets
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
