package wan

// fifo is a queue of chunks that reuses its memory.
type fifo struct {
	chunks []chunk // those before head are taken, and zero
	head   int
}

func (q *fifo) empty() bool { return q.head == len(q.chunks) }

func (q *fifo) front() *chunk { return &q.chunks[q.head] }

func (q *fifo) push(c chunk) {
	if q.head > 32 && q.head > len(q.chunks)/2 {
		n := copy(q.chunks, q.chunks[q.head:])
		clear(q.chunks[n:])
		q.chunks, q.head = q.chunks[:n], 0
	}
	q.chunks = append(q.chunks, c)
}

func (q *fifo) pop() chunk {
	c := q.chunks[q.head]
	q.chunks[q.head] = chunk{}
	q.head++
	if q.empty() {
		q.chunks, q.head = q.chunks[:0], 0
	}
	return c
}

func (q *fifo) postpone(earliest instant) {
	for i := q.head; i < len(q.chunks); i++ {
		q.chunks[i].due = max(q.chunks[i].due, earliest)
	}
}

func (q *fifo) clear() { *q = fifo{} }
