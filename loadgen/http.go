package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Bounds that a load takes when it is given none.
const (
	DefaultTimeout = 10 * time.Second // of one operation
	DefaultDrain   = 5 * time.Second  // for what is under way when the load is over
	DefaultWorkers = 1024             // operations under way at once
)

// HTTP is an open-loop load over HTTP: operations are sent when the schedule
// says so, whether or not earlier ones were answered.
type HTTP struct {
	Source   Source
	Edges    []Edge
	Schedule Schedule
	For      time.Duration // how long operations are sent; zero is until the context ends
	Seed     uint64
	FirstSeq uint64        // the Seq of the first observation
	Timeout  time.Duration // of one operation; zero is DefaultTimeout
	Drain    time.Duration // after a cancelled context; zero is DefaultDrain
	// Workers caps the operations under way; zero is DefaultWorkers. At the cap
	// operations wait, which their latency includes and Load.Warnings tells.
	Workers int
	// Transport carries the requests; nil is a fresh one, closed after the run.
	Transport http.RoundTripper
	// Record takes each observation; it is called from many goroutines.
	Record func(Observation)
}

// opHeader carries an operation's number and scheduled instant (in nanoseconds)
// from the targeter to the round tripper; it is taken off before the wire.
const opHeader = "X-Durabench-Op"

// Run sends the load and returns when every operation has been observed.
// Instants count from start. When ctx ends, no more is sent, what is under way
// gets Drain to finish, and the rest becomes Unknown (reads: Failed).
func (h HTTP) Run(ctx context.Context, start time.Time) (Load, error) {
	bases, err := checkEdges(h.Edges)
	if err != nil {
		return Load{}, err
	}
	if h.Source.Clients() <= 0 {
		return Load{}, fmt.Errorf("start load: %d clients: want at least one", h.Source.Clients())
	}
	h.Timeout = orDefault(h.Timeout, DefaultTimeout)
	h.Drain = orDefault(h.Drain, DefaultDrain)
	h.Workers = orDefault(h.Workers, DefaultWorkers)
	if h.Transport == nil {
		own := newTransport(h.Workers)
		defer own.CloseIdleConnections()
		h.Transport = own
	}
	requests, cancel := outlive(ctx, h.Drain)
	defer cancel()
	a := &attack{
		HTTP:     h,
		bases:    bases,
		edgeOf:   Spread(h.Edges, h.Source.Clients()),
		requests: requests,
		start:    start,
		begin:    time.Since(start),
		due:      make(chan dueOperation, h.Workers+1),
	}
	a.attack(ctx)
	return a.load(ctx), nil
}

// attack is one run of HTTP.
type attack struct {
	HTTP
	bases    []*url.URL
	edgeOf   []int
	requests context.Context
	start    time.Time
	begin    time.Duration // when the schedule's zero was, from start
	due      chan dueOperation
	gauge    gauge
}

// dueOperation is one tick of the pacer, on its way to the worker that takes it.
type dueOperation struct {
	seq       uint64
	scheduled time.Duration
}

func (a *attack) now() time.Duration { return time.Since(a.start) }

// attack runs vegeta once. An Attacker serves a single run, and only these
// options are safe with a round tripper of our own.
func (a *attack) attack(ctx context.Context) {
	client := &http.Client{
		Transport:     a,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	attacker := vegeta.NewAttacker(
		vegeta.Client(client),
		vegeta.Workers(uint64(min(a.Workers, 64))),
		vegeta.MaxWorkers(uint64(a.Workers)),
		vegeta.MaxBody(0),
	)
	// The pacer stops by itself, on the context or at the end, and it alone
	// sleeps: vegeta's own sleep cannot be interrupted.
	results := attacker.Attack(a.target, &attackPacer{ctx: ctx, attack: a}, 0, "")
	for range results {
		// RoundTrip has recorded each; vegeta's latency begins too late to use.
		continue
	}
}

// attackPacer holds each tick back until its scheduled instant, and remembers that.
type attackPacer struct {
	ctx    context.Context
	attack *attack
	seq    uint64
}

func (p *attackPacer) Pace(time.Duration, uint64) (time.Duration, bool) {
	a := p.attack
	at := a.Schedule(p.seq)
	if a.For > 0 && at >= a.For || !sleepUntil(p.ctx, a.start.Add(a.begin+at)) {
		return 0, true
	}
	// There is room: at most one tick per worker waits to be taken.
	a.due <- dueOperation{seq: p.seq, scheduled: a.begin + at}
	p.seq++
	return 0, false
}

// Rate is asked by vegeta's own reports only.
func (p *attackPacer) Rate(time.Duration) float64 { return 0 }

// target makes the next request due. Each due operation is taken once; vegeta's
// sequence numbers, given a moment earlier, are not used.
func (a *attack) target(t *vegeta.Target) error {
	due := <-a.due
	ask := a.Source.Next(due.seq, Random(a.Seed, due.seq))
	base := a.bases[a.edgeOf[ask.Client]]
	t.Method, t.URL = ask.Method, base.Scheme+"://"+base.Host+ask.Path
	t.Header = http.Header{opHeader: {
		strconv.FormatUint(due.seq, 10),
		strconv.FormatInt(int64(due.scheduled), 10),
	}}
	for _, field := range ask.Header {
		t.Header.Add(field.Name, field.Value)
	}
	if ask.Body != "" {
		t.Body = []byte(ask.Body)
	}
	return nil
}

// open begins the observation of the operation that a request carries.
func (a *attack) open(request *http.Request) (Observation, error) {
	marks := request.Header[opHeader]
	delete(request.Header, opHeader)
	delete(request.Header, "X-Vegeta-Seq")
	if len(marks) != 2 {
		return Observation{}, errors.New("the request carries no operation")
	}
	seq, err := strconv.ParseUint(marks[0], 10, 64)
	if err != nil {
		return Observation{}, fmt.Errorf("read number of operation: %w", err)
	}
	scheduled, err := strconv.ParseInt(marks[1], 10, 64)
	if err != nil {
		return Observation{}, fmt.Errorf("read instant of operation: %w", err)
	}
	// The source is pure, so asking again is cheaper than carrying its answer.
	ask := a.Source.Next(seq, Random(a.Seed, seq))
	return Observation{
		Seq:       a.FirstSeq + seq,
		Client:    ask.Client,
		Edge:      a.Edges[a.edgeOf[ask.Client]].ID,
		Class:     a.Source.Class(),
		Object:    ask.Object,
		Operation: ask.Operation,
		Scheduled: time.Duration(scheduled),
	}, nil
}

func (a *attack) load(ctx context.Context) Load {
	load := a.gauge.load()
	load.Workers, load.Cancelled, load.Elapsed = a.Workers, ctx.Err() != nil, a.now()-a.begin
	return load
}

func newTransport(connections int) *http.Transport {
	return &http.Transport{
		MaxIdleConnsPerHost: connections,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		ForceAttemptHTTP2:   true,
	}
}

// outlive returns a context that ends a while after ctx does.
func outlive(ctx context.Context, drain time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(drain)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); cancel() }
}

func orDefault[T ~int | ~int64](value, otherwise T) T {
	if value <= 0 {
		return otherwise
	}
	return value
}
