package actor_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
)

var (
	seeds  = flag.Int("seeds", 200, "how many worlds TestSeeds lives through")
	replay = flag.Uint64("replay", 0, "live through this seed only, and tell everything")
)

// TestSeeds lives through worlds full of faults under all laws. A failure names
// its seed: go test -run TestSeeds -replay=SEED
func TestSeeds(t *testing.T) {
	if *replay != 0 {
		w := newWorld(rand.New(rand.NewPCG(*replay, 0)))
		w.trace = t.Logf
		if verdict := w.life(); verdict != "" {
			t.Fatal(verdict)
		}
		return
	}
	for seed := range uint64(*seeds) {
		w := newWorld(rand.New(rand.NewPCG(seed+1, 0)))
		if verdict := w.life(); verdict != "" {
			t.Errorf("seed %d, at %s: %s", seed+1, since(w.now), verdict)
		}
	}
}

// TestSameSeedSameStory: nothing in the core depends on anything but what it is told.
func TestSameSeedSameStory(t *testing.T) {
	tell := func(seed uint64) string {
		var story strings.Builder
		w := newWorld(rand.New(rand.NewPCG(seed, 0)))
		w.trace = func(format string, args ...any) { fmt.Fprintf(&story, format+"\n", args...) }
		w.life()
		return story.String()
	}
	for seed := range uint64(30) {
		first, second := strings.Split(tell(seed+1), "\n"), strings.Split(tell(seed+1), "\n")
		for i := range min(len(first), len(second)) {
			if first[i] != second[i] {
				t.Fatalf("seed %d tells two stories:\n%s\n%s", seed+1, first[i], second[i])
			}
		}
		if len(first) != len(second) {
			t.Fatalf("seed %d ends in two ways", seed+1)
		}
	}
}

// life is a time of trouble, five minutes of silence, some more turns, and the end:
// a drain or the loss of everything. It gives the first law that was broken.
func (w *world) life() string {
	w.openSession()
	w.trouble(30 * w.mix.gap)
	w.run(w.now.Add(100 * w.mix.gap))

	w.mix, w.arrivals = w.mix.calm(), false
	w.run(w.now.Add(5 * time.Minute))
	w.judge.quiet()

	w.arrivals = true
	w.arrive()
	w.run(w.now.Add(20 * w.mix.gap))
	w.end()
	return w.judge.verdict
}

// trouble lets turns arrive and, now and then, the session die.
func (w *world) trouble(between time.Duration) {
	w.arrivals = true
	w.arrive()
	w.moveAway()
	if w.chance(0.7) {
		return
	}
	var strike func()
	strike = func() {
		if w.mix.troubled {
			w.die()
			w.after(between, strike)
		}
	}
	w.after(between, strike)
}

func (w *world) end() {
	w.mix.waits = 0 // a turn that sleeps, or calls one that does, takes longer than this end
	if w.chance(0.3) {
		w.arrivals = false
		w.die()
		w.run(w.now.Add(time.Minute))
		w.judge.allAnswered()
		return
	}
	w.step(actor.Drain{})
	w.run(w.now.Add(time.Minute))
	if !w.judge.done {
		w.judge.violated("never drained")
	}
}

// FuzzCore lets the fuzzer choose what happens: each of its bytes is one decision
// of the world's, and when they are used up the seed decides.
func FuzzCore(f *testing.F) {
	f.Add(uint64(1), []byte("the story of a world"))
	f.Fuzz(func(t *testing.T, seed uint64, decisions []byte) {
		w := newWorld(rand.New(&chooser{decisions: decisions, rest: rand.NewPCG(seed, 0)}))
		if verdict := w.life(); verdict != "" {
			t.Fatal(verdict)
		}
	})
}

// chooser is a random source that begins as it is told.
type chooser struct {
	decisions []byte
	rest      rand.Source
}

func (c *chooser) Uint64() uint64 {
	if len(c.decisions) == 0 {
		return c.rest.Uint64()
	}
	next := c.decisions[0]
	c.decisions = c.decisions[1:]
	return uint64(next) * 0x0101010101010101 // the same in every part that is used
}
