package virtual

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/sim/primitive"
)

// pollers are the members of chat rooms on a service that pushes nothing: each
// asks for the room's texts again and again, and hears what it was not shown before.
type pollers struct {
	*workers
	members []*poller
	texts   map[string]*worker // sends, by text
	seq     uint64
	joining int
	begin   time.Duration
	text    uint64
	leaving bool
}

// poller is one member.
type poller struct {
	loadgen.Member
	of    *pollers
	shown map[string]bool // nil before the first poll
}

func (s *workers) startPolling() {
	r := &pollers{workers: s, texts: make(map[string]*worker), joining: len(s.w.Members)}
	s.room = r
	if s.w.Primitive.Poll == 0 {
		s.w.Primitive.Poll = DefaultPoll
	}
	for i, place := range s.w.Members {
		m := &poller{Member: place, of: r}
		r.members = append(r.members, m)
		// Members do not poll in step.
		s.w.queue.push(time.Duration(i)*s.w.Primitive.Poll/time.Duration(len(s.w.Members)), m)
	}
}

// fire polls, and plans the next poll.
func (m *poller) fire(w *world) {
	if m.of.leaving {
		return
	}
	ask := loadgen.Ask{Client: m.Client, Object: m.Object, Operation: loadgen.Operation{Kind: loadgen.Read}}
	m.of.start(ask, w.now, m.heard)
	w.after(w.Primitive.Poll, m)
}

func (r *pollers) observe(o *loadgen.Observation) {
	o.Seq = r.seq
	r.seq++
	r.w.Record(o)
}

// heard takes what a poll showed. What the first one shows is history.
func (m *poller) heard(o *worker, done primitive.Done) {
	if done.Outcome != loadgen.OK || m.of.leaving {
		return
	}
	first := m.shown == nil
	if first {
		m.shown = make(map[string]bool)
		join := o.obs
		join.Operation = loadgen.Operation{Kind: loadgen.Join}
		m.of.observe(&join)
		m.of.joined()
	}
	for _, message := range done.Listed {
		if m.shown[message.Text] {
			continue
		}
		m.shown[message.Text] = true
		if sent, ours := m.of.texts[message.Text]; ours && !first {
			m.deliver(o, sent, message)
		}
	}
}

func (m *poller) deliver(o, sent *worker, message primitive.Message) {
	d := o.obs
	d.Operation = loadgen.Operation{Kind: loadgen.Deliver, Text: message.Text, Sender: sent.obs.Client}
	d.Scheduled, d.Sent, d.Done = sent.obs.Scheduled, sent.obs.Sent, m.of.w.now
	d.Reply = loadgen.Reply{Text: message.ID}
	d.Outcome = loadgen.OK
	m.of.observe(&d)
}

func (r *pollers) joined() {
	if r.joining--; r.joining == 0 {
		r.begin = r.w.now
		r.w.load.begin = r.w.now
		r.w.queue.push(r.w.now+r.w.Schedule(0), r)
	}
}

// fire sends the text that is due and plans the next; after the last one, members
// poll on for a while.
func (r *pollers) fire(w *world) {
	if w.now-r.begin >= w.For || w.load.stopped {
		w.after(max(w.Drain, w.Primitive.Linger), parting{r})
		return
	}
	ask := w.Source.Next(r.text, loadgen.Random(w.Seed, r.text))
	r.text++
	w.load.asked++
	sent := r.prepare(ask)
	sent.follow(sent.script.Start(w.now))
	w.queue.push(r.begin+w.Schedule(r.text), r)
}

// prepare shows a text to the room before it is written: a poll may see it before the writer hears.
func (r *pollers) prepare(ask loadgen.Ask) *worker {
	o := r.newWorker(ask, r.w.now, func(o *worker, _ primitive.Done) { r.observe(&o.obs) })
	r.texts[ask.Operation.Text] = o
	return o
}

// parting is the end of a run of chat.
type parting struct{ *pollers }

func (p parting) fire(w *world) {
	p.leaving = true
	for _, m := range p.members {
		leave := loadgen.Observation{
			Client: m.Client, Edge: w.edges[w.edgeOf[m.Client]].id, Class: "chat", Object: m.Object,
			Operation: loadgen.Operation{Kind: loadgen.Leave}, Scheduled: w.now, Sent: w.now, Done: w.now, Outcome: loadgen.OK,
		}
		if m.shown == nil {
			leave.Outcome, leave.Reply.Error = loadgen.Failed, fmt.Sprintf("no poll of %s was ever answered", m.Object)
			w.load.lost++
		}
		p.observe(&leave)
	}
	w.load.over = true
}
