package virtual_test

import (
	"testing"

	"github.com/durabench/durabench/sim/plant/moving"
	"github.com/durabench/durabench/sim/virtual"
)

// A verdict that was never seen to convict is none: each way to get a move wrong is
// found, whatever the seed.
func TestMovesGoneWrongAreFound(t *testing.T) {
	for _, bug := range moving.Bugs() {
		if bug.Rule != nil {
			continue // of the law, not of the hand-over
		}
		for seed := uint64(1); seed <= 5; seed++ {
			history, _ := wandering(t, "counter", seed, func(c *virtual.Config) {
				if bug.Stores != nil {
					c.Store = bug.Stores()
				}
				if bug.Tamper != nil {
					c.Tamper = func() virtual.Tamper { return bug.Tamper() }
				}
			})
			if broken(t, "counter", history) == "" {
				t.Errorf("seed %d: %s, and no law is broken", seed, bug.What)
			}
		}
	}
}
