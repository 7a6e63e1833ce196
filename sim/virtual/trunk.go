package virtual

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// trunk is the connection over which a home's objects call those of another, or of
// their own, and hear the answers. What enters it first, leaves it first.
type trunk struct {
	path *path
	to   *home // nil: the directory
	near bool  // it does not leave its home
	due  [2]time.Duration
	// floor is before what nothing may leave: what a healed cut had held back.
	floor [2]time.Duration
}

// trunkOf gives the trunk between two places, with the faults that they suffer.
func (w *world) trunkOf(from, to regions.ID, purpose string) *trunk {
	key := purpose + string(from) + "-" + string(to)
	t := w.made[key]
	if t == nil {
		t = &trunk{path: newPath(w, from, to, purpose), near: from == to && purpose == calling}
		if purpose == calling {
			t.to = w.homes[to]
		}
		w.made[key] = t
		w.order = append(w.order, placedPath{t.path, from, to})
		for _, s := range w.striking {
			s.onPath(w, from, t.path, to)
		}
	}
	return t
}

// What trunks are for.
const (
	calling = "calls"
	finding = "finding"
)

// trunks are a world's, made when they are first used, and the faults that strike now.
type trunks struct {
	made     map[string]*trunk
	order    []placedPath // in which they were made
	striking []*strike    // on ways
}

// placedPath is a path and what it joins.
type placedPath struct {
	*path
	from, to regions.ID
}

// delay is when what enters the trunk now leaves it.
func (t *trunk) delay(w *world, direction way, extra time.Duration) time.Duration {
	takes := extra
	if !t.near {
		takes += t.path.delay(direction)
	}
	t.due[direction] = max(t.due[direction], w.now+takes)
	return t.due[direction] - w.now
}

// visit is one object's call of another, there and back.
type visit struct {
	call     *actor.Call
	from     *shard // that waits for the answer
	trunk    *trunk
	request  request // of the turn that serves it
	back     bool
	moved    bool // the object was not there: the caller's home asks again where it lives
	finding  bool // on its way to the directory, or back
	response *object.Response
	cause    *object.CallError
}

// send lets an object's call leave.
func (s *shard) send(call *actor.Call) {
	v := &visit{call: call, from: s}
	h := s.node.home
	if at, known := h.known[call.To.ID]; known {
		v.depart(s.w, at)
		return
	}
	waiting, asked := h.finding[call.To.ID]
	h.finding[call.To.ID] = append(waiting, v)
	if !asked {
		v.trunk, v.finding = s.w.trunkOf(h.id, s.w.Directory, finding), true
		s.w.after(v.trunk.delay(s.w, out, 0), v)
	}
}

// depart puts the call on the way to the object's home. There, the node that owns it
// is the one that has taken its slots last.
func (v *visit) depart(w *world, at *home) {
	v.finding, v.back = false, false
	v.trunk = w.trunkOf(v.from.node.home.id, at.id, calling)
	v.request = request{stage: landed, kind: actor.Fetch, identity: &v.call.To, visit: v}
	w.after(v.trunk.delay(w, out, w.Profile.Forward.draw(v.from.random)), v)
}

func (v *visit) fire(w *world) {
	direction := out
	if v.back {
		direction = in
	}
	if w.now < v.trunk.floor[direction] {
		w.queue.push(v.trunk.floor[direction], v)
		return
	}
	switch {
	case v.trunk.path.stops(direction, v):
	case v.finding && !v.back:
		v.locate(w)
	case v.finding:
		v.located(w)
	case v.back:
		v.arrive()
	default:
		v.land(w)
	}
}

func (v *visit) again(w *world, takes time.Duration) {
	direction := out
	if v.back {
		direction = in
	}
	v.trunk.floor[direction] = max(v.trunk.floor[direction], w.now+takes)
	v.trunk.due[direction] = max(v.trunk.due[direction], v.trunk.floor[direction])
	w.queue.push(v.trunk.floor[direction], v)
}

// locate is the instant at which the directory answers where the object lives.
func (v *visit) locate(w *world) {
	if w.down > 0 {
		w.after(lookAgain, v)
		return
	}
	v.back = true
	w.after(v.trunk.delay(w, in, w.Profile.Load.draw(v.from.random)), v)
}

// located tells all calls that waited. The home that was hinted, or else the
// strategy's, is where an object that lived nowhere lives from now on.
func (v *visit) located(w *world) {
	from, to := v.from.node.home, v.call.To
	want := w.Place.Place(placement.Ask{Object: to.ID.String(), At: w.clock(), Edge: from.id, Homes: w.Homes})
	if v.call.Hint != "" {
		if hint, err := w.Map.Hint(string(v.call.Hint)); err == nil {
			want = w.Map.Choose(hint, w.Homes)
		}
	}
	homes, err := memory.NewDirectory(w.server).Place(context.Background(), []store.Placement{{
		Object: to.ID, Class: to.Class, Name: to.Name, Want: want,
	}})
	if err != nil {
		panic("virtual: directory in memory: " + err.Error())
	}
	at := w.homes[homes[0]]
	from.known[to.ID] = at
	waiting := from.finding[to.ID]
	delete(from.finding, to.ID)
	for _, each := range waiting {
		each.depart(w, at)
	}
}

// land gives the call to the node that serves its object's home.
func (v *visit) land(w *world) {
	n := v.trunk.to.door()
	if !n.takesConnections() {
		v.answer(w, nil, &object.CallError{Object: v.call.To.ID, Retryable: true, Message: errUnreachable.Error()})
		return
	}
	v.request.node = n
	v.request.land(w)
}

// served takes what became of the turn: its reply, or why there is none.
func (v *visit) served(w *world, reply *object.Response, failed, cause error) {
	switch {
	case errors.Is(cause, errGone): // nobody knows how far it had come
		v.answer(w, nil, &object.CallError{Object: v.call.To.ID, Retryable: true, Message: cause.Error()})
	case cause != nil:
		v.answer(w, nil, actor.CallFailure(v.call.To.ID, cause))
	case failed != nil:
		v.answer(w, nil, &object.CallError{Object: v.call.To.ID, Remote: true, Message: fmt.Sprint(failed)})
	default:
		v.answer(w, reply, nil)
	}
}

func (v *visit) answer(w *world, response *object.Response, cause *object.CallError) {
	v.back, v.response, v.cause = true, response, cause
	w.after(v.trunk.delay(w, in, 0), v)
}

// arrive tells the caller, if its node lives.
func (v *visit) arrive() {
	if !v.from.node.deaf(v) {
		if v.moved {
			delete(v.from.node.home.known, v.call.To.ID)
		}
		v.from.put(v.call.Answered(v.response, v.cause))
	}
}
