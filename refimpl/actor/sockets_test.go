package actor_test

import (
	"errors"
	"testing"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// joining is a turn that asks for a WebSocket.
func joining(id int) *actor.Work {
	return &actor.Work{Kind: actor.Fetch, Request: &object.Request{Upgrade: true}, Socket: &actor.Socket{ID: actor.SocketID(id)}}
}

// An object takes 32,768 sockets and not one more; it lives on, tells all that it has,
// and takes another when one has left.
func TestAnObjectHasALargestNumberOfSockets(t *testing.T) {
	var refused error
	sockets := &actor.SocketSet{}
	class := &scripted{fetch: func(s object.State) *object.Response {
		if _, refused = s.Sockets().Accept(); refused != nil {
			return &object.Response{Status: 409}
		}
		return &object.Response{Status: 101}
	}}
	r := scriptedRig(t, class, actor.Origin{Sockets: sockets})
	works := make([]*actor.Work, object.MaxSockets)
	for i := range works {
		works[i] = joining(i)
		r.run(works[i])
	}
	if refused != nil || sockets.Len() != 32_768 {
		t.Fatalf("%d sockets are open: %v", sockets.Len(), refused)
	}
	y := r.run(joining(object.MaxSockets))
	if !errors.Is(refused, object.ErrTooManySockets) || y.Failed != nil || y.Outputs[0].Reply.Status != 409 || y.Outputs[0].Accept != 0 {
		t.Errorf("one more: refused with %v, the turn failed with %v and said %+v", refused, y.Failed, y.Outputs)
	}
	class.fetch = func(s object.State) *object.Response {
		for _, socket := range s.Sockets().All("") {
			if err := socket.Send(object.Text(nil)); err != nil {
				t.Error(err)
			}
		}
		return &object.Response{}
	}
	if told := len(r.fetch().Outputs) - 1; told != object.MaxSockets {
		t.Errorf("%d were told of %d", told, object.MaxSockets)
	}
	r.run(&actor.Work{Kind: actor.Closed, Socket: works[7].Socket})
	class.fetch = func(s object.State) *object.Response {
		_, refused = s.Sockets().Accept()
		return &object.Response{Status: 101}
	}
	if r.run(joining(object.MaxSockets + 1)); refused != nil || sockets.Len() != object.MaxSockets {
		t.Errorf("after one has left %d are open: %v", sockets.Len(), refused)
	}
}
