package virtual

import "github.com/durabench/durabench/loadgen"

// speak sends what a member was asked to: a text to its room, or whatever its
// author makes of it.
func (t *talk) speak(w *world, m *member, o *loadgen.Observation) {
	if t.authors == nil {
		m.say(w, o.Operation.Text)
		return
	}
	author := t.authors[m.Client]
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
		frame, err := t.authors[m.Client].Next()
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
	for _, h := range t.authors[m.Client].Hear(data) {
		sent, ours := t.texts[h.Text]
		switch {
		case h.Kind == loadgen.Deliver:
			t.deliver(w, m, h.Text, loadgen.Reply{Value: h.Version, Text: h.Sum})
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
