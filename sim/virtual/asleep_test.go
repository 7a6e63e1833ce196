package virtual_test

import (
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/virtual"
)

// Members of a room that hibernates at a node hear, when another node takes the
// room's slot, that they are to connect again; or they would wait for ever.
func TestWhoListensToASleepingRoomIsToldThatItWent(t *testing.T) {
	for seed := uint64(1); seed <= 8; seed++ {
		c, history := config(t, "chat", workload.Options{Objects: 2, Members: 6, Senders: 3}, 0.1, 10*time.Minute, seed)
		c.Homes, c.Directory, c.Standby = []regions.ID{"LHR", "IAD"}, "LHR", true
		c.Place = placement.Fixed{Home: "LHR"}
		var err error
		if c.Faults, err = fault.Parse("session LHR killed at 100s; session LHR killed at 300s; pause LHR at 400s for 20s"); err != nil {
			t.Fatal(err)
		}
		if _, err := virtual.Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if v := check.ChatReach(check.Params{Least: 1}).Check(*history); v.Ruling != check.OK {
			t.Errorf("seed %d: %s", seed, v)
		}
		lost, _, resumed, _ := tellReturns(*history)
		nodes := make(map[string]bool)
		for _, o := range *history {
			if o.Operation.Kind == loadgen.Join {
				nodes[o.Server.Node] = true
			}
		}
		if lost < 12 || resumed < lost*3/4 || len(nodes) < 2 {
			t.Errorf("seed %d: %d connections lost, %d went on, at the nodes %v", seed, lost, resumed, nodes)
		}
	}
}
