package virtual

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/sim/primitive"
)

// pen is the WebSocket through which a Worker writes into a room for one client:
// rooms take texts in no other way. It opens with the client's first text, and
// the Worker has heard on it what the room remembers when its text comes back.
type pen struct {
	of       *workers
	member   *member
	joining  bool
	writing  []*stroke           // texts that have not come back, in the order sent
	messages []primitive.Message // what the room remembers, as heard here
}

// stroke is one text on its way.
type stroke struct {
	worker *worker
	text   string
}

// roomMemory is how many messages a room remembers.
const roomMemory = 100

// write sends a worker's text, once there is a socket.
func (s *workers) write(o *worker, ask *loadgen.Ask) {
	p := s.pens[o.obs.Client]
	if p == nil || !p.joining && !p.member.live {
		p = &pen{of: s, joining: true}
		s.pens[o.obs.Client] = p
		s.sockets++
		place := loadgen.Member{Client: o.obs.Client, Object: ask.Object, Path: ask.Path + "?userId=u" + strconv.Itoa(o.obs.Client)}
		p.member = newMember(p, s.sockets, place, s.w.edges[s.w.edgeOf[o.obs.Client]])
		p.writing = append(p.writing, &stroke{o, ask.Operation.Text})
		p.member.join(s.w)
		return
	}
	p.writing = append(p.writing, &stroke{o, ask.Operation.Text})
	if !p.joining {
		p.member.say(s.w, ask.Operation.Text)
	}
}

func (p *pen) observation(m *member, op loadgen.Operation, at time.Duration) loadgen.Observation {
	return loadgen.Observation{Client: m.Client, Edge: m.edge.id, Class: "chat", Object: m.Object, Operation: op, Scheduled: at, Sent: at}
}

func (p *pen) settled(w *world, m *member, q *request) {
	p.joining, m.live = false, q.obs.Outcome == loadgen.OK
	if !m.live {
		p.giveUp(loadgen.Failed, q.obs.Reply.Error)
		return
	}
	for _, s := range p.writing {
		m.say(w, s.text)
	}
}

// lost is the end of the socket: whether the room took the texts in, nobody knows.
func (p *pen) lost(*world, *member) { p.giveUp(loadgen.Unknown, "the connection was lost") }

func (p *pen) giveUp(outcome loadgen.Outcome, why string) {
	open := p.writing
	p.writing = nil
	for _, s := range open {
		s.worker.follow(s.worker.script.Resume(p.of.w.now, primitive.Result{Outcome: outcome, Reply: loadgen.Reply{Error: why}}, nil))
	}
}

// receive takes what the room says: its history at first, then every message.
func (p *pen) receive(w *world, m *member, data []byte) {
	var frame struct {
		Type     string
		Message  wireMessage
		Messages []wireMessage
	}
	if json.Unmarshal(data, &frame) != nil {
		return
	}
	switch frame.Type {
	case "history":
		p.messages = messagesOf(frame.Messages)
	case "message":
		// Clipped: what was told before is shared with every cache that holds it.
		p.messages = append(slices.Clip(p.messages[max(0, len(p.messages)-(roomMemory-1)):]), frame.Message.message())
		p.echo(w, m)
	}
}

// echo answers the text that has come back, if it is the socket's own.
func (p *pen) echo(w *world, m *member) {
	came := p.messages[len(p.messages)-1]
	at := slices.IndexFunc(p.writing, func(s *stroke) bool { return s.text == came.Text })
	if at < 0 {
		return
	}
	o := p.writing[at].worker
	p.writing = slices.Delete(p.writing, at, at+1)
	o.obs.Server = m.server
	o.follow(o.script.Resume(w.now, primitive.Result{
		Outcome: loadgen.OK, Kept: true, Found: true,
		Reply: loadgen.Reply{Status: http.StatusOK, Text: came.ID},
		Value: primitive.Value{Messages: p.messages, Origin: p.of.originOf(o.obs.Object, true)},
	}, nil))
}

// wireMessage is a room's message as its class encodes it.
type wireMessage struct {
	ID     string `json:"id"`
	UserID string `json:"userId"`
	Text   string `json:"text"`
}

func (m wireMessage) message() primitive.Message {
	client, _ := strconv.Atoi(strings.TrimPrefix(m.UserID, "u")) // the workload's names are such
	return primitive.Message{ID: m.ID, Client: client, Text: m.Text}
}

func messagesOf(list []wireMessage) []primitive.Message {
	all := make([]primitive.Message, len(list))
	for i, m := range list {
		all[i] = m.message()
	}
	return all
}

// readRoom is what a room answers to a request for its messages.
func readRoom(body []byte) ([]primitive.Message, error) {
	var room struct{ Messages []wireMessage }
	if err := json.Unmarshal(body, &room); err != nil {
		return nil, fmt.Errorf("read a room's messages: %w", err)
	}
	return messagesOf(room.Messages), nil
}
