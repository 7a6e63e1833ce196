package refimpl_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
)

// stuck is a class with a handler that waits for the test.
type stuck struct{ gate chan struct{} }

func (s stuck) Fetch(_ object.State, r *object.Request) (*object.Response, error) {
	switch r.Path {
	case "/wait":
		<-s.gate
	case "/panic":
		panic("planted")
	case "/fail":
		return nil, errors.New("planted error")
	case "/status":
		return &object.Response{Status: 42}, nil
	}
	return &object.Response{Status: http.StatusOK}, nil
}

func TestSlowHandlerDelaysNoOtherObject(t *testing.T) {
	gate := make(chan struct{})
	class := object.Class{Name: "limiter", New: func(object.State) (object.Object, error) { return stuck{gate}, nil }}
	server := memory.NewServer(1) // one slot: all objects share a shard
	all := []object.Class{classes.Counter(), class}
	node := start(t, server, all)
	spaces := refimpl.NewNamespaces("test", all)
	ask := func(class, name, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		node.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), refimpl.Target{
			Object: object.Identity{ID: spaces[class].IDFromName(name), Class: class, Name: name}, Path: path,
		})
		return w
	}
	slow := make(chan int)
	go func() { slow <- ask("limiter", "a", "/wait").Code }()
	for range 3 { // would hang if the slow turn held the shard
		if w := ask("counter", "b", "/increment"); w.Code != http.StatusOK {
			t.Errorf("beside a slow handler: %d", w.Code)
		}
	}
	close(gate)
	if code := <-slow; code != http.StatusOK {
		t.Errorf("the slow request: %d", code)
	}
}

func TestFailingHandlers(t *testing.T) {
	class := object.Class{Name: "limiter", New: func(object.State) (object.Object, error) { return stuck{}, nil }}
	all := []object.Class{class}
	node := start(t, memory.NewServer(1), all)
	id := refimpl.NewNamespaces("test", all)["limiter"].IDFromName("a")
	for _, step := range []struct {
		path, kind, body string
		status           int
	}{
		{"/fail", "", "planted error", 500},
		{"/panic", "reset", `{"error":"object reset: panic: planted"}`, 500},
		{"/fine", "", "", 200}, // a new instance
		{"/status", "", `{"error":"the object gave the status 42"}`, 500},
	} {
		w := httptest.NewRecorder()
		node.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), refimpl.Target{Object: object.Identity{ID: id, Class: "limiter"}, Path: step.path})
		if w.Code != step.status || w.Body.String() != step.body || w.Header().Get("X-Durabench-Error") != step.kind {
			t.Errorf("%s: %d %q %v, want %d %q kind %q", step.path, w.Code, w.Body, w.Header(), step.status, step.body, step.kind)
		}
	}
}
