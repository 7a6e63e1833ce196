package refimpl

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// Limits of HTTP servers. A handler has no time limit: a turn may wait for its object.
const (
	headerPatience = 5 * time.Second
	bodyPatience   = 30 * time.Second // for header and body
	idlePatience   = 60 * time.Second
	replyPatience  = 30 * time.Second // at least half of it, for any write
	maxHeaderBytes = 32 << 10
)

// NewEdgeServer serves the public: whoever connects must soon ask for something.
// Its listener should be a Guard.
func NewEdgeServer(e *Edge) *http.Server {
	return &http.Server{
		Handler: e, MaxHeaderBytes: maxHeaderBytes,
		ReadHeaderTimeout: headerPatience, ReadTimeout: bodyPatience, IdleTimeout: idlePatience,
	}
}

// NewHomeServer serves edges. It keeps a connection for longer than an edge does,
// used or not: if it closed one first, the news would be one way's delay under
// way, and a request sent meanwhile would be lost with an unknown outcome.
func NewHomeServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, MaxHeaderBytes: maxHeaderBytes,
		ReadHeaderTimeout: 2 * edgeIdlePatience, ReadTimeout: 2*edgeIdlePatience + bodyPatience,
		IdleTimeout: 2 * edgeIdlePatience,
	}
}

// Guard bounds what clients can hold on to: that many connections at once (more
// wait in the kernel's queue), and replies that nobody reads.
func Guard(l net.Listener, connections int) net.Listener {
	return &guard{Listener: l, free: make(chan struct{}, connections), closed: make(chan struct{})}
}

type guard struct {
	net.Listener
	free   chan struct{} // a token for each open connection
	once   sync.Once
	closed chan struct{}
}

func (g *guard) Accept() (net.Conn, error) {
	select {
	case g.free <- struct{}{}:
	case <-g.closed:
		return nil, net.ErrClosed
	}
	conn, err := g.Listener.Accept()
	if err != nil {
		<-g.free
		return nil, err
	}
	return &guarded{Conn: conn, free: g.free}, nil
}

func (g *guard) Close() error {
	g.once.Do(func() { close(g.closed) })
	return g.Listener.Close()
}

// guarded is a connection whose writes must get on.
type guarded struct {
	net.Conn
	free  chan struct{}
	once  sync.Once
	armed time.Time // net/http writes from one goroutine at a time, and so does a wire
	own   bool      // somebody sets deadlines of their own
}

// Write looks at the clock and seldom sets a deadline: most writes take no time.
func (c *guarded) Write(p []byte) (int, error) {
	if now := time.Now(); !c.own && now.Sub(c.armed) > replyPatience/2 {
		c.armed = now
		if err := c.Conn.SetWriteDeadline(now.Add(replyPatience)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(p)
}

// SetWriteDeadline is for who took the connection over, for a WebSocket. That the
// server takes off after each request what it never set, is passed over: it costs
// as much as setting it.
func (c *guarded) SetWriteDeadline(t time.Time) error {
	if !c.own && t.IsZero() {
		return nil
	}
	c.own, c.armed = !t.IsZero(), time.Time{}
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline is how the server hands a connection over.
func (c *guarded) SetDeadline(t time.Time) error {
	c.armed = time.Time{}
	return c.Conn.SetDeadline(t)
}

func (c *guarded) Close() error {
	c.once.Do(func() { <-c.free })
	return c.Conn.Close()
}

// CloseWrite ends our side: who passes a WebSocket on has passed all.
func (c *guarded) CloseWrite() error { return closeWrite(c.Conn) }

// SyscallConn gives the connection itself to who waits for many at once.
func (c *guarded) SyscallConn() (syscall.RawConn, error) {
	raw, ok := c.Conn.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return raw.SyscallConn()
}
