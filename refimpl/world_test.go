package refimpl_test

import (
	"context"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// world is two nodes, each with an edge of its own that reaches the other over HTTP.
type world struct {
	nodes   map[regions.ID]*refimpl.Node
	edges   map[regions.ID]*refimpl.Edge
	servers map[regions.ID]*httptest.Server
	running chan struct{}
	release chan struct{}
	store   *memory.Server

	questions atomic.Int64 // that both edges have asked the directory
}

// restart stops a node and starts another in its place, which knows no edge.
func (w *world) restart(t *testing.T, id regions.ID) *refimpl.Node {
	t.Helper()
	if err := w.nodes[id].Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := []object.Class{agents(w.running, w.release)}
	node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
		Name: string(id), Region: id, Store: memory.New(w.store), Classes: all, Namespaces: refimpl.NewNamespaces("test", all),
		Clock: refimpl.SystemClock(), Seed: 2, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Stop(context.Background()) })
	w.nodes[id] = nil
	return node
}

// newWorld places objects by the first letters of their names: LHR-a.
func newWorld(t *testing.T, bend func(refimpl.Home) refimpl.Home) *world {
	t.Helper()
	return newWorldWith(t, bend, func(remote refimpl.Home, _ *refimpl.Node) refimpl.Home { return remote })
}

// newWorldWith chooses the way to the other node.
func newWorldWith(t *testing.T, bend func(refimpl.Home) refimpl.Home, far func(refimpl.Home, *refimpl.Node) refimpl.Home) *world {
	t.Helper()
	places, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		nodes: make(map[regions.ID]*refimpl.Node), edges: make(map[regions.ID]*refimpl.Edge), servers: make(map[regions.ID]*httptest.Server),
		running: make(chan struct{}, 16), release: make(chan struct{}),
	}
	server := memory.NewServer(8)
	w.store = server
	all := []object.Class{agents(w.running, w.release)}
	spaces := refimpl.NewNamespaces("test", all)
	ids := []regions.ID{"LHR", "NRT"}
	for _, id := range ids {
		node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
			Name: string(id), Region: id, Store: memory.New(server), Classes: all, Namespaces: spaces, Cores: 2,
			Clock: refimpl.SystemClock(), Seed: 1, Log: quiet(),
		})
		if err != nil {
			t.Fatal(err)
		}
		w.nodes[id] = node
		w.servers[id] = httptest.NewUnstartedServer(nil)
		w.servers[id].Config = refimpl.NewHomeServer(node.Handler(spaces))
		w.servers[id].Start()
		t.Cleanup(func() {
			if w.nodes[id] != nil { // else the test has stopped it
				if err := node.Stop(context.Background()); err != nil {
					t.Error(err)
				}
			}
			w.servers[id].Close()
		})
	}
	for i, id := range ids {
		other := ids[1-i]
		remote := refimpl.NewRemote(w.servers[other].Listener.Addr().String(), (&net.Dialer{}).DialContext, refimpl.SystemClock(), quiet())
		t.Cleanup(remote.Close)
		w.edges[id] = refimpl.NewEdge(refimpl.EdgeConfig{
			Namespaces: spaces, Directory: counted{memory.NewDirectory(server), &w.questions}, Map: places, Clock: refimpl.SystemClock(),
			Homes: map[regions.ID]refimpl.Home{id: bend(w.nodes[id]), other: bend(far(remote, w.nodes[other]))},
			Place: func(ask refimpl.Ask) (regions.ID, error) { return regions.ID(ask.Object.Name[:3]), nil },
		})
		w.nodes[id].Reach(w.edges[id])
	}
	return w
}

// counted is a directory that counts its questions.
type counted struct {
	store.Directory
	n *atomic.Int64
}

func (c counted) Place(ctx context.Context, asks []store.Placement) ([]regions.ID, error) {
	c.n.Add(1)
	return c.Directory.Place(ctx, asks)
}

func straight(h refimpl.Home) refimpl.Home { return h }

func (w *world) ask(method, name, path string) *httptest.ResponseRecorder {
	r := httptest.NewRecorder()
	w.edges["LHR"].ServeHTTP(r, httptest.NewRequest(method, "/object/agent/"+name+path, nil))
	return r
}
