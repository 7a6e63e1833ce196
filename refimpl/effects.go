package refimpl

import (
	"errors"
	"strings"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/frame"
	"github.com/durabench/durabench/refimpl/object"
)

// yield tells the core what a turn did.
func (s *shard) yield(r *resident, y *actor.Yielded) {
	s.runners.Return(y)
	r.running = false
	if r.dropped {
		r.instance.Drop(&s.runners)
		return
	}
	if r.kind == actor.Construct {
		r.loadedAt = s.now
	}
	if t := r.turn; t != nil {
		r.turn, t.ended = nil, s.now
		if t.work.Kind == actor.Message && !t.said {
			// What it says before its first wait is posted before the node looks at what came next.
			t.said = true
			s.spoken.heard = append(s.spoken.heard, t.wire)
		}
		if y.Pause.Wait == actor.Over {
			s.forgetTurn(r, t)
		}
	}
	r.answer()
	if y.Failed != nil {
		s.log.Warn("handler failed", "object", y.Object.String(), "cause", y.Failed)
	}
	if y.Reset != nil {
		s.log.Error("object reset", "object", y.Object.String(), "cause", y.Reset)
	}
	s.step(y)
}

// forgetTurn ends a turn for whose reply nobody waits.
func (s *shard) forgetTurn(r *resident, t *turn) {
	if t.work.Kind != actor.Fetch {
		delete(s.turns, t.work.Turn)
	}
	switch t.work.Kind {
	case actor.Closed:
		if t.wire.finished(t.work.Answered()) {
			delete(r.wires, t.work.Socket.ID)
		} // else its last word is held behind the output gate
	case actor.Message:
		t.wire.handled()
		if s.visited != nil && t.wire.edge != "" {
			s.visited(Visit{Object: t.wire.of, Edge: t.wire.edge})
		}
	}
}

// release lets an object's words out, in their order.
func (s *shard) release(e actor.Release) {
	r := s.live[e.Object]
	for i := range e.Outputs {
		o := &e.Outputs[i]
		switch {
		case o.Reply != nil:
			s.reply(r, o)
			continue
		case o.Call != nil:
			s.outbound.send(&outgoing{o.Call, s.mail})
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

func (s *shard) reply(r *resident, o *actor.Output) {
	t, ok := s.turns[o.Turn]
	if !ok {
		return
	}
	delete(s.turns, o.Turn)
	if o.Accept != 0 && r != nil {
		r.joined(t.wire)
	}
	t.epoch = s.core.Epoch(t.identity.ID)
	t.reply, t.released, t.failed = o.Reply, s.now, o.Failed
	if r != nil { // else the object was reset meanwhile
		r.meter.reply(t)
	} else {
		s.meterOf(t.identity.Class).reply(t)
	}
	t.finish(s.now, o.Reply, nil)
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
		code := frame.TryAgainLater
		if errors.Is(e.Cause, actor.ErrNotOwner) { // its object is leaving, or gone
			code = frame.ServiceRestart
		}
		t.wire.close(code, reasonOf(e.Cause))
		t.wire.handled()
		if !t.said {
			t.wire.began()
		}
	}
	s.meterOf(t.identity.Class).requests[outcomeOf(e.Cause)].add(1)
	t.finish(s.now, nil, e.Cause)
}

// firstLine is what may leave the node of an error: no stack trace, no causes joined to it.
func firstLine(cause error) string {
	line, _, _ := strings.Cut(cause.Error(), "\n")
	return line
}

// reasonOf fits an error into a Close frame: its first line, at most 123 bytes
// (RFC 6455, section 5.5).
func reasonOf(cause error) string {
	reason := firstLine(cause)
	return strings.ToValidUTF8(reason[:min(len(reason), object.MaxReasonBytes)], "")
}

// evict drops the instance. With open sockets the object hibernates: they stay.
func (s *shard) evict(id object.ID) {
	r := s.live[id]
	s.drop(r)
	r.instance = nil
	if len(r.wires) == 0 && r.sockets.Len() == 0 {
		delete(s.live, id)
	}
	s.count()
}

// drop unwinds what is suspended of an instance, at once or, if a slow turn runs,
// when that comes back.
func (s *shard) drop(r *resident) {
	if r.running {
		r.dropped = true
	} else if r.instance != nil {
		r.instance.Drop(&s.runners)
	}
}

// discard unwinds what a slow turn left when its shard had ended.
func (l ranLetter) discard() {
	var runners actor.Runners
	runners.Return(&l.yielded)
	l.of.instance.Drop(&runners)
	runners.Close()
}

// close unwinds everything, when the shard has ended.
func (s *shard) close() {
	for _, letter := range append(s.batch, s.mail.close()...) {
		if ran, ok := letter.(ranLetter); ok {
			ran.discard()
		}
	}
	for _, r := range s.live {
		s.drop(r)
	}
	s.runners.Close()
}

// cut drops the instance and its sockets. The set of sockets is left alone: a
// turn may still be running with it.
func (s *shard) cut(id object.ID, cause error) {
	r, ok := s.live[id]
	if !ok {
		return
	}
	lost := s.core.Epoch(id) == 0
	for _, w := range r.wires {
		if lost {
			w.dismiss(frame.ServiceRestart, "the object moved")
		} else {
			w.reset()
		}
	}
	s.drop(r)
	delete(s.live, id)
	s.count()
	s.log.Warn("object dropped", "object", id.String(), "cause", cause)
}
