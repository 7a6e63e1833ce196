package loadgen

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/durabench/durabench/regions"
)

const (
	frameLimit  = 4 << 20 // bytes of one frame from a room; a history can be long
	writeWithin = 10 * time.Second
)

// room is what the members of one room share.
type room struct {
	members []*member
	sent    atomic.Uint64 // texts written to a socket

	mu    sync.Mutex
	texts map[string]*saying // by the text itself
}

// saying is one message from its schedule to its echo. After it entered the
// room's map, the room's lock guards it.
type saying struct {
	send   Observation
	id     string // the object's id of it, once somebody received it
	echoed bool
}

// member is one client in one room, with one goroutine that reads its socket
// and one that writes it.
type member struct {
	Member
	talk *talk
	room *room
	entrance
	socket   *websocket.Conn // nil until joined
	server   Server
	outbox   chan *saying
	running  sync.WaitGroup
	received atomic.Uint64 // deliveries of texts of this run
	live     atomic.Bool
	leaving  atomic.Bool
	*desk    // of a document's member; nil in a room
}

// entrance is where a member enters the network.
type entrance struct {
	edge regions.ID
	base *url.URL
}

// observation begins a record of an operation of this member.
func (m *member) observation(op Operation) Observation {
	return Observation{
		Seq:       m.talk.nextSeq(),
		Client:    m.Client,
		Edge:      m.edge,
		Class:     m.talk.Source.Class(),
		Object:    m.Object,
		Operation: op,
		Server:    m.server,
	}
}

// join opens the socket and starts its goroutines; leave waits for them.
func (m *member) join(ctx context.Context) error {
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
	socket, response, err := dialer.DialContext(ctx, scheme+"://"+m.base.Host+m.Path, nil)
	o.Done = m.talk.now()
	var header http.Header
	if response != nil {
		header, o.Reply.Status = response.Header, response.StatusCode
	}
	m.server = serverOf(header)
	o.Server = m.server
	if err != nil {
		o.Outcome, o.Reply.Error = Failed, err.Error()
		m.talk.Record(o)
		return fmt.Errorf("join %s at %s: %w", m.Object, m.edge, err)
	}
	o.Outcome, o.Budget = OK, budgetOf(header, &o)
	m.talk.Record(o)
	socket.SetReadLimit(frameLimit)
	m.socket = socket
	m.live.Store(true)
	m.running.Go(m.read)
	m.running.Go(m.write)
	return nil
}

// write sends what is in the outbox until it is closed.
func (m *member) write() {
	if m.desk != nil {
		m.compose()
		return
	}
	var frame []byte
	for t := range m.outbox {
		if !m.live.Load() {
			m.refuse(t, noSocket)
			continue
		}
		frame = append(frame[:0], `{"type":"chat","text":`...)
		frame = append(appendString(frame, t.send.Operation.Text), '}')
		m.enter(t)
		m.put(frame)
		m.talk.unsent.Add(-1)
	}
}

// put writes a frame. If that fails, it may have left all the same: an echo or
// the end decides.
func (m *member) put(frame []byte) {
	err := m.socket.SetWriteDeadline(time.Now().Add(writeWithin))
	if err == nil {
		err = m.socket.WriteMessage(websocket.TextMessage, frame)
	}
	if err != nil {
		m.lose(err)
	}
}

// enter stamps a text as sent and shows it to the room, before it is written:
// a delivery may overtake whatever comes after the write.
func (m *member) enter(t *saying) {
	m.room.mu.Lock()
	t.send.Sent = m.talk.now()
	m.room.texts[t.send.Operation.Text] = t
	waited := t.send.Sent - t.send.Scheduled
	m.room.mu.Unlock()
	if t.send.Operation.Kind == Send {
		m.room.sent.Add(1)
	}
	m.talk.gauge.asked.Add(1)
	m.talk.gauge.waited(waited)
}

// refuse records a text that was certainly not sent.
func (m *member) refuse(t *saying, why string) {
	t.send.Sent = m.talk.now()
	t.send.Done, t.send.Outcome, t.send.Reply.Error = t.send.Sent, Failed, why
	m.talk.Record(t.send)
	m.talk.unsent.Add(-1)
}

// read receives until the socket ends.
func (m *member) read() {
	var buffer []byte
	for {
		_, frame, err := m.socket.NextReader()
		if err == nil {
			buffer, err = readInto(buffer[:0], frame)
		}
		if err != nil {
			m.lose(err)
			return
		}
		at := m.talk.now()
		if m.desk != nil {
			m.hear(at, buffer)
			continue
		}
		if f, err := parseFrame(buffer); err == nil && string(f.kind) == "message" {
			m.deliver(at, f)
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

// deliver records one message received, and closes the send if it is the echo.
func (m *member) deliver(at time.Duration, f frame) {
	o := m.observation(Operation{Kind: Deliver})
	o.Done, o.Outcome = at, OK
	m.room.mu.Lock()
	t := m.room.texts[string(f.text)]
	if t == nil { // nobody here sent it; a law will say so
		m.room.mu.Unlock()
		o.Operation.Text, o.Operation.Sender, o.Reply.Text, o.Reply.Value = string(f.text), -1, string(f.id), f.version
		o.Scheduled, o.Sent = at, at
		m.talk.Record(o)
		return
	}
	if t.id == "" {
		t.id = string(f.id)
	}
	o.Reply.Text = t.id
	if t.id != string(f.id) {
		o.Reply.Text = string(f.id)
	}
	o.Reply.Value = f.version
	o.Scheduled, o.Sent = t.send.Scheduled, t.send.Sent
	o.Operation.Text, o.Operation.Sender = t.send.Operation.Text, t.send.Client
	echo := t.send.Client == m.Client && !t.echoed
	if echo {
		t.echoed = true
		t.send.Done, t.send.Outcome, t.send.Reply = at, OK, o.Reply
	}
	send := t.send
	m.room.mu.Unlock()
	m.received.Add(1)
	if echo {
		m.talk.Record(send)
	}
	m.talk.Record(o)
}

// lose records, once, that the connection ended before the member left.
func (m *member) lose(err error) {
	if m.leaving.Load() || !m.live.CompareAndSwap(true, false) {
		return
	}
	m.talk.lost.Add(1)
	m.socket.Close()
	o := m.observation(Operation{Kind: Leave})
	o.Done = m.talk.now()
	o.Scheduled, o.Sent = o.Done, o.Done
	o.Outcome, o.Reply.Error = Failed, err.Error()
	m.talk.Record(o)
}

// leave says goodbye and waits, for a while, until the other side has too.
func (m *member) leave() {
	m.leaving.Store(true)
	live := m.live.CompareAndSwap(true, false)
	o := m.observation(Operation{Kind: Leave})
	o.Sent = m.talk.now()
	o.Scheduled = o.Sent
	deadline := time.Now().Add(leaveWithin)
	if live {
		goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		// Errors here mean that the socket is gone already, which is what is wanted.
		_ = m.socket.WriteControl(websocket.CloseMessage, goodbye, deadline)
		_ = m.socket.SetReadDeadline(deadline)
	}
	m.running.Wait()
	m.socket.Close()
	if live {
		o.Done, o.Outcome = m.talk.now(), OK
		m.talk.Record(o)
	}
}
