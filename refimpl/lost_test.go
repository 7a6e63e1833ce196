package refimpl_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
)

// counters is a node that keeps counters in a store, by the time of the bubble, and asks
// one for something.
func counters(t *testing.T, s store.Store) (node *refimpl.Node, ask func(name, path string) *httptest.ResponseRecorder) {
	t.Helper()
	all := []object.Class{classes.Counter()}
	node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
		Name: "test", Region: home, Store: s, Classes: all, Clock: time.Now, Seed: 1, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	space := refimpl.NewNamespaces("test", all)["counter"]
	return node, func(name, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		node.Serve(w, r, refimpl.Target{Object: space.Named(name), Path: path})
		return w
	}
}

// Who waits for an object whose slot is lost hears at once, and whether it is safe
// to ask again.
func TestRequestsOfLostSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var once sync.Once
		committing := make(chan struct{})
		faulty := memory.WithFaults(memory.New(memory.NewServer(1)), func(store.Owner, *store.Batch) (f memory.Fault) {
			once.Do(func() {
				<-committing
				f = memory.LostBefore
			})
			return f
		})
		node, ask := counters(t, faulty)
		type heard struct {
			story, kind string
			status      int
		}
		answers := make(map[string]chan *httptest.ResponseRecorder)
		for _, name := range []string{"writing", "writing too", "waiting"} {
			answers[name] = make(chan *httptest.ResponseRecorder, 1)
		}
		go func() { answers["writing"] <- ask("a", "/increment") }()
		synctest.Wait() // its commit is under way
		go func() { answers["writing too"] <- ask("a", "/increment") }()
		synctest.Wait() // its turn ran, and it waits for the next commit
		go func() { answers["waiting"] <- ask("b", "/increment") }()
		synctest.Wait() // its object is to be loaded, after the commit
		close(committing)
		for _, want := range []heard{
			{"writing", "unknown-outcome", 500},
			{"writing too", "reset", 500}, // what it wrote was never sent
			{"waiting", "retryable", 503},
		} {
			if w := <-answers[want.story]; w.Code != want.status || w.Header().Get("X-Durabench-Error") != want.kind {
				t.Errorf("%s: %d %q, want %d %q", want.story, w.Code, w.Header().Get("X-Durabench-Error"), want.status, want.kind)
			}
		}
		time.Sleep(10 * time.Second) // of the bubble: a new session is there
		if w := ask("a", "/increment"); w.Code != 200 || w.Body.String() != `{"count":1}` {
			t.Errorf("after the slot was acquired again: %d %s", w.Code, w.Body)
		}
		if err := node.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// closedStore opens no session while it is down.
type closedStore struct {
	store.Store
	down atomic.Bool
}

func (s *closedStore) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	if s.down.Load() {
		return nil, errors.New("planted error")
	}
	return s.Store.Open(ctx, owner)
}

// While nobody owns the slots, every request is refused so that it may be made again.
func TestRequestsBetweenSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		database := &closedStore{}
		database.Store = memory.WithFaults(memory.New(memory.NewServer(1)), func(store.Owner, *store.Batch) memory.Fault {
			if database.down.CompareAndSwap(false, true) {
				return memory.LostBefore
			}
			return memory.None
		})
		node, ask := counters(t, database)
		ask("a", "/increment") // and the session is lost
		for range 3 {
			if w := ask("a", "/value"); w.Code != 503 || w.Header().Get("X-Durabench-Error") != "retryable" {
				t.Errorf("nobody has the slot: %d %q", w.Code, w.Header().Get("X-Durabench-Error"))
			}
			time.Sleep(time.Second)
		}
		database.down.Store(false)
		time.Sleep(10 * time.Second)
		if w := ask("a", "/value"); w.Code != 200 {
			t.Errorf("the slot is owned again: %d %s", w.Code, w.Body)
		}
		if err := node.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// A client that hangs up takes nothing with it and leaves nothing behind.
func TestClientsThatLeave(t *testing.T) {
	w := newWorld(t, straight)
	for _, target := range []string{"LHR-b/wait", "NRT-b/wait", "LHR-a/send?path=/wait&to=NRT-c"} {
		name, path, _ := strings.Cut(target, "/")
		ctx, hangUp := context.WithCancel(t.Context())
		gone := make(chan int)
		go func() {
			answer := httptest.NewRecorder()
			w.edges["LHR"].ServeHTTP(answer, httptest.NewRequestWithContext(ctx, "POST", "/object/agent/"+name+"/"+path, nil))
			gone <- answer.Code
		}()
		<-w.running
		hangUp()
		if code := <-gone; code < 500 {
			t.Errorf("%s: who hung up was told %d", target, code)
		}
		w.release <- struct{}{} // the turn runs on
		if r := w.ask("POST", name, "/add"); r.Code != 200 {
			t.Errorf("%s: after that: %d %s", target, r.Code, r.Body)
		}
	}
	if r := w.ask("POST", "NRT-c", "/add"); r.Code != 200 { // behind the turn that was called
		t.Errorf("%d %s", r.Code, r.Body)
	}
	for id, node := range w.nodes {
		if left := refimpl.Unanswered(node); left > 0 {
			t.Errorf("%d calls are left at %s", left, id)
		}
	}
}
