package refimpl

import (
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/frame"
	"github.com/durabench/durabench/refimpl/object"
)

// yield tells the core what a turn did.
func (s *shard) yield(now time.Time, y actor.Yielded) {
	if r := s.live[y.Object]; r != nil && r.turn != nil {
		t := r.turn
		r.turn = nil
		t.ended = now
		if t.work.Kind != actor.Fetch { // nobody waits for its reply
			delete(s.turns, t.work.Turn)
		}
		switch t.work.Kind {
		case actor.Closed:
			if t.wire.finished(t.work.Answered()) {
				delete(r.wires, t.work.Socket.ID)
			} // else its last word is held behind the output gate
		case actor.Message:
			t.wire.handled()
		}
		r.answer()
	}
	if y.Failed != nil {
		s.log.Warn("handler failed", "object", y.Object.String(), "cause", y.Failed)
	}
	if y.Reset != nil {
		s.log.Error("object reset", "object", y.Object.String(), "cause", y.Reset)
	}
	s.step(now, y)
}

// release lets an object's words out, in their order.
func (s *shard) release(e actor.Release) {
	now := s.clock()
	r := s.live[e.Object]
	for i := range e.Outputs {
		o := &e.Outputs[i]
		if o.Reply != nil {
			s.reply(now, r, o)
			continue
		}
		if r == nil {
			continue // the object was reset, and its sockets with it
		}
		w, open := r.wires[o.Socket]
		switch {
		case !open:
		case o.Close != nil:
			s.spoken.close(w, o.Close)
			if w.finished(true) {
				delete(r.wires, o.Socket)
			}
		default:
			s.spoken.send(w, o.Message)
		}
	}
}

func (s *shard) reply(now time.Time, r *resident, o *actor.Output) {
	t, ok := s.turns[o.Turn]
	if !ok {
		return
	}
	delete(s.turns, o.Turn)
	if o.Accept != 0 && r != nil {
		r.joined(t.wire)
	}
	t.epoch = s.core.Epoch(t.identity.ID)
	t.reply, t.released = o.Reply, now
	if r != nil { // else the object was reset meanwhile
		r.meter.reply(t)
	} else {
		s.meterOf(t.identity.Class).reply(t)
	}
	t.finish(now, o.Reply, nil)
}

func (s *shard) refuse(e actor.Refuse) {
	t, ok := s.turns[e.Turn]
	if !ok {
		return
	}
	delete(s.turns, e.Turn)
	switch t.work.Kind {
	case actor.Closed:
		t.wire.close(t.work.Closing.Code, "")
	case actor.Message:
		// A message that will not be handled must not vanish unnoticed.
		t.wire.close(frame.TryAgainLater, reasonOf(e.Cause))
		t.wire.handled()
	}
	s.meterOf(t.identity.Class).requests[outcomeOf(e.Cause)].add(1)
	t.finish(s.clock(), nil, e.Cause)
}

// reasonOf fits an error into a Close frame: its first line, at most 123 bytes
// (RFC 6455, section 5.5).
func reasonOf(cause error) string {
	reason, _, _ := strings.Cut(cause.Error(), "\n")
	return strings.ToValidUTF8(reason[:min(len(reason), object.MaxReasonBytes)], "")
}

// evict drops the instance. With open sockets the object hibernates: they stay.
func (s *shard) evict(id object.ID) {
	r := s.live[id]
	r.instance = nil
	if len(r.wires) == 0 && r.sockets.Len() == 0 {
		delete(s.live, id)
	}
	s.count()
}

// cut drops the instance and its sockets. The set of sockets is left alone: a
// turn may still be running with it.
func (s *shard) cut(id object.ID, cause error) {
	r, ok := s.live[id]
	if !ok {
		return
	}
	for _, w := range r.wires {
		w.reset()
	}
	delete(s.live, id)
	s.count()
	s.log.Warn("object dropped", "object", id.String(), "cause", cause)
}
