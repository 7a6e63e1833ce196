package refimpl

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

const (
	linkBytes    = 16 << 20 // that wait to be written; more are refused
	linkBeat     = 5 * time.Second
	linkPatience = 4 * linkBeat // without a word from the other end, or with a write that does not end
)

// link is one end of a connection that carries frames both ways, in order. What
// was put leaves in the order put, or not at all.
type link struct {
	mu     sync.Mutex
	out    []byte
	queued uint64 // bytes put so far
	handed uint64 // of these, given to the connection: they may have arrived
	closed bool   // nothing more may be put
	wake   chan struct{}
}

func newLink() *link { return &link{wake: make(chan struct{}, 1)} }

// Why a link takes nothing.
var (
	errLinkClosed = errors.New("connection closed")
	errLinkFull   = errors.New("too much waits for the connection")
)

// put adds a frame and says where in the stream it begins.
func (l *link) put(frame func([]byte) []byte) (at uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return 0, errLinkClosed
	case len(l.out) > linkBytes:
		return 0, errLinkFull
	}
	at = l.queued
	before := len(l.out)
	l.out = frame(l.out)
	l.queued += uint64(len(l.out) - before)
	l.nudge()
	return at, nil
}

func (l *link) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// close lets what was put leave, and ends write.
func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.nudge()
}

// reached says how many bytes of the stream may have arrived.
func (l *link) reached() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.handed
}

// write sends what is put, and a beat where nothing is, until the link is closed
// or the connection fails. Then the connection is closed, too.
func (l *link) write(conn net.Conn) {
	defer conn.Close()
	beat := time.NewTicker(linkBeat)
	defer beat.Stop()
	var spare []byte
	for {
		l.mu.Lock()
		data, closed := l.out, l.closed
		l.out = spare[:0]
		l.handed = l.queued
		l.mu.Unlock()
		if len(data) > 0 {
			_ = conn.SetWriteDeadline(time.Now().Add(linkPatience))
			if _, err := conn.Write(data); err != nil {
				return
			}
			spare = data
			if cap(spare) > 1<<20 {
				spare = nil
			}
			continue
		}
		spare = data
		if closed {
			return
		}
		select {
		case <-l.wake:
		case <-beat.C:
			_, _ = l.put(appendBeat) // who has much to say need not say that it lives
		}
	}
}

// read passes on each frame but beats until the connection ends or each fails.
// Each frame has memory of its own.
func (l *link) read(conn net.Conn, from *bufio.Reader, limit uint32, each func(kind byte, data []byte) error) error {
	var head [4]byte
	for {
		if err := conn.SetReadDeadline(time.Now().Add(linkPatience)); err != nil {
			return err
		}
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return err
		}
		length := binary.BigEndian.Uint32(head[:])
		if length == 0 || length > limit {
			return fmt.Errorf("%w: %d bytes", errBadFrame, length)
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(from, data); err != nil {
			return err
		}
		if data[0] == beatFrame {
			continue
		}
		if err := each(data[0], data[1:]); err != nil {
			return err
		}
	}
}
