package live_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/fault"
)

func parse(t *testing.T, text string) fault.Schedule {
	t.Helper()
	schedule, err := fault.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return schedule
}

// TestFaultsAreSurvived: whatever goes wrong, no law is broken, what went wrong is
// told, and after it the world serves as before.
func TestFaultsAreSurvived(t *testing.T) {
	for _, row := range []struct {
		text   string
		faulty bool // somebody must have noticed
	}{
		{"partition FRA|LHR at 100ms for 300ms", false},
		{"partition LHR>FRA at 100ms for 300ms; partition FRA|LHR at 200ms for 300ms", false},
		{"slow FRA|LHR by 80ms at 100ms for 300ms", false},
		{"kill LHR at 200ms for 200ms", true},
		{"kill LHR at 200ms for 300ms; kill LHR at 300ms for 300ms", true},
		{"session LHR killed at 200ms", false},
		{"postgres down at 100ms for 400ms", false},
		{"postgres LHR down at 100ms for 300ms", false},
		{"ack late by 150ms at 100ms for 400ms", false},
	} {
		t.Run(row.text, func(t *testing.T) {
			t.Parallel()
			world, _ := worldOf(t, placement.Fixed{Home: "LHR"})
			schedule := parse(t, row.text)
			if err := world.Apply(t.Context(), schedule); err != nil {
				t.Fatal(err)
			}
			history := ask(t, world, "counter", 150)
			if v := check.Counter(check.Params{}).Check(history); v.Ruling == check.Violated {
				t.Error(v)
			}
			bad := 0
			for _, o := range history {
				if o.Outcome != loadgen.OK {
					bad++
				}
			}
			if row.faulty && bad == 0 {
				t.Error("nobody noticed")
			}
			world.AwaitFaults()
			expectSpans(t, world.Faults(), schedule)
			for _, o := range ask(t, world, "limiter", 20) {
				if o.Outcome != loadgen.OK {
					t.Fatalf("afterwards: %+v", o)
				}
			}
		})
	}
}

// expectSpans: all faults were told, and lasted as long as they should.
func expectSpans(t *testing.T, spans []fault.Span, schedule fault.Schedule) {
	t.Helper()
	if len(spans) != len(schedule) {
		t.Fatalf("of %v these were told: %v", schedule, spans)
	}
	for i, s := range spans {
		if s.To < schedule[i].At+schedule[i].For {
			t.Errorf("%v ended too soon: %v", schedule[i], s)
		}
	}
}

func TestAWorldThatStopsIsMended(t *testing.T) {
	world, _ := worldOf(t, placement.Fixed{Home: "LHR"})
	if err := world.Apply(t.Context(), parse(t, "kill LHR at 0s for 1h; partition FRA|IAD at 0s for 1h; postgres down at 0s for 1h; kill IAD at 30m for 1m")); err != nil {
		t.Fatal(err)
	}
	for len(world.Faults()) < 3 {
		runtime.Gosched()
	} // the end of the test stops the world, which must not wait for an hour
}

func TestFaultsThatALiveWorldCannotHave(t *testing.T) {
	world, _ := worldOf(t, placement.Fixed{Home: "LHR"})
	for _, row := range []struct{ text, want string }{
		{"pause LHR at 1s for 1s", "--engine virtual"},
		{"clock LHR by 1s at 1s", "--engine virtual"},
		{"slow FRA>LHR by 1s at 1s for 1s", "write | for >"},
		{"kill LRH at 1s for 1s", "did you mean LHR"},
		{"kill SIN at 1s for 1s", "takes no part in this run"},
	} {
		if err := world.Apply(context.Background(), parse(t, row.text)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.text, err, row.want)
		}
	}
	var name *regions.NameError
	if err := world.Apply(context.Background(), parse(t, "kill LRH at 1s for 1s")); !errors.As(err, &name) {
		t.Errorf("got %T", err)
	}
}
