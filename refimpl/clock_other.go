//go:build !linux

package refimpl

import "time"

// sinceBoot counts from an arbitrary start. Whether it stands still during a
// suspend depends on the system.
func sinceBoot() time.Duration { return time.Since(processStart) }

// processStart is the zero of the monotonic clock; it is never changed.
var processStart = time.Now()
