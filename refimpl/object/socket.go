package object

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

var (
	// ErrNoUpgrade is returned by Sockets.Accept in a turn whose request did not ask
	// for a WebSocket, or whose socket was accepted already.
	ErrNoUpgrade = errors.New("no WebSocket to accept in this turn")
	// ErrTooManySockets is returned by Sockets.Accept over MaxSockets.
	ErrTooManySockets = errors.New("too many WebSockets")
	// ErrBadTags is returned by Sockets.Accept over MaxTags and MaxTagBytes.
	ErrBadTags = errors.New("tags refused")
	// ErrAttachmentTooLarge is returned by Socket.SetAttachment over MaxAttachmentBytes.
	ErrAttachmentTooLarge = errors.New("attachment too large")
	// ErrAutoResponseTooLarge is returned by Sockets.SetAutoResponse over MaxAutoResponseBytes.
	ErrAutoResponseTooLarge = errors.New("auto-response too large")
	// ErrSocketClosed is returned by Socket.Send after the object's own Close.
	ErrSocketClosed = errors.New("the WebSocket was closed")
	// ErrBadClose is returned by Socket.Close for a code that must not be sent or a reason that does not fit.
	ErrBadClose = errors.New("close refused")
)

// The bounds of sockets.
const (
	MaxSockets           = 32_768 // of one object
	MaxTags              = 10     // of one socket, each counted once
	MaxTagBytes          = 256
	MaxAttachmentBytes   = 16_384 // what a socket carries for its object
	MaxAutoResponseBytes = 2_048  // of the request, and of the response
	MaxReasonBytes       = 123    // of a Close frame
)

// Message is one WebSocket message. Data is shared, not copied: neither side may
// change it after it was sent.
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
// instance: they outlive its eviction with their tags and attachments, and so
// does the auto-response.
type Sockets interface {
	// Accept takes the WebSocket of the request being handled. Tags are fixed from
	// then on; a tag given twice counts once.
	Accept(tags ...string) (Socket, error)
	// All gives the sockets with the tag (all of them for ""), oldest first. There may be
	// some among them that are closing already.
	All(tag string) []Socket

	// SetAutoResponse has the node answer each text message that equals request, on any of
	// the object's sockets, without waking the object and without waiting for its writes.
	SetAutoResponse(request, response string) error
	ClearAutoResponse()
	AutoResponse() (request, response string, set bool)
}

// Socket is one WebSocket. What is sent leaves the runtime only when everything
// written before it is durable.
type Socket interface {
	// Send says nothing of a peer that is gone: that the object hears as the close.
	Send(Message) error
	// Close has no effect the second time, nor after the peer's own Close, which the
	// node answered.
	Close(code int, reason string) error
	Attachment() []byte
	SetAttachment([]byte) error
	Tags() []string
	// AutoRespondedAt is when the node last answered by itself; zero if it never did.
	AutoRespondedAt() time.Time
}

// CheckTags gives tags without repetitions, unless there are too many or too long ones.
func CheckTags(tags []string) ([]string, error) {
	var distinct []string
	for _, tag := range tags {
		switch {
		case len(tag) > MaxTagBytes:
			return nil, fmt.Errorf("tag %.40q: %d bytes, at most %d: %w", tag, len(tag), MaxTagBytes, ErrBadTags)
		case !slices.Contains(distinct, tag):
			distinct = append(distinct, tag)
		}
	}
	if len(distinct) > MaxTags {
		return nil, fmt.Errorf("%d tags, at most %d: %w", len(distinct), MaxTags, ErrBadTags)
	}
	return distinct, nil
}

// CheckClose says whether an object may close a socket so: with a code from 1000
// to 4999 that is not one of those that only describe what happened (1004, 1005, 1006, 1015).
func CheckClose(code int, reason string) error {
	switch {
	case code < 1000 || code > 4999 || code == 1015 || code >= 1004 && code <= 1006:
		return fmt.Errorf("close with code %d: %w", code, ErrBadClose)
	case len(reason) > MaxReasonBytes:
		return fmt.Errorf("close with a reason of %d bytes, at most %d: %w", len(reason), MaxReasonBytes, ErrBadClose)
	case !utf8.ValidString(reason):
		return fmt.Errorf("close with a reason that is not UTF-8: %w", ErrBadClose)
	}
	return nil
}
