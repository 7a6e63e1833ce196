package virtual

import (
	"math"
	"math/bits"
	"time"
)

// target is whatever something happens to.
type target interface{ fire(w *world) }

// event is something planned. Events of one instant fire in the order planned.
type event struct {
	at   time.Duration
	seq  uint64
	what target
}

func (e *event) before(other *event) bool {
	return e.at < other.at || e.at == other.at && e.seq < other.seq
}

const (
	sliceBits = 16   // a slice of time is 2^16 ns: 66 µs
	ringSize  = 4096 // of the ring: what is planned for the next 268 ms
)

// sliceOf is the slice of time that an instant is in.
func sliceOf(at time.Duration) int64 { return int64(at) >> sliceBits }

// queue is all that is planned. Most of it is a network's delay away: it lies in a
// ring of slices of time, without order. Only what is in the present slice, and what
// lies beyond the ring, is kept in order, so the heaps that do it are small.
type queue struct {
	seq     uint64
	present int64 // the slice whose events are soon
	soon    heap
	far     heap
	ring    [ringSize]int32       // the first cell of each slice after the present one, by its number modulo its size; 0 is none
	filled  [ringSize / 64]uint64 // bits of slices that have one
	cells   []event               // of the ring, and those that are not used; the first one stands for none
	next    []int32               // by cell: the one that follows it
	free    int32                 // the first cell that is not used; 0 is none
}

// empty says that nothing is planned.
func (q *queue) empty() bool {
	return len(q.soon) == 0 && len(q.far) == 0 && q.filled == [len(q.filled)]uint64{}
}

func (q *queue) push(at time.Duration, what target) {
	q.seq++
	e := event{at: at, seq: q.seq, what: what}
	switch ahead := sliceOf(at) - q.present; {
	case ahead <= 0:
		q.soon.push(e)
	case ahead < ringSize:
		q.throw(e)
	default:
		q.far.push(e)
	}
}

// throw puts an event into its slice of the ring.
func (q *queue) throw(e event) {
	for q.free == 0 {
		q.free = int32(len(q.cells))
		q.cells, q.next = append(q.cells, event{}), append(q.next, 0)
	}
	at, place := q.free, sliceOf(e.at)%ringSize
	q.cells[at] = e
	q.free, q.next[at], q.ring[place] = q.next[at], q.ring[place], at
	q.filled[place/64] |= 1 << (place % 64)
}

// pop takes what happens next. The queue must not be empty.
func (q *queue) pop() event {
	if len(q.soon) == 0 {
		q.advance()
	}
	return q.soon.pop()
}

// advance makes the next slice in which something happens the present one.
func (q *queue) advance() {
	q.present = q.nextFilled()
	if len(q.far) > 0 {
		q.present = min(q.present, sliceOf(q.far[0].at))
	}
	place := q.present % ringSize
	for at := q.ring[place]; at != 0; {
		q.soon = append(q.soon, q.cells[at])
		q.cells[at].what = nil // let go of it
		q.next[at], q.free, at = q.free, at, q.next[at]
	}
	q.soon.arrange()
	q.ring[place] = 0
	q.filled[place/64] &^= 1 << (place % 64)
	for len(q.far) > 0 && sliceOf(q.far[0].at) == q.present {
		q.soon.push(q.far.pop())
	}
}

// nextFilled is the first slice after the present one that has events in the ring.
func (q *queue) nextFilled() int64 {
	first := q.present + 1
	word, skip := first%ringSize/64, first%64
	if rest := q.filled[word] >> skip; rest != 0 {
		return first + int64(bits.TrailingZeros64(rest))
	}
	first += 64 - skip
	for range q.filled {
		word = (word + 1) % int64(len(q.filled))
		if q.filled[word] != 0 {
			return first + int64(bits.TrailingZeros64(q.filled[word]))
		}
		first += 64
	}
	return math.MaxInt64
}

// heap keeps events in order. It has four children to a node: half as deep as one
// with two, and its nodes share cache lines.
type heap []event

func (h *heap) push(item event) {
	*h = append(*h, item)
	events := *h
	child := len(events) - 1
	for child > 0 {
		parent := (child - 1) / 4
		if !item.before(&events[parent]) {
			break
		}
		events[child] = events[parent]
		child = parent
	}
	events[child] = item
}

func (h *heap) pop() event {
	events := *h
	first := events[0]
	last := len(events) - 1
	item := events[last]
	events[last] = event{}
	*h = events[:last]
	if last > 0 {
		h.sink(item, 0)
	}
	return first
}

// arrange makes a heap of events in any order.
func (h *heap) arrange() {
	for parent := (len(*h) - 2) / 4; parent >= 0 && len(*h) > 1; parent-- {
		h.sink((*h)[parent], parent)
	}
}

// sink finds the place of an item, from a parent downwards.
func (h *heap) sink(item event, parent int) {
	events := *h
	for {
		first := 4*parent + 1
		if first >= len(events) {
			break
		}
		least := first
		for child := first + 1; child < min(first+4, len(events)); child++ {
			if events[child].before(&events[least]) {
				least = child
			}
		}
		if !events[least].before(&item) {
			break
		}
		events[parent] = events[least]
		parent = least
	}
	events[parent] = item
}
