//go:build !linux

package loadgen

import "time"

// preciseSleep is as precise as Go's timers are here.
func preciseSleep(d time.Duration) { time.Sleep(d) }
