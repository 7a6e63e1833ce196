package main

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
)

// limitFlags are when one object has too much to do or to keep. What is refused
// for it is told "overloaded", with the reason; such a request never ran.
type limitFlags struct {
	MaxQueue      int           `help:"Requests and messages that may wait for an object." default:"10000"`
	MaxQueueBytes int           `help:"Bytes that these may carry." default:"67108864"`
	MaxQueueAge   time.Duration `help:"How long the oldest of them may have waited." default:"1m"`
	MaxRequests   int           `help:"Requests and messages that may reach an object within ten seconds." default:"10000000"`
	MaxStorage    int           `help:"Bytes of keys and values that an object may keep; beyond, its put fails." default:"134217728"`
}

func (f limitFlags) check() error {
	for _, row := range []struct {
		flag string
		good bool
	}{
		{"max-queue", f.MaxQueue > 0},
		{"max-queue-bytes", f.MaxQueueBytes > 0},
		{"max-queue-age", f.MaxQueueAge > 0},
		{"max-requests", f.MaxRequests > 0},
		{"max-storage", f.MaxStorage > 0},
	} {
		if !row.good {
			return badUsage(fmt.Errorf("--%s: want more than 0", row.flag))
		}
	}
	return nil
}

func (f limitFlags) limits() actor.Limits {
	return actor.Limits{
		QueueTurns: f.MaxQueue, QueueBytes: f.MaxQueueBytes, QueueAge: f.MaxQueueAge, WindowTurns: f.MaxRequests,
	}
}
