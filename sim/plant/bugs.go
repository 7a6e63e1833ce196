package plant

import (
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// withStorage is a State whose storage is another.
type withStorage struct {
	object.State
	storage object.Storage
}

func (s withStorage) Storage() object.Storage { return s.storage }

// withSockets is a State whose sockets are others.
type withSockets struct {
	object.State
	sockets object.Sockets
}

func (s withSockets) Sockets() object.Sockets { return s.sockets }

// withClock is a State whose clock runs at another speed.
type withClock struct {
	object.State
	now time.Time
}

func (s withClock) Now() time.Time { return s.now }

func forgetWrites(m *memory, s object.State) object.State {
	return withStorage{s, forgetful{s.Storage(), m}}
}

type forgetful struct {
	object.Storage
	memory *memory
}

func (f forgetful) Put(key string, value object.Value, options ...object.WriteOption) error {
	if f.memory.every(40) {
		return nil
	}
	return f.Storage.Put(key, value, options...)
}

func staleReads(m *memory, s object.State) object.State {
	return withStorage{s, stale{s.Storage(), m, 20}}
}

// stale answers some reads that are followed by no write with an older value.
type stale struct {
	object.Storage
	memory *memory
	often  int
}

func (t stale) Get(key string) (object.Value, bool) {
	value, ok := t.Storage.Get(key)
	if old, known := t.memory.last[key]; known && t.memory.every(t.often) {
		return old, true
	}
	return value, ok
}

func (t stale) Put(key string, value object.Value, options ...object.WriteOption) error {
	if before, ok := t.Storage.Get(key); ok {
		t.memory.last[key] = before
	}
	return t.Storage.Put(key, value, options...)
}

// sender decides what becomes of a message on its way to a socket.
type sender func(m *memory, to object.Socket, message object.Message)

func loseMessages(m *memory, s object.State) object.State {
	return throughSockets(m, s, func(m *memory, to object.Socket, message object.Message) {
		if !isChat(message) || !m.every(50) {
			_ = to.Send(message)
		}
	})
}

func repeatMessages(m *memory, s object.State) object.State {
	return throughSockets(m, s, func(m *memory, to object.Socket, message object.Message) {
		_ = to.Send(message)
		if isChat(message) && m.every(50) {
			_ = to.Send(message)
		}
	})
}

func reorderMessages(m *memory, s object.State) object.State {
	return throughSockets(m, s, func(m *memory, to object.Socket, message object.Message) {
		held, waits := m.held[to]
		switch {
		case waits:
			_ = to.Send(message)
			_ = to.Send(held)
			delete(m.held, to)
		case isChat(message) && m.every(50):
			m.held[to] = message
		default:
			_ = to.Send(message)
		}
	})
}

func throughSockets(m *memory, s object.State, send sender) object.State {
	return withSockets{s, sockets{s.Sockets(), m, send}}
}

type sockets struct {
	object.Sockets
	memory *memory
	send   sender
}

func (b sockets) All(tag string) []object.Socket {
	all := b.Sockets.All(tag)
	for i := range all {
		all[i] = socket{all[i], b}
	}
	return all
}

type socket struct {
	object.Socket
	through sockets
}

func (s socket) Send(m object.Message) error {
	s.through.send(s.through.memory, s.Socket, m)
	return nil
}

func fastClock(m *memory, s object.State) object.State { return m.clock(s, 5) }

func slowClock(m *memory, s object.State) object.State { return m.clock(s, 0.2) }

// clock lets time run at a speed from the first instant seen.
func (m *memory) clock(s object.State, speed float64) object.State {
	now := s.Now()
	if m.began.IsZero() {
		m.began = now
	}
	return withClock{s, m.began.Add(time.Duration(float64(now.Sub(m.began)) * speed))}
}
