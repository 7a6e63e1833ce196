package classes

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/durabench/durabench/refimpl/object"
)

// member is what a socket carries of its member; it outlives the instance.
type member struct {
	User string `json:"userId"`
	// Position of the cursor in the text at Version, if the member has one.
	Position *int  `json:"position,omitempty"`
	Version  int64 `json:"version,omitempty"`
}

func keep(with object.Socket, m member) error {
	data, err := encode(m)
	if err != nil {
		return err
	}
	if err := with.SetAttachment(data); err != nil {
		return fmt.Errorf("keep a member: %w", err)
	}
	return nil
}

// memberOf reads what keep wrote.
func memberOf(socket object.Socket) member {
	var m member
	_ = json.Unmarshal(socket.Attachment(), &m) // what is not ours is nobody
	return m
}

// point moves a member's cursor, given at a base, and tells all. One that the
// text does not have is left out.
func (d *document) point(sockets object.Sockets, of object.Socket, base int64, position int) error {
	at, known := d.cursor(base, position)
	if !known || position < 0 {
		return nil
	}
	at = min(at, utf8.RuneCountInString(d.text))
	m := memberOf(of)
	m.Position, m.Version = &at, d.version
	if err := keep(of, m); err != nil {
		return err
	}
	return tellAll(sockets, struct {
		Type string `json:"type"`
		member
	}{"cursor", m})
}

// cursor is where a position at a base is now.
func (d *document) cursor(base int64, position int) (int, bool) {
	since, known := d.after(base)
	for _, o := range since {
		position = o.Change.Cursor(position)
	}
	return position, known
}

// show gives a member the text and who is present.
func (d *document) show(sockets object.Sockets, to object.Socket) error {
	present := []member{}
	for _, socket := range sockets.All("") {
		m := memberOf(socket)
		present = append(present, d.moved(m))
	}
	return tell(to, struct {
		Type    string   `json:"type"`
		Version int64    `json:"version"`
		Text    string   `json:"text"`
		Present []member `json:"present"`
	}{"text", d.version, d.text, present})
}

// moved is a member with the cursor where it is now; one from before the log is gone.
func (d *document) moved(m member) member {
	if m.Position == nil {
		return m
	}
	at, known := d.cursor(m.Version, *m.Position)
	if !known {
		return member{User: m.User}
	}
	return member{m.User, &at, d.version}
}

// WebSocketClose tells the others that a member left.
func (d *document) WebSocketClose(s object.State, left object.Socket, closing object.Closing) error {
	left.Close(closing.Code, closing.Reason)
	return tellAll(s.Sockets(), presence{"left", memberOf(left).User})
}
