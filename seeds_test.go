package main

import (
	"flag"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/plant"
	"github.com/durabench/durabench/sim/plant/moving"
	"github.com/durabench/durabench/sim/virtual"
)

var seeds = flag.Int("seeds", 100, "seeds of each suite line that TestSuiteLinesHoldForManySeeds runs")

// virtualBench is a bench with what a world in virtual time needs.
func virtualBench(t *testing.T) *bench {
	t.Helper()
	places, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := virtual.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return &bench{console: console{stderr: os.Stderr}, places: places, profile: profile}
}

// Every line that durabench ships keeps its laws for any seed, not only for the
// one that the report shows.
func TestSuiteLinesHoldForManySeeds(t *testing.T) {
	b := virtualBench(t)
	many := *seeds
	if testing.Short() {
		many = min(many, 5) // all of them run without the race detector
	}
	for _, suite := range []string{"standard", "quick"} {
		_, text, err := readSuite(suite)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := parseSuite(b.places, suite, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range lines {
			t.Run(suite+"/"+e.name(), func(t *testing.T) {
				t.Parallel()
				for seed := range many {
					short := *e
					short.flags.Seed, short.flags.For, short.flags.Engine = uint64(seed), 500*time.Millisecond, "virtual"
					holds(t, b, &short)
				}
			})
		}
	}
}

// Objects that move all the time keep every law, alarms included: the new home of a
// session heard of its alarm half a minute late, once.
func TestMovingObjectsHoldForManySeeds(t *testing.T) {
	inFull(t)
	b := virtualBench(t)
	lines, err := parseSuite(b.places, "moving", strings.Join([]string{
		"--class counter --objects 2 --rate 50/s --place coin-flip:5",
		"--class limiter --objects 2 --rate 50/s --place coin-flip:5",
		"--class account --objects 2 --rate 50/s --place coin-flip:5",
		"--class session --objects 8 --rate 50/s --ttl 1s --place coin-flip:10",
		"--class chat --objects 2 --members 6 --senders 3 --rate 30/s --place coin-flip:20",
		"--class document --objects 2 --members 6 --senders 3 --rate 30/s --place coin-flip:20",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range lines {
		t.Run(e.flags.Class, func(t *testing.T) {
			t.Parallel()
			for seed := range *seeds {
				short := *e
				short.flags.Seed, short.flags.For, short.flags.Engine = uint64(seed), 20*time.Second, "virtual"
				holds(t, b, &short)
			}
		})
	}
}

func holds(t *testing.T, b *bench, e *experiment) {
	t.Helper()
	for _, v := range verdictsOf(t, b, e) {
		if v.Ruling == check.Violated {
			t.Errorf("%v\nagain: durabench %s --engine virtual --seed %d --for %s", v, strings.Join(e.args, " "), e.flags.Seed, e.flags.For)
		}
	}
}

// verdictsOf lives through an experiment in virtual time and judges it.
func verdictsOf(t *testing.T, b *bench, e *experiment) (verdicts []check.Verdict) {
	t.Helper()
	source, err := e.workload("v")
	if err != nil {
		t.Fatal(err)
	}
	var history []loadgen.Observation
	config := e.virtualWorld(b, source)
	config.Log = slog.New(slog.DiscardHandler)
	config.Record = func(o *loadgen.Observation) { history = append(history, *o) }
	if _, err := virtual.Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	laws, err := e.laws()
	if err != nil {
		t.Fatal(err)
	}
	for _, law := range laws {
		verdicts = append(verdicts, law.Check(history))
	}
	return verdicts
}

// Every planted bug must be convicted by its own law in virtual time too.
func TestPlantedBugsAreConvictedInVirtualTime(t *testing.T) {
	inFull(t)
	b := virtualBench(t)
	for _, bug := range plant.Bugs() {
		convicts(t, b, bug.Name, bug.Law, "--class "+bug.Class+" --plant "+bug.Name+" --for 5s --engine virtual --edges LHR,FRA --homes LHR "+bugLoads()[bug.Class])
	}
	for _, bug := range moving.Bugs() {
		for _, seed := range []string{"1", "2", "3"} { // by construction, so by any
			convicts(t, b, bug.Name+" "+seed, bug.Law, moveLoad(bug.Name)+" --for 5s --engine virtual --seed "+seed)
		}
	}
}

// convicts wants the bug of a line to be found, and the line to be lawful without it.
func convicts(t *testing.T, b *bench, name, law, line string) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		args := strings.Fields(line)
		e, err := parseLine(b.places, args)
		if err != nil {
			t.Fatal(err)
		}
		convicted := false
		for _, v := range verdictsOf(t, b, e) {
			convicted = convicted || strings.Contains(v.Law, law) && v.Ruling == check.Violated && len(v.Witness) > 0
		}
		if !convicted {
			t.Errorf("%s was not convicted of breaking %q", name, law)
		}
		planted := slices.Index(args, "--plant")
		lawful, err := parseLine(b.places, slices.Delete(args, planted, planted+2))
		if err != nil {
			t.Fatal(err)
		}
		holds(t, b, lawful) // it is the bug that is convicted, not the load
	})
}

// inFull leaves a long test in one goroutine to the run without the race detector,
// which has nothing to find there.
func inFull(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs without the race detector")
	}
}
