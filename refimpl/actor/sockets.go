package actor

import (
	"fmt"
	"slices"

	"github.com/durabench/durabench/refimpl/object"
)

// Socket is what a node keeps of one WebSocket for its object, and what the
// object's class sees of it.
type Socket struct {
	ID         SocketID
	tags       []string
	attachment []byte
	set        *SocketSet // once accepted
}

// Send is part of object.Socket.
func (s *Socket) Send(m object.Message) { s.set.say(Output{Socket: s.ID, Message: m}) }

// Close is part of object.Socket.
func (s *Socket) Close(code int, reason string) {
	s.set.say(Output{Socket: s.ID, Close: &object.Closing{Code: code, Reason: reason, Clean: true}})
}

// Attachment is part of object.Socket.
func (s *Socket) Attachment() []byte { return s.attachment }

// SetAttachment is part of object.Socket.
func (s *Socket) SetAttachment(data []byte) error {
	if len(data) > object.MaxAttachmentBytes {
		return fmt.Errorf("attach %d bytes, at most %d: %w", len(data), object.MaxAttachmentBytes, object.ErrAttachmentTooLarge)
	}
	s.attachment = slices.Clone(data)
	return nil
}

// Tags is part of object.Socket.
func (s *Socket) Tags() []string { return s.tags }

// SocketSet is an object's open sockets, oldest first. It belongs to the
// driver and outlives the object's instances: that is hibernation. The zero
// value is an empty set.
type SocketSet struct {
	open []*Socket
	turn *turnSockets // that runs
}

// Len is how many sockets are open.
func (s *SocketSet) Len() int { return len(s.open) }

// Remove takes a socket out; it may have been taken out before.
func (s *SocketSet) Remove(socket *Socket) {
	if at := slices.Index(s.open, socket); at >= 0 {
		s.open = slices.Delete(s.open, at, at+1)
	}
}

func (s *SocketSet) say(o Output) {
	if s.turn == nil {
		panic(fmt.Sprintf("actor.Socket %d: used outside a turn", o.Socket))
	}
	s.turn.outputs = append(s.turn.outputs, o)
}

// turnSockets is what a turn does with its object's sockets. The first output of
// a fetch is kept free for its reply.
type turnSockets struct {
	set       *SocketSet
	candidate *Socket
	accepted  *Socket
	outputs   []Output
}

func (t *turnSockets) begin(work *Work) {
	t.candidate, t.accepted, t.outputs = nil, nil, nil
	t.set.turn = t
	if work.Kind == Fetch {
		t.outputs = make([]Output, 1)
		t.candidate = work.Socket
	}
}

// end lets go of the instance: the set outlives it.
func (t *turnSockets) end() { t.set.turn = nil }

func (t *turnSockets) Accept(tags ...string) (object.Socket, error) {
	if t.candidate == nil {
		return nil, fmt.Errorf("accept WebSocket: %w", object.ErrNoUpgrade)
	}
	t.accepted, t.candidate = t.candidate, nil
	t.accepted.tags, t.accepted.set = slices.Clone(tags), t.set
	t.set.open = append(t.set.open, t.accepted)
	return t.accepted, nil
}

func (t *turnSockets) All(tag string) []object.Socket {
	found := make([]object.Socket, 0, len(t.set.open))
	for _, s := range t.set.open {
		if tag == "" || slices.Contains(s.tags, tag) {
			found = append(found, s)
		}
	}
	t.outputs = slices.Grow(t.outputs, len(found)) // most likely it is a broadcast
	return found
}
