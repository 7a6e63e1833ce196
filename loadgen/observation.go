// Package loadgen drives objects with load and records what clients saw.
//
// Its one record, Observation, stands between producers (the live world, the
// virtual world, a deployed target) and consumers (laws, reports): they never meet.
package loadgen

import (
	"time"

	"github.com/durabench/durabench/regions"
)

// Outcome is what a client knows of an operation it asked for.
type Outcome string

// The outcomes. A write whose reply was lost is Unknown, never Failed: it may
// take effect at any time after it was sent, or never.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"  // refused; it certainly had no effect
	Unknown Outcome = "unknown" // nobody can tell
)

// Kind names what an operation asks of an object. Each class has its own.
type Kind string

// The kinds, by class.
const (
	Increment Kind = "increment" // counter; Reply.Value is the count after it
	Decrement Kind = "decrement" // counter, not below zero
	Read      Kind = "value"     // counter
	Reset     Kind = "reset"     // counter
	Take      Kind = "take"      // limiter; Reply.Allowed says whether, Reply.Value how many remain
	Join      Kind = "join"      // chat: a member's socket is open (Done) …
	Leave     Kind = "leave"     // chat: … and closed (Sent)
	Send      Kind = "send"      // chat: a member sent Text; done when its own copy came back
	Deliver   Kind = "deliver"   // chat: a member (Client) received Text, sent by Sender at Scheduled/Sent
	// Resume says what a member that joined again, after its connection was lost, was
	// told of the time when it was away. Reply.Allowed says that it goes on where it
	// was: of a chat, Operation.Text is the latest text that it had and was given again
	// (of Reply.Value that it was given); of a document, Reply.Value is the version
	// from which on it is given edits. What it had missed follows as Deliver, at the
	// same instant.
	Resume Kind = "resume"
	// A document has these of a chat, too, with edits for texts: Reply.Value is the
	// version that the object gave the edit, Reply.Text the sum of the receiver's text
	// at that version, or Misfit, or empty if the receiver had none then. And it has
	Look Kind = "look" // the object's own text: Reply.Value its version, Reply.Text its sum
)

// Operation is what a client asked.
type Operation struct {
	Kind Kind `json:"kind"`
	// Text is the message of Send and Deliver; unique in a run.
	Text string `json:"text,omitempty"`
	// Sender is the client that sent what a Deliver delivered.
	Sender int `json:"sender,omitempty"`
}

// Reply is what came back.
type Reply struct {
	Status  int   `json:"status,omitempty"` // HTTP status; 0 if none
	Value   int64 `json:"value,omitempty"`
	Allowed bool  `json:"allowed,omitempty"`
	// Text is the object's own id of a chat message.
	Text string `json:"text,omitempty"`
	// Error is why there was no good reply.
	Error string `json:"error,omitempty"`
}

// Server is who answered, as the reply's headers told; empty if they did not.
type Server struct {
	Home  regions.ID `json:"home,omitempty"`
	Node  string     `json:"node,omitempty"`
	Epoch uint64     `json:"epoch,omitempty"`
	// Moved says that the object had left the home where its edge believed it, or was
	// about to: the request was sent after it.
	Moved bool `json:"moved,omitempty"`
}

// Observation is one operation as its client saw it. Instants are counted from
// the start of the run on the clock of the load generator.
type Observation struct {
	Seq    uint64     // unique in a run, in the order scheduled
	Client int        // who asked; for Deliver, who received
	Edge   regions.ID // where the client enters the network
	Class  string
	Object string // the object's name

	Operation Operation
	// Scheduled is when the operation should have been sent, Sent when it was;
	// latency counts from Scheduled, real-time order from Sent.
	Scheduled, Sent, Done time.Duration
	Outcome               Outcome
	Reply                 Reply
	Server                Server
	// Budget says where the time went; its zero value means that the target does not tell.
	Budget Budget
}

// Latency is what the client waited from the instant it meant to ask.
func (o *Observation) Latency() time.Duration { return o.Done - o.Scheduled }

// Part is one part of the latency budget.
type Part int

// The parts, in the order a request passes through them.
const (
	Wait     Part = iota // from scheduled to sent, in the load generator
	WAN                  // both ways between edge and home, measured by the edge
	Route                // the edge finding the object's home
	Queue                // waiting for the object's turn
	Activate             // the object being loaded
	Turn                 // the handler
	Commit               // the reply held until the writes before it were durable
	Return               // what is left: between client and edge, and unaccounted
	Parts                // how many there are
)

var partNames = [Parts]string{"wait", "wan", "route", "queue", "activate", "turn", "commit", "return"}

// String is the part's name, as in Server-Timing headers and in reports.
func (p Part) String() string { return partNames[p] }

// ParsePart finds a part by its name.
func ParsePart(name string) (Part, bool) {
	for p, n := range partNames {
		if n == name {
			return Part(p), true
		}
	}
	return 0, false
}

// Budget is how long each part took. The parts add up to the latency.
type Budget [Parts]time.Duration

// Whole is the sum of the parts.
func (b Budget) Whole() time.Duration {
	var sum time.Duration
	for _, d := range b {
		sum += d
	}
	return sum
}

// Cold says that the object had to be loaded first.
func (b Budget) Cold() bool { return b[Activate] > 0 }
