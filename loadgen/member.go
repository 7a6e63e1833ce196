package loadgen

import (
	"context"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

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
	lost   bool // its sender's connection was, and nobody has received it
}

// member is one client in one room, with one goroutine that writes what it has to
// say and one that reads its socket, and connects again when that is lost.
type member struct {
	Member
	talk *talk
	room *room
	entrance
	outbox   chan *saying
	running  sync.WaitGroup
	received atomic.Uint64 // deliveries of texts of this run
	line     atomic.Pointer[line]
	stays    context.Context // until it leaves
	part     context.CancelFunc
	attendance
	*desk // of a document's member; nil in a room
}

// entrance is where a member enters the network.
type entrance struct {
	edge regions.ID
	base *url.URL
}

// observation begins a record of an operation of this member.
func (m *member) observation(op Operation) Observation {
	o := Observation{
		Seq:       m.talk.nextSeq(),
		Client:    m.Client,
		Edge:      m.edge,
		Class:     m.talk.Source.Class(),
		Object:    m.Object,
		Operation: op,
	}
	if at := m.line.Load(); at != nil {
		o.Server = at.server
	}
	return o
}

// write sends what is in the outbox until it is closed.
func (m *member) write() {
	if m.desk != nil {
		m.compose()
		return
	}
	var frame []byte
	for t := range m.outbox {
		at := m.line.Load()
		if at.over.Load() {
			m.refuse(t, noSocket)
			continue
		}
		frame = append(frame[:0], `{"type":"chat","text":`...)
		frame = append(appendString(frame, t.send.Operation.Text), '}')
		m.enter(t)
		m.put(at, frame)
		m.talk.unsent.Add(-1)
	}
}

// enter stamps a text as sent and shows it to the room, before it is written:
// a delivery may overtake whatever comes after the write.
func (m *member) enter(t *saying) {
	m.room.mu.Lock()
	t.send.Sent = m.talk.now()
	m.room.texts[t.send.Operation.Text] = t
	m.under[t.send.Operation.Text] = t
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

// deliver records one message received, and closes the send if it is the echo.
func (m *member) deliver(at time.Duration, f frame) {
	o := m.observation(Operation{Kind: Deliver})
	o.Done, o.Outcome = at, OK
	m.heard(string(f.text))
	m.room.mu.Lock()
	t := m.room.texts[string(f.text)]
	if t == nil { // nobody here sent it; a law will say so
		m.room.mu.Unlock()
		o.Operation.Text, o.Operation.Sender, o.Reply.Text, o.Reply.Value = string(f.text), -1, string(f.id), f.version
		o.Scheduled, o.Sent = at, at
		m.talk.Record(o)
		return
	}
	if t.lost {
		t.lost = false
		m.room.sent.Add(1)
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
		delete(m.under, t.send.Operation.Text)
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
