package moving

import (
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// stayBehind is a home that sends one visitor after an object which has left it, so that
// somebody knows the new home, and then forgets that it has left: who believes it here
// finds it here.
func stayBehind() func(time.Time, actor.Event, func(time.Time, actor.Event) []actor.Effect) []actor.Effect {
	left := make(map[object.ID]bool)
	return func(now time.Time, event actor.Event, step func(time.Time, actor.Event) []actor.Effect) []actor.Effect {
		all := slices.Clone(step(now, event))
		for _, e := range all {
			if m, ok := e.(actor.Moved); ok && m.Cause == nil {
				left[m.Object] = true
			}
		}
		if a, ok := event.(*actor.Arrived); ok && left[a.Object.ID] {
			delete(left, a.Object.ID)
			all = append(all, step(now, actor.Stay{Object: a.Object.ID})...)
		}
		return all
	}
}
