package loadgen

import (
	"sync"
	"sync/atomic"
	"time"
)

// recorderQueue bounds the observations that wait for the recorder's goroutine.
const recorderQueue = 4096

// Tally counts observations by what became of them.
type Tally struct{ OK, Failed, Unknown uint64 }

// All is how many observations there are.
func (t Tally) All() uint64 { return t.OK + t.Failed + t.Unknown }

// Recorder collects observations from many goroutines. One goroutine writes
// them to a file, keeps them for the judges, or both. When its queue is full,
// Record waits: an observation is never dropped, and the delay shows as lag of
// the generator.
type Recorder struct {
	queue   chan Observation
	done    chan struct{}
	writer  *Writer
	keep    bool
	history []Observation
	err     error

	ok, failed, unknown atomic.Uint64
	closing             sync.Once
}

// NewRecorder starts a recorder. The writer may be nil; keep says whether
// History is wanted. Close ends it.
func NewRecorder(w *Writer, keep bool) *Recorder {
	r := &Recorder{
		queue:  make(chan Observation, recorderQueue),
		done:   make(chan struct{}),
		writer: w,
		keep:   keep,
	}
	go r.collect()
	return r
}

// Record takes one observation, with its instants rounded down to microseconds,
// so that a history in memory is the same as one read from its file. It must
// not be called after Close.
func (r *Recorder) Record(o Observation) {
	o.round()
	switch o.Outcome {
	case OK:
		r.ok.Add(1)
	case Failed:
		r.failed.Add(1)
	default:
		r.unknown.Add(1)
	}
	r.queue <- o
}

// Tally is how many observations came so far; it may be asked at any time.
func (r *Recorder) Tally() Tally {
	return Tally{OK: r.ok.Load(), Failed: r.failed.Load(), Unknown: r.unknown.Load()}
}

// Close waits until everything recorded is written, ends the writer's stream
// and returns the first error that writing met. Closing again only reports it again.
func (r *Recorder) Close() error {
	r.closing.Do(func() { close(r.queue) })
	<-r.done
	return r.err
}

// History is what was kept, in the order recorded, after Close.
func (r *Recorder) History() []Observation {
	<-r.done
	return r.history
}

func (r *Recorder) collect() {
	defer close(r.done)
	for o := range r.queue {
		if r.keep {
			r.history = append(r.history, o)
		}
		// After an error (a full disk) the run goes on and is judged from memory.
		if r.writer != nil && r.err == nil {
			r.err = r.writer.Write(&o)
		}
	}
	if r.writer != nil {
		if err := r.writer.Close(); r.err == nil {
			r.err = err
		}
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
