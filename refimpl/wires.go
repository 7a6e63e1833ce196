package refimpl

import (
	"sync"
	"time"
)

const (
	pingEvery = 25 * time.Second
	pongWait  = 60 * time.Second // a peer that says nothing for so long is gone
)

// wires are all of a node's sockets, so that they can be pinged and, at the end, cut.
type wires struct {
	mu      sync.Mutex
	open    map[*wire]struct{}
	writers sync.WaitGroup
	readers sync.WaitGroup
}

func (s *wires) add(w *wire) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[w] = struct{}{}
	s.readers.Add(1)
}

func (s *wires) remove(w *wire) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, w)
	s.readers.Done()
}

// len is how many sockets are open.
func (s *wires) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// pingAll keeps proxies from cutting idle sockets, and finds dead peers.
func (s *wires) pingAll(stop <-chan struct{}) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			s.each((*wire).ping)
		}
	}
}

// cutAll ends every connection and waits for its reader and writer.
func (s *wires) cutAll() {
	s.each((*wire).cut)
	s.readers.Wait()
	s.writers.Wait()
}

func (s *wires) each(do func(*wire)) {
	s.mu.Lock()
	open := make([]*wire, 0, len(s.open))
	for w := range s.open {
		open = append(open, w)
	}
	s.mu.Unlock()
	for _, w := range open {
		do(w)
	}
}
