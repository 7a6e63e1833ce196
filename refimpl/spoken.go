package refimpl

import (
	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/frame"
	"github.com/durabench/durabench/refimpl/object"
)

// spoken is what a shard says on sockets. A message to many is framed once, and
// writers are called only when all that may leave now has been posted: what an
// object said in several turns leaves in one write to each socket.
type spoken struct {
	due     []*wire        // to be added to the writers
	heard   []*wire        // whose messages have run to their first wait
	message object.Message // the last one framed
	framed  []byte
}

// send posts a message.
func (p *spoken) send(w *wire, m object.Message) {
	same := len(m.Data) > 0 && len(p.message.Data) == len(m.Data) && &p.message.Data[0] == &m.Data[0]
	if !same || p.message.Binary != m.Binary || p.framed == nil {
		opcode := frame.Text
		if m.Binary {
			opcode = frame.Binary
		}
		p.message = m
		p.framed = frame.Append(make([]byte, 0, frame.HeadBytes+len(m.Data)), opcode, m.Data)
	}
	if w.post(p.framed, false) {
		p.due = append(p.due, w)
	}
}

// close posts a Close.
func (p *spoken) close(w *wire, c *object.Closing) {
	if w.post(frame.AppendClose(nil, c.Code, c.Reason), true) {
		p.due = append(p.due, w)
	}
}

// flush calls the writers, and lets go of what was said.
func (p *spoken) flush() {
	for _, w := range p.due {
		w.all.writers.add(w)
	}
	for _, w := range p.heard {
		w.began()
	}
	clear(p.due)
	clear(p.heard)
	p.due, p.heard, p.message, p.framed = p.due[:0], p.heard[:0], object.Message{}, nil
}

// joined gives an object the socket that it accepted, unless the client left
// meanwhile: then nobody else will tell the object.
func (r *resident) joined(w *wire) {
	if r.wires == nil {
		r.wires = make(map[actor.SocketID]*wire)
		r.reply = &autoReply{}
		r.answer()
	}
	r.wires[w.socket.ID] = w
	if !w.accept(r.reply) {
		w.tell(ending{closing: lostSocket()})
	}
}

// answer shows the listeners what the object wants to be answered without it.
func (r *resident) answer() {
	if r.reply == nil {
		return
	}
	set, shown := r.sockets.AutoResponse(), r.reply.pair.Load()
	switch {
	case set == nil && shown != nil:
		r.reply.pair.Store(nil)
	case set != nil && (shown == nil || shown.of != set):
		r.reply.pair.Store(&replyPair{of: set, framed: frame.Append(nil, frame.Text, []byte(set.Response))})
	}
}

// dismissAll closes the sockets of all that hibernates on a shard that has lost its
// slots; the core, which has dropped the other objects, does not know of these.
// They may live on another node by now, and whoever listens here would wait for ever.
func (s *shard) dismissAll() {
	for id, r := range s.live {
		if r.instance != nil {
			continue // its turn to be dropped comes
		}
		for _, w := range r.wires {
			w.dismiss(frame.ServiceRestart, "the object moved")
		}
		delete(s.live, id)
	}
	s.count()
}
