package refimpl

import (
	"sync"
	"sync/atomic"
	"time"
)

// handoff lets a shard outlive a slow turn. The goroutine that runs a turn holds
// a ticket; if the watch finds the same ticket twice, it tears it and starts
// another goroutine for the shard. The slow turn, when it ends, finds its ticket
// torn and hands its result in by mail. So a handler that sleeps, or never
// returns, delays its own object and no other.
//
// The ticket is odd while a turn runs. Whoever raises it owns the shard.
type handoff struct {
	ticket atomic.Uint64
	seen   uint64 // by the watch, the last time
	shards sync.WaitGroup
}

// slowTurn is the least time after which a turn loses the shard; up to twice as long may pass.
const slowTurn = 10 * time.Millisecond

func (h *handoff) begin() uint64 { return h.ticket.Add(1) }

func (h *handoff) end(ticket uint64) bool { return h.ticket.CompareAndSwap(ticket, ticket+1) }

// finished says that the shard's loop ended for good.
func (h *handoff) finished() { h.shards.Done() }

// takeOver tears the ticket of a turn that runs since the last call, and says
// whether the shard needs a new goroutine.
func (h *handoff) takeOver() bool {
	ticket := h.ticket.Load()
	slow := ticket%2 == 1 && ticket == h.seen
	h.seen = ticket
	return slow && h.ticket.CompareAndSwap(ticket, ticket+1)
}

// watch looks after the shards until stop is closed.
func watch(shards []*shard, stop <-chan struct{}) {
	tick := time.NewTicker(slowTurn)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			for _, s := range shards {
				if s.handoff.takeOver() {
					go s.loop()
				}
			}
		}
	}
}
