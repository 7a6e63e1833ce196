// Package refimpl is the reference runtime: nodes that run objects, and edges
// that find them.
//
// A Node is one process's worth of one region. It is the real-time driver of
// actor.Core: each of its cores is touched by one goroutine (a shard) and
// commits through one session of the store (its keeper). An Edge is an HTTP
// server that stands for a point of presence: it turns a path into a class and a
// name, finds the object's home, and forwards to it.
//
//	client --HTTP, WebSocket--> Edge --Home--> Node
//	                              |              |  shard: mailbox -> actor.Core -> turns
//	                          Directory          |  keeper: commits, loads, heartbeats
//	                                             +-> Store
//
// # Which object a request is for
//
// Route reads class and name from the path. Where a path has a name it may have
// "id:" and the 64 digits of an ID; /id/CLASS makes them (POST a unique one, GET
// with ?name=N that of a name). Two headers say more, on any route:
//
//	Object-Jurisdiction: eu       the name is one of the jurisdiction's namespace, and the ID must be;
//	                              the object lives where the law allows it
//	Object-Location-Hint: weur    where to put the object if this request creates it, as well as can be
//
// The first use of an object decides its home for good, in the directory.
//
// # What clients cannot do
//
//	hold a connection without asking      5 s for a header, 30 s for a body, 60 s idle
//	hold a connection without reading     15 to 30 s for a write (Guard)
//	open any number of connections        Guard
//	send much                             32 KiB of header, 1 MiB of body
//	use another site's visitors           EdgeConfig.Origins: WebSockets from listed origins only, writes from
//	                                      these and the edge's own; reads are kept from pages by browsers
//
// # Calls between objects
//
// A node that was told of an edge (Node.Reach) sends its objects' calls where that
// edge would send a request: to a shard of its own, or over a trunk to another
// node, one upgraded connection that carries all calls to it, both ways in order.
//
//	law                                       what keeps it
//	----------------------------------------  --------------------------------------------------
//	calls of one stub arrive in order         one lock decides it, mailboxes and trunks keep it;
//	                                          calls of an object whose home is sought wait in line
//	a call is delivered once at most          nothing sends a frame again
//	no call overtakes one that was lost       a trunk that broke is wound up before there is
//	                                          another; a stub that failed lets nothing pass
//	whoever calls hears an answer             of a trunk, or that it broke: retryable if the call
//	                                          surely had not left, else with an unknown outcome
//
// # Objects that move
//
// Node.Move lets an object go to another region of the same store. It finishes what
// it has begun, the session that owns it gives it away (Session.Move: home and alarm
// in one transaction, fenced as a commit is), and its sockets are closed with 1012.
// A request that arrives meanwhile waits; afterwards it is sent after the object,
// at first where its old home knows it to have gone, then where the directory says,
// and the edge learns from the answer (X-Durabench-Moved). The new home is told, as it
// may have had the object before and remember that it left. An upgrade is refused with
// the directory's answer, and the edge sends it there itself, at most eight times: its
// socket does not go through the old home, and its client notices nothing. A call is
// refused as retryable, and the next stub finds the object. A node believes what it
// loads: an object that the directory has elsewhere does not run, whoever asks for it.
//
// A Close frame arrives. A node that has said it listens until the peer's has come, for
// 10 s; an edge passes on each direction to its end, and ends the other in its own time.
//
// Every reply says where its time went, in a Server-Timing header: wan, route,
// queue, activate, turn, commit, in milliseconds.
package refimpl
