// Package actor holds the rules of a durable object as one deterministic
// machine that does no I/O: turns, output gate, commits, alarms, ownership,
// eviction and hibernation.
//
// A Core is fed events and answers with effects:
//
//	Step(now, Event) -> []Effect
//
// It reads no clock, starts no goroutine and runs no user code. A driver does:
// in real time (refimpl) or in virtual time (sim/virtual). What is simulated is
// therefore what runs.
//
//	event          what may follow                law
//	-------------  -----------------------------  -----------------------------------------------
//	Acquired       Scan                           only objects of owned slots have turns
//	Arrived        Load, Resume, Refuse, Evict    one activation per object, turns in order of arrival
//	Loaded         Resume, Refuse                 the constructor is the first turn, and all others wait for it
//	Yielded        Commit, Release, Resume,       what a turn writes between two suspensions is one unit;
//	               Break, Refuse                  output waits for the writes before it
//	Answered       Resume                         a turn goes on behind those that came before its answer
//	Committed      Release, Resume, Commit        at most one commit in flight; later writes join the next
//	CommitFailed   Break, Refuse, Commit          nothing that was not durable is ever shown
//	Confirmed      Release                        replies come from memory only while ownership is proven
//	Found          Load                           an alarm wakes its object
//	Tick           Evict, Resume, Load, Release,  an alarm is never early; idle objects leave memory, their
//	               Break, Refuse                  sockets hibernate; what takes too long is reset
//	Move           Moved                          an object leaves when nothing of it is left to do, say or commit
//	Stay           Scan                           and takes turns here again only then
//	Drain          Drained                        everything acknowledged is durable before a clean hand-over
//	Lost           Break, Refuse                  without ownership there is no object
//
// Behind any event may stand a Wake, if the next Tick is due at another instant than
// was announced; a Probe, if what waits at the gate needs a proof of ownership; and
// the Moved of an object that was asked to go.
//
// # Turns that wait
//
// A handler is straight-line code on a coroutine (Runner). Where it has to wait (for
// the answer to a call, for time to pass, for its writes to be durable) it yields with a Pause:
// what it wrote so far becomes a unit, what it said so far goes behind the gate (a
// Call is said like everything else), and other turns run. When what it waits for
// has come it is queued with them, and goes on.
//
// A turn in a section (BlockConcurrency, Transaction, the constructor) shuts the
// object for all others until the section is over, for at most 30 s. What a
// transaction wrote is not part of any unit before it ends.
//
// # The output gate
//
// Everything an object says after it wrote is held until that write is durable.
// Code is never held: turns go on, and what they write meanwhile joins the next
// batch. A batch gathers whole turns of any number of objects, so many
// objects share one transaction, and a key written twice is committed once.
//
// # Reads from memory
//
// A reply is released only while ownership is trusted: for store.ReadTrust, less
// a margin, from the instant at which the last successful proof (a commit or a
// heartbeat) was sent. The test is made when the reply is released, after it was computed.
// A new owner after an unclean take-over writes nothing, and so shows nothing new,
// until the old owner's trust has run out; what both agree on is answered at once.
//
// # For drivers
//
//   - Load: read the object and make its instance (NewInstance runs no user code),
//     then tell Loaded. A Cause is for an object that cannot be read.
//   - Resume: Instance.Run with a Work of the same Turn, Kind, Alarm and Answer, on a
//     coroutine of Runners.Lend; afterwards, on the goroutine that owns the
//     Runners, Runners.Return, and tell the core what Run gave. A turn is over when
//     Pause.Wait is Over; until then what was asked (request, socket) is still needed.
//     Turns from OwnTurns on are the core's own: nobody asked for them.
//   - Release with an Output.Call: deliver the request to the object Call.To as a
//     Fetch, placing it by Call.Hint if it lives nowhere yet, and tell
//     Call.Answered: the reply's Response, or a CallError: Remote with the text of
//     Output.Failed if the other's handler failed, CallFailure of what its turn was
//     refused with, Retryable if the way was lost. Deliver the calls of one
//     (From, Activation, Stub) in the order of their Sequence; do not repeat one
//     that may have arrived. Every Call is answered once, whatever happens:
//     its turn waits for ever. Answers to what is gone are ignored.
//   - Refuse: an error may be several at once. Test ErrUnknownOutcome first: whatever
//     else it is, the turn may have had an effect. ErrOverloaded says what was too much.
//   - Evict and Break: Instance.Drop, which unwinds suspended turns, but not while Run
//     runs on another goroutine; then as soon as that is back. Break closes the
//     sockets, Evict keeps them (the object may be one whose constructor failed).
//   - Moved without a Cause: Drop the instance, close its sockets with a code that has
//     clients connect again, and then, in this order: move what is stored, if the other
//     home has another database; let the directory name the other home; tell its core Stay
//     if the object may have left that before, or has an alarm that is due soon. If the directory cannot be changed, tell
//     this core Stay: nothing is lost. The core sends all that asks for the object away (ErrMoved) for
//     as long as it lives, but the next core of these slots knows nothing of it: a driver
//     whose objects move asks the directory when it loads one, and answers Loaded with
//     ErrMoved for one that lives elsewhere.
//   - At the end: Drop every instance, and close the Runners. A coroutine is a goroutine.
package actor
