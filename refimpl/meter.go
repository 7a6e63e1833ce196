package refimpl

import (
	"errors"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// A tally is written by one goroutine at a time and read by any: counting is a
// load and a store, which cost less than a request notices.
type tally struct{ n atomic.Uint64 }

func (t *tally) add(n uint64) { t.n.Store(t.n.Load() + n) }

// spreadBuckets reach from 1 to 2^24 (in microseconds: 16.8 s); what is more
// counts in the last one, which has no bound.
const spreadBuckets = 26

// spread is a histogram whose buckets' bounds are powers of two.
type spread struct {
	buckets [spreadBuckets]tally
	sum     tally
}

func (s *spread) add(v uint64) {
	at := 0
	if v > 1 {
		at = min(bits.Len64(v-1), spreadBuckets-1)
	}
	s.buckets[at].add(1)
	s.sum.add(v)
}

func (s *spread) time(d time.Duration) { s.add(uint64(max(0, d) / time.Microsecond)) }

// outcome is how a request ended.
type outcome uint8

// The outcomes.
const (
	answered outcome = iota
	failed           // the class answered with a status of 500 or more
	overloaded
	retryable
	reset
	unknown
	outcomes
)

var outcomeNames = [outcomes]string{"ok", "failed", "overloaded", "retryable", "reset", "unknown-outcome"}

// outcomeOf reads a refusal.
func outcomeOf(cause error) outcome {
	switch {
	case errors.Is(cause, actor.ErrUnknownOutcome): // whatever else it is
		return unknown
	case errors.Is(cause, actor.ErrOverloaded):
		return overloaded
	case errors.Is(cause, actor.ErrRetryable), errors.Is(cause, actor.ErrNotOwner):
		return retryable
	case errors.Is(cause, actor.ErrReset):
		return reset
	}
	return unknown
}

// meter counts the requests of one class on one shard.
type meter struct {
	requests                      [outcomes]tally
	queue, activate, turn, commit spread // microseconds
}

// newMeters makes a meter for each class, and one for what is no class here.
func newMeters(classes []object.Class) map[string]*meter {
	meters := map[string]*meter{"": {}}
	for _, c := range classes {
		meters[c.Name] = &meter{}
	}
	return meters
}

func (s *shard) meterOf(class string) *meter {
	if m, ok := s.meters[class]; ok {
		return m
	}
	return s.meters[""]
}

// count looks at what is in memory.
func (s *shard) count() { s.gauges.objects.Store(int64(len(s.live))) }

func (m *meter) reply(t *turn) {
	how := answered
	if t.reply.Status >= 500 {
		how = failed
	}
	m.requests[how].add(1)
	timing := t.timing()
	m.queue.time(timing.Queue)
	m.turn.time(timing.Turn)
	m.commit.time(timing.Commit)
	if timing.Activate > 0 {
		m.activate.time(timing.Activate)
	}
}

// gauges are what a shard has in memory, and what it commits.
type gauges struct {
	objects     atomic.Int64 // with an instance, or with sockets that wait for one
	batchWrites spread
	commits     spread // microseconds; the keeper counts
}
