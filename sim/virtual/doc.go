// Package virtual is a whole world in virtual time: the second driver of the
// core. The same classes run on the same actor.Core as in a live world; the
// network, the database and the clients are simulated, and time jumps from one
// event to the next.
//
//	schedule ──> client ──> edge ──> network ──> shard: Core, Instance ──> session ──> memory store
//	                 <──────────── reply ────────────┘
//
// Everything that could differ from run to run is drawn from streams that the
// seed names, and events at the same instant happen in the order in which they
// were planned. So a seed gives one history, to the last microsecond, on any machine.
//
// # What takes time
//
// A step of the core takes no time by itself. The world charges what a Profile
// says, measured by live runs: a shard is busy for Service with each turn, a
// session for a commit with each batch, and both have queues. What the live
// world shares and this one does not (processors between homes, edges and load) is the
// difference between predicted and measured.
//
// # What goes wrong
//
// Config.Faults is a schedule of package fault. A cut holds what would arrive until
// it is healed, as sim/wan does. A dead node breaks its connections, its sessions
// end and what was asked of it has an unknown outcome; a paused one hears at once,
// when it goes on, what happened meanwhile, and its database may have lost patience
// with it. A session that is lost is opened again as a live node's keeper does. With
// Config.Standby a second node takes the slots that the first one loses; edges learn of
// it in their own time, so for a while two nodes are asked for one object.
//
// Core and objects are told different times after a clock has jumped: objects see the
// wall clock, the core one that nobody can set.
//
// # What moves
//
// If Config.Place is a strategy that moves objects, it is told of every visit and says
// when. The object finishes, the store gives it away, its sockets are cut; what came
// too late goes after it, there and back through its old home, at most eight times: at
// first where the old home knows it to have gone, then where the directory says. The new
// home is told, as it may have had the object before and remember that it left. Homes
// remember that of any number of objects, those of a running system of 50,000. Edges
// learn from the answer; a call is refused as one that may be tried again. An upgrade is
// refused, too, and its edge sends it where the directory says, so that the socket does
// not go through the old home. Members of rooms, whose connections end, join again after a
// pause, as they do whenever a connection is lost.
//
// # What is simplified
//
// A message is one event: bandwidth is unlimited and nothing is lost. No connection
// is given up while it is cut, which in a live world takes a minute. A request
// takes a connection for itself, as in HTTP/1.1; without a free one it waits for
// a handshake or for a connection to come free, whichever is first.
package virtual
