package loadgen

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A recorder's goroutine is handed so many observations at a time, and so many
// hands wait for it at the most.
const (
	handful     = 64
	handfulsDue = 64
)

// Tally counts observations by what became of them.
type Tally struct{ OK, Failed, Unknown uint64 }

// All is how many observations there are.
func (t Tally) All() uint64 { return t.OK + t.Failed + t.Unknown }

// Recorder collects observations from many goroutines. One goroutine of its own
// writes them to a file, gives them to whoever wants to hear them, or both. When it falls behind,
// Record waits: an observation is never dropped, and the delay shows as lag of
// the generator.
type Recorder struct {
	mu      sync.Mutex
	hand    []Observation // not handed over yet
	closed  bool
	queue   chan []Observation
	emptied chan []Observation
	done    chan struct{}
	writer  *Writer
	hear    func(*Observation)
	err     error

	ok, failed, unknown atomic.Uint64
}

// NewRecorder starts a recorder. The writer may be nil, and so may hear, which is
// called from one goroutine with observations in the order recorded. Close ends it.
func NewRecorder(w *Writer, hear func(*Observation)) *Recorder {
	r := &Recorder{
		hand:    make([]Observation, 0, handful),
		queue:   make(chan []Observation, handfulsDue),
		emptied: make(chan []Observation, handfulsDue+1),
		done:    make(chan struct{}),
		writer:  w,
		hear:    hear,
	}
	go r.collect()
	return r
}

// Record takes one observation, with its instants rounded down to microseconds,
// so that a history in memory is the same as one read from its file. It must
// not be called after Close.
func (r *Recorder) Record(o Observation) { r.Take(&o) }

// Take is Record for an observation that stays the caller's.
func (r *Recorder) Take(o *Observation) {
	switch o.Outcome {
	case OK:
		r.ok.Add(1)
	case Failed:
		r.failed.Add(1)
	default:
		r.unknown.Add(1)
	}
	if r.add(o) {
		// Let the recorder's goroutine run, if there is no processor for it: else it runs
		// when all hands wait, and finds them gone from the processor's cache.
		runtime.Gosched()
	}
}

// add puts an observation into the hand, and says whether it had to be handed over.
func (r *Recorder) add(o *Observation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		panic("loadgen: an observation was recorded after its recorder was closed")
	}
	r.hand = append(r.hand, *o)
	r.hand[len(r.hand)-1].round()
	if len(r.hand) < handful {
		return false
	}
	r.handOver()
	return true
}

// handOver gives the goroutine what there is, and takes an empty hand.
func (r *Recorder) handOver() {
	r.queue <- r.hand
	select {
	case r.hand = <-r.emptied:
	default:
		r.hand = make([]Observation, 0, handful)
	}
}

// Tally is how many observations came so far; it may be asked at any time.
func (r *Recorder) Tally() Tally {
	return Tally{OK: r.ok.Load(), Failed: r.failed.Load(), Unknown: r.unknown.Load()}
}

// Close waits until everything recorded is written, ends the writer's stream
// and returns the first error that writing met. Closing again only reports it again.
func (r *Recorder) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		r.queue <- r.hand
		close(r.queue)
	}
	r.mu.Unlock()
	<-r.done
	return r.err
}

func (r *Recorder) collect() {
	defer close(r.done)
	for hand := range r.queue {
		for i := range hand {
			r.take(&hand[i])
		}
		clear(hand)
		select {
		case r.emptied <- hand[:0]:
		default:
		}
	}
	if r.writer != nil {
		if err := r.writer.Close(); r.err == nil {
			r.err = err
		}
	}
}

func (r *Recorder) take(o *Observation) {
	if r.hear != nil {
		r.hear(o)
	}
	// After an error (a full disk) the run goes on and is judged all the same.
	if r.writer != nil && r.err == nil {
		r.err = r.writer.Write(o)
	}
}

// round cuts instants and parts down to whole microseconds. Cutting keeps the
// order of instants, so it can hide that one operation ended before another
// began but never invent it. Return takes what the parts lose by it.
func (o *Observation) round() {
	o.Scheduled = o.Scheduled.Truncate(time.Microsecond)
	o.Sent = o.Sent.Truncate(time.Microsecond)
	o.Done = o.Done.Truncate(time.Microsecond)
	if o.Budget == (Budget{}) {
		return
	}
	for part := range o.Budget {
		o.Budget[part] = o.Budget[part].Truncate(time.Microsecond)
	}
	o.Budget[Return] += o.Latency() - o.Budget.Whole()
}
