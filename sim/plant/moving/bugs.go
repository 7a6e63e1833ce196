// Package moving holds bugs to plant into moves, the hand-over of an object from one
// home to another. Each is there by construction, not by luck: what has to be late is
// held until it is too late.
//
// They are made of a storage that misbehaves, of a core that forgets, or of a strategy
// that knows no law; the runtime and the checkers stay as they are. Both worlds take them.
package moving

import (
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions/placement"
)

// Bug is a fault of moves. What it does not change is nil.
type Bug struct {
	Name string
	Law  string // a part of the name of the law that it breaks
	What string // it does, in a sentence
	// Stores gives what wraps each home's store, for one world.
	Stores func() func(store.Store) store.Store
	// Tamper gives what stands between one core and its driver.
	Tamper func() func(now time.Time, event actor.Event, step func(time.Time, actor.Event) []actor.Effect) []actor.Effect
	// Rule is the strategy in its place; it is for strategies in a jurisdiction.
	Rule func(*placement.Table, placement.Rule) placement.Rule
}

// Bugs are all there are.
func Bugs() []Bug {
	return []Bug{
		{Name: "lost-handover", Law: "linearizable", What: "what an object wrote last before it moved is lost on the way", Stores: loseLast},
		{Name: "early-handover", Law: "linearizable", What: "an object moves before its last commit is durable", Stores: moveEarly},
		{Name: "two-homes", Law: "linearizable", What: "the home that an object has left goes on answering for it", Stores: believeAll, Tamper: stayBehind},
		{Name: "outlaw", Law: "jurisdiction", What: "the strategy ignores the jurisdiction, and moves the object to whoever asks", Rule: Outlaw},
	}
}

// Find gives the bug of a name.
func Find(name string) (Bug, bool) {
	for _, b := range Bugs() {
		if b.Name == name {
			return b, true
		}
	}
	return Bug{}, false
}
