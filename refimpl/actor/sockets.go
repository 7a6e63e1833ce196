package actor

import (
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// Responder is a driver's end of a socket, where it answers by itself. It may do so
// while a turn runs, and so the instant is its to keep.
type Responder interface {
	AutoRespondedAt() time.Time
}

// Socket is what a node keeps of one WebSocket for its object, and what the
// object's class sees of it.
type Socket struct {
	ID         SocketID
	Responder  Responder // nil where SocketSet.Answer is used
	answered   time.Time // by SocketSet.Answer
	tags       []string
	attachment []byte
	set        *SocketSet // once accepted
	closed     bool       // by the object
	over       bool       // by the peer; the object has heard of it
}

// Send is part of object.Socket.
func (s *Socket) Send(m object.Message) error {
	if s.closed {
		return fmt.Errorf("send %d bytes: %w", len(m.Data), object.ErrSocketClosed)
	}
	if !s.over {
		s.set.say(Output{Socket: s.ID, Message: m})
	}
	return nil
}

// Close is part of object.Socket.
func (s *Socket) Close(code int, reason string) error {
	if err := object.CheckClose(code, reason); err != nil {
		return err
	}
	if !s.closed && !s.over {
		s.closed = true
		s.set.say(Output{Socket: s.ID, Close: &object.Closing{Code: code, Reason: reason, Clean: true}})
	}
	return nil
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
func (s *Socket) Tags() []string { return slices.Clone(s.tags) }

// AutoRespondedAt is part of object.Socket.
func (s *Socket) AutoRespondedAt() time.Time {
	if s.Responder != nil {
		return s.Responder.AutoRespondedAt()
	}
	return s.answered
}

// AutoResponse is a text message that the node answers for the object. It is never changed.
type AutoResponse struct{ Request, Response string }

// SocketSet is an object's open sockets, oldest first, and its auto-response. It
// belongs to the driver and outlives the object's instances: that is
// hibernation. The zero value is an empty set.
type SocketSet struct {
	open []*Socket
	auto *AutoResponse
	turn *turnSockets // that runs
}

// Len is how many sockets are open.
func (s *SocketSet) Len() int { return len(s.open) }

// AutoResponse is the pair that is set, or nil. It may have changed after each
// turn, and takes effect at once: it is not held behind the output gate.
func (s *SocketSet) AutoResponse() *AutoResponse { return s.auto }

// Answer gives what the node must answer to a message by itself, if it must. It is
// for drivers in which nothing runs beside a turn; others do as it does.
func (s *SocketSet) Answer(now time.Time, socket *Socket, m object.Message) (answer object.Message, ok bool) {
	if s.auto == nil || m.Binary || string(m.Data) != s.auto.Request {
		return object.Message{}, false
	}
	socket.answered = now
	return object.Text([]byte(s.auto.Response)), true
}

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
	distinct, err := object.CheckTags(tags)
	if err != nil {
		return nil, fmt.Errorf("accept WebSocket: %w", err)
	}
	if len(t.set.open) >= object.MaxSockets {
		return nil, fmt.Errorf("accept WebSocket: %d are open: %w", len(t.set.open), object.ErrTooManySockets)
	}
	t.accepted, t.candidate = t.candidate, nil
	t.accepted.tags, t.accepted.set = distinct, t.set
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

func (t *turnSockets) SetAutoResponse(request, response string) error {
	for _, text := range []string{request, response} {
		if len(text) > object.MaxAutoResponseBytes {
			return fmt.Errorf("set auto-response of %d bytes, at most %d: %w", len(text), object.MaxAutoResponseBytes, object.ErrAutoResponseTooLarge)
		}
	}
	t.set.auto = &AutoResponse{Request: request, Response: response}
	return nil
}

func (t *turnSockets) ClearAutoResponse() { t.set.auto = nil }

func (t *turnSockets) AutoResponse() (request, response string, set bool) {
	if t.set.auto == nil {
		return "", "", false
	}
	return t.set.auto.Request, t.set.auto.Response, true
}

// Answered says whether the peer of a Closed socket still waits for a Close frame.
func (w *Work) Answered() bool { return w.Closing.Clean || w.Fault != nil }

// ended tells the class that a socket has ended: with an error if the peer broke
// the protocol, else with a close. First the peer is answered, behind all that the
// object said before. The socket leaves the set after its event, even if the
// event fails.
func (i *Instance) ended(s object.State, work *Work) error {
	socket := work.Socket
	defer i.sockets.set.Remove(socket)
	if work.Answered() && !socket.closed {
		i.sockets.set.say(Output{Socket: socket.ID, Close: &object.Closing{Code: work.Closing.Code, Clean: true}})
	}
	socket.over = true
	if work.Fault != nil {
		if h, ok := i.object.(object.ErrorHandler); ok {
			return h.WebSocketError(s, socket, work.Fault)
		}
		return nil
	}
	if h, ok := i.object.(object.CloseHandler); ok {
		return h.WebSocketClose(s, socket, work.Closing)
	}
	return nil
}
