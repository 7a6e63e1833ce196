package virtual_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/virtual"
)

// front is a counter that keeps nothing: it asks another object, behind it.
type front struct{ hint object.Hint }

func (f front) Fetch(s object.State, request *object.Request) (*object.Response, error) {
	space, ok := s.Namespace("back")
	if !ok {
		return nil, errors.New("no namespace")
	}
	return s.Stub(space.Named(s.Identity().Name), f.hint).Call(request)
}

// withBack replaces the counter by one that asks a counter of class back.
func withBack(c virtual.Config, hint object.Hint) virtual.Config {
	back := classes.Counter()
	back.Name = "back"
	ahead := object.Class{Name: "counter", New: func(object.State) (object.Object, error) { return front{hint}, nil }}
	c.Classes = []object.Class{ahead, back}
	return c
}

func medianOf(history []loadgen.Observation) time.Duration {
	var all []time.Duration
	for i := range history {
		if history[i].Outcome == loadgen.OK {
			all = append(all, history[i].Latency())
		}
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// The object behind lives where it was hinted, and every call pays for the way.
func TestObjectsCallEachOtherAcrossRegions(t *testing.T) {
	medians := make(map[object.Hint]time.Duration)
	for _, hint := range []object.Hint{"weur", "apac"} {
		c, history := config(t, "counter", workload.Options{Objects: 4, Clients: 16, Reads: 0.3}, 200, 10*time.Second, 1)
		c.Place, c.Edges = placement.Fixed{Home: "LHR"}, c.Edges[:0:0]
		c.Edges = append(c.Edges, "LHR")
		if _, err := virtual.Run(t.Context(), withBack(c, hint)); err != nil {
			t.Fatal(err)
		}
		medians[hint] = medianOf(*history)
		if v := check.Counter(check.Params{Least: 1000}).Check(*history); v.Ruling != check.OK {
			t.Errorf("hint %s: %v", hint, v)
		}
		if hash := hashOf(*history); hash != againHash(t, hint) {
			t.Errorf("hint %s: the same seed gave another history", hint)
		}
	}
	if near, far := medians["weur"], medians["apac"]; far < near+100*time.Millisecond {
		t.Errorf("a call within Europe takes %v, one to Asia %v", near, far)
	}
}

func againHash(t *testing.T, hint object.Hint) uint64 {
	c, history := config(t, "counter", workload.Options{Objects: 4, Clients: 16, Reads: 0.3}, 200, 10*time.Second, 1)
	c.Place, c.Edges = placement.Fixed{Home: "LHR"}, append(c.Edges[:0:0], "LHR")
	if _, err := virtual.Run(t.Context(), withBack(c, hint)); err != nil {
		t.Fatal(err)
	}
	return hashOf(*history)
}

// Whatever happens to the way or to the nodes at its ends, the count stands.
func TestCallsUnderFaults(t *testing.T) {
	for _, text := range []string{
		"partition LHR|NRT at 2s for 2s",
		"kill LHR at 2s for 1s",
		"kill NRT at 2s for 1s",
		"pause NRT at 2s for 3s",
		"slow LHR|NRT by 200ms at 2s for 3s",
	} {
		t.Run(text, func(t *testing.T) {
			c, history := config(t, "counter", workload.Options{Objects: 4, Clients: 16, Reads: 0.3}, 200, 8*time.Second, 3)
			c.Place, c.Homes = placement.Fixed{Home: "LHR"}, append(c.Homes[:0:0], "LHR", "NRT")
			faults, err := fault.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			c.Faults = faults
			if _, err := virtual.Run(t.Context(), withBack(c, "apac")); err != nil {
				t.Fatal(err)
			}
			if v := check.Counter(check.Params{Least: 300}).Check(*history); v.Ruling != check.OK {
				t.Error(v)
			}
			ok, disturbed := 0, 0
			for i := range *history {
				o := &(*history)[i]
				if o.Outcome == loadgen.OK {
					ok++
				}
				if o.Outcome != loadgen.OK || o.Latency() > time.Second {
					disturbed++
				}
			}
			if ok < 600 || disturbed == 0 && text[:4] != "slow" {
				t.Errorf("%d answered, %d disturbed: the fault was not felt, or nothing else was", ok, disturbed)
			}
		})
	}
}

// hashOf is the same for the same history.
func hashOf(history []loadgen.Observation) uint64 {
	sum := fnv.New64a()
	for i := range history {
		fmt.Fprintf(sum, "%+v", history[i])
	}
	return sum.Sum64()
}
