// Package place compares placement strategies on paper: objects, users and distances, but no runtime. It asks what each
// strategy would have made the users wait, and what the best would have been that was possible.
//
//	Population ─┐                       ┌─ a tally per strategy ─┐
//	            ├─> objects, accesses ──┤                        ├─> Outcome ─> Study
//	Trace ──────┘   one object a time   └─ the two yardsticks ───┘
//
// Objects do not know each other, so each is evaluated alone, from its first access to its last: what a strategy remembers
// of it stays in the processor's cache, and memory does not grow with their number. What a home would suffer from many
// objects at once, queues above all, is left to the engines that run a system; here a home has room.
//
// # Laws
//
//   - An access costs the base round trip from its edge to the home that serves it: no jitter, no queue, no handler.
//   - A move takes D round trips between the two homes, and the time that copying the object takes. While it lasts the
//     object is away, and accesses wait until it is there. Whoever waited is served before it moves on.
//   - Moves cost the time that they take, object by object, or what the object's users waited for them if that is more: a
//     move that a hundred users wait for is no cheaper for being one. So no strategy costs less than it makes users wait.
//     Strategies that weigh moves know D, and neither how large an object is nor who would wait; the clairvoyant knows the size.
//   - The cost of a strategy is the sum of round trips plus the cost of its moves. Its least is known:
//   - The static yardstick is the best home for each object that never moves, chosen with all its accesses known.
//   - The clairvoyant yardstick is the least cost that any placement with moves between accesses could have had, also
//     knowing all. It is exact: dynamic programming over all homes in whole microseconds, with one direct move at most
//     between two accesses. Its creation is free, as is everybody's. Its moves cost the time that they take and nobody waits
//     for them, so that it stays below all others: its latency is round trips alone.
//   - One seed gives one population, whatever the number of workers; strategies see the same accesses.
package place
