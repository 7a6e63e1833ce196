package wan

import "time"

// runtimeAlarm is a timer of the Go runtime.
type runtimeAlarm struct {
	timer *time.Timer
	slack time.Duration
	done  <-chan struct{}
}

func newRuntimeAlarm(slack time.Duration, done <-chan struct{}) *runtimeAlarm {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &runtimeAlarm{timer: t, slack: slack, done: done}
}

func (a *runtimeAlarm) set(in time.Duration) { a.timer.Reset(max(0, in) + a.slack) }

func (a *runtimeAlarm) wait() bool {
	select {
	case <-a.timer.C:
		return true
	case <-a.done:
		return false
	}
}

func (a *runtimeAlarm) stop() { a.timer.Stop() }
