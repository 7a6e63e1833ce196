package virtual_test

import (
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/relocate"
	"github.com/durabench/durabench/sim/virtual"
)

// wander moves an object after some visits, to any of the homes.
type wander struct {
	placement.Strategy
	visits uint32
}

func (s wander) Observe(state *placement.State, v placement.Visit) (regions.ID, bool) {
	if state.Count++; state.Count%s.visits != 0 {
		return "", false
	}
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%s %d", v.Object, state.Count)
	to := v.Homes[int(h.Sum32())%len(v.Homes)]
	return to, to != v.Home
}

// wandering runs a class whose objects wander, and gives what was seen, and the moves.
func wandering(t *testing.T, class string, seed uint64, change func(*virtual.Config)) ([]loadgen.Observation, []relocate.Move) {
	t.Helper()
	o := workload.Options{Objects: 3, Clients: 24, Reads: 0.4, Rate: 150, Refill: 100.0 / 60}
	c, history := config(t, class, o, 150, 6*time.Second, seed)
	c.Homes, c.Directory = []regions.ID{"LHR", "IAD", "NRT"}, "LHR"
	c.Place = wander{placement.Fixed{Home: "LHR"}, 40}
	var moves []relocate.Move
	c.Moved = func(m relocate.Move) { moves = append(moves, m) }
	if change != nil {
		change(&c)
	}
	if _, err := virtual.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return *history, moves
}

// broken is the first law that a history breaks; empty if it keeps all.
func broken(t *testing.T, class string, history []loadgen.Observation) string {
	t.Helper()
	laws, err := check.For(class, check.Params{Limit: check.Limit{Capacity: 100, Refill: 100.0 / 60}})
	if err != nil {
		t.Fatal(err)
	}
	for _, law := range laws {
		if v := law.Check(history); v.Ruling != check.OK {
			return fmt.Sprint(v)
		}
	}
	return ""
}

func TestObjectsMoveAndNobodyNotices(t *testing.T) {
	for _, class := range []string{"counter", "limiter"} {
		history, moves := wandering(t, class, 1, nil)
		if v := broken(t, class, history); v != "" {
			t.Errorf("%s: %s", class, v)
		}
		homes, late := make(map[regions.ID]int), 0
		for _, o := range history {
			if o.Outcome != loadgen.OK {
				t.Errorf("%+v", o)
			}
			homes[o.Server.Home]++
			if o.Server.Moved {
				late++
			}
		}
		if len(moves) < 12 || len(homes) != 3 || late < len(moves)/2 {
			t.Errorf("%s: %d moves, served by %v, %d sent after their object", class, len(moves), homes, late)
		}
		for _, m := range moves {
			if m.Cause != nil || m.From == m.To {
				t.Errorf("%+v", m)
			}
		}
	}
}

func TestAMovingWorldRepeatsItself(t *testing.T) {
	hash := func(seed uint64) uint64 {
		h := fnv.New64a()
		history, _ := wandering(t, "counter", seed, nil)
		for i := range history {
			_, _ = h.Write([]byte(check.Line(&history[i])))
		}
		return h.Sum64()
	}
	if a, b := hash(3), hash(3); a != b {
		t.Errorf("one seed gave %x and %x", a, b)
	}
}

// Through whatever goes wrong, a counter that moves is one counter.
func TestMovesThroughFaultsKeepTheLaws(t *testing.T) {
	seeds := uint64(100)
	if testing.Short() {
		seeds = 40
	}
	moved, stayed := 0, 0
	for seed := range seeds {
		faults := []string{
			"", "kill LHR at 2s for 1s", "session IAD killed at 2s; session LHR killed at 2600ms; session NRT killed at 3s; session IAD killed at 3300ms; session LHR killed at 4s", "partition LHR|IAD at 2s for 1s", "ack lost at 2s",
			"postgres LHR down at 1s for 6s", "pause NRT at 1s for 3s", "ack late by 300ms at 1s for 3s",
		}[seed%8]
		history, moves := wandering(t, "counter", seed, func(c *virtual.Config) {
			if faults == "" {
				return
			}
			var err error
			if c.Faults, err = fault.Parse(faults); err != nil {
				t.Fatal(err)
			}
		})
		if v := broken(t, "counter", history); v != "" {
			t.Errorf("seed %d, %s: %s", seed, faults, v)
		}
		for _, m := range moves {
			if m.Cause == nil && !m.Ended.IsZero() {
				moved++
			} else {
				stayed++
			}
		}
	}
	if moved < 10*int(seeds) || stayed == 0 {
		t.Errorf("%d moves, and %d that failed", moved, stayed)
	}
}
