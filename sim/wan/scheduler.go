package wan

import (
	"context"
	"net"
	"sync"
	"time"
)

// instant is a point in time, as the monotonic time since the network began.
type instant = time.Duration

// backupSlack is how much later than the precise alarm the runtime's timer is
// set. Woken by the first, an idle process would find the second expired as
// well, and wake a goroutine for nothing.
const backupSlack = 100 * time.Microsecond

// task is something to be done at an instant. It runs on a dispatcher, must not
// block, and pushes itself again if it has a next instant.
type task interface{ deliver() }

// alarm wakes one dispatcher. There are up to two of them, for they fail in
// different ways: the kernel's is exact while the process sleeps, but a busy
// process polls the kernel seldom; the runtime's is rounded up to 1 ms in a
// sleeping process, but looked at in every scheduling round of a busy one.
type alarm interface {
	set(in time.Duration) // replaces what was set before; 0 or less is at once
	wait() bool           // until it rings; false when it was stopped
	stop()
}

// scheduler runs tasks at their instants, for all connections of a network.
//
// A heap holds the tasks; each alarm has a dispatcher, and whichever wakes runs
// all that is due. A task leaves the heap before it runs, so it runs on one
// dispatcher at a time.
type scheduler struct {
	epoch    time.Time
	alarms   []alarm
	done     chan struct{}
	dispatch sync.WaitGroup

	mu     sync.Mutex
	tasks  taskHeap
	awake  int // dispatchers that are running tasks and will look at the heap again
	armed  instant
	closed bool
}

// never is the armed instant of alarms that are not set.
const never = instant(1<<63 - 1)

func startScheduler(coarse bool) (*scheduler, error) {
	s := &scheduler{epoch: time.Now(), done: make(chan struct{}), armed: never}
	slack := time.Duration(0)
	if !coarse {
		precise, err := newPreciseAlarm()
		if err != nil {
			return nil, err
		}
		if precise != nil {
			s.alarms = append(s.alarms, precise)
			slack = backupSlack
		}
	}
	s.alarms = append(s.alarms, newRuntimeAlarm(slack, s.done))
	for _, a := range s.alarms {
		s.dispatch.Go(func() { s.run(a) })
	}
	return s, nil
}

func (s *scheduler) now() instant { return time.Since(s.epoch) }

// push enters a task. It may be called with the lock of a lane held.
func (s *scheduler) push(due instant, t task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.tasks.push(timed{due: due, task: t})
	if s.awake == 0 && due < s.armed {
		s.arm(due)
	}
}

// arm sets the alarms for an instant. The caller holds mu, which also keeps a
// stopped alarm from being set.
func (s *scheduler) arm(due instant) {
	s.armed = due
	in := due - s.now()
	for _, a := range s.alarms {
		a.set(in)
	}
}

func (s *scheduler) run(a alarm) {
	for a.wait() {
		s.runDue()
	}
}

// runDue runs every task that is due, earliest first, and sets the alarms for
// the first that is not.
func (s *scheduler) runDue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awake++
	for !s.closed && len(s.tasks) > 0 && s.tasks[0].due <= s.now() {
		t := s.tasks.pop()
		s.mu.Unlock()
		t.task.deliver()
		s.mu.Lock()
	}
	s.awake--
	if s.closed || s.awake > 0 {
		return // the other one is still looking
	}
	if len(s.tasks) == 0 {
		s.armed = never
	} else if due := s.tasks[0].due; due != s.armed {
		s.arm(due)
	}
}

// sleep takes d, unless ctx or the scheduler ends before.
func (s *scheduler) sleep(ctx context.Context, d time.Duration) error {
	w := sleeper(make(chan struct{}))
	s.push(s.now()+d, w)
	select {
	case <-w:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.done:
		return net.ErrClosed
	}
}

type sleeper chan struct{}

func (w sleeper) deliver() { close(w) }

// stop ends the dispatchers and waits for them. Tasks not yet run are dropped.
func (s *scheduler) stop() {
	s.mu.Lock()
	s.closed = true
	s.tasks = nil
	for _, a := range s.alarms {
		a.stop()
	}
	close(s.done)
	s.mu.Unlock()
	s.dispatch.Wait()
}
