package loadgen

import (
	"context"
	"errors"
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

// attendance is what a member of a room knows of itself, so as to come back.
type attendance struct {
	recall Recall
	under  map[string]*saying // sent and not echoed; guarded by the room's lock
	back   bool               // it has joined again, and was told nothing yet
	away   atomic.Bool        // its connection was lost, and it tries again
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

// comesBack says that whoever ended a connection did not mean that the member should
// stay away: the object moves, or its node stops (1012, 1001), or nobody said why.
func comesBack(err error) bool {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		return true
	}
	switch closed.Code {
	case websocket.CloseServiceRestart, websocket.CloseGoingAway, websocket.CloseTryAgainLater, websocket.CloseAbnormalClosure:
		return true
	}
	return false
}

// rejoin tries to connect again, with pauses, until it can, and says whether it could.
func (m *member) rejoin() bool {
	random := Random(m.talk.Seed, ^uint64(m.Client))
	var pauses Backoff
	for {
		pause, again := pauses.Next(random)
		if !again {
			return false
		}
		timer := time.NewTimer(pause)
		select {
		case <-m.stays.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
		if m.connect(m.stays, m.path()) == nil {
			m.away.Store(false)
			m.talk.lost.Add(-1)
			if at := m.line.Load(); m.stays.Err() != nil && at.over.CompareAndSwap(false, true) {
				m.gone(at, m.stays.Err()) // it came while the others left
				return false
			}
			return true
		}
	}
}

// path is where the member joins again.
func (m *member) path() string {
	if m.desk == nil {
		m.back = true
		return m.Path
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.author.JoinPath(m.Path)
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

// resume takes what the room gives to who joins: to a new member it is the past, and
// one that has come back receives what it missed.
func (m *member) resume(at time.Duration, given []Text) {
	if !m.back {
		for _, t := range given {
			m.heard(t.Text)
		}
		return
	}
	m.back = false
	both, missed := m.recall.Resume(given)
	o := m.observation(Operation{})
	o.Resumed(at, both, len(given))
	m.talk.Record(o)
	for _, t := range missed {
		m.deliver(at, frame{id: []byte(t.ID), text: []byte(t.Text)})
	}
}

// heard remembers a text of a room.
func (m *member) heard(text string) {
	if m.desk == nil {
		m.recall.Heard(text)
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

// abandon settles what nobody will answer now that the connection is lost. A text may
// have been taken in all the same. An author's edits stay under way: they are sent again.
func (m *member) abandon(at time.Duration) {
	var lost []string
	if m.desk != nil {
		m.mu.Lock()
		lost = m.author.Leave()
		m.mu.Unlock()
	}
	m.room.mu.Lock()
	var over []Observation
	if m.desk == nil {
		for text := range m.under {
			lost = append(lost, text)
		}
	}
	for _, text := range lost {
		t := m.under[text]
		if t == nil || t.echoed {
			continue
		}
		delete(m.under, text)
		t.echoed = true
		if t.send.Operation.Kind == Send {
			t.lost = true
			m.room.sent.Add(^uint64(0)) // perhaps nobody will receive it
		}
		t.send.Unanswered(at)
		over = append(over, t.send)
	}
	m.room.mu.Unlock()
	for _, o := range over {
		m.talk.Record(o)
	}
}

// Unanswered is the end of an operation whose connection was lost.
func (o *Observation) Unanswered(at time.Duration) {
	o.Done, o.Outcome, o.Reply.Error = at, Unknown, "the connection was lost before its echo came"
	if o.Operation.Kind == Look {
		o.Outcome = Failed
	}
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
