package explore_test

import (
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/sim/virtual"
)

// unmoved leaves an alarm where it is until it has run or was deleted.
func unmoved() virtual.Tamper {
	set := make(map[object.ID]time.Time)
	return func(now time.Time, event actor.Event, step stepper) []actor.Effect {
		if y, ok := event.(*actor.Yielded); ok && y.Alarm.Changed {
			if was := set[y.Object]; !y.Alarm.At.IsZero() && was.After(now) {
				kept := *y
				kept.Alarm = actor.AlarmChange{}
				event = &kept
			} else {
				set[y.Object] = y.Alarm.At
			}
		}
		return step(now, event)
	}
}

// unstored keeps alarms in memory only.
func unstored(now time.Time, event actor.Event, step stepper) []actor.Effect {
	all := step(now, event)
	for i, effect := range all {
		if c, ok := effect.(actor.Commit); ok {
			c.Batch.Alarms = nil
			all[i] = c
		}
	}
	return all
}

// overlooked finds no alarms in the store.
func overlooked(now time.Time, event actor.Event, step stepper) []actor.Effect {
	if f, ok := event.(actor.Found); ok {
		f.Alarms = nil
		event = f
	}
	return step(now, event)
}

// openTransactions let other turns in between what a transaction read and what it
// writes, and take nothing back.
func openTransactions(c *virtual.Config) {
	c.Classes = slices.Clone(c.Classes)
	for i, class := range c.Classes {
		if class.Name != "account" {
			continue
		}
		construct := class.New
		c.Classes[i].New = func(s object.State) (object.Object, error) {
			inner, err := construct(s)
			return opened{inner}, err
		}
	}
}

type opened struct{ object.Object }

func (o opened) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	return o.Object.Fetch(openState{s}, r)
}

type openState struct{ object.State }

func (s openState) Storage() object.Storage { return openStorage{s.State.Storage(), s.State} }

type openStorage struct {
	object.Storage
	state object.State
}

func (o openStorage) Transaction(body func() error) error { return body() }

func (o openStorage) PutMany(entries []object.Entry, options ...object.WriteOption) error {
	o.state.Sleep(20 * time.Millisecond)
	return o.Storage.PutMany(entries, options...)
}
