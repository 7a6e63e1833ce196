package virtual

import (
	"maps"
	"slices"

	"github.com/durabench/durabench/loadgen"
)

// talk is a run of chat rooms: everybody joins, some send on schedule, everybody
// hears, and at the end everybody leaves.
type talk struct {
	members []*member
	texts   map[string]*loadgen.Observation // by text; those sent
	seq     uint64                          // of observations
	joining int
	next    uint64 // text
	lost    int
	leaving bool

	parsed   *byte // the frame that was read last: a broadcast is read once
	id, text string
}

func (w *world) startTalk() {
	t := &talk{texts: make(map[string]*loadgen.Observation), joining: len(w.Members)}
	w.load.talk = t
	for i, place := range w.Members {
		t.members = append(t.members, t.newMember(i, place, w.edges[w.edgeOf[i]]))
		t.members[i].join(w)
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
	o := m.observation(ask.Operation, w.now)
	if m.live {
		m.say(w, &o)
	} else {
		o.Done, o.Outcome, o.Reply.Error = w.now, loadgen.Failed, "the socket was closed before"
		w.Record(&o)
	}
	w.queue.push(w.load.begin+w.Schedule(t.next), t)
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
		o := m.observation(loadgen.Operation{Kind: loadgen.Leave}, w.now)
		o.Done, o.Outcome = w.now, loadgen.OK
		w.Record(&o)
	}
	w.load.over = true
}
