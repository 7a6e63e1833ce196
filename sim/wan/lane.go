package wan

import (
	"net"
	"os"
	"sync"
	"time"
)

// chunk is what one system call brought: bytes under way, or an end behind them.
type chunk struct {
	data []byte
	sent instant
	due  instant
	end  ending
	err  error // of a broken inbound stream
	// told says that the lateness of the hand-over is already recorded.
	told bool
}

// ending says what a chunk without bytes stands for.
type ending uint8

const (
	goesOn    ending = iota // bytes
	halfClose               // outbound: the dialler will write no more
	fullClose               // outbound: the dialler is gone
	lastByte                // inbound: the listener will write no more
	broken                  // inbound: the connection is gone, see err
)

// lane is one direction of one connection: the chunks in flight, in order. While
// it is idle nothing is in flight; otherwise it is in the scheduler's heap, or
// being delivered, or parked on a cut link, and one of these at a time.
type lane struct {
	link *Link
	dir  Direction

	mu       sync.Mutex
	change   sync.Cond // anything a waiting goroutine looks at
	flight   fifo
	held     int           // bytes entered and not yet taken by the receiver
	last     instant       // due instant of the last chunk entered
	span     time.Duration // see lastSpan
	idle     bool
	closed   bool // by the application or the network: every call fails
	deadline time.Time
}

func (l *lane) init(link *Link, dir Direction) {
	l.link, l.dir, l.idle = link, dir, true
	l.change.L = &l.mu
}

func (l *lane) direction() Direction { return l.dir }

func (l *lane) clock() *scheduler { return l.link.network.clock }

func (l *lane) window() int { return l.link.network.options.Window }

// enter puts a chunk on its way, delay after it was sent but not before the
// chunk ahead of it. The caller holds mu, and passes the task that delivers.
func (l *lane) enter(c chunk, delay time.Duration, t task) {
	c.due = max(c.sent+delay, l.last)
	l.last = c.due
	l.held += len(c.data)
	l.flight.push(c)
	if l.idle {
		l.idle = false
		l.clock().push(c.due, t)
	}
}

// next takes the chunk that is due now. When none is, it sees to it that the
// lane is delivered again when one will be, and the caller lets go of the lane.
// The caller holds mu.
func (l *lane) next(t carrier) (chunk, bool) {
	if l.flight.empty() {
		l.idle = true
		return chunk{}, false
	}
	if due := l.flight.front().due; due > l.clock().now() {
		l.clock().push(due, t)
		return chunk{}, false
	}
	if l.link.park(t) {
		return chunk{}, false
	}
	c := l.flight.pop()
	if c.end == goesOn {
		l.span = c.due - c.sent
	}
	return c, true
}

// resend is what healing does to a lane: what is in flight arrives one way's
// delay from now at the earliest.
func (l *lane) resend(t task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	earliest := l.clock().now() + l.link.delay(l.dir)
	l.flight.postpone(earliest)
	l.last = max(l.last, earliest)
	l.clock().push(earliest, t)
}

// clear forgets what is in flight.
func (l *lane) clear() {
	l.flight.clear()
	l.held = 0
}

// carrier is a lane with its way to hand bytes over.
type carrier interface {
	task
	parkable
}

// refusal is why no call may go on, if there is a reason.
func (l *lane) refusal() error {
	switch {
	case l.closed:
		return net.ErrClosed
	case !l.deadline.IsZero() && !time.Now().Before(l.deadline):
		return os.ErrDeadlineExceeded
	default:
		return nil
	}
}

// setDeadline also wakes those who wait under the old one.
func (l *lane) setDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return net.ErrClosed
	}
	if !t.IsZero() {
		t = time.Now().Add(time.Until(t)) // on the monotonic clock, like the timer
	}
	l.deadline = t
	l.change.Broadcast()
	return nil
}

// wait parks the caller, which holds mu, until something changed or the deadline
// passed. The timer is made here and not by setDeadline, because most deadlines
// are set on calls that never have to wait.
func (l *lane) wait() {
	if l.deadline.IsZero() {
		l.change.Wait()
		return
	}
	t := time.AfterFunc(time.Until(l.deadline), func() {
		l.mu.Lock() // so that it cannot ring between our looking and our waiting
		defer l.mu.Unlock()
		l.change.Broadcast()
	})
	l.change.Wait()
	t.Stop()
}

// lastSpan is the delay that the last chunk handed over was given, due instant
// less sending: what the network meant to inject.
func (l *lane) lastSpan() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.span
}
