package actor

import (
	"errors"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// Reasons for which a turn is refused or broken. A caller branches on them.
var (
	// ErrOverloaded means that a limit was exceeded; do not retry at once. The turn
	// did not run, unless the error is ErrUnknownOutcome or ErrReset as well.
	ErrOverloaded = errors.New("object overloaded")
	// ErrRetryable means that the object was not to be had here now. The turn did not run.
	ErrRetryable = errors.New("object unavailable, safe to retry")
	// ErrNotOwner means that another node owns the object. The turn did not run.
	ErrNotOwner = errors.New("object owned elsewhere")
	// ErrUnknownOutcome means that the turn ran, in part or to its end, and that what
	// it did may stand or not.
	ErrUnknownOutcome = errors.New("outcome unknown: the object was lost before its commit was confirmed")
	// ErrConstructor means that the object's constructor failed. The turn did not run.
	ErrConstructor = errors.New("the object's constructor failed")
	// ErrReset means that the turn's writes were not kept and the object was reset.
	ErrReset = errors.New("object reset")
)

// TurnID names a turn. Those that a driver asks for it numbers itself, below
// OwnTurns; the core's own (alarms, constructors, background tasks) follow.
type TurnID uint64

// OwnTurns is the number of the core's first own turn. Nobody waits for their replies.
const OwnTurns TurnID = 1 << 63

// Activation numbers the times that a core brought objects to life. An answer to
// an activation that is gone (its object was reset or lost meanwhile) is ignored.
type Activation uint64

// Kind is what a turn handles.
type Kind uint8

// The kinds of turn.
const (
	Fetch Kind = iota + 1
	Message
	Closed
	Alarm
	Construct // the first turn of every activation
	Task      // one that WaitUntil was given; the instance knows them in their order
	Continue  // a turn that was suspended goes on
)

var kindNames = [...]string{
	Fetch: "fetch", Message: "message", Closed: "closed", Alarm: "alarm",
	Construct: "construct", Task: "task", Continue: "continue",
}

// String is the kind in lower case.
func (k Kind) String() string { return kindNames[k] }

// Event is something that happened. Only the types of this package are events.
type Event interface{ event() }

// Acquired: the node owns these slots now; they were asked for at Sent.
type Acquired struct {
	Leases []store.Lease
	Sent   time.Time
}

// Lost: the session is dead and every slot is gone.
type Lost struct{ Cause error }

// Arrived asks for a turn of an object.
type Arrived struct {
	Object object.Identity
	Turn   TurnID
	Kind   Kind
	Bytes  int // of what it carries
}

// Answered answers a Call; Call.Answered makes it. One that nobody waits for any
// more is ignored.
type Answered struct {
	Object     object.ID
	Activation Activation
	Turn       TurnID
	Call       CallID
	Answer     Answer
}

// Loaded answers Load.
type Loaded struct {
	Object     object.ID
	Activation Activation // of the Load
	Alarm      time.Time
	Cause      error
}

// Yielded answers Resume: the turn is over, or suspended. It tells what the turn did
// since it began or went on.
type Yielded struct {
	Object     object.ID
	Activation Activation // of the Resume

	Wiped  bool // all entries were deleted, before Writes
	Writes []store.Write
	Alarm  AlarmChange
	// Unconfirmed: output need not wait for these writes.
	Unconfirmed bool
	Outputs     []Output
	Tasks       int   // background tasks that it left
	Pause       Pause // why it is suspended
	// Failed is the handler's error. Writes and outputs stand nevertheless.
	Failed error
	// Reset means that nothing of the turn may stand (a panic): the object starts anew.
	Reset error

	runner *Runner // that is free again
}

// Pause says what a suspended turn waits for.
type Pause struct {
	Wait Wait
	Call CallID        // ForAnswer
	For  time.Duration // ForTime
	// Section is the outermost blocking section that the turn is in, numbered by
	// its instance; 0 is none.
	Section uint64
}

// Wait is what a turn waits for.
type Wait uint8

// What a turn waits for.
const (
	Over       Wait = iota // nothing: it has ended
	ForAnswer              // to its call
	ForTime                // to pass
	ForDurable             // all that its object wrote
)

// AlarmChange is what a turn did to its object's alarm; a zero At deletes it.
type AlarmChange struct {
	Changed bool
	At      time.Time
}

// Committed answers Commit: the batch is durable. Sent is when it was sent.
type Committed struct{ Sent time.Time }

// CommitFailed answers Commit with an error of the store's contract.
type CommitFailed struct{ Cause error }

// Confirmed: ownership was proven by a heartbeat sent at Sent.
type Confirmed struct{ Sent time.Time }

// Found answers Scan: all alarms due before Until. If the list was cut short,
// Until is the last one's time.
type Found struct {
	Alarms []store.Alarm
	Until  time.Time
}

// Tick: the time announced by Wake has come.
type Tick struct{}

// Move: let the object go to another home. Moved answers.
type Move struct{ Object object.ID }

// Stay: the object lives here after all, again, or from now on. Without it, a home that it
// had left sends away what asks for it, and one that it came to looks for its alarm with
// its next Scan, in half a minute at most.
type Stay struct {
	Object object.ID
	Calm   bool // it brought no alarm that is due so soon
}

// Drain: take no more turns, and say when nothing is left to commit.
type Drain struct{}

func (Acquired) event()     {}
func (Lost) event()         {}
func (*Arrived) event()     {}
func (Answered) event()     {}
func (Loaded) event()       {}
func (*Yielded) event()     {}
func (Committed) event()    {}
func (CommitFailed) event() {}
func (Confirmed) event()    {}
func (Found) event()        {}
func (Tick) event()         {}
func (Move) event()         {}
func (Stay) event()         {}
func (Drain) event()        {}

// Effect is something the driver must do. Only the types of this package are effects.
type Effect interface{ effect() }

// Load: read the object from the store, make its instance, answer Loaded.
type Load struct {
	Object     object.Identity
	Activation Activation
}

// Resume: run the turn, or let it go on (Kind Continue), and answer Yielded. Nothing
// else of the object runs until then.
type Resume struct {
	Object     object.ID
	Activation Activation
	Turn       TurnID
	Kind       Kind
	Alarm      object.AlarmInfo // for Kind Alarm
	Answer     *Answer          // for Kind Continue
}

// Commit: make the batch durable, answer Committed or CommitFailed. No other
// Commit comes before that. The batch belongs to the driver until then.
type Commit struct{ Batch *store.Batch }

// Release: the outputs may leave, in this order.
type Release struct {
	Object  object.ID
	Outputs []Output
}

// Refuse: the turn will have no reply but this error.
type Refuse struct {
	Turn  TurnID
	Cause error
}

// Evict: drop the instance. Its sockets, if it has any, hibernate.
type Evict struct{ Object object.ID }

// Break: drop the instance and cut its sockets without a Close frame.
type Break struct {
	Object object.ID
	Cause  error
}

// Moved: nothing of the object is left to do here, all it did is durable and said, and
// it takes no turns until Stay. Drop its instance, tell its sockets to connect again,
// and only then make the other home its owner. With a Cause it did not come to that: it
// is as it was, or lost with everything else. Alarm is when the object's is due, if that
// is so soon that the core of the other home should hear Stay; else zero.
type Moved struct {
	Object object.ID
	Alarm  time.Time
	Cause  error
}

// Scan: list the alarms due before Until, answer Found.
type Scan struct{ Until time.Time }

// Probe: prove ownership now, answer Confirmed (or Lost).
type Probe struct{}

// Wake: send Tick at At. It replaces the Wake before it.
type Wake struct{ At time.Time }

// Drained: nothing is left; the slots may be released.
type Drained struct{}

func (Load) effect()    {}
func (Resume) effect()  {}
func (Commit) effect()  {}
func (Release) effect() {}
func (Refuse) effect()  {}
func (Evict) effect()   {}
func (Break) effect()   {}
func (Moved) effect()   {}
func (Scan) effect()    {}
func (Probe) effect()   {}
func (Wake) effect()    {}
func (Drained) effect() {}

// SocketID names a WebSocket within its node.
type SocketID uint64

// Output is one thing an object says to the outside: exactly one of a reply to
// a turn, a message on a socket, the close of a socket, and a call of another object.
type Output struct {
	Turn    TurnID // of Reply
	Reply   *object.Response
	Failed  error    // with Reply: the handler failed with it
	Accept  SocketID // with Reply 101: the socket the turn accepted
	Socket  SocketID // of Message or Close
	Message object.Message
	Close   *object.Closing
	Call    *Call
}
