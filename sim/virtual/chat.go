package virtual

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
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

// member is one client in one room. Each way of its connection keeps its order.
type member struct {
	loadgen.Member
	talk     *talk
	edge     *edge
	line     *line
	identity object.Identity
	socket   *actor.Socket
	server   loadgen.Server
	live     bool
	outDue   time.Duration // when what it sent last arrives
	inDue    time.Duration // when what it is sent last arrives
	open     bool          // accepted by its object
}

func (w *world) startTalk() {
	t := &talk{texts: make(map[string]*loadgen.Observation), joining: len(w.Members)}
	w.load.talk = t
	for i, place := range w.Members {
		m := &member{Member: place, talk: t, edge: w.edges[w.edgeOf[i]], socket: &actor.Socket{ID: actor.SocketID(i + 1)}}
		t.members = append(t.members, m)
		q := &request{edge: m.edge, path: place.Path, member: m, obs: m.observation(loadgen.Operation{Kind: loadgen.Join}, 0)}
		q.request.Method, q.request.Upgrade = http.MethodGet, true
		q.work.Socket = m.socket
		m.edge.take(q)
	}
}

func (m *member) observation(op loadgen.Operation, at time.Duration) loadgen.Observation {
	o := loadgen.Observation{
		Seq: m.talk.seq, Client: m.Client, Edge: m.edge.id, Class: "chat", Object: m.Object,
		Operation: op, Scheduled: at, Sent: at, Server: m.server,
	}
	m.talk.seq++
	return o
}

// accepted sends the upgrade's answer; messages may follow it at once.
func (m *member) accepted(w *world, q *request) {
	m.line, m.identity, m.open = q.line, q.identity, true
	m.inDue = max(m.inDue, w.now+m.line.path.delay())
	w.queue.push(m.inDue, q)
}

// joined is the member's side of the answer.
func (m *member) joined(w *world, q *request) {
	q.settleJoin(w.now)
	m.server = q.obs.Server
	m.live = q.obs.Outcome == loadgen.OK
	if !m.live {
		m.talk.lost++
	}
	w.Record(&q.obs)
	if m.talk.joining--; m.talk.joining == 0 {
		w.load.begin = w.now
		w.queue.push(w.now+w.Schedule(0), m.talk)
	}
}

func (q *request) settleJoin(now time.Duration) {
	o := &q.obs
	o.Done, o.Outcome = now, loadgen.OK
	o.Server = loadgen.Server{Home: q.line.home.id, Node: q.line.home.node, Epoch: q.epoch}
	if q.cause != nil || q.reply.Status != http.StatusSwitchingProtocols {
		o.Outcome, o.Reply.Error = loadgen.Failed, fmt.Sprint(q.cause)
		return
	}
	o.Reply.Status = q.reply.Status
	o.Budget = q.budget(now)
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

// say sends a text.
func (m *member) say(w *world, o *loadgen.Observation) {
	m.talk.texts[o.Operation.Text] = o
	m.outDue = max(m.outDue, w.now+m.line.path.delay()+w.Profile.Forward.draw(m.edge.random))
	frame := fmt.Appendf(nil, `{"type":"chat","text":%q}`, o.Operation.Text)
	w.queue.push(m.outDue, &request{
		member: m, edge: m.edge, line: m.line, identity: m.identity, stage: arriving,
		work: actor.Work{Kind: actor.Message, Socket: m.socket, Message: object.Text(frame)},
	})
}

// delivery is a frame on its way to a member.
type delivery struct {
	to   *member
	data []byte
}

// send is the object's word to the member.
func (m *member) send(w *world, data []byte) {
	m.inDue = max(m.inDue, w.now+m.line.path.delay())
	w.queue.push(m.inDue, delivery{m, data})
}

func (d delivery) fire(w *world) {
	m, t := d.to, d.to.talk
	if !m.live || !t.read(d.data) {
		return
	}
	sent, ours := t.texts[t.text]
	if !ours {
		return
	}
	if sent.Client == m.Client && sent.Outcome == "" {
		sent.Done, sent.Outcome, sent.Reply.Text = w.now, loadgen.OK, t.id
		w.Record(sent)
	}
	o := m.observation(loadgen.Operation{Kind: loadgen.Deliver, Text: sent.Operation.Text, Sender: sent.Client}, w.now)
	o.Scheduled, o.Sent, o.Done = sent.Scheduled, sent.Sent, w.now
	o.Outcome, o.Reply.Text = loadgen.OK, t.id
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
		o := m.observation(loadgen.Operation{Kind: loadgen.Leave}, w.now)
		o.Done, o.Outcome = w.now, loadgen.OK
		w.Record(&o)
	}
	w.load.over = true
}

// lose cuts the member off.
func (m *member) lose(w *world) {
	m.open = false
	if !m.live {
		return
	}
	m.live = false
	m.talk.lost++
	o := m.observation(loadgen.Operation{Kind: loadgen.Leave}, w.now)
	o.Done, o.Outcome, o.Reply.Error = w.now, loadgen.Failed, "the connection was lost"
	w.Record(&o)
}

// membersInOrder lists members by client, so that runs repeat.
func membersInOrder(wires map[actor.SocketID]*member) []*member {
	return slices.SortedFunc(maps.Values(wires), func(a, b *member) int { return cmp.Compare(a.Client, b.Client) })
}
