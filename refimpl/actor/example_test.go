package actor_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// A write and its reply: the turn is over at once, the reply leaves when the
// write is durable.
func ExampleCore_Step() {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	room := object.Identity{ID: object.ID{1}, Class: "counter", Name: "visits"}
	core := actor.New(actor.Config{Slots: 1, Random: rand.New(rand.NewPCG(1, 1))})
	tell := func(event actor.Event) {
		fmt.Println(strings.TrimPrefix(fmt.Sprintf("%T", event), "*"))
		for _, effect := range core.Step(now, event) {
			fmt.Printf("    %T\n", effect)
		}
	}

	tell(actor.Acquired{Leases: []store.Lease{{Slot: 0, Epoch: 1, Clean: true}}, Sent: now})
	tell(&actor.Arrived{Object: room, Turn: 1, Kind: actor.Fetch})
	tell(actor.Loaded{Object: room.ID, Activation: 1})
	tell(&actor.Yielded{Object: room.ID, Activation: 1}) // of the constructor
	tell(&actor.Yielded{
		Object: room.ID, Activation: 1,
		Writes:  []store.Write{{Object: room.ID, Key: "n", Value: object.Value{Data: []byte("1")}}},
		Outputs: []actor.Output{{Turn: 1, Reply: &object.Response{Status: 200, Body: []byte("1")}}},
	})
	tell(actor.Committed{Sent: now})
	// Output:
	// actor.Acquired
	//     actor.Scan
	// actor.Arrived
	//     actor.Load
	// actor.Loaded
	//     actor.Resume
	// actor.Yielded
	//     actor.Resume
	//     actor.Wake
	// actor.Yielded
	//     actor.Commit
	// actor.Committed
	//     actor.Release
}

// An instance runs user code; what it wrote and said goes to the core.
func ExampleInstance() {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	class := object.Class{Name: "tally", New: func(object.State) (object.Object, error) { return tally{}, nil }}
	stored := store.Snapshot{Entries: []object.Entry{{Key: "n", Value: object.Value{Data: []byte("41")}}}}
	var runners actor.Runners
	defer runners.Close()
	instance := actor.NewInstance(actor.Origin{
		Class: class, Identity: object.Identity{Class: "tally"}, Snapshot: stored,
		Sockets: &actor.SocketSet{}, Random: rand.New(rand.NewPCG(1, 1)),
	})
	run := func(work *actor.Work) actor.Yielded {
		yielded := instance.Run(runners.Lend(work.Kind), now, 1, work)
		runners.Return(&yielded)
		return yielded
	}
	run(&actor.Work{Kind: actor.Construct})
	yielded := run(&actor.Work{Turn: 7, Kind: actor.Fetch, Request: &object.Request{Path: "/increment"}})
	fmt.Printf("writes %s=%s\n", yielded.Writes[0].Key, yielded.Writes[0].Value.Data)
	fmt.Printf("says %s to turn %d\n", yielded.Outputs[0].Reply.Body, yielded.Outputs[0].Turn)
	// Output:
	// writes n=42
	// says 42 to turn 7
}
