package refimpl

import (
	"sync"
	"time"

	"github.com/durabench/durabench/refimpl/frame"
)

// SocketLimits bound a node's WebSockets. Zero values take the defaults.
type SocketLimits struct {
	MessageBytes int // of one message from a client; over it the socket is closed with 1009. Default 1 MiB, at most 32 MiB
	QueueBytes   int // waiting for a slow reader; over it the socket is closed with 1013. Default 1 MiB
	Inbound      int // messages of one socket that its object has not handled; then its client has to wait. Default 64
	Sockets      int // open on the node; further upgrades are refused with 503. Default 100,000
}

// MaxMessageBytes is the most that SocketLimits.MessageBytes may allow.
const MaxMessageBytes = 32 << 20

func (l SocketLimits) withDefaults() SocketLimits {
	l.MessageBytes = min(orDefault(l.MessageBytes, MaxBodyBytes), MaxMessageBytes)
	l.QueueBytes = orDefault(l.QueueBytes, 1<<20)
	l.Inbound = orDefault(l.Inbound, 64)
	l.Sockets = orDefault(l.Sockets, 100_000)
	return l
}

func orDefault(value, fallback int) int {
	if value <= 0 {
		return fallback
	}
	return value
}

const (
	pingEvery     = 25 * time.Second
	sweepEvery    = time.Second      // each sweep visits its share of the sockets: 25 of them visit all
	pongWait      = 60 * time.Second // a peer that says nothing for so long is gone
	closePatience = 10 * time.Second // for the answer to our Close
)

// wires are all of a node's sockets, so that they can be counted, pinged and, at the end, cut.
type wires struct {
	limits  SocketLimits
	clock   Clock
	writers *writers
	batches sync.Pool  // of *[][]byte, frames on their way to a writer
	buffers bufferPool // of what is read

	mu      sync.Mutex
	open    []*wire
	places  map[*wire]int // in open
	next    int           // of open, to be swept
	owed    int           // visits, in parts: each sweep owes each socket one part of all the sweeps of a round
	stopped bool
	readers sync.WaitGroup
}

func newWires(limits SocketLimits, clock Clock) *wires {
	return &wires{
		limits: limits.withDefaults(), clock: clock, writers: newWriters(), places: make(map[*wire]int),
		batches: sync.Pool{New: func() any { return new([][]byte) }},
	}
}

// add takes a wire in, unless there are too many.
func (s *wires) add(w *wire) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= s.limits.Sockets {
		return false
	}
	s.places[w] = len(s.open)
	s.open = append(s.open, w)
	return true
}

func (s *wires) remove(w *wire) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, last := s.places[w], len(s.open)-1
	s.open[at] = s.open[last]
	s.places[s.open[at]] = at
	s.open[last] = nil
	s.open = s.open[:last]
	delete(s.places, w)
}

// len is how many sockets are open.
func (s *wires) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// sweep pings all sockets in turn, a share of them each second: that keeps
// proxies from cutting idle ones, and finds peers that are gone.
func (s *wires) sweep(stop <-chan struct{}) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var share []*wire
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			share = s.share(share[:0])
			for _, w := range share {
				w.visit(time.Now())
			}
			clear(share)
		}
	}
}

// share is the next of the sockets to be visited.
func (s *wires) share(out []*wire) []*wire {
	s.mu.Lock()
	defer s.mu.Unlock()
	const sweeps = int(pingEvery / sweepEvery)
	s.owed += len(s.open)
	for ; s.owed >= sweeps && len(s.open) > 0; s.owed -= sweeps {
		s.next = (s.next + 1) % len(s.open)
		out = append(out, s.open[s.next])
	}
	return out
}

// visit pings a peer, or gives it up if it was silent for too long.
func (w *wire) visit(now time.Time) {
	w.mu.Lock()
	connected, endedAt := w.conn != nil, w.state.endedAt
	full := w.state.inbound >= w.all.limits.Inbound // we do not listen, so we hear nothing
	w.mu.Unlock()
	silent := now.UnixNano() - w.heard.Load()
	switch {
	case !connected:
	case silent > int64(pongWait) && !full, !endedAt.IsZero() && now.Sub(endedAt) > closePatience:
		w.fail()
	default:
		w.say(pingFrame, false)
	}
}

// pingFrame is a Ping without a payload. It is never changed.
var pingFrame = frame.Append(nil, frame.Ping, nil)

// partingPatience is how long a stopping node waits for its peers' answers to its Close frames.
const partingPatience = 500 * time.Millisecond

// stop ends every connection and waits for its listener and writer. Unless the
// node stops as in a crash, the peers are told.
func (s *wires) stop(crashed bool) {
	s.mu.Lock()
	s.stopped = true
	open := append([]*wire(nil), s.open...)
	s.mu.Unlock()
	cut := func() {
		for _, w := range open {
			w.cut()
		}
	}
	if crashed {
		cut()
	} else {
		for _, w := range open {
			w.dismiss(frame.ServiceRestart, "the node stops")
		}
		timer := time.AfterFunc(partingPatience, cut)
		defer timer.Stop()
	}
	s.readers.Wait()
	s.writers.running.Wait()
}

// listening counts a listener in, unless the node has stopped.
func (s *wires) listening() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.readers.Add(1)
	}
	return !s.stopped
}

// bufferPool lends buffers to listeners that have something to read.
type bufferPool struct{ pool sync.Pool }

const readBytes = 16 << 10

// Get lends a buffer.
func (p *bufferPool) Get() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, readBytes)
	return &b
}

// Put takes it back.
func (p *bufferPool) Put(b *[]byte) { p.pool.Put(b) }
