package live_test

import (
	"testing"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// wander moves an object after every so many visits, to the next of the homes.
type wander struct {
	placement.Strategy
	visits uint32
}

func (s wander) Observe(state *placement.State, v placement.Visit) (regions.ID, bool) {
	if state.Count++; state.Count%s.visits != 0 {
		return "", false
	}
	for i, home := range v.Homes {
		if home == v.Home {
			return v.Homes[(i+1)%len(v.Homes)], true
		}
	}
	return "", false
}

// Objects wander about while clients use them: every request is answered, the
// counts are those of one counter, and only whoever came late had to wait.
func TestObjectsWanderWhileTheyAreUsed(t *testing.T) {
	world, _ := worldOf(t, wander{placement.Fixed{Home: "LHR"}, 12})
	history := ask(t, world, "counter", 200)
	laws, err := check.For("counter", check.Params{})
	if err != nil {
		t.Fatal(err)
	}
	for _, law := range laws {
		if v := law.Check(history); v.Ruling != check.OK {
			t.Error(v)
		}
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
	moves := world.Moves()
	if len(moves) < 8 || len(homes) != 2 || late == 0 {
		t.Errorf("%d moves, served by %v, %d sent after their object", len(moves), homes, late)
	}
	for _, m := range moves {
		if m.Cause != nil || m.From == m.To {
			t.Errorf("%+v", m)
		}
	}
}
