package virtual_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/sim/virtual"
)

// A run that asks for more than there is room for ends with a clear error, and
// does not eat the machine.
func TestRunsEndAtTheirBounds(t *testing.T) {
	for _, row := range []struct {
		story  string
		bounds virtual.Bounds
	}{
		{"too many operations under way", virtual.Bounds{Underway: 1000}},
		{"too many events", virtual.Bounds{Events: 10_000}},
	} {
		c, _ := config(t, "counter", workload.Options{Objects: 1}, 100_000, 10*time.Second, 1)
		c.Bounds = row.bounds
		if _, err := virtual.Run(t.Context(), c); !errors.Is(err, virtual.ErrBound) {
			t.Errorf("%s: %v, want ErrBound", row.story, err)
		}
	}
}

func TestAnInterruptEndsTheLoadAndKeepsWhatWasSeen(t *testing.T) {
	for _, class := range []string{"counter", "chat"} {
		ctx, interrupt := context.WithCancel(t.Context())
		c, history := config(t, class, workload.Options{Objects: 1, Members: 4, Senders: 2}, 100, time.Hour, 1)
		record := c.Record
		c.Record = func(o *loadgen.Observation) {
			record(o)
			if len(*history) == 500 {
				interrupt()
			}
		}
		load, err := virtual.Run(ctx, c)
		if err != nil || !load.Cancelled || len(*history) < 500 {
			t.Errorf("%s: %v, load %+v, %d observations", class, err, load, len(*history))
		}
		interrupt()
	}
}
