package explore_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/sim/virtual"
)

type stepper = func(time.Time, actor.Event) []actor.Effect

// core plants a bug between every core and its driver.
func core(bug func() virtual.Tamper) func(*virtual.Config) {
	return func(c *virtual.Config) { c.Tamper = bug }
}

// stateless makes a bug that remembers nothing.
func stateless(bug virtual.Tamper) func() virtual.Tamper {
	return func() virtual.Tamper { return bug }
}

// early lets out what a turn said when the turn ends, durable or not.
func early(now time.Time, event actor.Event, step stepper) []actor.Effect {
	after := slices.DeleteFunc(step(now, event), is[actor.Release])
	if y, ok := event.(*actor.Yielded); ok && len(y.Outputs) > 0 {
		return append([]actor.Effect{actor.Release{Object: y.Object, Outputs: y.Outputs}}, after...)
	}
	return after
}

func is[E actor.Effect](e actor.Effect) bool { _, ok := e.(E); return ok }

// fromReceipt counts proofs from when they are read.
func fromReceipt(now time.Time, event actor.Event, step stepper) []actor.Effect {
	switch e := event.(type) {
	case actor.Committed:
		event = actor.Committed{Sent: now}
	case actor.Confirmed:
		event = actor.Confirmed{Sent: now}
	case actor.Acquired:
		event = actor.Acquired{Leases: e.Leases, Sent: now}
	}
	return step(now, event)
}

// trusting takes everything that happens to an owner for a proof.
func trusting() virtual.Tamper {
	owner := false
	return func(now time.Time, event actor.Event, step stepper) []actor.Effect {
		switch event.(type) {
		case actor.Acquired:
			owner = true
		case actor.Lost:
			owner = false
		}
		if !owner {
			return step(now, event)
		}
		all := slices.Clone(step(now, actor.Confirmed{Sent: now}))
		return append(all, step(now, event)...)
	}
}

// believeClean takes every slot for one that was handed over cleanly.
func believeClean(now time.Time, event actor.Event, step stepper) []actor.Effect {
	if e, ok := event.(actor.Acquired); ok {
		e.Leases = slices.Clone(e.Leases)
		for i := range e.Leases {
			e.Leases[i].Clean = true
		}
		event = e
	}
	return step(now, event)
}

// reconnect does not tell the core that its session was lost: the next one will do.
// A commit that was under way is taken for done.
func reconnect() virtual.Tamper {
	flying := false
	return func(now time.Time, event actor.Event, step stepper) []actor.Effect {
		switch event.(type) {
		case actor.Lost:
			if !flying {
				return nil
			}
			event, flying = actor.Committed{Sent: now}, false
		case actor.Committed, actor.CommitFailed:
			flying = false
		}
		all := step(now, event)
		flying = flying || slices.ContainsFunc(all, is[actor.Commit])
		return all
	}
}

// swap keeps one release in seven until the next of its object is out.
func swap() virtual.Tamper {
	count := 0
	kept := make(map[object.ID]actor.Release)
	return func(now time.Time, event actor.Event, step stepper) []actor.Effect {
		var all []actor.Effect
		for _, effect := range step(now, event) {
			r, ok := effect.(actor.Release)
			if !ok {
				all = append(all, effect)
				continue
			}
			before, waits := kept[r.Object]
			if count++; !waits && count%7 == 0 {
				kept[r.Object] = r
				continue
			}
			if all = append(all, r); waits {
				all = append(all, before)
				delete(kept, r.Object)
			}
		}
		return all
	}
}

// twice releases one in twenty twice.
func twice() virtual.Tamper {
	count := 0
	return func(now time.Time, event actor.Event, step stepper) []actor.Effect {
		var all []actor.Effect
		for _, effect := range step(now, event) {
			all = append(all, effect)
			if is[actor.Release](effect) {
				if count++; count%20 == 0 {
					all = append(all, effect)
				}
			}
		}
		return all
	}
}

// jump exchanges one turn in ten with the next of its object.
func jump() virtual.Tamper {
	count := 0
	kept := make(map[object.ID]actor.Arrived)
	return func(now time.Time, event actor.Event, step stepper) []actor.Effect {
		a, ok := event.(*actor.Arrived)
		if !ok {
			return step(now, event)
		}
		before, waits := kept[a.Object.ID]
		if waits {
			delete(kept, a.Object.ID)
			return append(slices.Clone(step(now, a)), step(now, &before)...)
		}
		if count++; count%10 == 0 && a.Kind != actor.Closed {
			kept[a.Object.ID] = *a // the driver uses it again
			return nil
		}
		return step(now, a)
	}
}

// firstWins keeps, of two writes of a key in one batch, the first.
func firstWins() virtual.Tamper {
	type key struct {
		object object.ID
		key    string
	}
	first := make(map[key]object.Value)
	return func(now time.Time, event actor.Event, step stepper) []actor.Effect {
		if y, ok := event.(*actor.Yielded); ok {
			for _, w := range y.Writes {
				if _, known := first[key{w.Object, w.Key}]; !known {
					first[key{w.Object, w.Key}] = w.Value
				}
			}
		}
		all := step(now, event)
		for _, effect := range all {
			if c, ok := effect.(actor.Commit); ok {
				for i, w := range c.Batch.Writes {
					if value, known := first[key{w.Object, w.Key}]; known {
						c.Batch.Writes[i].Value = value
					}
				}
				clear(first)
			}
		}
		return all
	}
}

// loseWrite leaves the last write out of one batch in ten.
func loseWrite() virtual.Tamper {
	count := 0
	return func(now time.Time, event actor.Event, step stepper) []actor.Effect {
		all := step(now, event)
		for _, effect := range all {
			if c, ok := effect.(actor.Commit); ok && len(c.Batch.Writes) > 0 {
				if count++; count%10 == 0 {
					c.Batch.Writes = c.Batch.Writes[:len(c.Batch.Writes)-1]
				}
			}
		}
		return all
	}
}

// again runs turns of unknown outcome once more, as soon as slots are owned again.
func again() virtual.Tamper {
	asked := make(map[actor.TurnID]actor.Arrived)
	var retry []actor.Arrived
	return func(now time.Time, event actor.Event, step stepper) []actor.Effect {
		if a, ok := event.(*actor.Arrived); ok {
			asked[a.Turn] = *a
		}
		var all []actor.Effect
		for _, effect := range step(now, event) {
			if r, ok := effect.(actor.Refuse); ok && errors.Is(r.Cause, actor.ErrUnknownOutcome) && asked[r.Turn].Kind == actor.Fetch {
				retry = append(retry, asked[r.Turn])
				continue
			}
			all = append(all, effect)
		}
		if _, ok := event.(actor.Acquired); ok {
			for _, a := range retry {
				all = append(all, step(now, &a)...)
			}
			retry = nil
		}
		return all
	}
}

// sayUndone says of an unknown outcome that nothing was done.
func sayUndone(now time.Time, event actor.Event, step stepper) []actor.Effect {
	all := step(now, event)
	for i, effect := range all {
		if r, ok := effect.(actor.Refuse); ok && errors.Is(r.Cause, actor.ErrUnknownOutcome) {
			all[i] = actor.Refuse{Turn: r.Turn, Cause: fmt.Errorf("%w: planted", actor.ErrRetryable)}
		}
	}
	return all
}
