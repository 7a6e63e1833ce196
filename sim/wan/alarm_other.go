//go:build !linux

package wan

// newPreciseAlarm has none to offer here; the runtime's timer must do.
func newPreciseAlarm() (alarm, error) { return nil, nil }
