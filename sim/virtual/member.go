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

// member is one client in one room, with the socket's end at its node.
type member struct {
	loadgen.Member
	talk   *talk
	edge   *edge
	line   *line
	socket *actor.Socket
	server loadgen.Server
	out    lane
	in     lane
	live   bool // joined, and the connection not known to be lost

	identity object.Identity
	node     *node // that accepted the socket; nil before
	ended    bool  // the node sends nothing more
	severed  bool  // by the object's reset: its class does not hear of the end
}

func (t *talk) newMember(i int, place loadgen.Member, at *edge) *member {
	m := &member{Member: place, talk: t, edge: at, socket: &actor.Socket{ID: actor.SocketID(i + 1)}}
	m.out, m.in = lane{member: m, to: out}, lane{member: m, to: in}
	return m
}

// join asks for the upgrade.
func (m *member) join(w *world) {
	q := &request{edge: m.edge, path: m.Path, member: m, obs: m.observation(loadgen.Operation{Kind: loadgen.Join}, 0)}
	q.request.Method, q.request.Upgrade = http.MethodGet, true
	q.work.Socket = m.socket
	w.after(w.Timeout, impatience{q})
	m.edge.take(q)
}

// impatience is the instant at which a member gives up joining.
type impatience struct{ *request }

func (i impatience) fire(w *world) {
	q := i.request
	if q.obs.Outcome != "" || w.load.over {
		return
	}
	q.gone = true
	q.obs.Done, q.obs.Outcome, q.obs.Reply.Error = w.now, loadgen.Failed, fmt.Sprintf("no reply within %s", w.Timeout)
	q.member.settled(w, q)
}

func (m *member) observation(op loadgen.Operation, at time.Duration) loadgen.Observation {
	o := loadgen.Observation{
		Seq: m.talk.seq, Client: m.Client, Edge: m.edge.id, Class: "chat", Object: m.Object,
		Operation: op, Scheduled: at, Sent: at, Server: m.server,
	}
	m.talk.seq++
	return o
}

// accepted sends the upgrade's answer. The connection is the WebSocket's from now
// on, and what follows on it keeps its order.
func (m *member) accepted(w *world, q *request) {
	m.line, m.identity, m.node = q.line, q.identity, q.node
	m.out.path, m.in.path = q.line.path, q.line.path
	m.in.put(w, item{request: q}, 0)
}

// joined is the member's side of the answer.
func (m *member) joined(w *world, q *request) {
	if q.gone {
		if m.node != nil { // it was accepted, too late
			m.lose(w)
		}
		return
	}
	q.settleJoin(w.now)
	m.server = q.obs.Server
	m.settled(w, q)
}

func (q *request) settleJoin(now time.Duration) {
	o := &q.obs
	o.Done, o.Outcome = now, loadgen.OK
	o.Server = q.server()
	if q.cause != nil || q.reply.Status != http.StatusSwitchingProtocols {
		o.Outcome, o.Reply.Error = loadgen.Failed, fmt.Sprint(q.cause)
		return
	}
	o.Reply.Status = q.reply.Status
	o.Budget = q.budget(now)
}

// settled records how joining went; when all have tried, the talk begins.
func (m *member) settled(w *world, q *request) {
	if m.live = q.obs.Outcome == loadgen.OK; !m.live {
		m.talk.lost++
	}
	w.Record(&q.obs)
	if m.talk.joining--; m.talk.joining == 0 {
		w.load.begin = w.now
		w.queue.push(w.now+w.Schedule(0), m.talk)
	}
}

// say sends a text.
func (m *member) say(w *world, o *loadgen.Observation) {
	m.talk.texts[o.Operation.Text] = o
	frame := fmt.Appendf(nil, `{"type":"chat","text":%q}`, o.Operation.Text)
	q := m.event(actor.Message)
	q.work.Message = object.Text(frame)
	m.out.put(w, item{request: q}, w.Profile.Forward.draw(m.edge.random))
}

// event is a request for a turn of the socket's own.
func (m *member) event(kind actor.Kind) *request {
	return &request{
		member: m, edge: m.edge, line: m.line, node: m.node, identity: m.identity, stage: landed,
		work: actor.Work{Kind: kind, Socket: m.socket},
	}
}

// send is the object's word to the member.
func (m *member) send(w *world, data []byte) {
	if !m.ended {
		m.in.put(w, item{data: data}, 0)
	}
}

// close ends the socket from the node's side.
func (m *member) close(w *world) {
	if !m.ended {
		m.ended = true
		m.in.put(w, item{}, 0)
	}
}

// cut ends the socket because its object, or its node, is gone.
func (m *member) cut(w *world) {
	m.close(w)
	m.severed = true
}

// hears is what arrives at the member.
func (m *member) hears(w *world, i item) {
	switch {
	case i.data != nil:
		m.receive(w, i.data)
	case i.request != nil:
		m.joined(w, i.request)
	default:
		m.lose(w)
	}
}

// heard is what arrives at its node.
func (m *member) heard(w *world, i item) {
	switch {
	case i.request != nil:
		if !m.severed {
			i.request.land(w)
		}
	case !m.severed && !m.node.dead:
		m.ended = true
		q := m.event(actor.Closed)
		q.work.Closing = object.Closing{Code: closedAbnormally, Reason: "the connection was lost"}
		q.land(w)
	}
}

// closedAbnormally is what a class hears of a connection without a Close frame.
const closedAbnormally = 1006

// lose ends the member's side: whatever it was, the connection is over.
func (m *member) lose(w *world) {
	m.out.put(w, item{}, 0)
	if !m.live {
		return
	}
	m.live = false
	m.talk.lost++
	o := m.observation(loadgen.Operation{Kind: loadgen.Leave}, w.now)
	o.Done, o.Outcome, o.Reply.Error = w.now, loadgen.Failed, "the connection was lost"
	w.Record(&o)
}

// receive takes a frame.
func (m *member) receive(w *world, data []byte) {
	t := m.talk
	if !m.live || !t.read(data) {
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

// membersInOrder lists members by client, so that runs repeat.
func membersInOrder(wires map[actor.SocketID]*member) []*member {
	return slices.SortedFunc(maps.Values(wires), func(a, b *member) int { return cmp.Compare(a.Client, b.Client) })
}
