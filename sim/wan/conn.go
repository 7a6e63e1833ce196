package wan

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// conn is the dialler's end of an emulated connection.
type conn struct {
	link   *Link
	raw    net.Conn
	socket *socket
	out    outbound
	in     inbound
	closed atomic.Bool // by the application
}

func newConn(l *Link, raw net.Conn) *conn {
	c := &conn{link: l, raw: raw, socket: newSocket(raw)}
	c.out.conn, c.in.conn = c, c
	c.out.init(l, Out)
	c.in.init(l, In)
	return c
}

// Read returns bytes that were sent at least one way's delay ago.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

// Write puts p on its way. It waits only if the window is full.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// Close ends both directions for the application at once. What was written
// still arrives, and then the listener sees the end.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return c.wrap("close", net.ErrClosed)
	}
	c.in.close()
	return c.wrap("close", c.out.finish(fullClose))
}

// CloseWrite ends the outgoing stream behind what was written and leaves the
// other direction open. It needs a connection underneath that can do so.
func (c *conn) CloseWrite() error {
	if _, ok := c.raw.(closeWriter); !ok {
		return c.wrap("close", errors.ErrUnsupported)
	}
	return c.wrap("close", c.out.finish(halfClose))
}

type closeWriter interface{ CloseWrite() error }

func (c *conn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

func (c *conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) SetReadDeadline(t time.Time) error {
	return c.wrap("set", c.in.setDeadline(t))
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.wrap("set", c.out.setDeadline(t))
}

// wrap dresses an error as package net does. io.EOF stays bare, for readers
// compare with it.
func (c *conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	var known *net.OpError
	if errors.As(err, &known) {
		err = known.Err
	}
	local, remote := c.raw.LocalAddr(), c.raw.RemoteAddr()
	return &net.OpError{Op: op, Net: local.Network(), Source: local, Addr: remote, Err: err}
}

func (c *conn) closeWriteRaw() error { return c.raw.(closeWriter).CloseWrite() }

// hangUp closes the socket, which also ends the pump.
func (c *conn) hangUp() {
	_ = c.raw.Close() // nobody is left to tell
	c.link.network.forget(c)
}

// abort breaks the connection at once: the network is closing. The lanes come
// first, lest a writer take the broken socket for a far end that is gone.
func (c *conn) abort() {
	c.in.close()
	c.out.drop()
	_ = c.raw.Close() // ends the pump, and a drain that waits for the listener
}
