package refimpl_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// told is a class whose objects do with their sockets what texts tell them.
type told struct {
	heard chan string
	made  chan struct{} // one token for each instance
}

func newTold() told { return told{make(chan string, 1000), make(chan struct{}, 1000)} }

func (c told) class() object.Class {
	return object.Class{Name: "told", New: func(object.State) (object.Object, error) {
		c.made <- struct{}{}
		return c, nil
	}}
}

func (c told) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	switch {
	case r.Upgrade:
		tags, _ := r.Param("tags")
		socket, err := s.Sockets().Accept(strings.Split(tags, ",")...)
		if err != nil {
			return &object.Response{Status: http.StatusConflict, Body: []byte(err.Error())}, nil
		}
		return &object.Response{Status: http.StatusSwitchingProtocols}, errors.Join(
			socket.SetAttachment([]byte("joined by "+tags)), socket.Send(object.Text([]byte("welcome"))))
	case r.Path == "/panic":
		panic("planted")
	}
	for _, socket := range s.Sockets().All("") {
		if err := socket.Send(object.Text([]byte("from fetch"))); err != nil {
			return nil, err
		}
	}
	return &object.Response{Status: http.StatusOK, Body: fmt.Append(nil, len(s.Sockets().All("")))}, nil
}

func (c told) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	verb, rest, _ := strings.Cut(string(m.Data), " ")
	say := func(format string, args ...any) error {
		return from.Send(object.Text(fmt.Appendf(nil, format, args...)))
	}
	switch verb {
	case "who":
		return say("%s with %q, %d tagged %s", from.Attachment(), from.Tags(), len(s.Sockets().All(rest)), rest)
	case "auto":
		request, response, _ := strings.Cut(rest, "=")
		return errors.Join(s.Sockets().SetAutoResponse(request, response), say("set"))
	case "unset":
		s.Sockets().ClearAutoResponse()
		return say("unset")
	case "when":
		return say("answered: %v", !from.AutoRespondedAt().IsZero())
	case "close":
		var n int
		_, _ = fmt.Sscan(rest, &n)
		first, second := from.Close(n, "told to"), from.Close(n, "again")
		c.heard <- fmt.Sprint(errors.Is(first, object.ErrBadClose), second == nil || first != nil, errors.Is(say("late"), object.ErrSocketClosed))
	case "flood":
		for range 64 {
			_ = from.Send(object.Message{Binary: true, Data: bytes.Repeat([]byte("x"), 64<<10)})
		}
	}
	return nil
}

func (c told) WebSocketClose(_ object.State, _ object.Socket, closing object.Closing) error {
	c.heard <- fmt.Sprintf("closed %d %s clean=%v", closing.Code, closing.Reason, closing.Clean)
	return nil
}

func (c told) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-c.heard:
		if got != want {
			t.Errorf("the object heard %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the object did not hear %q", want)
	}
}

// asks plays lines "say something" and "= what comes back".
func (p *rawPeer) asks(lines ...string) {
	p.t.Helper()
	for i := 0; i < len(lines); i += 2 {
		if lines[i] != "" {
			p.send(text(lines[i]))
		}
		if got := p.next(); got != lines[i+1] {
			p.t.Fatalf("%s: got %.80q, want %.80q", lines[i], got, lines[i+1])
		}
	}
}
