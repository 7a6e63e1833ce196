package wan

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// DefaultWindow is the bound, in bytes, on what one direction of one connection
// may hold. 8 MiB at 50 ms one way still carries 160 MB/s.
const DefaultWindow = 8 << 20

// DialFunc opens the real connection under an emulated one.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// Options say how a Network differs from the usual one; the zero value is ready.
type Options struct {
	// Window bounds the bytes in flight of one direction of one connection;
	// 0 means DefaultWindow.
	Window int
	// Dial opens the connections underneath; nil means a plain net.Dialer.
	Dial DialFunc
	// CoarseTimer keeps to Go's own timers, which wake a sleeping process up to
	// 1 ms late. A testing/synctest bubble needs it: the precise alarm lives in
	// the kernel, outside the bubble's time.
	CoarseTimer bool
}

// Network is the emulated network of one world: its links, its connections and
// the one scheduler that carries all their bytes.
type Network struct {
	options Options
	clock   *scheduler

	mu     sync.Mutex
	links  []*Link
	conns  map[*conn]struct{}
	closed bool
	work   sync.WaitGroup // pumps, drains and closers of connections
}

// New starts a network. Whoever calls it calls Close.
func New(o Options) (*Network, error) {
	if o.Window < 0 {
		return nil, fmt.Errorf("start network: window of %d bytes is negative", o.Window)
	}
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	clock, err := startScheduler(o.CoarseTimer)
	if err != nil {
		return nil, fmt.Errorf("start network: %w", err)
	}
	return &Network{options: o, clock: clock, conns: make(map[*conn]struct{})}, nil
}

// Link adds a pair of places whose bytes take the given delays. The name is for
// reports; it need not be unique.
func (n *Network) Link(name string, d Delays) *Link {
	l := &Link{network: n, name: name, delays: d}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links = append(n.links, l)
	return l
}

// Lateness tells how late chunks were handed over on all links together.
func (n *Network) Lateness() Summary {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all histogram
	for _, l := range n.links {
		all.add(&l.late)
	}
	return all.summary()
}

// Close breaks every connection at once, with the bytes still in flight, and
// waits until all goroutines of the network have ended. Dials under way fail
// with net.ErrClosed. A world that wants its last bytes delivered closes its
// connections and servers first.
func (n *Network) Close() error {
	n.mu.Lock()
	first := !n.closed
	n.closed = true
	open := n.conns
	n.conns = nil
	n.mu.Unlock()
	if first {
		for c := range open {
			c.abort()
		}
		n.clock.stop()
	}
	n.work.Wait()
	return nil
}

// adopt wraps a dialled connection and starts to read from it.
func (n *Network) adopt(l *Link, raw net.Conn) (*conn, error) {
	c := newConn(l, raw)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		_ = raw.Close() // the error to report is that the network is gone
		return nil, net.ErrClosed
	}
	n.conns[c] = struct{}{}
	n.work.Go(c.in.pump)
	return c, nil
}

// forget drops a connection whose socket is closed.
func (n *Network) forget(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c)
}

// spawn runs f on a goroutine that Close waits for. After Close it does nothing:
// every socket is closed by then, and there is nothing left to do on one.
func (n *Network) spawn(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.work.Go(f)
	}
}
