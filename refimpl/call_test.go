package refimpl_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// inOrder has many turns of one agent call another through one stub, and says
// what the other was told that is out of order, missing, or told twice.
func (w *world) inOrder(t *testing.T, from, to string) error {
	t.Helper()
	const calls = 300
	var clients sync.WaitGroup
	for range calls {
		clients.Go(func() {
			if r := w.ask("POST", from, "/send?path=/add&to="+to); r.Code != 200 {
				t.Errorf("call: %d %s", r.Code, r.Body)
			}
		})
	}
	clients.Wait()
	told := strings.Fields(w.ask("GET", to, "/all").Body.String())
	for i, got := range told {
		if got != strconv.Itoa(i+1) {
			return fmt.Errorf("%s was told %s as number %d", to, got, i+1)
		}
	}
	if len(told) != calls {
		return fmt.Errorf("%s was told %d of %d", to, len(told), calls)
	}
	return nil
}

func TestCallsOnOneStubAreDeliveredInOrder(t *testing.T) {
	w := newWorld(t, straight)
	for _, to := range []string{"LHR-b", "LHR-c", "LHR-d", "NRT-b", "NRT-c"} {
		if err := w.inOrder(t, "LHR-a", to); err != nil {
			t.Error(err)
		}
	}
	if err := w.inOrder(t, "NRT-a", "LHR-e"); err != nil { // the caller is the far one
		t.Error(err)
	}
	for id, node := range w.nodes {
		if left := refimpl.Unanswered(node); left > 0 {
			t.Errorf("%d calls are left at %s", left, id)
		}
	}
}

// A check that never convicts is none.
func TestOrderIsSeenToBeBroken(t *testing.T) {
	var mu sync.Mutex
	made := 0
	var first func()
	for story, bend := range map[string]func(deliver func()){
		"the second call overtakes the first": func(deliver func()) {
			mu.Lock()
			defer mu.Unlock()
			made++
			switch made {
			case 1:
				first = deliver
			case 2:
				deliver()
				first()
			default:
				deliver()
			}
		},
		"each call is delivered twice": func(deliver func()) { deliver(); deliver() },
	} {
		w := newWorld(t, func(h refimpl.Home) refimpl.Home { return refimpl.BentHome{Home: h, Bend: bend} })
		if err := w.inOrder(t, "LHR-a", "NRT-b"); err == nil {
			t.Errorf("%s, and nobody noticed", story)
		}
	}
}

func TestCallsCarryAllThatARequestHas(t *testing.T) {
	w := newWorld(t, straight)
	for _, to := range []string{"LHR-b", "NRT-b"} {
		r := w.ask("POST", "LHR-a", "/send?path=/echo&to="+to)
		if want := "POST /echo?q=1 map[A:[b c]] 1 " + to; r.Code != 201 || r.Body.String() != want ||
			r.Header().Get("Content-Type") != "a/b" || !slices.Equal(r.Header()["X"], []string{"1", "2"}) {
			t.Errorf("%s answered %d %q %v, want %q", to, r.Code, r.Body, r.Header(), want)
		}
	}
}

func TestObjectsThatCallEachOtherDoNotWaitForEver(t *testing.T) {
	w := newWorld(t, straight)
	for _, circle := range []string{"LHR-b,LHR-a", "NRT-b,LHR-a", "LHR-a", "NRT-b,LHR-c,NRT-b,LHR-a,LHR-a"} {
		r := w.ask("GET", "LHR-a", "/bounce?on="+circle)
		if want := "LHR-a " + strings.ReplaceAll(circle, ",", " "); r.Code != 200 || r.Body.String() != want {
			t.Errorf("LHR-a,%s: %d %q", circle, r.Code, r.Body)
		}
	}
}

func (w *world) failure(t *testing.T, method, from, query string) object.CallError {
	t.Helper()
	r := w.ask(method, from, "/send?"+query)
	var e object.CallError
	text, _, _ := strings.Cut(r.Body.String(), "\n")
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Errorf("%s: %d %q is no failure", query, r.Code, r.Body)
	}
	return e
}

func TestFailuresKeepTheirKind(t *testing.T) {
	w := newWorld(t, straight)
	for _, where := range []string{"LHR", "NRT"} {
		for _, row := range []struct {
			story, query string
			want         object.CallError // but for Object
		}{
			{"the handler failed", "path=/fail&to=" + where + "-b", object.CallError{Remote: true, Message: "planted error"}},
			{"and the stub is good", "path=/fail&to=" + where + "-b", object.CallError{Remote: true, Message: "planted error"}},
			{"the object was reset", "path=/panic&to=" + where + "-c", object.CallError{Remote: true, Reset: true, Message: "object reset: panic: planted"}},
			{"and the stub is broken", "path=/add&to=" + where + "-c", object.CallError{Reset: true, Message: "object reset: panic: planted"}},
			{"a class that nobody has", "class=moon&path=/&to=" + where + "-d", object.CallError{Message: `request refused: class "moon" is not served`}},
			{"a hint that is none", "hint=moon&path=/&to=" + where + "-e", object.CallError{}},
		} {
			got := w.failure(t, "POST", "LHR-a", row.query)
			if row.want.Message == "" {
				row.want.Message = got.Message
			}
			row.want.Object = got.Object
			if got != row.want || got.Object == (object.ID{}) || got.Message == "" {
				t.Errorf("%s in %s: %+v, want %+v", row.story, where, got, row.want)
			}
		}
		if r := w.ask("PUT", "LHR-a", "/send?path=/add&to="+where+"-c"); r.Code != 200 {
			t.Errorf("with a new stub: %d %s", r.Code, r.Body)
		}
	}
}

func TestCallsAreCounted(t *testing.T) {
	w := newWorld(t, straight)
	for _, query := range []string{"path=/add&to=NRT-b", "path=/add&to=LHR-b", "path=/fail&to=NRT-b", "path=/panic&to=NRT-b", "path=/add&to=NRT-b"} {
		w.ask("POST", "LHR-a", "/send?"+query)
	}
	got := gathered(t, w.nodes["LHR"])
	for how, want := range map[string]float64{"ok": 2, "failed": 1, "reset": 1, "retryable": 0} { // the last one never left: its stub was broken
		if name := "durabench_calls_total " + how; got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
}

func TestACallCanCreateItsObjectByAHint(t *testing.T) {
	w := newWorld(t, straight)
	w.ask("POST", "LHR-a", "/send?path=/add&hint=apac-ne&to=LHR-hinted")
	for _, id := range []regions.ID{"LHR", "NRT"} {
		r := httptest.NewRecorder()
		w.edges[id].ServeHTTP(r, httptest.NewRequest("GET", "/object/agent/LHR-hinted/all", nil))
		if got := r.Header().Get("X-Durabench-Home"); got != "NRT" {
			t.Errorf("seen from %s, the object lives in %s, want NRT as hinted", id, got)
		}
	}
}

func TestANodeThatStopsAnswersItsCallers(t *testing.T) {
	for _, crashed := range []bool{true, false} {
		w := newWorld(t, straight)
		if r := w.ask("POST", "LHR-a", "/send?path=/add&to=NRT-c"); r.Code != 200 {
			t.Fatalf("before: %d %s", r.Code, r.Body)
		}
		answered := make(chan *httptest.ResponseRecorder)
		go func() { answered <- w.ask("POST", "LHR-a", "/send?path=/wait&to=NRT-b") }()
		<-w.running
		ctx, cancel := context.WithCancel(t.Context())
		if crashed {
			cancel()
		}
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			_ = w.nodes["NRT"].Stop(ctx)
			w.nodes["NRT"] = nil
		}()
		if crashed {
			<-stopped
		}
		close(w.release)
		got := <-answered
		<-stopped
		cancel()
		text := got.Body.String()
		if crashed && (!strings.Contains(text, `"Retryable":true`) || !strings.Contains(text, `"Reset":true`)) {
			t.Errorf("a turn was running at the crash: %d %s, want an outcome that nobody knows", got.Code, text)
		}
		if !crashed && got.Code != 200 {
			t.Errorf("a turn was running when the node was told to stop: %d %s", got.Code, text)
		}
		if again := w.failure(t, "PUT", "LHR-a", "path=/add&to=NRT-b"); !again.Retryable || again.Remote || again.Overloaded {
			t.Errorf("after the node stopped: %+v, want retryable", again)
		}
	}
}

func TestNodesWithoutAnEdgeCallNobody(t *testing.T) {
	class := agents(nil, nil)
	node := startAlone(t, memory.NewServer(4), class)
	space := refimpl.NewNamespaces("test", []object.Class{class})
	w := httptest.NewRecorder()
	node.Serve(w, httptest.NewRequest("POST", "/", nil), refimpl.Target{Object: space["agent"].Named("a"), Path: "/send"})
	if w.Code != http.StatusInternalServerError {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if err := node.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
