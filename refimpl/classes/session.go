package classes

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

const sessionKey = "session"

// Session keeps one session until it was left alone for a TTL: POST /create stores
// the body, a JSON object, GET /get gives it and extends it, DELETE /invalidate ends it.
//
// The alarm is the expiry, and the only one: as long as it has not run, the session
// is there, and an access moves it on. So a session ends no earlier than its TTL
// after its last access, and later by no more than an alarm is late.
func Session(ttl time.Duration) object.Class {
	return object.Class{
		Name: "session",
		New:  func(object.State) (object.Object, error) { return session{ttl: ttl}, nil },
	}
}

type session struct{ ttl time.Duration }

func (o session) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	switch {
	case r.Path == "/create" && r.Method == http.MethodPost:
		return o.create(s, r.Body)
	case r.Path == "/get":
		return o.get(s)
	case r.Path == "/invalidate" && r.Method == http.MethodDelete:
		return jsonReply(http.StatusOK, []byte(`{"ok":true}`)), s.Storage().DeleteAll() // and with it the alarm
	}
	return object.NotFound(), nil
}

// create replaces what session there was.
func (o session) create(s object.State, body []byte) (*object.Response, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return jsonReply(http.StatusBadRequest, []byte(`{"error":"want a JSON object"}`)), nil
	}
	fields["createdAt"] = strconv.AppendInt(nil, s.Now().UnixMilli(), 10)
	data, err := encode(fields)
	if err != nil {
		return nil, err
	}
	if err := s.Storage().Put(sessionKey, object.Value{Codec: object.JSON, Data: data}); err != nil {
		return nil, err
	}
	if err := s.Storage().SetAlarm(s.Now().Add(o.ttl)); err != nil {
		return nil, fmt.Errorf("set expiry: %w", err)
	}
	return jsonReply(http.StatusOK, fmt.Appendf(nil, `{"ok":true,"expiresIn":%d}`, o.ttl.Milliseconds())), nil
}

func (o session) get(s object.State) (*object.Response, error) {
	value, ok := s.Storage().Get(sessionKey)
	if !ok {
		return jsonReply(http.StatusNotFound, []byte(`{"error":"Session not found"}`)), nil
	}
	if err := s.Storage().SetAlarm(s.Now().Add(o.ttl)); err != nil {
		return nil, fmt.Errorf("extend session: %w", err)
	}
	body := append([]byte(`{"session":`), value.Data...)
	return jsonReply(http.StatusOK, append(body, '}')), nil
}

// Alarm ends the session. Alarms run at least once, so a run may be one too many:
// it must not end a session that was created or accessed since.
func (o session) Alarm(s object.State, _ object.AlarmInfo) error {
	if next, set := s.Storage().Alarm(); set && next.After(s.Now()) {
		return nil
	}
	return s.Storage().DeleteAll()
}
