package classes

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"

	"github.com/durabench/durabench/refimpl/object"
)

// historyLength is how many messages a room remembers.
const historyLength = 100

// Chat is a room: members join with a WebSocket at /ws?userId=U, each message
// goes to all of them in one order, and /messages gives the last hundred.
//
// A message is stored under a key of its own, one of a hundred that are used in
// turn: storing the whole history as one value would write a hundred messages for each that is sent.
func Chat() object.Class {
	return object.Class{
		Name: "chat",
		New: func(s object.State) (object.Object, error) {
			r := &room{}
			return r, r.restore(s.Storage())
		},
	}
}

type room struct {
	next    uint64            // number of the next message
	history []json.RawMessage // encoded messages, oldest first
}

// stored is a message in storage. The number tells the order; the key does not.
type stored struct {
	Number  uint64          `json:"n"`
	Message json.RawMessage `json:"message"`
}

type message struct {
	ID        string          `json:"id"`
	UserID    string          `json:"userId"`
	Text      json.RawMessage `json:"text,omitempty"` // whatever the client gave
	Timestamp int64           `json:"timestamp"`      // Unix milliseconds
}

func (r *room) restore(storage object.Storage) error {
	entries, err := storage.List(object.Range{Prefix: "message:"})
	if err != nil {
		return err
	}
	all := make([]stored, len(entries))
	for i, e := range entries {
		if err := object.DecodeJSON(e.Value, &all[i]); err != nil {
			return fmt.Errorf("restore %s: %w", e.Key, err)
		}
	}
	slices.SortFunc(all, func(a, b stored) int { return cmp.Compare(a.Number, b.Number) })
	for _, s := range all {
		r.history = append(r.history, s.Message)
		r.next = s.Number + 1
	}
	return nil
}

func (r *room) Fetch(s object.State, request *object.Request) (*object.Response, error) {
	switch {
	case request.Path == "/ws":
		return r.join(s, request)
	case request.Path == "/messages" && request.Method == http.MethodGet:
		body := append([]byte(`{"messages":`), r.encodeHistory()...)
		return &object.Response{Status: http.StatusOK, ContentType: object.JSONType, Body: append(body, '}')}, nil
	}
	return object.NotFound(), nil
}

func (r *room) join(s object.State, request *object.Request) (*object.Response, error) {
	if !request.Upgrade {
		return &object.Response{Status: http.StatusUpgradeRequired, Body: []byte("Expected WebSocket upgrade")}, nil
	}
	user, ok := request.Param("userId")
	if !ok {
		user = "anon-" + strconv.FormatInt(s.Now().UnixMilli(), 10)
	}
	socket, err := s.Sockets().Accept()
	if err != nil {
		return nil, err
	}
	if err := socket.SetAttachment([]byte(user)); err != nil {
		return nil, err
	}
	if len(r.history) > 0 {
		frame := append([]byte(`{"type":"history","messages":`), r.encodeHistory()...)
		socket.Send(object.Text(append(frame, '}')))
	}
	return &object.Response{Status: http.StatusSwitchingProtocols}, nil
}

func (r *room) encodeHistory() []byte {
	list := []byte{'['}
	for i, m := range r.history {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, m...)
	}
	return append(list, ']')
}

// WebSocketMessage takes a message from a member and gives it to all.
func (r *room) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	if m.Binary || !json.Valid(m.Data) {
		from.Send(object.Text([]byte(`{"type":"error","error":"Invalid JSON"}`)))
		return nil
	}
	var asked struct {
		Type string          `json:"type"`
		Text json.RawMessage `json:"text"`
	}
	if json.Unmarshal(m.Data, &asked) != nil || asked.Type != "chat" {
		return nil // JSON, but nothing that a room knows
	}
	encoded, err := encode(message{
		ID:        newUUID(s.Random()),
		UserID:    string(from.Attachment()),
		Text:      asked.Text,
		Timestamp: s.Now().UnixMilli(),
	})
	if err != nil {
		return err
	}
	if err := r.keep(s.Storage(), encoded); err != nil {
		return err
	}
	broadcast(s.Sockets(), slices.Concat([]byte(`{"type":"message","message":`), encoded, []byte{'}'}))
	return nil
}

func (r *room) keep(storage object.Storage, encoded json.RawMessage) error {
	key := fmt.Sprintf("message:%02d", r.next%historyLength)
	data := strconv.AppendUint([]byte(`{"n":`), r.next, 10)
	data = append(append(append(data, `,"message":`...), encoded...), '}')
	if err := storage.Put(key, object.Value{Codec: object.JSON, Data: data}); err != nil {
		return err
	}
	r.next++
	if len(r.history) == historyLength {
		r.history = append(r.history[:0], r.history[1:]...)
	}
	r.history = append(r.history, encoded)
	return nil
}

// WebSocketClose tells the others that a member left.
func (r *room) WebSocketClose(s object.State, left object.Socket, closing object.Closing) error {
	notice, err := encode(struct {
		Type      string `json:"type"`
		UserID    string `json:"userId"`
		Timestamp int64  `json:"timestamp"`
	}{"user_left", string(left.Attachment()), s.Now().UnixMilli()})
	if err != nil {
		return err
	}
	left.Close(closing.Code, closing.Reason)
	broadcast(s.Sockets(), notice)
	return nil
}

// broadcast shares one copy of the data among all members.
func broadcast(sockets object.Sockets, data []byte) {
	m := object.Text(data)
	for _, socket := range sockets.All("") {
		socket.Send(m)
	}
}

// newUUID draws a version 4 UUID.
func newUUID(random *rand.Rand) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], random.Uint64())
	binary.BigEndian.PutUint64(b[8:], random.Uint64())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
