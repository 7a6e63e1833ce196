package actor_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

type stepper = func(time.Time, actor.Event) []actor.Effect

// mutant is a wrong core: a right one, with somebody in between who bends an event
// or an effect. The judge must convict each, for the right reason.
type mutant struct {
	story string
	law   string // part of a verdict that convicts it
	make  func() tamper
}

var mutants = []mutant{
	{"replies leave when the turn ends, durable or not", "not durable", func() tamper { return early }},
	{"a failed commit is taken for a durable one", "not durable", func() tamper {
		return onEvent(func(w *world, e actor.CommitFailed) actor.Event { return actor.Committed{Sent: w.now} })
	}},
	{"a batch is sent in two halves at once", "second commit in flight", func() tamper { return effects(halve) }},
	{"two outputs change places", "said after run", func() tamper { return effects(swapReleases) }},
	{"a refusal is forgotten", "forgotten", func() tamper { return effects(drop[actor.Refuse](5)) }},
	{"a reply is forgotten", "forgotten", func() tamper { return effects(drop[actor.Release](5)) }},
	{"a reply leaves twice", "twice", func() tamper { return effects(double[actor.Release]) }},
	{"a turn runs twice at once", "while", func() tamper { return effects(double[actor.Resume]) }},
	{"the next turn jumps the queue", "out of order", jump},
	{"the clock is three seconds ahead", "set for", func() tamper { return ahead(3 * time.Second) }},
	{"retries do not wait", "is retried", func() tamper { return effects(forgetWait) }},
	{"a proof counts from its answer", "after its last proof", func() tamper {
		return onEvent(func(w *world, e actor.Committed) actor.Event { return actor.Committed{Sent: w.now.Add(time.Second)} })
	}},
	{"every take-over is believed to be clean", "owner before cannot know", func() tamper {
		return onEvent(func(_ *world, e actor.Acquired) actor.Event { return believeClean(e) })
	}},
	{"a batch asserts an old epoch", "asserts epoch", func() tamper { return effects(oldEpoch) }},
	{"a batch loses a write", "its turn left it as", func() tamper { return effects(loseWrite) }},
	{"ownership is taken for granted", "after its last proof", func() tamper { return trusting }},
	{"nothing is ever evicted", "after a long silence", func() tamper { return effects(drop[actor.Evict](1)) }},
	{"drained is said too soon", "drained", func() tamper { return drainedAtOnce }},
	{"drained is never said", "never drained", func() tamper { return effects(drop[actor.Drained](1)) }},
	{"alarms are not asked for", "scans", func() tamper { return effects(drop[actor.Scan](2)) }},
}

// TestMutants: a judge that was never seen to convict is no judge.
func TestMutants(t *testing.T) {
	for _, mutant := range slices.Concat(mutants, waitMutants, moveMutants) {
		t.Run(strings.ReplaceAll(mutant.story, " ", "_"), func(t *testing.T) {
			others := map[string]int{}
			for seed := range uint64(400) {
				w := newWorld(rand.New(rand.NewPCG(seed+1, 0)))
				w.tamper = mutant.make()
				verdict := w.life()
				if strings.Contains(verdict, mutant.law) {
					t.Logf("convicted after %d worlds: %s", seed+1, verdict)
					return
				}
				others[verdict]++
			}
			t.Errorf("%s: never convicted of %q, but: %v", mutant.story, mutant.law, others)
		})
	}
}

// effects makes a tamper of something that bends effects.
func effects(bend func(*world, []actor.Effect) []actor.Effect) tamper {
	return func(w *world, event actor.Event, step stepper) []actor.Effect {
		return bend(w, step(w.now, event))
	}
}

// onEvent makes a tamper of something that bends one type of event.
func onEvent[E actor.Event](bend func(*world, E) actor.Event) tamper {
	return func(w *world, event actor.Event, step stepper) []actor.Effect {
		if e, ok := event.(E); ok {
			event = bend(w, e)
		}
		return step(w.now, event)
	}
}

// onYield makes a tamper of something that bends a copy of what a turn did.
func onYield(bend func(*world, actor.Yielded) actor.Yielded) tamper {
	return onEvent(func(w *world, e *actor.Yielded) actor.Event {
		bent := bend(w, *e)
		return &bent
	})
}

func early(w *world, event actor.Event, step stepper) []actor.Effect {
	after := slices.DeleteFunc(step(w.now, event), is[actor.Release])
	if y, ok := event.(*actor.Yielded); ok && len(y.Outputs) > 0 {
		return append([]actor.Effect{actor.Release{Object: y.Object, Outputs: y.Outputs}}, after...)
	}
	return after
}

func is[E actor.Effect](e actor.Effect) bool { _, ok := e.(E); return ok }

// drop forgets one effect in n of a type.
func drop[E actor.Effect](n int) func(*world, []actor.Effect) []actor.Effect {
	count := 0
	return func(_ *world, all []actor.Effect) []actor.Effect {
		return slices.DeleteFunc(all, func(e actor.Effect) bool {
			if is[E](e) {
				count++
			}
			return is[E](e) && count%n == 0
		})
	}
}

func double[E actor.Effect](_ *world, all []actor.Effect) []actor.Effect {
	var doubled []actor.Effect
	for _, e := range all {
		doubled = append(doubled, e)
		if is[E](e) {
			doubled = append(doubled, e)
		}
	}
	return doubled
}

func halve(_ *world, all []actor.Effect) []actor.Effect {
	for i, e := range all {
		if c, ok := e.(actor.Commit); ok && len(c.Batch.Writes) > 1 {
			first, second := *c.Batch, *c.Batch
			first.Writes, second.Writes, second.Wipes = c.Batch.Writes[:1], c.Batch.Writes[1:], nil
			return slices.Replace(all, i, i+1, actor.Effect(actor.Commit{Batch: &first}), actor.Effect(actor.Commit{Batch: &second}))
		}
	}
	return all
}

func swapReleases(_ *world, all []actor.Effect) []actor.Effect {
	for i := 1; i < len(all); i++ {
		before, ok1 := all[i-1].(actor.Release)
		after, ok2 := all[i].(actor.Release)
		if ok1 && ok2 && before.Object == after.Object {
			all[i-1], all[i] = after, before
		}
	}
	return all
}

// jump exchanges the first two turns that arrive.
func jump() tamper {
	var kept actor.Event
	return func(w *world, event actor.Event, step stepper) []actor.Effect {
		a, arrived := event.(*actor.Arrived)
		k, keeps := kept.(*actor.Arrived)
		switch {
		case arrived && !keeps:
			kept = a
			return nil
		case arrived && k.Object == a.Object:
			all := slices.Clone(step(w.now, a))
			kept = nil
			return append(all, step(w.now, k)...)
		case arrived:
			kept = a
			return step(w.now, k)
		}
		return step(w.now, event)
	}
}

func ahead(by time.Duration) tamper {
	return func(w *world, event actor.Event, step stepper) []actor.Effect {
		switch e := event.(type) {
		case actor.Acquired:
			event = actor.Acquired{Leases: e.Leases, Sent: e.Sent.Add(by)}
		case actor.Confirmed:
			event = actor.Confirmed{Sent: e.Sent.Add(by)}
		case actor.Committed:
			event = actor.Committed{Sent: e.Sent.Add(by)}
		}
		return step(w.now.Add(by), event)
	}
}

// forgetWait runs the failed alarm again at once.
func forgetWait(w *world, all []actor.Effect) []actor.Effect {
	for run, a := range w.judge.alarms {
		if l := w.live[run.object]; l != nil && l.instance != nil && a.last.Equal(w.now) {
			if _, running := w.judge.running[l.activation]; !running {
				again := actor.Resume{Object: run.object, Activation: l.activation, Kind: actor.Alarm}
				again.Alarm = object.AlarmInfo{Scheduled: time.Unix(0, run.scheduled), Retry: a.failed}
				return append(all, again)
			}
		}
	}
	return all
}

func believeClean(e actor.Acquired) actor.Event {
	e.Leases = slices.Clone(e.Leases)
	for i := range e.Leases {
		e.Leases[i].Clean = true
	}
	return e
}

func oldEpoch(_ *world, all []actor.Effect) []actor.Effect {
	for _, e := range all {
		if c, ok := e.(actor.Commit); ok && len(c.Batch.Leases) > 0 {
			c.Batch.Leases[0].Epoch--
		}
	}
	return all
}

func loseWrite(_ *world, all []actor.Effect) []actor.Effect {
	for _, e := range all {
		if c, ok := e.(actor.Commit); ok {
			c.Batch.Writes = slices.DeleteFunc(c.Batch.Writes, func(w store.Write) bool { return w.Key == "k1" })
		}
	}
	return all
}

// trusting takes every event for a proof of ownership.
func trusting(w *world, event actor.Event, step stepper) []actor.Effect {
	all := step(w.now, event)
	if w.session != 0 {
		all = append(all, step(w.now, actor.Confirmed{Sent: w.now})...)
	}
	return all
}

func drainedAtOnce(w *world, event actor.Event, step stepper) []actor.Effect {
	all := step(w.now, event)
	if _, ok := event.(actor.Drain); ok && !slices.ContainsFunc(all, is[actor.Drained]) {
		all = append(all, actor.Drained{})
	}
	return all
}
