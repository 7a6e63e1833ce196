package refimpl

import (
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// turn is one request or socket event on its way through a shard. The asker owns
// it again once done has been signalled.
type turn struct {
	identity object.Identity
	work     actor.Work
	wire     *wire // the socket that the request asks for, if it does

	instants

	epoch  uint64 // of the slot, when the reply was released
	reply  *object.Response
	failed error // the handler's, beside the reply
	said   bool  // a message's handler came to its end, or to its first wait
	cause  error
	done   chan struct{} // one token; nil where nobody waits
	calls  *inbound      // of a call; else nil
}

// instants are when a turn got how far.
type instants struct{ arrived, loaded, began, ended, released time.Time }

// bytes is what the turn carries.
func (t *turn) bytes() int {
	n := len(t.work.Message.Data)
	if r := t.work.Request; r != nil {
		n += len(r.Body)
	}
	return n
}

// Timing is where an answer's time went on its node. The parts are adjacent:
// their sum is the time from arrival to release.
type Timing struct {
	Queue    time.Duration // until the turn, but for the loading
	Activate time.Duration // while the object was loaded; 0 if it was live
	Turn     time.Duration // the handler
	Commit   time.Duration // held behind the output gate
}

func (t *turn) timing() Timing {
	if t.began.IsZero() {
		return Timing{Queue: t.released.Sub(t.arrived)} // refused
	}
	timing := Timing{
		Queue:  t.began.Sub(t.arrived),
		Turn:   t.ended.Sub(t.began),
		Commit: t.released.Sub(t.ended),
	}
	if t.loaded.After(t.arrived) {
		timing.Activate = t.loaded.Sub(t.arrived)
		timing.Queue -= timing.Activate
	}
	return timing
}

// finish gives the turn back to whoever waits for it.
func (t *turn) finish(now time.Time, reply *object.Response, cause error) {
	t.released, t.reply, t.cause = now, reply, cause
	if t.calls != nil {
		t.calls.finish(t)
		return
	}
	if t.done != nil {
		t.done <- struct{}{}
	}
}
