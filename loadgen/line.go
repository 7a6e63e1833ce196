package loadgen

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// line is one connection of a member.
type line struct {
	socket *websocket.Conn
	server Server
	over   atomic.Bool // it was lost, or the member leaves
	broken atomic.Pointer[error]
}

// fail breaks a connection, which its reader will see.
func (l *line) fail(err error) {
	l.broken.CompareAndSwap(nil, &err)
	l.socket.Close()
}

// join opens the socket and starts the member's goroutines; leave waits for them.
func (m *member) join(ctx context.Context) error {
	if err := m.connect(ctx, m.Path); err != nil {
		return err
	}
	m.running.Go(m.stay)
	m.running.Go(m.write)
	return nil
}

// connect opens a socket.
func (m *member) connect(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, m.talk.Timeout)
	defer cancel()
	dialer := websocket.Dialer{
		NetDialContext:   m.talk.Dial,
		HandshakeTimeout: m.talk.Timeout,
		WriteBufferSize:  1024,
	}
	o := m.observation(Operation{Kind: Join})
	o.Sent = m.talk.now()
	o.Scheduled = o.Sent
	scheme := map[string]string{"http": "ws", "https": "wss"}[m.base.Scheme]
	socket, response, err := dialer.DialContext(ctx, scheme+"://"+m.base.Host+path, nil)
	o.Done = m.talk.now()
	var header http.Header
	if response != nil {
		header, o.Reply.Status = response.Header, response.StatusCode
	}
	o.Server = serverOf(header)
	if err != nil {
		o.Outcome, o.Reply.Error = Failed, err.Error()
		m.talk.Record(o)
		return fmt.Errorf("join %s at %s: %w", m.Object, m.edge, err)
	}
	o.Outcome, o.Budget = OK, budgetOf(header, &o)
	m.talk.Record(o)
	socket.SetReadLimit(frameLimit)
	m.line.Store(&line{socket: socket, server: o.Server})
	return nil
}

// live says that the member is connected, as far as it knows.
func (m *member) live() bool {
	at := m.line.Load()
	return at != nil && !at.over.Load()
}

// stay reads one connection after the other until the member leaves, or does not
// get back.
func (m *member) stay() {
	for {
		at := m.line.Load()
		err := m.read(at)
		if first := at.broken.Load(); first != nil {
			err = *first
		}
		m.lose(at, err)
		if m.stays.Err() != nil || !comesBack(err) || !m.rejoin() {
			m.away.Store(false)
			return
		}
	}
}

// read receives until the socket ends.
func (m *member) read(at *line) error {
	var buffer []byte
	for {
		_, frame, err := at.socket.NextReader()
		if err == nil {
			buffer, err = readInto(buffer[:0], frame)
		}
		if err != nil {
			return err
		}
		now := m.talk.now()
		switch f, err := parseFrame(buffer); {
		case m.desk != nil:
			m.hear(now, buffer)
		case err != nil:
		case string(f.kind) == "message":
			m.resume(now, nil)
			m.deliver(now, f)
		case string(f.kind) == "history":
			given, _ := ParseHistory(buffer)
			m.resume(now, given)
		}
	}
}

// readInto reads a whole frame into a buffer that the next one uses again.
func readInto(buffer []byte, r io.Reader) ([]byte, error) {
	for {
		if len(buffer) == cap(buffer) {
			buffer = append(buffer, 0)[:len(buffer)]
		}
		n, err := r.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if err == io.EOF {
			return buffer, nil
		}
		if err != nil {
			return buffer, err
		}
	}
}

// put writes a frame. If that fails, it may have left all the same: an echo or
// the end decides.
func (m *member) put(at *line, frame []byte) {
	err := at.socket.SetWriteDeadline(time.Now().Add(writeWithin))
	if err == nil {
		err = at.socket.WriteMessage(websocket.TextMessage, frame)
	}
	if err != nil {
		at.fail(err)
	}
}

// lose records, once, that a connection ended before the member left.
func (m *member) lose(at *line, err error) {
	if m.stays.Err() != nil || !at.over.CompareAndSwap(false, true) {
		return
	}
	m.away.Store(true)
	m.talk.lost.Add(1)
	m.abandon(m.gone(at, err))
}

// gone closes a connection's socket and records its end.
func (m *member) gone(at *line, err error) time.Duration {
	at.socket.Close()
	o := m.observation(Operation{Kind: Leave})
	o.Done = m.talk.now()
	o.Scheduled, o.Sent = o.Done, o.Done
	o.Outcome, o.Reply.Error = Failed, err.Error()
	m.talk.Record(o)
	return o.Done
}

// leave says goodbye and waits, for a while, until the other side has too.
func (m *member) leave() {
	m.part()
	at := m.line.Load()
	live := at != nil && at.over.CompareAndSwap(false, true)
	o := m.observation(Operation{Kind: Leave})
	o.Sent = m.talk.now()
	o.Scheduled = o.Sent
	deadline := time.Now().Add(leaveWithin)
	if live {
		goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		// Errors here mean that the socket is gone already, which is what is wanted.
		_ = at.socket.WriteControl(websocket.CloseMessage, goodbye, deadline)
		_ = at.socket.SetReadDeadline(deadline)
	}
	m.running.Wait()
	if at = m.line.Load(); at != nil {
		at.socket.Close()
	}
	if live {
		o.Done, o.Outcome = m.talk.now(), OK
		m.talk.Record(o)
	}
}
