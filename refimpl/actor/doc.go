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
//	event          what may follow                the law
//	-------------  -----------------------------  -----------------------------------------------
//	Acquired       Scan                           only objects of owned slots have turns
//	Arrived        Load, Resume, Refuse           one activation per object, turns in order of arrival
//	Loaded         Resume, Refuse                 no turn before the object is resident
//	Yielded        Commit, Release, Resume        a turn's writes are one unit; output waits for the writes before it
//	Committed      Release, Commit                at most one commit in flight; later writes join the next
//	CommitFailed   Break, Refuse, Commit          nothing that was not durable is ever shown
//	Confirmed      Release                        replies come from memory only while ownership is proven
//	Found          Load                           an alarm wakes its object
//	Tick           Evict, Resume, Load, Release   an alarm is never early; idle objects leave memory, their sockets hibernate
//	Drain          Drained                        everything acknowledged is durable before a clean hand-over
//	Lost           Break, Refuse                  without ownership there is no object
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
package actor
