// Package primitive models the services that stand beside durable objects,
// Workers KV, D1 and R2, and holds the Workers that people write on them, so that one
// workload can be asked of each and judged by the same laws.
//
// There are two kinds of machine, both pure: instants and chance are arguments.
//
//	Machine  a service.  Asked, Fired  -> After, Answered
//	Script   a Worker's code for one operation, at one edge.  Start, Resume -> Call, Pause, Done
//
// A driver connects them. It starts a Script for each operation, asks the Machine
// for each Call from the Worker's place, fires the timers, and resumes the Script
// with what was Answered. All time between a Worker and a service is inside the
// machine; time between a client and its edge is the driver's.
//
//	client -> edge: Program.Script(ask, bookmark), Start(now)
//	    Call    Machine.Step(now, Asked{…}); at Answered: Resume(now, result, cause)
//	    Pause   Resume(now, Result{}, nil) after For
//	    Done    the reply leaves for the client; Later is asked from the same place, and its answers are dropped
//
// A Call with Service [Object] is for the durable object itself: the driver
// answers it (see [Result]), no machine of this package does.
//
// # Chat
//
// None of these services pushes. A member of a room polls: an Ask of kind
// [loadgen.Read] returns in Done.Listed up to a hundred texts in the order in which
// the Worker showed them, oldest first. The driver records
//
//   - Join when the member's first poll is answered, whose texts are history and not deliveries;
//   - Deliver, with Done the instant of the poll's answer and Reply.Text the message's ID, for
//     each text listed that this member was not shown before, in the order listed. A text that
//     turns up above one shown earlier is delivered late all the same: that is how a wrong order shows;
//   - Send, done when the write was acknowledged. [Done] says whether it was.
//
// # What is known and what is assumed
//
// What a service does is documented by its maker; how long it takes mostly is not. Every
// number is a field of [Params] or [Options], and Conditions prints each with its source.
// Not modelled: refresh of hot KV keys in the background (it would
// shorten the staleness of those), pauses of a D1 replica beyond its lag's tail, failures of a service.
package primitive
