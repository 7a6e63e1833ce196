package virtual

import (
	"errors"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// run runs a turn. The time of one that a letter asked for was charged while the letter was read, so it ends as
// it begins; a turn that had to wait for its object is charged as if it had not.
// The time of one that nobody asked for now (an alarm, a task, one that goes on) is owed,
// and the shard is busy for it before it reads on.
func (s *shard) run(e actor.Resume) {
	r := s.live[e.Object]
	q := s.turns.get(e.Turn)
	if q != nil {
		q.ran(s.began, s.w.now, r.loadedAt)
	}
	work := s.workOf(q, &e)
	if e.Kind == actor.Alarm || e.Kind == actor.Task || e.Kind == actor.Continue {
		s.owed += s.w.Profile.Service.draw(s.random)
	}
	yielded := &s.latest.yielded
	*yielded = r.instance.Run(s.runners.Lend(e.Kind), s.clock(), e.Activation, work)
	s.runners.Return(yielded)
	if yielded.Pause.Wait != actor.Over || yielded.Tasks > 0 {
		s.errand = nil // the turn, or what it left behind, may look at it again
	}
	if e.Kind == actor.Construct {
		r.loadedAt = s.w.now
	}
	if q != nil && yielded.Pause.Wait == actor.Over && q.kind != actor.Fetch {
		s.turns.drop(e.Turn)
		switch q.kind {
		case actor.Closed:
			delete(r.wires, q.work.Socket.ID)
		case actor.Message:
			s.visited(*q.identity, q.edge.id)
		}
	}
	if yielded.Failed != nil {
		s.w.Log.Debug("handler failed", "object", e.Object.String(), "cause", yielded.Failed)
	}
	s.step(yielded)
}

// errand is what a turn is given to do with a request, in memory that is used again.
type errand struct {
	work    actor.Work
	request object.Request
}

// workOf is what a turn does.
func (s *shard) workOf(q *request, e *actor.Resume) *actor.Work {
	if q == nil || e.Kind == actor.Continue {
		return &actor.Work{Turn: e.Turn, Kind: e.Kind, Alarm: e.Alarm, Answer: e.Answer}
	}
	if q.work != nil {
		q.work.Turn = e.Turn
		return q.work
	}
	if s.errand == nil {
		s.errand = &errand{}
	}
	to := s.errand
	to.work = actor.Work{Turn: e.Turn, Kind: e.Kind, Request: &to.request}
	switch {
	case q.visit != nil:
		to.work.Request = q.visit.call.Request
	case q.member != nil:
		to.work.Socket = q.member.socket
		fallthrough
	default:
		to.request = object.Request{Method: q.method, Path: q.to.path, Query: q.to.query, Body: q.body, Upgrade: q.member != nil}
	}
	return &to.work
}

// release lets an object's words out.
func (s *shard) release(e actor.Release) {
	r := s.live[e.Object]
	for i := range e.Outputs {
		o := &e.Outputs[i]
		switch {
		case o.Reply != nil:
			s.reply(r, o)
		case o.Call != nil:
			s.send(o.Call)
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
	q := s.turns.get(o.Turn)
	if q == nil {
		return
	}
	s.turns.drop(o.Turn)
	if o.Accept != 0 && r != nil {
		if r.wires == nil {
			r.wires = make(map[actor.SocketID]*member)
		}
		r.wires[o.Accept] = q.member
	}
	if q.visit != nil {
		q.visit.served(s.w, o.Reply, o.Failed, nil)
		return
	}
	if o.Accept == 0 { // a move has all sockets open others, and must not call for the next move by that
		s.visited(*q.identity, q.edge.id)
	}
	q.epoch = s.core.Epoch(q.identity.ID)
	q.answered(s.w, o.Reply, nil)
}

func (s *shard) refuse(e actor.Refuse) {
	q := s.turns.get(e.Turn)
	if q == nil {
		return
	}
	s.turns.drop(e.Turn)
	switch q.kind {
	case actor.Fetch:
		if errors.Is(e.Cause, actor.ErrMoved) && !errors.Is(e.Cause, actor.ErrUnknownOutcome) {
			s.follow(q)
			return
		}
		q.answered(s.w, nil, e.Cause)
	case actor.Message: // it must not vanish unnoticed
		q.member.close(s.w)
	}
}

func (s *shard) evict(id object.ID) {
	r := s.live[id]
	r.instance.Drop(&s.runners)
	r.instance = nil
	if len(r.wires) == 0 && r.sockets.Len() == 0 {
		delete(s.live, id)
	}
}

// dismissAll closes the sockets of all that hibernates here, as the slots are lost:
// the core, which drops the other objects, does not know of these.
func (s *shard) dismissAll() {
	for _, id := range sortedIDs(s.live) {
		r := s.live[id]
		if r.instance != nil {
			continue // its turn to be dropped comes
		}
		for _, m := range membersInOrder(r.wires) {
			m.restart = true
		}
		s.cut(id)
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
	if r.instance != nil {
		r.instance.Drop(&s.runners)
	}
	delete(s.live, id)
}

// close unwinds what is suspended, when the shard is of no more use.
func (s *shard) close() {
	for _, r := range s.live {
		if r.instance != nil {
			r.instance.Drop(&s.runners)
		}
	}
	s.runners.Close()
}
