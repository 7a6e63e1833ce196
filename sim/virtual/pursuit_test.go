package virtual_test

import (
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/virtual"
)

// A home that an object has left knows where it went: who comes too late does not wait
// until the directory says so, which here is on the other side of the world.
func TestWhoComesTooLateDoesNotWaitForTheDirectory(t *testing.T) {
	history, moves := wandering(t, "counter", 1, func(c *virtual.Config) {
		c.Homes, c.Edges, c.Directory = []regions.ID{"LHR", "IAD"}, []regions.ID{"LHR", "IAD"}, "SYD"
	})
	late, far := 0, 0
	for i := range history {
		if o := &history[i]; o.Server.Moved {
			late++
			if o.Budget[loadgen.WAN] > 250*time.Millisecond { // to Sydney and back takes more, three times London to Washington less
				far++
			}
		}
	}
	if len(moves) < 4 || late < 8 || far > late/4 {
		t.Errorf("%d moves; %d came too late, %d of them waited for the directory", len(moves), late, far)
	}
}

// A way between homes that nobody went before it was cut is healed with the others.
func TestAWayThatIsNewWhileItIsCutIsHealed(t *testing.T) {
	for _, text := range []string{"partition LHR|IAD at 2s for 2s", "slow LHR|IAD by 400ms at 2s for 2s"} {
		faults, err := fault.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		late := 0
		for seed := range uint64(40) {
			history, _ := wandering(t, "counter", seed, func(c *virtual.Config) { c.Faults = faults })
			for i := range history {
				o := &history[i]
				if o.Server.Moved {
					late++
				}
				if o.Scheduled > 5*time.Second && (o.Outcome != loadgen.OK || o.Latency() < 0 || o.Latency() > 1500*time.Millisecond) {
					t.Fatalf("%s, seed %d: a second after it: %+v", text, seed, o)
				}
			}
		}
		if late < 100 {
			t.Errorf("%s: only %d went between the homes", text, late)
		}
	}
}
