package refimpl

import "time"

// Clock tells the time. It never goes back and does not stop while the machine
// sleeps: trust in ownership is counted on it, and a sleeping owner must find
// that its trust has run out.
type Clock func() time.Time

// SystemClock counts on from the wall clock's time at the call.
func SystemClock() Clock {
	wall, boot := time.Now().Round(0), sinceBoot()
	return func() time.Time { return wall.Add(sinceBoot() - boot) }
}
