package virtual_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/sim/primitive"
	"github.com/durabench/durabench/sim/virtual"
)

// polledRoom is a room on R2, whose members send faster than it answers.
func polledRoom(t *testing.T, seed uint64) []loadgen.Observation {
	t.Helper()
	c, history := config(t, "chat", workload.Options{Objects: 1, Members: 6, Senders: 3, Rate: 20}, 20, 20*time.Second, seed)
	program, err := primitive.NewProgram("chat", "r2", "compare-and-set", primitive.Options{Random: rand.New(rand.NewPCG(seed, 2))})
	if err != nil {
		t.Fatal(err)
	}
	c.Primitive = &virtual.Primitive{Name: "r2", Program: program, Params: primitive.Default(), Linger: time.Minute}
	if _, _, err := virtual.RunPrimitive(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	return *history
}

// exchanged has one member receive a text before another that its sender had an
// answer to before it sent the first.
func exchanged(history []loadgen.Observation) []loadgen.Observation {
	sends := make(map[string]loadgen.Observation)
	for _, o := range history {
		if o.Operation.Kind == loadgen.Send && o.Outcome == loadgen.OK {
			sends[o.Operation.Text] = o
		}
	}
	broken := slices.Clone(history)
	for i := range broken {
		a, ok := sends[broken[i].Operation.Text]
		if !ok || broken[i].Operation.Kind != loadgen.Deliver {
			continue
		}
		for j := i + 1; j < len(broken); j++ {
			b, ok := sends[broken[j].Operation.Text]
			if ok && broken[j].Operation.Kind == loadgen.Deliver && broken[j].Client == broken[i].Client &&
				b.Client == a.Client && a.Done < b.Sent && broken[j].Done > broken[i].Done {
				broken[i].Done, broken[j].Done = broken[j].Done, broken[i].Done
				return broken
			}
		}
	}
	return nil
}

// HTTP promises no order between two requests that are under way at once.
func TestSendsUnderWayAtOnceHaveNoOrder(t *testing.T) {
	overtaken := 0
	for seed := uint64(1); seed <= 4; seed++ {
		history := polledRoom(t, seed)
		fifo := check.ChatFIFO(check.Params{})
		if v := fifo.Check(history); v.Ruling != check.OK {
			t.Errorf("seed %d: %s", seed, v)
		}
		sockets := slices.Clone(history)
		for i := range sockets {
			if sockets[i].Operation.Kind == loadgen.Join {
				sockets[i].Reply.Status = 101
			}
		}
		if fifo.Check(sockets).Ruling == check.Violated {
			overtaken++
		}
		if v := fifo.Check(exchanged(history)); v.Ruling != check.Violated {
			t.Errorf("seed %d, one text too late: %s", seed, v)
		}
	}
	if overtaken == 0 {
		t.Error("no send overtook another: nothing was tested")
	}
}
