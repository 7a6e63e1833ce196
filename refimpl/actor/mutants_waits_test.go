package actor_test

import (
	"errors"
	"slices"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// waitMutants get turns that wait wrong, or what they may rely on.
var waitMutants = []mutant{
	{"a call leaves before what was written is durable", "not durable", func() tamper { return earlyCalls }},
	{"a turn goes on while another runs", "begins while", func() tamper { return goOnAtOnce }},
	{"an answer jumps the queue", "goes on before turn", func() tamper {
		return onYield(func(_ *world, e actor.Yielded) actor.Yielded { e.Pause.Section = 1 << 40; return e })
	}},
	{"a section shuts nobody out", "inside the section", func() tamper {
		return onYield(func(_ *world, e actor.Yielded) actor.Yielded { e.Pause.Section = 0; return e })
	}},
	{"a transaction is committed where it waits", "half a transaction", func() tamper {
		return inStorage(func(s object.Storage) object.Storage { return torn{s} })
	}},
	{"a rollback forgets the alarm", "a rollback leaves the alarm", func() tamper {
		return inStorage(func(s object.Storage) object.Storage { return alarmless{s} })
	}},
	{"an alarm is retried after it succeeded", "after it succeeded", func() tamper { return onYield(neverContent) }},
	{"a batch loses an alarm", "never ran", func() tamper { return effects(loseAlarms) }},
	{"an object leaves memory while a turn is suspended", "with work to do", func() tamper { return evictSuspended }},
	{"a reset object lives on", "said to be undone", func() tamper { return onYield(forgive) }},
}

func earlyCalls(w *world, event actor.Event, step stepper) []actor.Effect {
	var early []actor.Output
	y, ok := event.(*actor.Yielded)
	if ok {
		calls := func(o actor.Output) bool { return o.Call != nil }
		for _, o := range y.Outputs {
			if calls(o) {
				early = append(early, o)
			}
		}
		late := *y
		late.Outputs = slices.DeleteFunc(slices.Clone(y.Outputs), calls)
		event = &late
	}
	after := step(w.now, event)
	if len(early) > 0 {
		return append([]actor.Effect{actor.Release{Object: y.Object, Outputs: early}}, after...)
	}
	return after
}

func goOnAtOnce(w *world, event actor.Event, step stepper) []actor.Effect {
	all := step(w.now, event)
	if a, ok := event.(actor.Answered); ok {
		_, running := w.judge.running[a.Activation]
		if _, waits := w.judge.suspended[a.Activation][a.Turn]; running && waits {
			all = append(all, actor.Resume{Object: a.Object, Activation: a.Activation, Turn: a.Turn, Kind: actor.Continue, Answer: &a.Answer})
		}
	}
	return all
}

// inStorage puts something between classes and what they make transactions of.
func inStorage(wrap func(object.Storage) object.Storage) tamper {
	return func(w *world, event actor.Event, step stepper) []actor.Effect {
		w.storage = func(s object.State) object.Storage { return wrap(s.Storage()) }
		return step(w.now, event)
	}
}

// torn takes the transaction's body for any other code.
type torn struct{ object.Storage }

func (t torn) Transaction(body func() error) error { return body() }

type alarmless struct{ object.Storage }

func (a alarmless) Transaction(body func() error) error {
	var rolled error
	err := a.Storage.Transaction(func() error {
		rolled = body()
		return rolled
	})
	if errors.Is(rolled, object.ErrRollback) {
		a.DeleteAlarm()
	}
	return err
}

func neverContent(w *world, e actor.Yielded) actor.Yielded {
	if w.judge.ringing[w.judge.latest.Turn] != (alarmRun{}) {
		e.Failed = errors.New("not content")
	}
	return e
}

func loseAlarms(_ *world, all []actor.Effect) []actor.Effect {
	for _, e := range all {
		if c, ok := e.(actor.Commit); ok {
			c.Batch.Alarms = nil
		}
	}
	return all
}

func evictSuspended(w *world, event actor.Event, step stepper) []actor.Effect {
	all := step(w.now, event)
	if _, ok := event.(actor.Tick); !ok {
		return all
	}
	for _, name := range objectNames {
		if l := w.live[idOf(name)]; l != nil && l.instance != nil && w.judge.waitsForOthers(l.activation) {
			return append(all, actor.Evict{Object: idOf(name)})
		}
	}
	return all
}

// forgive takes a reset for an error like any other.
func forgive(_ *world, e actor.Yielded) actor.Yielded {
	if e.Reset != nil {
		e.Failed, e.Reset = e.Reset, nil
	}
	return e
}
