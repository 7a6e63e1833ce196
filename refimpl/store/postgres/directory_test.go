package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/postgres"
	"github.com/durabench/durabench/regions"
)

// gated is a network whose writes wait at a gate and are counted.
type gated struct {
	open   chan struct{} // closed: writes pass
	writes atomic.Int64
	mu     sync.Mutex
	conns  []net.Conn
}

func (g *gated) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns = append(g.conns, conn)
	return &gatedConn{conn, g}, nil
}

// cut breaks every connection made so far.
func (g *gated) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, conn := range g.conns {
		_ = conn.Close()
	}
}

type gatedConn struct {
	net.Conn
	gate *gated
}

func (c *gatedConn) Write(p []byte) (int, error) {
	<-c.gate.open
	c.gate.writes.Add(1)
	return c.Conn.Write(p)
}

// gatedDirectory is a directory whose network is open at first.
func gatedDirectory(t *testing.T) (*gated, store.Directory) {
	t.Helper()
	dsn, config := ground(t)
	network := &gated{open: make(chan struct{})}
	close(network.open)
	config.Dial = network.dial
	directory := openDirectory(t, dsn, config)
	t.Cleanup(func() { _ = directory.Close() })
	return network, directory
}

func TestPlacesShareRoundTrips(t *testing.T) {
	network, directory := gatedDirectory(t)

	const callers = 500
	network.open = make(chan struct{}) // the first round trip waits here, the others in the queue
	before := network.writes.Load()
	var all sync.WaitGroup
	errs := make(chan error, callers)
	var started sync.WaitGroup
	for i := range callers {
		started.Add(1)
		all.Go(func() {
			started.Done()
			want := regions.ID(fmt.Sprint("home", i))
			got, err := directory.Place(t.Context(), []store.Placement{{Object: object.ID{byte(i), byte(i >> 8)}, Want: want}})
			if err == nil && got[0] != want {
				err = fmt.Errorf("object %d is at %s, want %s", i, got[0], want)
			}
			errs <- err
		})
	}
	started.Wait()
	close(network.open)
	all.Wait()
	for range callers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if trips := network.writes.Load() - before; trips > callers/4 {
		t.Errorf("%d callers took %d round trips, want them shared", callers, trips)
	}
}

func TestDirectoryOutlivesItsConnection(t *testing.T) {
	network, directory := gatedDirectory(t)
	for i, want := range []regions.ID{"first", "second"} {
		ask := store.Placement{Object: object.ID{byte(i)}, Want: want}
		for range 2 { // a second time too: homes do not change
			got, err := directory.Place(t.Context(), []store.Placement{ask})
			if err != nil || got[0] != want {
				t.Errorf("placed at %v (error %v), want %v", got, err, want)
			}
			ask.Want = "too late"
			network.cut()
		}
	}
}

func TestClosedDirectorySaysSo(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dsn, config := ground(t)
	directory := openDirectory(t, dsn, config)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := directory.Place(done, make([]store.Placement, 3)); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("place under a context that is done gave %v", err)
	}
	if err := directory.Close(); err != nil {
		t.Error(err)
	}
	if _, err := directory.Place(t.Context(), make([]store.Placement, 1)); err == nil {
		t.Error("a closed directory placed an object")
	}
}

func TestDirectoryWithoutServerFailsInTime(t *testing.T) {
	refused := errors.New("no way there")
	config := postgres.Config{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, refused }}
	if _, err := postgres.OpenDirectory(t.Context(), "postgres://nobody@db.example/x", config); !errors.Is(err, refused) {
		t.Errorf("open gave %v, want %v", err, refused)
	}
}
