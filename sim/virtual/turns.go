package virtual

import (
	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// run runs a turn. Its time was charged while its letter was read, so it ends as
// it begins; a turn that had to wait for its object is charged as if it had not.
func (s *shard) run(e actor.Resume) {
	r := s.live[e.Object]
	work := &actor.Work{Kind: e.Kind, Alarm: e.Alarm}
	q := s.turns[e.Turn]
	if q != nil {
		work = &q.work
		q.ran(s.began, s.w.now, r.loadedAt)
	}
	yielded := r.instance.Run(s.clock(), e.Activation, work)
	if work.Kind != actor.Fetch && q != nil {
		delete(s.turns, e.Turn)
		if work.Kind == actor.Closed {
			delete(r.wires, work.Socket.ID)
		}
	}
	if yielded.Failed != nil {
		s.w.Log.Debug("handler failed", "object", e.Object.String(), "cause", yielded.Failed)
	}
	s.step(yielded)
}

// release lets an object's words out.
func (s *shard) release(e actor.Release) {
	r := s.live[e.Object]
	for i := range e.Outputs {
		o := &e.Outputs[i]
		switch {
		case o.Reply != nil:
			s.reply(r, o)
		case r == nil: // the object was reset, and its sockets with it
		default:
			s.say(r, o)
		}
	}
}

func (s *shard) say(r *resident, o *actor.Output) {
	m, open := r.wires[o.Socket]
	switch {
	case !open:
	case o.Close != nil:
		m.close(s.w)
	default:
		m.send(s.w, o.Message.Data)
	}
}

func (s *shard) reply(r *resident, o *actor.Output) {
	q, ok := s.turns[o.Turn]
	if !ok {
		return
	}
	delete(s.turns, o.Turn)
	if o.Accept != 0 && r != nil {
		if r.wires == nil {
			r.wires = make(map[actor.SocketID]*member)
		}
		r.wires[o.Accept] = q.member
	}
	q.epoch = s.core.Epoch(q.identity.ID)
	q.answered(s.w, o.Reply, nil)
}

func (s *shard) refuse(e actor.Refuse) {
	q, ok := s.turns[e.Turn]
	if !ok {
		return
	}
	delete(s.turns, e.Turn)
	switch q.work.Kind {
	case actor.Fetch:
		q.answered(s.w, nil, e.Cause)
	case actor.Message: // it must not vanish unnoticed
		q.member.close(s.w)
	}
}

func (s *shard) evict(id object.ID) {
	r := s.live[id]
	r.instance = nil
	if len(r.wires) == 0 && r.sockets.Len() == 0 {
		delete(s.live, id)
	}
}

// cut drops an object with its sockets.
func (s *shard) cut(id object.ID) {
	r, ok := s.live[id]
	if !ok {
		return
	}
	for _, m := range membersInOrder(r.wires) {
		m.cut(s.w)
	}
	delete(s.live, id)
}
