package primitive

import (
	"net/http"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Script is a Worker's code for one operation: it calls services one after the
// other, and then replies.
type Script interface {
	// Start runs it to its first step.
	Start(now time.Duration) Step
	// Resume runs it on: after a Call with what was answered, after a Pause with nothing.
	Resume(now time.Duration, result Result, cause error) Step
}

// Step is what a script wants next. Only the types of this package are steps.
type Step interface{ step() }

// Call: ask a service, and resume with the answer.
type Call struct{ Op Op }

// Pause: resume after a while.
type Pause struct{ For time.Duration }

// Done: the reply leaves for the client. It is the script's last step.
type Done struct {
	// Outcome is Failed when nothing was changed, and the client was told so.
	Outcome loadgen.Outcome
	Reply   loadgen.Reply
	// Listed are the texts that a poll of a chat room showed, oldest first.
	Listed []Message
	// Later are calls that the Worker makes after the reply (waitUntil). Nobody waits for their answers.
	Later []Op
	// Bookmark is what the client brings to its next operation. With several
	// operations under way at a time it keeps the highest.
	Bookmark Bookmark
	// Stale is the most that a read of this operation was behind; see Result.
	Stale time.Duration
	// Attempts is how often the script wrote, or tried to: more than one is a retry.
	Attempts int
}

func (Call) step()  {}
func (Pause) step() {}
func (Done) step()  {}

// worker is the one Script: straight-line code, cut where it waits.
type worker struct {
	*Program
	ask      loadgen.Ask
	now      time.Duration
	bookmark Bookmark
	stale    time.Duration
	attempts int
	next     func(Result, error) Step
}

func (w *worker) Start(now time.Duration) Step {
	w.now = now
	return w.way.run(w)
}

func (w *worker) Resume(now time.Duration, result Result, cause error) Step {
	w.now = now
	w.stale = max(w.stale, result.Stale)
	w.bookmark = max(w.bookmark, result.Bookmark)
	return w.next(result, cause)
}

// call asks a service and goes on with next.
func (w *worker) call(op Op, next func(Result, error) Step) Step {
	w.next = next
	return Call{op}
}

// pause waits and goes on with next.
func (w *worker) pause(d time.Duration, next func() Step) Step {
	w.next = func(Result, error) Step { return next() }
	return Pause{d}
}

// done replies.
func (w *worker) done(d Done) Step {
	if d.Outcome == "" {
		d.Outcome = loadgen.OK
	}
	d.Bookmark, d.Stale, d.Attempts = w.bookmark, w.stale, w.attempts
	return d
}

// fail replies that nothing was changed, and why.
func (w *worker) fail(cause error) Step {
	return w.done(Done{
		Outcome: loadgen.Failed,
		Reply:   loadgen.Reply{Status: http.StatusServiceUnavailable, Error: cause.Error()},
	})
}

// reads says whether the operation changes nothing.
func (w *worker) reads() bool { return w.ask.Operation.Kind == loadgen.Read }
