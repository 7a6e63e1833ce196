package primitive_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports/price"
	"github.com/durabench/durabench/sim/primitive"
)

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
		case w.class == "account":
			ask.Operation = loadgen.Operation{Kind: loadgen.Move, Text: loadgen.Transfer{From: "a0", To: "a1", Amount: 1 + random.Int64N(5)}.String()}
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
	bill     price.Bill
}

func newObject(l primitive.Limit) *object { return &object{limit: l, tokens: float64(l.Tokens)} }

func (b *object) call(w *workers, from regions.ID, op primitive.Op, then func(primitive.Result, error)) {
	w.after(far(from, "LHR"), func() {
		r := b.handle(w.now, *op.Ask)
		w.after(far(from, "LHR"), func() { then(r, nil) })
	})
}

func (b *object) handle(now time.Duration, ask loadgen.Ask) primitive.Result {
	b.bill[price.ObjectRequest]++
	r := primitive.Result{Outcome: loadgen.OK, Reply: loadgen.Reply{Status: 200}}
	switch ask.Operation.Kind {
	case loadgen.Increment:
		b.count++
	case loadgen.Decrement:
		b.count = max(0, b.count-1)
	case loadgen.Reset:
		b.count = 0
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
	}
	if ask.Operation.Kind != loadgen.Take && ask.Operation.Kind != loadgen.Send {
		r.Reply.Value = b.count
	}
	if ask.Operation.Kind != loadgen.Read {
		b.origin = b.origin.Replace(now)
	}
	r.Value = primitive.Value{Number: b.count, Messages: b.messages, Origin: b.origin}
	return r
}
