package actor_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// tally is the hottest object there is: one key, put by every turn.
type tally struct{}

func (tally) Fetch(s object.State, _ *object.Request) (*object.Response, error) {
	value, _ := s.Storage().Get("n")
	n, _ := strconv.ParseUint(string(value.Data), 10, 64)
	data := strconv.AppendUint(nil, n+1, 10)
	if err := s.Storage().Put("n", object.Value{Data: data}); err != nil {
		return nil, err
	}
	return &object.Response{Status: 200, Body: data}, nil
}

// peek only reads.
type peek struct{}

func (peek) Fetch(s object.State, _ *object.Request) (*object.Response, error) {
	value, _ := s.Storage().Get("n")
	return &object.Response{Status: 200, Body: value.Data}, nil
}

// hot is a core with one object, and a driver that runs turns inline and leaves
// commits in flight until a number of turns has joined the next.
type hot struct {
	core     *actor.Core
	instance *actor.Instance
	runners  actor.Runners
	work     actor.Work
	todo     []actor.Effect
	flying   bool
	released int
}

func newHot(tb testing.TB, class object.Object) *hot {
	random := rand.New(rand.NewPCG(1, 1))
	h := &hot{core: actor.New(actor.Config{Slots: 4, Random: random, Limits: actor.Limits{WindowTurns: 1 << 40}})}
	create := func(object.State) (object.Object, error) { return class, nil }
	h.instance = actor.NewInstance(actor.Origin{
		Class: object.Class{New: create}, Identity: identityOf("a"), Sockets: &actor.SocketSet{}, Random: random,
	})
	tb.Cleanup(h.runners.Close)
	h.work = actor.Work{Kind: actor.Fetch, Request: &object.Request{Path: "/increment"}}
	h.step(actor.Acquired{Leases: []store.Lease{{Slot: 0, Epoch: 1, Clean: true}}, Sent: epochOfTests})
	h.turn(1)
	h.step(actor.Loaded{Object: idOf("a"), Activation: 1})
	return h
}

func (h *hot) turn(id actor.TurnID) {
	h.step(&actor.Arrived{Object: identityOf("a"), Turn: id, Kind: actor.Fetch})
}

func (h *hot) step(event actor.Event) {
	h.todo = append(h.todo, h.core.Step(epochOfTests, event)...)
	for len(h.todo) > 0 {
		effect := h.todo[0]
		h.todo = h.todo[:copy(h.todo, h.todo[1:])]
		switch e := effect.(type) {
		case actor.Resume:
			work := &h.work
			work.Turn = e.Turn
			if e.Kind != actor.Fetch {
				work = &actor.Work{Turn: e.Turn, Kind: e.Kind}
			}
			yielded := h.instance.Run(h.runners.Lend(e.Kind), epochOfTests, e.Activation, work)
			h.runners.Return(&yielded)
			h.todo = append(h.todo, h.core.Step(epochOfTests, &yielded)...)
		case actor.Commit:
			h.flying = true
		case actor.Release:
			h.released += len(e.Outputs)
		}
	}
}

func (h *hot) commit() {
	for h.flying {
		h.flying = false
		h.step(actor.Committed{Sent: epochOfTests.Add(time.Millisecond)})
	}
}

// BenchmarkHotTurn is what a turn costs around its class: core, gate, instance and
// resident storage. A commit is answered after so many turns.
func BenchmarkHotTurn(b *testing.B) {
	for _, row := range []struct {
		name   string
		class  object.Object
		shared int
	}{{"increment/commit=1", tally{}, 1}, {"increment/commit=64", tally{}, 64}, {"read", peek{}, 64}} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			h := newHot(b, row.class)
			turns := 1
			for b.Loop() {
				turns++
				h.turn(actor.TurnID(turns))
				if turns%row.shared == 0 {
					h.commit()
				}
			}
			h.commit()
			if h.released != turns {
				b.Fatalf("%d turns, %d replies", turns, h.released)
			}
		})
	}
}
