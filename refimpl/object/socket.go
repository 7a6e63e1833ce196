package object

import "errors"

// ErrNoUpgrade is returned by Sockets.Accept in a turn whose request did not ask
// for a WebSocket, or whose socket was accepted already.
var ErrNoUpgrade = errors.New("no WebSocket to accept in this turn")

// ErrAttachmentTooLarge is returned by Socket.SetAttachment over MaxAttachmentBytes.
var ErrAttachmentTooLarge = errors.New("attachment too large")

// MaxAttachmentBytes bounds what a socket carries for its object.
const MaxAttachmentBytes = 16_384

// Message is one WebSocket message. Data is shared, not copied.
type Message struct {
	Binary bool
	Data   []byte
}

// Text makes a text message.
func Text(data []byte) Message { return Message{Data: data} }

// Closing tells how a socket ended. Clean is false for a connection that was
// lost without a Close frame (Code 1006).
type Closing struct {
	Code   int
	Reason string
	Clean  bool
}

// Sockets are the object's WebSockets. They belong to the node, not to the
// instance: they outlive its eviction with their tags and attachments.
type Sockets interface {
	// Accept takes the WebSocket of the request being handled.
	Accept(tags ...string) (Socket, error)
	// All gives the sockets with the tag (all of them for ""), oldest first.
	All(tag string) []Socket
}

// Socket is one WebSocket. What is sent leaves the runtime only when everything
// written before it is durable.
type Socket interface {
	Send(Message)
	Close(code int, reason string)
	Attachment() []byte
	SetAttachment([]byte) error
	Tags() []string
}
