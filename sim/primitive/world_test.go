package primitive_test

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/primitive"
)

// loop is an event queue: what is due first runs first, of one instant what was set first.
type loop struct {
	now   time.Duration
	seq   uint64
	queue queue
}

type due struct {
	at  time.Duration
	seq uint64
	run func()
}

type queue []due

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].seq < q[j].seq
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(due)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	d := (*q)[last]
	*q = (*q)[:last]
	return d
}

func (l *loop) after(d time.Duration, run func()) {
	l.seq++
	heap.Push(&l.queue, due{at: l.now + d, seq: l.seq, run: run})
}

func (l *loop) at(at time.Duration, run func()) { l.after(at-l.now, run) }

// drain runs until nothing is left to do.
func (l *loop) drain() {
	for len(l.queue) > 0 {
		d := heap.Pop(&l.queue).(due)
		l.now = d.at
		d.run()
	}
}

// host drives one machine.
type host struct {
	loop
	machine primitive.Machine
	waiting map[primitive.CallID]func(primitive.Result, error)
	steps   int
	calls   primitive.CallID
	stopped int // answers to calls that nobody waits for
}

func (h *host) call(from regions.ID, op primitive.Op, then func(primitive.Result, error)) {
	h.calls++
	h.waiting[h.calls] = then
	h.step(primitive.Asked{Call: h.calls, From: from, Op: op})
}

func (h *host) step(e primitive.Event) {
	h.steps++
	// The effects are gone with the next step, which an answer may well lead to.
	var answers []primitive.Answered
	for _, effect := range h.machine.Step(h.now, e) {
		switch x := effect.(type) {
		case primitive.After:
			h.after(x.Delay, func() { h.step(primitive.Fired{Timer: x.Timer}) })
		case primitive.Answered:
			answers = append(answers, x)
		}
	}
	for _, a := range answers {
		then := h.waiting[a.Call]
		if then == nil {
			h.stopped++
			continue
		}
		delete(h.waiting, a.Call)
		then(a.Result, a.Cause)
	}
}

// far is the one-way delay of the test's world: 1 ms within a place, 40 ms between any two.
func far(from, to regions.ID) time.Duration {
	if from == to {
		return time.Millisecond
	}
	return 40 * time.Millisecond
}

// nearest is the place itself, else the first.
func nearest(from regions.ID, candidates []regions.ID) regions.ID {
	for _, c := range candidates {
		if c == from {
			return c
		}
	}
	return candidates[0]
}

func newHost(t testing.TB, name string, p primitive.Params, seed uint64) *host {
	t.Helper()
	m, err := primitive.NewMachine(name, p, primitive.World{Delay: far, Nearest: nearest, Random: rand.New(rand.NewPCG(seed, 1))})
	if err != nil {
		t.Fatal(err)
	}
	return &host{machine: m, waiting: make(map[primitive.CallID]func(primitive.Result, error))}
}
