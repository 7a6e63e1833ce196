package loadgen

import (
	"context"
	"fmt"
	"time"
)

// LateAfter is how late an operation may be sent before it counts as late.
const LateAfter = 10 * time.Millisecond

// lateShare is the share of late operations above which a run is warned about.
const lateShare = 0.01

// Load says how the generator itself fared in a run.
type Load struct {
	Asked   uint64        // operations sent
	Late    uint64        // of them, more than LateAfter behind schedule
	Longest time.Duration // the longest wait from scheduled to sent
	Capped  uint64        // how often the cap on operations under way was reached
	Workers int           // that cap
	Lost    int           // chat members that did not join, or lost their connection and did not come back
	// Cancelled says that the run was ended before its time.
	Cancelled bool
	Elapsed   time.Duration // from the first operation due to the last one done, or given up
}

// Warnings are sentences for whoever reads the run's numbers.
func (l Load) Warnings() []string {
	var warnings []string
	if l.Asked == 0 {
		warnings = append(warnings, "no operation was sent")
	} else if share := float64(l.Late) / float64(l.Asked); share > lateShare {
		warnings = append(warnings, fmt.Sprintf(
			"%.1f %% of operations were sent more than %s late (the latest %s): the generator fell behind, and latencies include that wait",
			100*share, LateAfter, l.Longest.Round(time.Millisecond)))
	}
	if l.Capped > 0 {
		warnings = append(warnings, fmt.Sprintf(
			"the cap of %d operations under way was reached %d times: from there on the load was not open",
			l.Workers, l.Capped))
	}
	if l.Lost > 0 {
		warnings = append(warnings, fmt.Sprintf("%d members did not join, or lost their connection and did not come back", l.Lost))
	}
	return warnings
}

// coarse is how far ahead of an instant Go's own timers, which may be a
// millisecond late on an idle process, hand over to the system's.
const coarse = 2 * time.Millisecond

// sleepUntil waits for an instant and returns false if ctx ends first.
func sleepUntil(ctx context.Context, at time.Time) bool {
	if rest := time.Until(at); rest > coarse {
		timer := time.NewTimer(rest - coarse)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	if ctx.Err() != nil {
		return false
	}
	if rest := time.Until(at); rest > 0 {
		preciseSleep(rest)
	}
	return true
}
