// Package live is a whole world in real time: the edges and homes of a run as
// HTTP servers on this machine, joined by sockets whose bytes take the delay of
// the distance between them.
//
//	clients ── loopback ──> edge FRA ──┐  emulated WAN   ┌──> home LHR ──> store
//	clients ── loopback ──> edge BOM ──┼─── 12 x 6 ──────┼──> home SIN ──> store
//	                        …          │                 └──> …
//	                                   └── emulated WAN ────> directory
//
// Clients stand at their edge, a home stands beside its database, and the
// directory of homes beside one of the homes: an edge asks it, over the
// emulated network, the first time that it meets an object.
package live
