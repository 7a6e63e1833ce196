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
	party  party
	edge   *edge
	line   *line
	socket *actor.Socket
	server loadgen.Server
	out    lane
	in     lane
	live   bool // joined, and the connection not known to be lost

	identity *object.Identity
	node     *node // that accepted the socket; nil before
	ended    bool  // the node sends nothing more
	restart  bool  // its object has moved: the end of the connection says so
	severed  bool  // by the object's reset: its class does not hear of the end
}

// party is whose socket it is: a member of a talk's, or a Worker's.
type party interface {
	observation(m *member, op loadgen.Operation, at time.Duration) loadgen.Observation
	settled(w *world, m *member, q *request)
	receive(w *world, m *member, data []byte)
	lost(w *world, m *member)
}

func newMember(p party, id actor.SocketID, place loadgen.Member, at *edge) *member {
	m := &member{Member: place, party: p, edge: at, socket: &actor.Socket{ID: id}}
	m.out, m.in = lane{member: m, to: out}, lane{member: m, to: in}
	return m
}

// join asks for the upgrade.
func (m *member) join(w *world) {
	o := m.party.observation(m, loadgen.Operation{Kind: loadgen.Join}, w.now)
	q := &request{edge: m.edge, to: w.route(m.Path, ""), method: http.MethodGet, member: m, obs: &o}
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
	q.member.party.settled(w, q.member, q)
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
	m.party.settled(w, m, q)
}

func (q *request) settleJoin(now time.Duration) {
	o := q.obs
	o.Done, o.Outcome = now, loadgen.OK
	o.Server = q.server()
	if q.cause != nil || q.reply.Status != http.StatusSwitchingProtocols {
		o.Outcome, o.Reply.Error = loadgen.Failed, fmt.Sprint(q.cause)
		return
	}
	o.Reply.Status = q.reply.Status
	o.Budget = q.budget(now)
}

// say sends a text.
func (m *member) say(w *world, text string) {
	m.write(w, fmt.Appendf(nil, `{"type":"chat","text":%q}`, text))
}

// write sends a frame.
func (m *member) write(w *world, frame []byte) {
	q := m.event(actor.Message)
	q.work.Message = object.Text(frame)
	m.out.put(w, item{request: q}, w.Profile.Forward.draw(m.edge.random))
}

// event is a request for a turn of the socket's own.
func (m *member) event(kind actor.Kind) *request {
	return &request{
		member: m, edge: m.edge, line: m.line, node: m.node, identity: m.identity, stage: landed,
		kind: kind, work: &actor.Work{Kind: kind, Socket: m.socket},
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
		m.party.receive(w, m, i.data)
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
	m.party.lost(w, m)
}

// membersInOrder lists members by client, so that runs repeat.
func membersInOrder(wires map[actor.SocketID]*member) []*member {
	return slices.SortedFunc(maps.Values(wires), func(a, b *member) int { return cmp.Compare(a.Client, b.Client) })
}
