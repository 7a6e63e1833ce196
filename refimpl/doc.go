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
// Every reply says where its time went, in a Server-Timing header: wan, route,
// queue, activate, turn, commit, in milliseconds.
package refimpl
