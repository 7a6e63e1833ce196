package virtual

import "github.com/durabench/durabench/loadgen"

// speak sends what a member was asked to: a text to its room, or whatever its
// author makes of it.
func (t *talk) speak(w *world, m *member, o *loadgen.Observation) {
	author := t.seats[m.Client].author
	if author == nil {
		m.say(w, o.Operation.Text)
		return
	}
	if o.Operation.Kind == loadgen.Look {
		author.Look(o.Operation.Text)
	} else if err := author.Write(o.Operation.Text); err != nil {
		w.failed = err
		return
	}
	t.post(w, m)
}

// post sends what an author has to send.
func (t *talk) post(w *world, m *member) {
	for {
		frame, err := t.seats[m.Client].author.Next()
		if err != nil {
			w.failed = err
		}
		if frame == nil {
			return
		}
		m.write(w, frame)
	}
}

// hear gives a frame to a member's author, and records what that tells.
func (t *talk) hear(w *world, m *member, data []byte) {
	for _, h := range t.seats[m.Client].author.Hear(data) {
		sent, ours := t.texts[h.Text]
		switch {
		case h.Kind == loadgen.Deliver:
			t.deliver(w, m, h.Text, loadgen.Reply{Value: h.Version, Text: h.Sum})
		case h.Kind == loadgen.Resume:
			o := t.observation(m, loadgen.Operation{}, w.now)
			o.Resumed(w.now, "", int(h.Version))
			o.Reply.Allowed = true
			w.Record(&o)
		case h.Text == "":
			o := t.observation(m, loadgen.Operation{Kind: loadgen.Look}, w.now)
			o.Settle(w.now, h)
			w.Record(&o)
		case ours && sent.Outcome == "":
			sent.Settle(w.now, h)
			w.Record(sent)
		}
	}
	t.post(w, m)
}
