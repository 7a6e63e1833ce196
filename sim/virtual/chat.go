package virtual

import (
	"maps"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/actor"
)

// talk is a run of chat rooms: everybody joins, some send on schedule, everybody
// hears, and at the end everybody leaves.
type talk struct {
	class   string
	members []*member // by client: the connection of each
	seats   []*seat   // by client
	sockets actor.SocketID
	texts   map[string]*loadgen.Observation // by text; those sent
	seq     uint64                          // of observations
	joining int
	next    uint64 // text
	away    int    // members that did not join, or lost their connection
	leaving bool

	parsed   *byte // the frame that was read last: a broadcast is read once
	id, text string
}

func (w *world) startTalk() {
	t := &talk{class: w.Source.Class(), texts: make(map[string]*loadgen.Observation), joining: len(w.Members)}
	w.load.talk = t
	for i, place := range w.Members {
		t.sits(w, i, place)
	}
	for _, m := range t.members {
		m.join(w)
	}
}

// fire sends the text that is due and plans the next; after the last, it waits
// for deliveries.
func (t *talk) fire(w *world) {
	if w.load.stopped || w.now-w.load.begin >= w.For {
		t.end(w)
		return
	}
	ask := w.Source.Next(t.next, loadgen.Random(w.Seed, t.next))
	t.next++
	w.load.asked++
	m := t.members[ask.Client]
	o := t.observation(m, ask.Operation, w.now)
	if m.live {
		t.texts[o.Operation.Text] = &o
		t.seats[m.Client].sends(&o)
		t.speak(w, m, &o)
	} else {
		o.Done, o.Outcome, o.Reply.Error = w.now, loadgen.Failed, "the socket was closed before"
		w.Record(&o)
	}
	w.queue.push(w.load.begin+w.Schedule(t.next), t)
}

func (t *talk) observation(m *member, op loadgen.Operation, at time.Duration) loadgen.Observation {
	o := loadgen.Observation{
		Seq: t.seq, Client: m.Client, Edge: m.edge.id, Class: t.class, Object: m.Object,
		Operation: op, Scheduled: at, Sent: at, Server: m.server,
	}
	t.seq++
	return o
}

// settled records how joining went; when all have tried, the talk begins.
func (t *talk) settled(w *world, m *member, q *request) {
	m.live = q.obs.Outcome == loadgen.OK
	w.Record(q.obs)
	if t.seats[m.Client].away {
		t.rejoined(w, m)
		return
	}
	if !m.live {
		t.away++
	}
	if t.joining--; t.joining == 0 {
		w.load.begin = w.now
		w.queue.push(w.now+w.Schedule(0), t)
	}
}

// receive takes a frame.
func (t *talk) receive(w *world, m *member, data []byte) {
	switch {
	case !m.live:
	case t.seats[m.Client].author != nil:
		t.hear(w, m, data)
	case t.read(data):
		if t.seats[m.Client].back {
			t.resume(w, m, nil)
		}
		t.deliver(w, m, t.text, loadgen.Reply{Text: t.id})
	default:
		if given, ok := loadgen.ParseHistory(data); ok {
			t.resume(w, m, given)
		}
	}
}

// deliver records that a member received a text.
func (t *talk) deliver(w *world, m *member, text string, reply loadgen.Reply) {
	if s := t.seats[m.Client]; s.author == nil {
		s.recall.Heard(text)
	}
	sent, ours := t.texts[text]
	if !ours {
		return
	}
	if sent.Client == m.Client && sent.Outcome == "" {
		sent.Done, sent.Outcome, sent.Reply = w.now, loadgen.OK, reply
		w.Record(sent)
	}
	o := t.observation(m, loadgen.Operation{Kind: loadgen.Deliver, Text: sent.Operation.Text, Sender: sent.Client}, w.now)
	o.Scheduled, o.Sent, o.Done = sent.Scheduled, sent.Sent, w.now
	o.Outcome, o.Reply = loadgen.OK, reply
	w.Record(&o)
}

// read reads a frame, unless it is the one that was read last.
func (t *talk) read(data []byte) bool {
	if len(data) > 0 && t.parsed == &data[0] {
		return true
	}
	id, text, ok := loadgen.ParseMessage(data)
	if ok {
		t.parsed, t.id, t.text = &data[0], string(id), string(text)
	}
	return ok
}

// end waits for what is under way, and then lets everybody leave.
func (t *talk) end(w *world) {
	if !t.leaving {
		t.leaving = true
		w.after(w.Drain, goodbye{t})
	}
}

// goodbye ends the run.
type goodbye struct{ *talk }

func (g goodbye) fire(w *world) {
	for _, text := range slices.Sorted(maps.Keys(g.texts)) {
		if sent := g.texts[text]; sent.Outcome == "" {
			sent.Done, sent.Outcome, sent.Reply.Error = w.now, loadgen.Unknown, "its echo never came"
			w.Record(sent)
		}
	}
	for _, m := range g.members {
		if !m.live {
			continue
		}
		o := g.observation(m, loadgen.Operation{Kind: loadgen.Leave}, w.now)
		o.Done, o.Outcome = w.now, loadgen.OK
		w.Record(&o)
	}
	w.load.over = true
}
