package primitive_test

import (
	"container/heap"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
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

// trial is one run of a workload on one way to write it.
type trial struct {
	class, primitive, variant string
	edges                     []regions.ID
	every                     time.Duration // between two operations, whoever asks
	operations                int
	reads                     int // of ten operations
	polls                     time.Duration
	steady                    bool // exactly so, client after client
	params                    func(*primitive.Params)
	options                   primitive.Options
	seed                      uint64
}

// outcome is what a trial showed.
type outcome struct {
	history  []loadgen.Observation
	bill     primitive.Bill
	done     int // operations answered
	failed   map[string]int
	stale    []time.Duration // of reads that were
	attempts int             // the most of an operation
	steps    int
	left     int64 // what the counter holds in the end
}

func (tr trial) run(t testing.TB) outcome {
	t.Helper()
	p := primitive.Default()
	if tr.params != nil {
		tr.params(&p)
	}
	h := newHost(t, tr.primitive, p, tr.seed)
	tr.options.Random = rand.New(rand.NewPCG(tr.seed, 2))
	program, err := primitive.NewProgram(tr.class, tr.primitive, tr.variant, tr.options)
	if err != nil {
		t.Fatal(err)
	}
	w := &workers{
		host: h, trial: tr, program: program, object: newObject(tr.options.Limit),
		bookmarks: make(map[int]primitive.Bookmark), seen: make(map[int]map[string]bool),
		sends: make(map[string]*loadgen.Observation), outcome: outcome{failed: make(map[string]int)},
	}
	w.load(rand.New(rand.NewPCG(tr.seed, 3)))
	h.drain()
	if len(h.waiting) > 0 || h.stopped > 0 {
		t.Errorf("%s: %d calls were never answered, %d more than once", tr, len(h.waiting), h.stopped)
	}
	for _, o := range w.order {
		w.outcome.history = append(w.outcome.history, *o)
	}
	w.outcome.bill, w.outcome.steps = h.machine.Bill(), h.steps
	w.outcome.bill.Add(w.object.bill)
	left, _ := h.machine.Holds("it")
	w.outcome.left = left.Number
	return w.outcome
}

func (tr trial) String() string {
	return fmt.Sprintf("%s on %s, %s, seed %d", tr.class, tr.primitive, tr.variant, tr.seed)
}

// workers run the scripts of a trial.
type workers struct {
	*host
	trial
	program   *primitive.Program
	object    *object
	bookmarks map[int]primitive.Bookmark
	seen      map[int]map[string]bool // by member: texts shown, nil before its first poll
	sends     map[string]*loadgen.Observation
	order     []*loadgen.Observation
	outcome   outcome
}

// load schedules the operations: client n is at edge n.
func (w *workers) load(random *rand.Rand) {
	for n := range w.operations {
		client, jitter := random.IntN(len(w.edges)), time.Duration(random.Int64N(int64(w.every)))
		if w.steady {
			client, jitter = n%len(w.edges), 0
		}
		ask := loadgen.Ask{Client: client, Object: "it"}
		switch {
		case w.class == "chat":
			ask.Operation = loadgen.Operation{Kind: loadgen.Send, Text: fmt.Sprintf("text %d", n)}
		case random.IntN(10) < w.reads:
			ask.Operation.Kind = loadgen.Read
		case w.class == "limiter":
			ask.Operation.Kind = loadgen.Take
		default:
			ask.Operation.Kind = loadgen.Increment
		}
		w.at(time.Second+time.Duration(n)*w.every+jitter, func() { w.ask(ask) })
	}
	if w.class != "chat" {
		return
	}
	end := time.Second + time.Duration(w.operations)*w.every + 3*time.Minute
	for client := range w.edges {
		for at := 100 * time.Millisecond; at < end; at += w.polls {
			w.at(at+time.Duration(client), func() {
				w.ask(loadgen.Ask{Client: client, Object: "it", Operation: loadgen.Operation{Kind: loadgen.Read}})
			})
		}
	}
}

func (w *workers) ask(ask loadgen.Ask) {
	o := &loadgen.Observation{
		Seq: uint64(len(w.order)), Client: ask.Client, Edge: w.edges[ask.Client], Class: w.class, Object: ask.Object,
		Operation: ask.Operation, Scheduled: w.now, Sent: w.now,
	}
	poll := w.class == "chat" && ask.Operation.Kind == loadgen.Read
	if !poll {
		w.order = append(w.order, o)
	}
	if ask.Operation.Kind == loadgen.Send {
		w.sends[ask.Operation.Text] = o
	}
	script := w.program.Script(ask, w.bookmarks[ask.Client])
	w.follow(script, o, script.Start(w.now))
}

func (w *workers) follow(script primitive.Script, o *loadgen.Observation, step primitive.Step) {
	switch s := step.(type) {
	case primitive.Call:
		then := func(r primitive.Result, err error) { w.follow(script, o, script.Resume(w.now, r, err)) }
		if s.Op.Service == primitive.Object {
			w.object.call(w, o.Edge, s.Op, then)
			return
		}
		w.call(o.Edge, s.Op, then)
	case primitive.Pause:
		w.after(s.For, func() { w.follow(script, o, script.Resume(w.now, primitive.Result{}, nil)) })
	case primitive.Done:
		for _, op := range s.Later {
			w.call(o.Edge, op, func(primitive.Result, error) {})
		}
		w.done(o, s)
	}
}

func (w *workers) done(o *loadgen.Observation, d primitive.Done) {
	o.Done, o.Outcome, o.Reply = w.now, d.Outcome, d.Reply
	w.bookmarks[o.Client] = max(w.bookmarks[o.Client], d.Bookmark)
	w.outcome.done++
	w.outcome.attempts = max(w.outcome.attempts, d.Attempts)
	if d.Outcome == loadgen.Failed {
		w.outcome.failed[d.Reply.Error]++
	}
	if d.Stale > 0 && o.Operation.Kind == loadgen.Read {
		w.outcome.stale = append(w.outcome.stale, d.Stale)
	}
	if w.class == "chat" && o.Operation.Kind == loadgen.Read {
		w.deliver(o, d.Listed)
	}
}

// deliver turns a poll into observations, as the package's comment says.
func (w *workers) deliver(poll *loadgen.Observation, messages []primitive.Message) {
	first := w.seen[poll.Client] == nil
	if first {
		w.seen[poll.Client] = make(map[string]bool)
		join := *poll
		join.Operation = loadgen.Operation{Kind: loadgen.Join}
		w.order = append(w.order, &join)
	}
	for _, m := range messages {
		if w.seen[poll.Client][m.Text] {
			continue
		}
		w.seen[poll.Client][m.Text] = true
		send := w.sends[m.Text]
		if first || send == nil {
			continue
		}
		w.order = append(w.order, &loadgen.Observation{
			Seq: uint64(len(w.order)), Client: poll.Client, Edge: poll.Edge, Class: "chat", Object: poll.Object,
			Operation: loadgen.Operation{Kind: loadgen.Deliver, Text: m.Text, Sender: m.Client},
			Scheduled: send.Sent, Sent: send.Sent, Done: poll.Done, Outcome: loadgen.OK, Reply: loadgen.Reply{Text: m.ID},
		})
	}
}

// object is a durable object in LHR, as the virtual world would answer for it.
type object struct {
	count    int64
	tokens   float64
	at       time.Duration
	limit    primitive.Limit
	messages []primitive.Message
	origin   *primitive.Origin
	bill     primitive.Bill
}

func newObject(l primitive.Limit) *object { return &object{limit: l, tokens: float64(l.Tokens)} }

func (b *object) call(w *workers, from regions.ID, op primitive.Op, then func(primitive.Result, error)) {
	w.after(far(from, "LHR"), func() {
		r := b.handle(w.now, *op.Ask)
		w.after(far(from, "LHR"), func() { then(r, nil) })
	})
}

func (b *object) handle(now time.Duration, ask loadgen.Ask) primitive.Result {
	b.bill[primitive.ObjectRequest]++
	r := primitive.Result{Outcome: loadgen.OK, Reply: loadgen.Reply{Status: 200}}
	switch ask.Operation.Kind {
	case loadgen.Increment:
		b.count++
		r.Reply.Value = b.count
	case loadgen.Take:
		rate := float64(b.limit.Tokens) / float64(b.limit.Refill)
		b.tokens = min(float64(b.limit.Tokens), b.tokens+rate*float64(now-b.at))
		b.at = now
		if r.Reply.Allowed = b.tokens >= 1; r.Reply.Allowed {
			b.tokens--
		} else {
			r.Reply.Status = 429
		}
	case loadgen.Send:
		r.Reply.Text = fmt.Sprintf("m%d", len(b.messages))
		b.messages = append(b.messages, primitive.Message{ID: r.Reply.Text, Client: ask.Client, Text: ask.Operation.Text})
	default:
		r.Reply.Value = b.count
	}
	if ask.Operation.Kind != loadgen.Read {
		b.origin = b.origin.Replace(now)
	}
	r.Value = primitive.Value{Number: b.count, Messages: b.messages, Origin: b.origin}
	return r
}

// verdicts judges a history by the laws that objects of the class are judged by.
func (tr trial) verdicts(t testing.TB, history []loadgen.Observation) map[string]check.Verdict {
	t.Helper()
	p := check.Params{Least: 20}
	if l := tr.options.Limit; l.Tokens > 0 {
		p.Limit = check.Limit{Capacity: float64(l.Tokens), Refill: float64(l.Tokens) / l.Refill.Seconds(), Tolerance: 2 * time.Millisecond}
	}
	p.Grace = 100 * time.Second
	laws, err := check.For(tr.class, p)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]check.Verdict)
	for _, law := range laws {
		found[law.Law()] = law.Check(history)
	}
	return found
}

// made counts the operations of a kind that were answered as done.
func (o outcome) made(kind loadgen.Kind) (n int64) {
	for i := range o.history {
		if op := &o.history[i]; op.Operation.Kind == kind && op.Outcome == loadgen.OK && op.Reply.Status == 200 {
			n++
		}
	}
	return n
}

// writes is the history without its reads.
func (o outcome) writes() []loadgen.Observation {
	return slices.DeleteFunc(slices.Clone(o.history), func(x loadgen.Observation) bool { return x.Operation.Kind == loadgen.Read })
}

// took is how long it all took.
func (o outcome) took() time.Duration {
	first, last := o.history[0].Sent, time.Duration(0)
	for i := range o.history {
		last = max(last, o.history[i].Done)
	}
	return last - first
}

// digest is one number for everything that the clients saw.
func (o outcome) digest() uint64 {
	sum := fnv.New64a()
	for i := range o.history {
		fmt.Fprintf(sum, "%+v\n", o.history[i])
	}
	fmt.Fprint(sum, o.bill, o.steps)
	return sum.Sum64()
}
