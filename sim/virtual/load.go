package virtual

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// load is the clients of a run: those that ask over HTTP, or a talk.
type load struct {
	w        *world
	next     uint64 // seq of the next operation
	begin    time.Duration
	underway []*request // in the order sent, by seq; answered ones are nil
	head     int        // of the first that may be open
	passed   uint64     // how many were before underway[0]
	open     int        // of them, not answered
	spare    []*request // answered, for their memory
	ended    bool
	stopped  bool
	over     bool
	asked    uint64
	talk     *talk
	lost     int // members that poll and were never answered

	observed loadgen.Observation // of the request that ended last
	source   rand.PCG            // of the operation that is due
	random   *rand.Rand
}

func (w *world) startLoad() {
	if len(w.Members) > 0 {
		w.startTalk()
		return
	}
	w.queue.push(w.Schedule(0), &w.load)
}

// fire sends the operation that is due and plans the next.
func (l *load) fire(w *world) {
	l.expire(w)
	if l.stopped {
		l.finish()
		return
	}
	if l.random == nil {
		l.random = rand.New(&l.source)
	}
	loadgen.Reseed(&l.source, w.Seed, l.next)
	ask := w.Source.Next(l.next, l.random)
	q := l.fresh()
	q.edge, q.to = w.edges[w.edgeOf[ask.Client]], w.routeOf(&ask)
	q.method, q.body = ask.Method, []byte(ask.Body)
	q.plea = plea{seq: l.next, client: ask.Client, object: ask.Object, operation: ask.Operation, sent: w.now}
	l.underway = append(l.underway, q)
	l.open++
	l.asked++
	if l.open > w.Bounds.Underway {
		w.failed = fmt.Errorf("%w: over %d operations under way at %v: more is offered than the world can carry",
			ErrBound, w.Bounds.Underway, w.now)
		return
	}
	l.next++
	if at := w.Schedule(l.next); at < w.For {
		w.queue.push(at, l)
	} else {
		l.ended = true
		w.queue.push(w.now+w.Timeout, l.expiry())
	}
	q.edge.take(q)
}

// fresh is an empty request.
func (l *load) fresh() *request {
	if n := len(l.spare); n > 0 {
		q := l.spare[n-1]
		l.spare = l.spare[:n-1]
		*q = request{}
		return q
	}
	return &request{}
}

// observe begins the observation of a request that has ended. It is valid until the next one.
func (l *load) observe(q *request) *loadgen.Observation {
	l.observed = loadgen.Observation{
		Seq: q.seq, Client: q.client, Edge: q.edge.id, Class: l.w.Source.Class(), Object: q.object,
		Operation: q.operation, Scheduled: q.sent, Sent: q.sent,
	}
	return &l.observed
}

// done records an answer, unless its client has given up.
func (l *load) done(w *world, q *request) {
	if q.gone {
		return
	}
	l.underway[q.seq-l.passed] = nil
	l.open--
	q.obs = l.observe(q)
	q.settle(w.Source, w.now)
	w.Record(q.obs)
	l.spare = append(l.spare, q) // nothing refers to it any more
	if l.ended {
		l.finish()
	}
}

// expire gives up on operations that took too long. All have the same time, so
// the first sent are the first to go.
func (l *load) expire(w *world) {
	for l.head < len(l.underway) {
		q := l.underway[l.head]
		if q != nil && q.sent+w.Timeout > w.now {
			break
		}
		if q != nil {
			q.gone = true
			l.open--
			o := l.observe(q)
			o.Done = o.Sent + w.Timeout
			o.Outcome, o.Reply.Error = loadgen.Unknown, fmt.Sprintf("no reply within %s", w.Timeout)
			if o.Operation.Kind == loadgen.Read {
				o.Outcome = loadgen.Failed
			}
			w.Record(o)
		}
		l.underway[l.head] = nil
		l.head++
	}
	if l.head > 4096 && l.head*2 > len(l.underway) {
		n := copy(l.underway, l.underway[l.head:])
		clear(l.underway[n:])
		l.passed += uint64(l.head)
		l.underway, l.head = l.underway[:n], 0
	}
}

// expiry looks once more when the last operation's time is up.
func (l *load) expiry() target { return expiry{l} }

type expiry struct{ *load }

func (e expiry) fire(w *world) {
	e.load.expire(w)
	e.load.finish()
}

func (l *load) finish() {
	if l.open == 0 {
		l.over = true
	}
}

// interrupt ends the load early: what is under way may still be answered.
func (l *load) interrupt(w *world) {
	if l.stopped {
		return
	}
	l.stopped, l.ended = true, true
	if l.talk != nil {
		l.talk.end(w)
		return
	}
	w.queue.push(w.now+w.Timeout, l.expiry())
	l.finish()
}

func (l *load) report(ctx context.Context, now time.Duration) loadgen.Load {
	r := loadgen.Load{Asked: l.asked, Lost: l.lost, Cancelled: ctx.Err() != nil, Elapsed: now - l.begin}
	if l.talk != nil {
		r.Lost = l.talk.away
	}
	return r
}
