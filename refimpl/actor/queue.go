package actor

import "time"

// queued is a turn that waits to begin, or to go on.
type queued struct {
	turn   TurnID
	kind   Kind
	bytes  int
	since  time.Time
	answer *Answer // of Continue
}

// queue is a first-in first-out queue that reuses its memory.
type queue struct {
	items []queued
	head  int
	bytes int
}

func (q *queue) len() int { return len(q.items) - q.head }

// oldest is since when the first in line has waited; none waits since for ever.
func (q *queue) oldest() time.Time {
	if q.len() == 0 {
		return time.Time{}
	}
	return q.items[q.head].since
}

func (q *queue) push(item queued) {
	q.items = append(q.items, item)
	q.bytes += item.bytes
}

func (q *queue) pop() queued {
	item := q.items[q.head]
	q.items[q.head].answer = nil
	q.head++
	q.bytes -= item.bytes
	switch {
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
	case q.head >= 64 && q.head*2 >= len(q.items):
		// Half of it is used up: move the rest down, so that a queue that never empties does not grow.
		q.items, q.head = q.items[:copy(q.items, q.items[q.head:])], 0
	}
	return item
}
