package wan

import (
	"errors"
	"io"
	"time"
)

// inbound is the lane from the socket to the dialler's Read.
type inbound struct {
	lane
	conn    *conn
	ready   fifo  // arrived, not yet read
	readers int   // waiting in Read
	err     error // what Read returns after the bytes
}

// pump reads the socket until it ends. It is the connection's one goroutine.
func (in *inbound) pump() {
	for {
		in.awaitRoom()
		data, lag, err := in.conn.socket.read()
		if len(data) > 0 {
			in.arrive(chunk{data: data}, lag)
		}
		if err != nil {
			in.arrive(endOf(err), 0)
			return
		}
	}
}

func endOf(err error) chunk {
	if errors.Is(err, io.EOF) {
		return chunk{end: lastByte}
	}
	return chunk{end: broken, err: err}
}

// awaitRoom waits until the window has room. Without it the socket is left unread, so
// that its sender has to wait in the end. After a close there is always room,
// for nothing is kept.
func (in *inbound) awaitRoom() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for !in.closed && in.held >= in.window() {
		in.change.Wait()
	}
}

// arrive enters what came from the socket, lag ago.
func (in *inbound) arrive(c chunk, lag time.Duration) {
	delay := in.link.delay(In)
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return
	}
	c.sent = in.clock().now() - lag
	in.enter(c, delay, in)
}

// deliver moves what is due to where Read finds it.
func (in *inbound) deliver() {
	if err := in.receive(); err != nil {
		in.conn.out.learn(err)
	}
}

// receive returns the error that broke the connection, if its news arrived.
func (in *inbound) receive() (gone error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for {
		c, ok := in.next(in)
		if !ok {
			in.change.Broadcast()
			return gone
		}
		switch {
		case c.end == lastByte && in.err == nil:
			in.err = io.EOF
		case c.end == broken:
			gone = c.err
			if in.err == nil {
				in.err = c.err
			}
		case c.end == goesOn:
			if in.readers == 0 {
				in.link.late.record(in.clock().now() - c.due)
				c.told = true
			}
			in.ready.push(c)
		}
	}
}

// read takes bytes that have arrived, or waits for them.
func (in *inbound) read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for {
		if err := in.refusal(); err != nil {
			return 0, err
		}
		if len(p) == 0 {
			return 0, nil
		}
		if !in.ready.empty() {
			return in.take(p), nil
		}
		if in.err != nil {
			return 0, in.err
		}
		in.readers++
		in.wait()
		in.readers--
	}
}

// take copies what is ready into p and makes room for as much.
func (in *inbound) take(p []byte) (n int) {
	for n < len(p) && !in.ready.empty() {
		c := in.ready.front()
		if !c.told {
			in.link.late.record(in.clock().now() - c.due)
			c.told = true
		}
		k := copy(p[n:], c.data)
		n += k
		if c.data = c.data[k:]; len(c.data) == 0 {
			in.ready.pop()
		}
	}
	full := in.held >= in.window()
	in.held -= n
	if full {
		in.change.Broadcast()
	}
	return n
}

// close makes readers fail and drops what they did not read.
func (in *inbound) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.clear()
	in.ready.clear()
	in.change.Broadcast()
}

// resume continues after a cut.
func (in *inbound) resume() { in.resend(in) }
