package loadgen

import (
	"syscall"
	"time"
)

// preciseSleep waits within some tens of microseconds. Go's timers wake an idle
// process up to a millisecond late, which every latency would then include.
func preciseSleep(d time.Duration) {
	rest := syscall.NsecToTimespec(int64(d))
	// A signal may end it early; the rest is slept then.
	for syscall.Nanosleep(&rest, &rest) == syscall.EINTR {
		continue
	}
}
