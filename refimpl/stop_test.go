package refimpl_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
)

func TestOnlyADrainedNodeReleasesCleanly(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, row := range []struct {
		story string
		ctx   context.Context
		clean bool
	}{
		{"all time in the world", t.Context(), true},
		{"none: the owner before may still be answering", ended, false},
	} {
		server := memory.NewServer(4)
		node := startAlone(t, server)
		if err := node.Stop(row.ctx); (err == nil) != row.clean {
			t.Errorf("%s: stop: %v", row.story, err)
		}
		next, err := memory.New(server).Open(t.Context(), store.Owner{Region: home, Node: "next"})
		if err != nil {
			t.Fatal(err)
		}
		leases, err := next.Acquire(t.Context(), []store.Slot{0, 1, 2, 3})
		if err != nil || len(leases) != 4 {
			t.Fatalf("%s: %v, %v", row.story, leases, err)
		}
		for _, l := range leases {
			if l.Clean != row.clean {
				t.Errorf("%s: slot %d is clean: %v", row.story, l.Slot, l.Clean)
			}
		}
	}
}

func startAlone(t *testing.T, server *memory.Server, more ...object.Class) *refimpl.Node {
	t.Helper()
	node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
		Name: "test", Region: home, Store: memory.New(server), Classes: more,
		Clock: refimpl.SystemClock(), Seed: 1, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// A turn that ran may be durable: nobody may be told that nothing was done.
func TestACrashSaysThatOutcomesAreUnknown(t *testing.T) {
	running, release := make(chan struct{}), make(chan struct{})
	slow := object.Class{Name: "slow", New: func(object.State) (object.Object, error) { return wedged{running, release}, nil }}
	node := startAlone(t, memory.NewServer(4), slow)
	space := object.NewNamespace("slow", "test")
	to := refimpl.Target{Object: object.Identity{ID: space.IDFromName("a"), Class: "slow", Name: "a"}, Path: "/"}
	ask := func() *answer {
		a := &answer{header: make(http.Header)}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
		if err != nil {
			t.Error(err)
		}
		node.Serve(a, r, to)
		return a
	}
	answered := make(chan *answer)
	go func() { answered <- ask() }()
	<-running
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	defer close(release)
	_ = node.Stop(ended)
	if a := <-answered; a.header.Get("X-Durabench-Error") != "unknown-outcome" {
		t.Errorf("a request whose turn ran: %d %q", a.status, a.header.Get("X-Durabench-Error"))
	}
	if a := ask(); a.header.Get("X-Durabench-Error") != "retryable" {
		t.Errorf("a request to a node that stopped: %d %q", a.status, a.header.Get("X-Durabench-Error"))
	}
}

type wedged struct{ running, release chan struct{} }

func (s wedged) Fetch(object.State, *object.Request) (*object.Response, error) {
	close(s.running)
	<-s.release
	return &object.Response{Status: http.StatusOK}, nil
}

// answer is a ResponseWriter that keeps status and header.
type answer struct {
	status int
	header http.Header
}

func (a *answer) Header() http.Header            { return a.header }
func (a *answer) WriteHeader(status int)         { a.status = status }
func (a *answer) Write(data []byte) (int, error) { return len(data), nil }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// A client that hangs up gives its request back, but not the turn: that runs on.
func TestNobodyLooksAtATurnThatRunsOn(t *testing.T) {
	running, release := make(chan struct{}), make(chan struct{})
	slow := object.Class{Name: "slow", New: func(object.State) (object.Object, error) { return wedged{running, release}, nil }}
	node := startAlone(t, memory.NewServer(4), slow)
	to := refimpl.Target{Object: object.Identity{ID: object.NewNamespace("slow", "test").IDFromName("a"), Class: "slow", Name: "a"}, Path: "/"}
	ctx, hangUp := context.WithCancel(t.Context())
	go func() {
		<-running
		hangUp()
		close(release)
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	a := &answer{header: make(http.Header)}
	node.Serve(a, r, to) // under the race detector
	if err := node.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
