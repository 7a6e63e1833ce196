package wan

import (
	"bytes"
	"net"
	"time"
)

const (
	// maxChunk bounds the bytes handed to a socket at once, so that one bulk
	// transfer does not occupy a dispatcher for long.
	maxChunk = 64 << 10
	// burst is how many chunks of one lane are handed over before others that
	// are due get their turn.
	burst = 8
	// linger bounds how long a socket that takes no more bytes is kept for the
	// sake of a dialler that has already closed it.
	linger = 10 * time.Second
)

// outbound is the lane from the dialler's Write to the socket.
type outbound struct {
	lane
	conn     *conn
	writing  bool  // a Write is under way; others wait, lest their bytes mix
	draining bool  // a goroutine is writing to a socket that was full
	ended    bool  // a half or full close has entered
	dead     bool  // the socket refuses bytes; what enters vanishes, as on a real wire
	err      error // what Write returns, once the news has travelled back
}

// write enters p in chunks, as far as the window allows, and waits for room.
func (o *outbound) write(p []byte) (n int, err error) {
	delay := o.link.delay(Out)
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.writing {
		if err := o.refusal(); err != nil {
			return 0, err
		}
		o.wait()
	}
	o.writing = true
	defer func() { o.writing = false; o.change.Broadcast() }()
	for {
		if err := o.refusal(); err != nil {
			return n, err
		}
		if n == len(p) {
			return n, nil
		}
		room := o.window() - o.held
		if room <= 0 {
			o.wait()
			continue
		}
		part := p[n : n+min(room, len(p)-n, maxChunk)]
		n += len(part)
		if !o.dead {
			o.enter(chunk{data: bytes.Clone(part), sent: o.clock().now()}, delay, o)
		}
	}
}

// refusal adds to the lane's reasons those of a writer.
func (o *outbound) refusal() error {
	if err := o.lane.refusal(); err != nil {
		return err
	}
	if o.err != nil {
		return o.err
	}
	if o.ended {
		return net.ErrClosed
	}
	return nil
}

// finish puts an end behind what was written.
func (o *outbound) finish(e ending) error {
	delay := o.link.delay(Out)
	o.mu.Lock()
	defer o.mu.Unlock()
	if e == halfClose {
		if err := o.refusal(); err != nil {
			return err
		}
	}
	o.ended = true
	o.closed = o.closed || e == fullClose
	o.change.Broadcast()
	end := chunk{end: e, sent: o.clock().now()}
	switch {
	case o.dead && e == fullClose:
		o.link.network.spawn(o.conn.hangUp)
	case !o.dead:
		o.enter(end, delay, o)
	}
	if o.draining && o.closed {
		_ = o.conn.raw.SetWriteDeadline(time.Now().Add(linger)) // fails only if closed
	}
	return nil
}

// deliver hands what is due to the socket, as far as that does not block.
func (o *outbound) deliver() {
	for range burst {
		c, ok := o.take()
		if !ok {
			return
		}
		n := 0
		if c.end == goesOn {
			var err error
			if n, err = o.conn.socket.tryWrite(c.data); err != nil {
				o.fail(err)
				return
			}
		}
		if c.end != goesOn || n < len(c.data) {
			o.stall(c, n)
			return
		}
		o.link.late.record(o.clock().now() - c.due)
		o.delivered(c)
	}
	o.clock().push(o.clock().now(), o)
}

// take is next with the lock.
func (o *outbound) take() (chunk, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.next(o)
}

// delivered makes room for what was handed over.
func (o *outbound) delivered(c chunk) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead {
		return
	}
	full := o.held >= o.window()
	o.held -= len(c.data)
	if full {
		o.change.Broadcast()
	}
}

// stall gives the lane to a goroutine that may block: the socket is full, or is
// to be closed, which may take a moment.
func (o *outbound) stall(c chunk, written int) {
	if c.end == goesOn {
		o.link.late.record(o.clock().now() - c.due)
		if o.conn.socket.kernel != nil { // others cannot tell
			o.link.stalls.Add(1)
		}
	}
	o.mu.Lock()
	o.draining = true
	o.mu.Unlock()
	o.link.network.spawn(func() { o.drain(c, written) })
}

// drain hands over what is due, waiting for the socket as long as it takes, and
// then returns the lane to the scheduler.
func (o *outbound) drain(c chunk, written int) {
	for {
		if err := o.put(c, written); err != nil {
			o.fail(err)
			return
		}
		if c.end == fullClose {
			return
		}
		o.delivered(c) // that it is late is the receiver's doing, so no record
		o.mu.Lock()
		var ok bool
		o.draining = false
		if c, ok = o.next(o); ok {
			o.draining = true
		}
		o.mu.Unlock()
		if !ok {
			return
		}
		written = 0
	}
}

// put does to the socket what the chunk says.
func (o *outbound) put(c chunk, written int) error {
	switch c.end {
	case halfClose:
		return o.conn.closeWriteRaw()
	case fullClose:
		o.conn.hangUp()
		return nil
	}
	o.mu.Lock()
	leaving := o.closed
	o.mu.Unlock()
	if leaving {
		_ = o.conn.raw.SetWriteDeadline(time.Now().Add(linger)) // fails only if closed
	}
	_, err := o.conn.raw.Write(c.data[written:])
	return err
}

// fail marks the far end as gone. The news travels back like bytes; until it has
// arrived, writers go on writing into the void.
func (o *outbound) fail(err error) {
	o.mu.Lock()
	o.dead, o.draining = true, false
	o.clear()
	leaving := o.closed
	o.change.Broadcast()
	o.mu.Unlock()
	o.conn.in.arrive(chunk{end: broken, err: err}, 0)
	if leaving {
		o.link.network.spawn(o.conn.hangUp)
	}
}

// learn is the arrival of that news.
func (o *outbound) learn(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.change.Broadcast()
}

// drop makes writers fail and forgets what they wrote.
func (o *outbound) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.dead = true, true
	o.clear()
	o.change.Broadcast()
}

// resume continues after a cut.
func (o *outbound) resume() { o.resend(o) }
