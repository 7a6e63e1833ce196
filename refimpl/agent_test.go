package refimpl_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// agent calls other agents and remembers what it was told.
type agent struct {
	stubs   map[string]object.Stub
	counts  map[string]int
	running chan struct{} // gets a token when /wait or an alarm runs
	release chan struct{}
}

func agents(running, release chan struct{}) object.Class {
	return object.Class{Name: "agent", New: func(object.State) (object.Object, error) {
		return &agent{make(map[string]object.Stub), make(map[string]int), running, release}, nil
	}}
}

// agentsOnly is for edges whose homes run none.
func agentsOnly() []object.Class { return []object.Class{agents(nil, nil)} }

func (a *agent) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	switch r.Path {
	case "/join":
		_, err := s.Sockets().Accept()
		return &object.Response{Status: http.StatusSwitchingProtocols}, err
	case "/add":
		all, _ := s.Storage().Get("all")
		return &object.Response{Status: 200, Body: r.Body}, s.Storage().Put("all", object.Value{Data: fmt.Appendf(nil, "%s %s", all.Data, r.Body)})
	case "/all":
		all, _ := s.Storage().Get("all")
		return &object.Response{Status: 200, Body: all.Data}, nil
	case "/send":
		return a.send(s, r)
	case "/bounce":
		return a.bounce(s, r)
	case "/wait":
		a.running <- struct{}{}
		<-a.release
	case "/alarm":
		return &object.Response{Status: 200}, s.Storage().SetAlarm(s.Now().Add(time.Second))
	case "/lie":
		return &object.Response{Status: 200, Header: http.Header{"x-durabench-moved": {"NRT"}, "X-Durabench-Home": {"NRT"}}}, nil
	case "/fail":
		return nil, errors.New("planted error")
	case "/panic":
		panic("planted")
	case "/echo":
		return &object.Response{Status: 201, ContentType: "a/b", Header: http.Header{"X": {"1", "2"}}, Body: fmt.Appendf(nil, "%s %s?%s %v %s %s",
			r.Method, r.Path, r.Query, r.Header, r.Body, s.Identity().Name)}, nil
	}
	return &object.Response{Status: 200}, nil
}

func (a *agent) WebSocketMessage(_ object.State, from object.Socket, m object.Message) error {
	return from.Send(m)
}

func (a *agent) Alarm(s object.State, _ object.AlarmInfo) error {
	a.running <- struct{}{}
	return nil
}

// send calls /PATH of the agent TO. All its turns share one stub, which counts.
func (a *agent) send(s object.State, r *object.Request) (*object.Response, error) {
	name, _ := r.Param("to")
	path, _ := r.Param("path")
	class, named := r.Param("class")
	if !named {
		class = "agent"
	}
	hint, _ := r.Param("hint")
	if a.stubs[name] == nil || r.Method == http.MethodPut { // PUT makes a new one
		space, ok := s.Namespace("agent")
		if !ok {
			return nil, errors.New("no namespace")
		}
		to := space.Named(name)
		to.Class = class
		a.stubs[name] = s.Stub(to, object.Hint(hint))
	}
	a.counts[name]++
	answer, err := a.stubs[name].Call(&object.Request{
		Method: "POST", Path: path, Query: "q=1", Header: http.Header{"A": {"b", "c"}}, Body: strconv.AppendInt(nil, int64(a.counts[name]), 10),
	})
	if err != nil {
		told, fault := json.Marshal(err)
		return &object.Response{Status: http.StatusBadGateway, Body: told}, fault
	}
	return answer, nil
}

// bounce calls the agents on the list, each of which calls the next.
func (a *agent) bounce(s object.State, r *object.Request) (*object.Response, error) {
	path, _ := r.Param("on")
	next, rest, _ := strings.Cut(path, ",")
	if next == "" {
		return &object.Response{Status: 200, Body: []byte(s.Identity().Name)}, nil
	}
	space, _ := s.Namespace("agent")
	answer, err := s.Stub(space.Named(next), "").Call(&object.Request{Path: "/bounce", Query: "on=" + rest})
	if err != nil {
		return nil, err
	}
	answer.Body = append([]byte(s.Identity().Name+" "), answer.Body...)
	return answer, nil
}
