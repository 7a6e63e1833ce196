package loadgen

import (
	"bytes"
	"encoding/json"
	"errors"
)

// frame is what a chat room sends: a message, a history, or a notice.
type frame struct {
	kind, id, text []byte
	version        int64 // of a document's edit
}

// ParseMessage reads the id and the text of a chat message from a room's frame;
// ok is false for any other frame. Both are valid as long as the frame is.
func ParseMessage(data []byte) (id, text []byte, ok bool) {
	f, err := parseFrame(data)
	return f.id, f.text, err == nil && string(f.kind) == "message"
}

// ParseHistory reads the texts that a room gives to who joins, oldest first; ok is
// false for any other frame.
func ParseHistory(data []byte) (given []Text, ok bool) {
	if !bytes.HasPrefix(data, historyMark) { // it would be read for nothing
		if f, err := parseFrame(data); err != nil || string(f.kind) != "history" {
			return nil, false
		}
	}
	var frame struct {
		Messages []Text `json:"messages"`
	}
	err := json.Unmarshal(data, &frame)
	var strange *json.UnmarshalTypeError // a member may say anything, and then it is none of ours
	return frame.Messages, err == nil || errors.As(err, &strange)
}

// historyMark is how our own rooms begin such a frame.
var historyMark = []byte(`{"type":"history"`)

// parseFrame reads the parts of a frame that matter here. They are valid until
// the buffer is used again.
func parseFrame(buffer []byte) (frame, error) {
	var f frame
	s := scanner{text: buffer}
	err := s.object(func(name []byte) (err error) {
		switch string(name) {
		case "type":
			f.kind, err = s.bytes()
		case "message":
			err = s.object(func(name []byte) error { return f.message(&s, name) })
		default:
			err = s.skip(0)
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	return f, err
}

func (f *frame) message(s *scanner, name []byte) (err error) {
	switch string(name) {
	case "id":
		f.id, err = s.bytes()
	case "text":
		f.text, err = s.bytes()
	default:
		err = s.skip(0)
	}
	return err
}
