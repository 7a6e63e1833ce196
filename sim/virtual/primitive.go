package virtual

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/reports/price"
	"github.com/durabench/durabench/sim/primitive"
)

// Primitive replaces the object by another service: the Worker at each edge runs
// a program against it.
type Primitive struct {
	Name    string // kv, d1, r2 or do+kv
	Program *primitive.Program
	Params  primitive.Params
	// Poll is how often each member of a chat room asks for news, for these
	// services push nothing. Zero is DefaultPoll.
	Poll time.Duration
	// Linger is how much longer chat members poll after the last text.
	Linger time.Duration
	// Told takes what the programs know and no client does; it may be nil.
	Told func(primitive.Done)
}

// DefaultPoll is how often members of a room poll: what people write first.
const DefaultPoll = 2 * time.Second

// Aftermath is what a service was left with.
type Aftermath struct {
	Bill price.Bill
	// Held is what each key holds where writes go.
	Held map[string]primitive.Value
}

// workers are the load of a run on another primitive: they run a script for
// each operation, and stand between it and the service.
type workers struct {
	w         *world
	service   primitive.Machine
	calls     map[primitive.CallID]*worker
	last      primitive.CallID
	next      uint64
	open      int
	ended     bool
	bookmarks map[int]primitive.Bookmark
	room      *pollers                     // of chat
	origins   map[string]*primitive.Origin // of objects that are read through KV
	pens      map[int]*pen                 // of clients that write into rooms
	sockets   actor.SocketID               // how many pens there were
}

// worker is one operation.
type worker struct {
	of     *workers
	script primitive.Script
	obs    loadgen.Observation
	then   func(*worker, primitive.Done) // records it
}

// startWorkers begins a run on another primitive.
func (w *world) startWorkers() error {
	service, err := primitive.NewMachine(w.Primitive.Name, w.Primitive.Params, primitive.World{
		Delay:   newPaths(w).delay,
		Nearest: w.Map.Nearest,
		Random:  w.stream("service " + w.Primitive.Name),
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", w.Primitive.Name, err)
	}
	s := &workers{
		w: w, service: service, calls: make(map[primitive.CallID]*worker), bookmarks: make(map[int]primitive.Bookmark),
		origins: make(map[string]*primitive.Origin), pens: make(map[int]*pen),
	}
	w.workers = s
	if len(w.Members) > 0 {
		s.startPolling()
		return nil
	}
	w.queue.push(w.Schedule(0), s)
	return nil
}

// fire starts the operation that is due and plans the next.
func (s *workers) fire(w *world) {
	ask := w.Source.Next(s.next, loadgen.Random(w.Seed, s.next))
	s.start(ask, w.now, (*worker).record)
	w.load.asked++
	s.next++
	if at := w.Schedule(s.next); at < w.For && !w.load.stopped {
		w.queue.push(at, s)
		return
	}
	s.ended = true
}

// start runs a script to its first step.
func (s *workers) start(ask loadgen.Ask, scheduled time.Duration, then func(*worker, primitive.Done)) {
	o := s.newWorker(ask, scheduled, then)
	o.follow(o.script.Start(s.w.now))
}

func (s *workers) newWorker(ask loadgen.Ask, scheduled time.Duration, then func(*worker, primitive.Done)) *worker {
	client := s.w.edges[s.w.edgeOf[ask.Client]]
	o := &worker{
		of: s, then: then, script: s.w.Primitive.Program.Script(ask, s.bookmarks[ask.Client]),
		obs: loadgen.Observation{
			Seq: s.next, Client: ask.Client, Edge: client.id, Class: s.w.Source.Class(), Object: ask.Object,
			Operation: ask.Operation, Scheduled: scheduled, Sent: s.w.now,
		},
	}
	s.open++
	if s.open > s.w.Bounds.Underway {
		s.w.failed = fmt.Errorf("%w: over %d operations under way at %v", ErrBound, s.w.Bounds.Underway, s.w.now)
	}
	return o
}

// follow does what the script wants next.
func (o *worker) follow(step primitive.Step) {
	s := o.of
	switch next := step.(type) {
	case primitive.Call:
		s.call(o, next.Op)
	case primitive.Pause:
		s.w.after(next.For, resumed{o})
	case primitive.Done:
		for _, op := range next.Later {
			s.call(nil, op)
		}
		s.bookmarks[o.obs.Client] = max(s.bookmarks[o.obs.Client], next.Bookmark)
		s.open--
		o.obs.Done, o.obs.Outcome, o.obs.Reply = s.w.now, next.Outcome, next.Reply
		if s.w.Primitive.Told != nil {
			s.w.Primitive.Told(next)
		}
		o.then(o, next)
		s.finish()
	}
}

func (o *worker) record(primitive.Done) { o.of.w.Record(&o.obs) }

// resumed is the end of a script's pause.
type resumed struct{ *worker }

func (r resumed) fire(w *world) { r.worker.follow(r.script.Resume(w.now, primitive.Result{}, nil)) }

// call asks a service. Without a worker nobody waits for the answer.
func (s *workers) call(o *worker, op primitive.Op) {
	if op.Service == primitive.Object {
		s.callObject(o, op)
		return
	}
	s.last++
	from := s.w.Edges[0]
	if o != nil {
		from = o.obs.Edge
		s.calls[s.last] = o
	}
	s.take(s.service.Step(s.w.now, primitive.Asked{Call: s.last, From: from, Op: op}))
}

// take does what the service asked for.
func (s *workers) take(effects []primitive.Effect) {
	var answered []primitive.Answered // resumed below: a script may ask again, and effects are valid until then only
	for _, effect := range effects {
		switch e := effect.(type) {
		case primitive.After:
			s.w.after(e.Delay, fired{s, e.Timer})
		case primitive.Answered:
			answered = append(answered, e)
		}
	}
	for _, a := range answered {
		if o, waits := s.calls[a.Call]; waits {
			delete(s.calls, a.Call)
			o.follow(o.script.Resume(s.w.now, a.Result, a.Cause))
		}
	}
}

// fired is a service's timer.
type fired struct {
	*workers
	timer primitive.Timer
}

func (f fired) fire(w *world) {
	f.workers.take(f.service.Step(w.now, primitive.Fired{Timer: f.timer}))
}

// callObject forwards an operation to the object, as the edge of the Worker would.
func (s *workers) callObject(o *worker, op primitive.Op) {
	if o == nil {
		return
	}
	if op.Ask.Operation.Kind == loadgen.Send {
		s.write(o, op.Ask)
		return
	}
	obs := o.obs
	obs.Operation = op.Ask.Operation
	q := &request{edge: s.w.edges[s.w.edgeOf[o.obs.Client]], method: op.Ask.Method, body: []byte(op.Ask.Body), obs: &obs}
	poll := len(s.w.Members) > 0
	if poll {
		q.to, q.method = s.w.route("/room/"+op.Ask.Object+"/messages", ""), http.MethodGet
	} else {
		q.to = s.w.routeOf(op.Ask)
	}
	q.then = func(w *world, q *request) {
		var result primitive.Result
		if poll {
			result = q.settlePoll(w.now)
		} else {
			q.settle(w.Source, w.now)
			result.Value.Number = q.obs.Reply.Value
		}
		result.Reply, result.Outcome = q.obs.Reply, q.obs.Outcome
		result.Found, result.Kept = true, q.obs.Outcome == loadgen.OK
		result.Value.Origin = s.originOf(q.obs.Object, q.obs.Operation.Kind != loadgen.Read)
		o.obs.Server, o.obs.Budget = q.obs.Server, q.obs.Budget
		o.follow(o.script.Resume(w.now, result, nil))
	}
	q.edge.take(q)
}

// settlePoll is settle for a request of a room's messages, which no workload asks for.
func (q *request) settlePoll(now time.Duration) (result primitive.Result) {
	o := q.obs
	o.Done, o.Server, o.Outcome = now, q.server(), loadgen.Failed
	err := q.cause
	if err == nil {
		o.Reply.Status, o.Budget = q.reply.Status, q.budget(now)
		result.Value.Messages, err = readRoom(q.reply.Body)
	}
	if err != nil {
		o.Reply.Error = err.Error()
		return result
	}
	o.Outcome, o.Reply.Value = loadgen.OK, int64(len(result.Value.Messages))
	return result
}

// originOf is the state that an object's answer shows. A write begins a new one:
// counted from when its answer is at the Worker, one way late.
func (s *workers) originOf(name string, written bool) *primitive.Origin {
	origin := s.origins[name]
	if origin == nil || written {
		origin = origin.Replace(s.w.now)
		s.origins[name] = origin
	}
	return origin
}

// finish ends the run when all is answered.
func (s *workers) finish() {
	if s.open == 0 && s.ended && s.room == nil {
		s.w.load.over = true
	}
}

// aftermath tells what the service was left with.
func (s *workers) aftermath(objects []string) Aftermath {
	after := Aftermath{Bill: s.service.Bill(), Held: make(map[string]primitive.Value)}
	for _, name := range objects {
		if value, ok := s.service.Holds(name); ok {
			after.Held[name] = value
		}
	}
	return after
}

// RunPrimitive is Run for a world with a Primitive; it also tells what is left of the objects named.
func RunPrimitive(ctx context.Context, config Config, objects []string) (loadgen.Load, Aftermath, error) {
	w, err := newWorld(config)
	if err != nil {
		return loadgen.Load{}, Aftermath{}, err
	}
	defer w.close()
	if err := w.startWorkers(); err != nil {
		return loadgen.Load{}, Aftermath{}, err
	}
	err = w.spin(ctx)
	return w.load.report(ctx, w.now), w.workers.aftermath(objects), err
}
