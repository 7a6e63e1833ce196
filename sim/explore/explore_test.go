package explore_test

import (
	"context"
	"flag"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/explore"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/virtual"
)

var (
	seeds  = flag.Uint64("seeds", 110, "how many worlds TestSeeds lives through, without and with trouble")
	first  = flag.Uint64("first", 1, "the first of them")
	replay = flag.Uint64("replay", 0, "live through this seed only, with trouble")
)

func world(t testing.TB) explore.World {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := virtual.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return explore.World{Map: m, Profile: profile}
}

// worlds are fewer under the race detector, which has nothing to find in a world of one goroutine.
func worlds() uint64 {
	if testing.Short() {
		return min(*seeds, 20)
	}
	return *seeds
}

// holds lives through worlds, all of whose laws must hold.
func holds(t *testing.T, w explore.World, trouble bool) {
	t.Helper()
	found, err := explore.Explore(context.Background(), explore.Options{World: w, First: *first, Seeds: worlds(), Trouble: trouble, Enough: 5})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("trouble %v: %d worlds, %d observations, %d verdicts undecided", trouble, found.Worlds, found.Observations, len(found.Undecided))
	for _, u := range found.Undecided[:min(3, len(found.Undecided))] {
		t.Log(u)
	}
	for _, f := range found.Failures {
		t.Errorf("%s", f)
	}
}

// TestSeeds lives through worlds under all laws. A failure names its seed:
// go test -run TestSeeds -replay=SEED
func TestSeeds(t *testing.T) {
	w := world(t)
	if *replay != 0 {
		*first, *seeds = *replay, 1
	}
	for _, trouble := range []bool{false, true} {
		if *replay != 0 && !trouble {
			continue
		}
		holds(t, w, trouble)
	}
}

func TestSameSeedSameHistory(t *testing.T) {
	w := world(t)
	before := make(map[uint64]uint64)
	for seed := range uint64(30) {
		e := explore.Draw(w, seed+1, true)
		var digests [2]uint64
		for i := range digests {
			seen, err := e.Run(t.Context(), w, nil)
			if err != nil {
				t.Fatal(err)
			}
			digests[i] = seen.Digest()
		}
		if digests[0] != digests[1] {
			t.Errorf("%s: %x and %x", e, digests[0], digests[1])
		}
		if other, known := before[digests[0]]; known {
			t.Errorf("seeds %d and %d gave the same history", other, seed+1)
		}
		before[digests[0]] = seed + 1
	}
}

// TestTwoTakeOversWithinOneTrust is what once broke the law: a node that hears late
// from its database loses its session and answers reads from memory; its successor
// writes, and is lost as well; the third owner finds the write and must not show it
// while the first still answers.
func TestTwoTakeOversWithinOneTrust(t *testing.T) {
	w := world(t)
	faults, err := fault.Parse("ack IAD late by 1.2s at 3.018s for 2.8s; session IAD killed at 3.133s; session IAD killed at 3.584s")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(30) {
		e := explore.Experiment{
			Seed: seed, Class: "counter", Objects: 12, Reads: 0.95, Rate: 240, For: 6 * time.Second,
			Homes: []regions.ID{"IAD"}, Edges: []regions.ID{"IAD", "SJC"}, Cores: 1, Standby: true, Faults: faults,
		}
		seen, err := e.Run(t.Context(), w, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range seen.Broken() {
			t.Errorf("%s\n  %s", e, v)
		}
	}
}
