package loadgen

import (
	"sync"
	"time"
)

// desk is where a document's member writes: its author, whom the goroutine that
// reads the socket and the one that writes it share.
type desk struct {
	mu     sync.Mutex
	author *Author
	more   chan struct{} // the author may have something to send
}

func newDesk() *desk { return &desk{author: NewAuthor(), more: make(chan struct{}, 1)} }

// compose writes what is in the outbox into the document, and sends whatever the
// author has to send, until the outbox is closed.
func (m *member) compose() {
	for {
		select {
		case t, open := <-m.outbox:
			if !open {
				return
			}
			at := m.line.Load()
			if at.over.Load() {
				m.refuse(t, noSocket)
				continue
			}
			m.enter(t)
			m.mu.Lock()
			err := m.begin(t)
			m.mu.Unlock()
			if err != nil {
				at.fail(err)
			}
			m.post()
			m.talk.unsent.Add(-1)
		case <-m.more:
			m.post()
		}
	}
}

// begin is called with the author locked.
func (m *member) begin(t *saying) error {
	if t.send.Operation.Kind == Look {
		m.author.Look(t.send.Operation.Text)
		return nil
	}
	return m.author.Write(t.send.Operation.Text)
}

// post sends what the author has to send.
func (m *member) post() {
	for at := m.line.Load(); !at.over.Load(); {
		m.mu.Lock()
		if at.over.Load() { // the author speaks on another connection from now on
			m.mu.Unlock()
			return
		}
		frame, err := m.author.Next()
		m.mu.Unlock()
		if err != nil {
			at.fail(err)
		}
		if frame == nil {
			return
		}
		m.put(at, frame)
	}
}

// hear gives a frame to the author, and records what that tells.
func (m *member) hear(at time.Duration, data []byte) {
	m.mu.Lock()
	heard := m.author.Hear(data)
	m.mu.Unlock()
	for _, h := range heard {
		switch {
		case h.Kind == Deliver:
			m.deliver(at, frame{id: []byte(h.Sum), text: []byte(h.Text), version: h.Version})
		case h.Kind == Resume:
			o := m.observation(Operation{})
			o.Resumed(at, "", int(h.Version))
			o.Reply.Allowed = true
			m.talk.Record(o)
		case h.Text == "":
			o := m.observation(Operation{Kind: Look})
			o.Scheduled, o.Sent = at, at
			o.Settle(at, h)
			m.talk.Record(o)
		default:
			m.settle(at, h)
		}
	}
	select {
	case m.more <- struct{}{}:
	default: // it will look anyway
	}
}

// settle ends a look, or an edit that was refused.
func (m *member) settle(at time.Duration, h Heard) {
	m.room.mu.Lock()
	t := m.room.texts[h.Text]
	if t == nil || t.echoed {
		m.room.mu.Unlock()
		return
	}
	t.echoed = true
	delete(m.under, h.Text)
	t.send.Settle(at, h)
	send := t.send
	m.room.mu.Unlock()
	if h.Kind == Send {
		m.room.sent.Add(^uint64(0)) // nobody will receive it
	}
	m.talk.Record(send)
}

// Settle is what an author heard of its operation.
func (o *Observation) Settle(at time.Duration, h Heard) {
	o.Done, o.Outcome = at, OK
	o.Reply.Value, o.Reply.Text = h.Version, h.Sum
	switch {
	case h.Lost:
		o.Outcome, o.Reply.Error = Unknown, "its author began again from the object's text"
	case h.Why != "":
		o.Outcome, o.Reply.Error = Failed, h.Why
	}
}
