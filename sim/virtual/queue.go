package virtual

import "time"

// target is whatever something happens to.
type target interface{ fire(w *world) }

// event is something planned. Events of one instant fire in the order planned.
type event struct {
	at   time.Duration
	seq  uint64
	what target
}

// queue is all that is planned, in a heap with four children to a node: half as
// deep as one with two, and its nodes share cache lines.
type queue struct {
	heap []event
	seq  uint64
}

func (e *event) before(other *event) bool {
	return e.at < other.at || e.at == other.at && e.seq < other.seq
}

func (q *queue) push(at time.Duration, what target) {
	q.seq++
	q.heap = append(q.heap, event{at: at, seq: q.seq, what: what})
	child := len(q.heap) - 1
	item := q.heap[child]
	for child > 0 {
		parent := (child - 1) / 4
		if !item.before(&q.heap[parent]) {
			break
		}
		q.heap[child] = q.heap[parent]
		child = parent
	}
	q.heap[child] = item
}

func (q *queue) pop() event {
	first := q.heap[0]
	last := len(q.heap) - 1
	item := q.heap[last]
	q.heap[last] = event{}
	q.heap = q.heap[:last]
	if last > 0 {
		q.sink(item)
	}
	return first
}

// sink finds the place of an item from the top.
func (q *queue) sink(item event) {
	parent, n := 0, len(q.heap)
	for {
		first := 4*parent + 1
		if first >= n {
			break
		}
		least := first
		for child := first + 1; child < min(first+4, n); child++ {
			if q.heap[child].before(&q.heap[least]) {
				least = child
			}
		}
		if !q.heap[least].before(&item) {
			break
		}
		q.heap[parent] = q.heap[least]
		parent = least
	}
	q.heap[parent] = item
}
