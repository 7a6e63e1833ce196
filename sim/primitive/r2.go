package primitive

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/reports/price"
)

// R2 is one bucket in one place: a register for each key, seen alike by everybody.
//
//	Worker -> bucket, work -> Worker
//
// A read or a write takes effect when the bucket's work on it completes, so the last
// writer to complete wins, and a conditional write is compared then.
type R2 struct {
	flights
	world   World
	params  R2Params
	objects map[string]*register
	lists   map[string]*list
	etag    uint64
	bill    price.Bill
	read    shape
	write   shape
}

// The stages of a call of R2.
const (
	r2Arrived stage = iota
	r2Completed
	r2Home
)

// NewR2 returns an empty bucket.
func NewR2(p R2Params, w World) (*R2, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("r2: %w", err)
	}
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("r2: %w", err)
	}
	return &R2{
		world: w, params: p, read: p.Read.shape(), write: p.Write.shape(),
		objects: make(map[string]*register), lists: make(map[string]*list),
	}, nil
}

// Bill is what was charged: a put or list is class A, kept or not; a get is class B, found or not.
func (b *R2) Bill() price.Bill { return b.bill }

// Holds is what an object holds.
func (b *R2) Holds(key string) (Value, bool) { return held(b.objects[key]) }

// Step takes one event.
func (b *R2) Step(now time.Duration, event Event) []Effect {
	b.start()
	switch e := event.(type) {
	case Asked:
		n := b.begin(now, e)
		b.after(b.world.Delay(e.From, b.params.Bucket), n, r2Arrived)
	case Fired:
		b.fire(now, e.Timer)
	}
	return b.effects
}

func (b *R2) fire(now time.Duration, t Timer) {
	n, f := t.flight, &b.slots[t.flight]
	switch t.stage {
	case r2Arrived:
		if work, ok := b.admit(now, f); ok {
			b.after(work, n, r2Completed)
			return
		}
		b.after(b.world.Delay(b.params.Bucket, f.from), n, r2Home)
	case r2Completed:
		b.complete(now, f)
		b.after(b.world.Delay(b.params.Bucket, f.from), n, r2Home)
	case r2Home:
		b.end(n)
	}
}

// admit draws how long a call is worked on, or refuses it. Every put that is
// admitted counts for its key's rate, whatever becomes of its condition.
func (b *R2) admit(now time.Duration, f *flight) (time.Duration, bool) {
	switch f.op.Verb {
	case Get:
		b.bill[price.R2ClassB]++
	case List:
		b.bill[price.R2ClassA]++
	case GetAll:
		return b.getAll(f), true
	case Put:
		if f.op.Message.ID == "" {
			r := b.register(f.op.Key)
			if now < r.next {
				f.cause = fmt.Errorf("r2 put: %w", ErrTooManyRequests)
				return 0, false
			}
			r.next = now + b.params.WriteEvery
		}
		b.bill[price.R2ClassA]++
		return b.write.draw(b.world.Random), true
	default:
		panic(fmt.Sprintf("r2: no verb %d", f.op.Verb))
	}
	return b.read.draw(b.world.Random), true
}

// getAll is one get for each name, all asked at once: it takes as long as the longest.
func (b *R2) getAll(f *flight) (longest time.Duration) {
	b.bill[price.R2ClassB] += float64(len(f.op.Names))
	for range f.op.Names {
		longest = max(longest, b.read.draw(b.world.Random))
	}
	return longest
}

func (b *R2) complete(now time.Duration, f *flight) {
	switch f.op.Verb {
	case Get:
		f.result = b.register(f.op.Key).current.result(now, f.asked)
	case Put:
		b.put(now, f)
	case List:
		f.result = b.listOf(f.op.Key).latest(now, f.asked, f.op.Count)
		for i := range f.result.Value.Messages {
			f.result.Value.Messages[i].Text = ""
		}
	case GetAll:
		f.result = Result{Found: true, Value: Value{Messages: b.listOf(f.op.Key).find(f.op.Names)}}
	}
}

func (b *R2) put(now time.Duration, f *flight) {
	b.etag++
	if f.op.Message.ID != "" {
		b.listOf(f.op.Key).insert(f.op.Message, now, now)
		f.result = Result{Kept: true, ETag: b.etag}
		return
	}
	r := b.register(f.op.Key)
	if f.op.Guard.On && f.op.Guard.ETag != r.current.serial {
		return
	}
	r.replace(&version{value: f.op.Value, found: true, serial: b.etag}, now)
	f.result = Result{Kept: true, ETag: b.etag}
}

func (b *R2) register(key string) *register {
	r, ok := b.objects[key]
	if !ok {
		r = &register{current: &version{}}
		b.objects[key] = r
	}
	return r
}

func (b *R2) listOf(key string) *list {
	l, ok := b.lists[key]
	if !ok {
		l = &list{}
		b.lists[key] = l
	}
	return l
}
