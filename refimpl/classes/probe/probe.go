// Package probe is a class that does what it is told, so that two runtimes can be
// asked the same questions and compared. A program is a JSON list of operations,
// each a list of a name and its arguments,
//
//	[["put","k",1], ["transaction",[["put","k",2],["throw","no"]]], ["get","k"]]
//
// and its results are the answer: {"results":[null,{"error":"no"},1]}. What the
// runtime refuses becomes {"error":"refused"} in its place, and the program goes on;
// only throw, rollback and abort leave it.
//
// It is no part of what durabench serves: the conformance suite asks for it.
package probe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
)

// Name is the name of the class.
const Name = "probe"

// The keys that the probe keeps for itself. They are listed like any other.
const (
	refuseKey    = "~refuse"    // how many more times the constructor refuses
	constructKey = "~construct" // program that the constructor runs, as a section
	alarmKey     = "~alarm"     // programs of the alarm's runs
	runsKey      = "~runs"      // the alarm's runs so far
	closesKey    = "~closes"    // the closed sockets so far
	errorsKey    = "~errors"    // the broken sockets so far
	onCloseKey   = "~onclose"   // program to run when a socket closes
)

// Class returns the class.
func Class() object.Class {
	table := operations()
	return object.Class{Name: Name, New: func(s object.State) (object.Object, error) {
		p := &probe{operations: table, memory: map[string]json.RawMessage{}, stubs: map[string]object.Stub{}}
		return p, p.construct(s)
	}}
}

// probe is one instance; all but its storage is lost with it.
type probe struct {
	operations map[string]operation
	memory     map[string]json.RawMessage
	said       []string
	stubs      map[string]object.Stub
}

// turn is what the operations of one program share.
type turn struct {
	state    object.State
	socket   object.Socket
	response *object.Response
	accepted bool
	quiet    bool
}

func (p *probe) construct(s object.State) error {
	var refusals int
	if err := load(s.Storage(), refuseKey, &refusals); err != nil {
		return err
	}
	if refusals > 0 {
		if err := save(s.Storage(), refuseKey, refusals-1); err != nil {
			return err
		}
		return thrown("the constructor refuses")
	}
	var program json.RawMessage
	if err := load(s.Storage(), constructKey, &program); err != nil || program == nil {
		return err
	}
	return s.BlockConcurrency(func() error {
		_, err := p.run(&turn{state: s}, program)
		return err
	})
}

// Fetch runs the program of POST /run, joins a socket at /ws, and tells at /echo what it was asked.
func (p *probe) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	t := &turn{state: s}
	switch r.Path {
	case "/ws":
		return p.join(t, r)
	case "/echo":
		return echo(r)
	case "/run":
		return p.answer(t, r.Body)
	}
	return object.NotFound(), nil
}

func (p *probe) answer(t *turn, program []byte) (*object.Response, error) {
	results, err := p.run(t, program)
	switch {
	case err != nil:
		return nil, err
	case t.response != nil:
		return t.response, nil
	case t.accepted:
		return &object.Response{Status: http.StatusSwitchingProtocols}, nil
	}
	return &object.Response{Status: http.StatusOK, ContentType: object.JSONType, Body: encodeResults(results)}, nil
}

// join takes the WebSocket under the tags of the query, or does what the query's program says.
func (p *probe) join(t *turn, r *object.Request) (*object.Response, error) {
	values, err := url.ParseQuery(r.Query)
	if err != nil {
		return nil, fmt.Errorf("read query: %w", err)
	}
	if program := values.Get("run"); program != "" {
		return p.answer(t, []byte(program))
	}
	if err := t.accept(values["tag"]); err != nil {
		return nil, err
	}
	return &object.Response{Status: http.StatusSwitchingProtocols}, nil
}

func echo(r *object.Request) (*object.Response, error) {
	headers := map[string]string{}
	for name, values := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-probe") {
			headers[name] = strings.Join(values, ", ")
		}
	}
	body, err := json.Marshal(map[string]any{
		"method": r.Method, "path": r.Path, "query": r.Query, "headers": headers, "body": string(r.Body),
	})
	if err != nil {
		return nil, fmt.Errorf("encode echo: %w", err)
	}
	return &object.Response{Status: http.StatusOK, ContentType: object.JSONType, Body: body}, nil
}

// WebSocketMessage runs a program and sends its results, or sends back what is none.
func (p *probe) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	if m.Binary || len(m.Data) == 0 || m.Data[0] != '[' {
		return from.Send(m)
	}
	t := &turn{state: s, socket: from}
	results, err := p.run(t, m.Data)
	if err != nil || t.quiet {
		return err
	}
	return from.Send(object.Text(encodeResults(results)))
}

// WebSocketClose notes how the socket closed, then runs the program kept for it.
func (p *probe) WebSocketClose(s object.State, left object.Socket, c object.Closing) error {
	entry := map[string]any{"code": c.Code, "reason": c.Reason, "clean": c.Clean}
	if _, err := note(s.Storage(), closesKey, entry); err != nil {
		return err
	}
	var program json.RawMessage
	if err := load(s.Storage(), onCloseKey, &program); err != nil || program == nil {
		return err
	}
	_, err := p.run(&turn{state: s, socket: left}, program)
	return err
}

// WebSocketError notes that a socket broke.
func (p *probe) WebSocketError(s object.State, _ object.Socket, _ error) error {
	_, err := note(s.Storage(), errorsKey, true)
	return err
}

// Alarm notes each run and runs the program meant for it; the last one serves for all that follow.
func (p *probe) Alarm(s object.State, info object.AlarmInfo) error {
	number, err := note(s.Storage(), runsKey, map[string]any{
		"retry": info.Retry, "again": info.Retry > 0, "early": s.Now().Before(info.Scheduled),
	})
	if err != nil {
		return err
	}
	var programs []json.RawMessage
	if err := load(s.Storage(), alarmKey, &programs); err != nil || len(programs) == 0 {
		return err
	}
	_, err = p.run(&turn{state: s}, programs[min(number, len(programs))-1])
	return err
}

// note appends an entry to a list in storage and says how long the list is now.
func note(storage object.Storage, key string, entry any) (int, error) {
	var list []any
	if err := load(storage, key, &list); err != nil {
		return 0, err
	}
	list = append(list, entry)
	return len(list), save(storage, key, list)
}

// load leaves into alone if the key is not there.
func load(storage object.Storage, key string, into any) error {
	value, ok := storage.Get(key)
	if !ok {
		return nil
	}
	return object.DecodeJSON(value, into)
}

func save(storage object.Storage, key string, v any) error {
	value, err := object.EncodeJSON(v)
	if err != nil {
		return err
	}
	return storage.Put(key, value)
}
