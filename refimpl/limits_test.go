package refimpl_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
)

// keeper puts the body of a request under its path.
type keeper struct{}

func (keeper) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	if r.Method == http.MethodGet {
		value, _ := s.Storage().Get(r.Path)
		return &object.Response{Status: http.StatusOK, Body: value.Data}, nil
	}
	if err := s.Storage().Put(r.Path, object.Value{Data: r.Body}); err != nil {
		return &object.Response{Status: http.StatusInsufficientStorage, Body: []byte(err.Error())}, nil
	}
	return &object.Response{Status: http.StatusOK}, nil
}

// A node hands its bound on storage to its objects. An object that is full lives on.
func TestNodeBoundsWhatAnObjectKeeps(t *testing.T) {
	all := []object.Class{{Name: "keeper", New: func(object.State) (object.Object, error) { return keeper{}, nil }}}
	spaces := refimpl.NewNamespaces("test", all)
	node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
		Name: "LHR", Region: "LHR", Store: memory.New(memory.NewServer(8)), Classes: all, Namespaces: spaces,
		Clock: refimpl.SystemClock(), Seed: 1, Log: quiet(), StorageBytes: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Stop(context.Background()) })
	identity := object.Identity{ID: spaces["keeper"].IDFromName("a"), Class: "keeper", Name: "a"}
	for _, row := range []struct {
		story, method, path, body string
		status                    int
		answer                    string
	}{
		{"there is room", "PUT", "/first", strings.Repeat("x", 60), 200, ""},
		{"there is none", "PUT", "/second", strings.Repeat("x", 60), 507, "full"},
		{"what was kept is kept", "GET", "/first", "", 200, "xxx"},
		{"something smaller fits", "PUT", "/first", "y", 200, ""},
		{"and makes room", "PUT", "/second", strings.Repeat("x", 60), 200, ""},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), row.method, "/", strings.NewReader(row.body))
		node.Serve(w, r, refimpl.Target{Object: identity, Path: row.path})
		if w.Code != row.status || !strings.Contains(w.Body.String(), row.answer) {
			t.Errorf("%s: %d %q, want %d and %q", row.story, w.Code, w.Body, row.status, row.answer)
		}
	}
}
