package refimpl

import "sync"

// mailbox is what a shard reads. Anyone may put, one goroutine takes. Requests
// are refused over the bound; what the shard itself asked for is always taken,
// and is bounded by what it asks.
type mailbox struct {
	bound int

	mu    sync.Mutex
	items []any
	shut  bool          // nobody takes any more
	ready chan struct{} // holds one token while there may be something to take
}

func newMailbox(bound int) *mailbox {
	return &mailbox{bound: bound, ready: make(chan struct{}, 1)}
}

// offer puts a request, unless the mailbox is full.
func (m *mailbox) offer(item any) bool {
	m.mu.Lock()
	if len(m.items) >= m.bound || m.shut {
		m.mu.Unlock()
		return false
	}
	m.add(item)
	return true
}

// put takes an answer that the shard waits for. It says no when the shard has ended.
func (m *mailbox) put(item any) bool {
	m.mu.Lock()
	if m.shut {
		m.mu.Unlock()
		return false
	}
	m.add(item)
	return true
}

// close gives what was not taken, and takes nothing more.
func (m *mailbox) close() []any {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shut = true
	return m.items
}

// add appends and unlocks. Only the first item of a burst needs to wake anyone.
func (m *mailbox) add(item any) {
	first := len(m.items) == 0
	m.items = append(m.items, item)
	m.mu.Unlock()
	if first {
		select {
		case m.ready <- struct{}{}:
		default:
		}
	}
}

// take swaps the items for an empty slice whose memory it reuses.
func (m *mailbox) take(empty []any) []any {
	m.mu.Lock()
	items := m.items
	m.items = empty
	m.mu.Unlock()
	return items
}
