// Package placement decides where an object lives: which of a run's homes it is created in, and whether it moves.
//
// The same strategies have two forms. A [Strategy] speaks in names and is what a runtime asks: one [Ask] per new object
// and, if the strategy is a [Mover], one [Visit] per access. A [Rule] speaks in small indices of a [Table] and is what
// the fast evaluation runs, many millions of times a second. [Bind] makes the first of the second.
//
//	first            the home nearest to the first request; it never moves
//	lottery          first request, drawn as Cloudflare was measured to draw
//	fixed:HOME  random  hint[:HINT]                     other ways to create
//	majority  volley  akkio  move-to-min  mtlm  coin-flip  follow  sun   ways to move
//	regional         one object in each region, by a prefix of its name
//	jurisdiction:J/STRATEGY                             any of them, within a law's homes
//
// Rules and strategies are values without memory, clock or I/O, shared by all objects. What a mover remembers of an object
// is its [State], which whoever runs the object keeps beside it and takes along when it moves. Chance comes from the
// object's name, the number of its accesses and a seed, so that the same run is the same everywhere, and an object asked
// for twice at once is placed twice in the same home, but for a schedule whose hour comes in between.
//
// Strategies are written in the text form that [Parse] reads and String prints, so that a report's line can be run again.
package placement

import (
	"time"

	"github.com/durabench/durabench/regions"
)

// Strategy places new objects.
type Strategy interface {
	// Place returns one of the homes of the ask, or nothing if none of them will do. Equal asks get equal answers.
	Place(ask Ask) regions.ID

	// String is the strategy as Parse reads it.
	String() string
}

// Ask is what is known when an object is first asked for.
type Ask struct {
	Object string       // its id as text; only strategies that draw look at it
	At     time.Time    // when; only strategies that go by the clock look at it, and take the zero time for midnight
	Edge   regions.ID   // where the first request came in
	Homes  []regions.ID // where it may live: the run's homes, already limited by jurisdiction; not kept, not changed
}

// Mover is a strategy that may move an object after it was created.
type Mover interface {
	Strategy

	// Observe is told of every access after it was served, by the home that served it. If it says move, the object should
	// live in another of the visit's homes from now on; nobody has to obey, and the next visit says where it lives then.
	Observe(state *State, visit Visit) (to regions.ID, move bool)
}

// Visit is one access to an object.
type Visit struct {
	Object string
	At     time.Time
	Edge   regions.ID   // where the request came in
	Home   regions.ID   // where it was served
	Homes  []regions.ID // where the object may live, as in Ask
}

// Splitter is a strategy that makes several objects of one, each with a name and a home of its own.
type Splitter interface {
	Strategy

	// Name is what an edge should call the object instead.
	Name(object string, edge regions.ID) string
}

// State is what a mover remembers of one object: zero for a new one, meaningful to its own rule only. Ten million of them
// take 1.4 GB.
type State struct {
	Sums  [MaxHomes]float32 // by home: votes, or a sum of round trips in ms
	Scale float32           // what an access weighs now, for sums that fade
	Count uint32            // accesses, or those of the phase
	Since time.Duration     // beginning of the phase, as in Access
}
