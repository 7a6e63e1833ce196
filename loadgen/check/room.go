package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// room is what is known of one chat room.
//
// Its events are taken in in the order in which they happened. A message is
// forgotten when all is said about it: it was acknowledged a grace ago, everybody
// who was there has it, has something that comes after it or is gone, and nothing
// is left that comes before it.
type room struct {
	name     string
	grace    time.Duration
	heard    []loadgen.Observation // not taken in: joins, leaves and deliveries
	messages map[string]*message   // open ones, by text
	open     []*message            // in the order in which they were first heard of
	sessions map[int]*session      // the last stay of each client
	stays    []*session            // that open messages may be about, in the order begun
	free     []int                 // slots that nobody has

	losses map[int][]time.Duration // of connections, by client: those that open messages may be about

	latest    time.Duration // delivery of all
	forgotten time.Duration // the latest Sent of a message that was forgotten
	faults    map[string]*fault
	counts
}

func newRoom(name string, grace time.Duration) *room {
	return &room{
		name: name, grace: grace, forgotten: -1,
		messages: make(map[string]*message), sessions: make(map[int]*session), faults: make(map[string]*fault),
		losses: make(map[int][]time.Duration),
	}
}

// message is one text of a room.
type message struct {
	text     string
	send     *loadgen.Observation // nil if nobody sent it
	receipts []receipt            // by slot of the session
	first    *loadgen.Observation // delivery
	done     bool                 // forgotten

	next   []*message // that came next after it, for somebody
	before int        // messages that it came next after
}

// receipt is a session's first delivery of a message.
type receipt struct {
	place    int                  // among the session's, from 1; 0 if there is none
	delivery *loadgen.Observation // nil once the message is decided
}

func (r receipt) came() bool { return r.place > 0 }

// session is one stay of a client in a room. It goes on when the client's connection
// is lost, if the client joins again soon and is told what it missed: see absence.go.
type session struct {
	client      int
	slot        int
	join, leave *loadgen.Observation // nil if there is none
	over        bool                 // another stay of the client has begun
	back        *loadgen.Observation // the client has joined again, and was told nothing yet
	got         []*message           // that open messages may be about, in the order received
	passed      int                  // deliveries before them
	lastAt      time.Duration        // delivery

	last   *message         // received, for the order
	latest *message         // received, of those the one that was sent last
	lastOf map[int]*message // received, by sender: of those, the one that was sent last

	missed missed
}

// missed are messages that are decided and did not come, while the stay goes on.
type missed struct {
	count int
	first *message // acknowledged
}

func (r *room) hear(o *loadgen.Observation) {
	if o.Operation.Kind != loadgen.Send {
		r.heard = append(r.heard, *o)
		return
	}
	m := r.messages[o.Operation.Text]
	if m == nil {
		m = r.newMessage(o.Operation.Text)
	}
	m.send = detached(o)
}

func (r *room) newMessage(text string) *message {
	m := &message{text: text}
	r.messages[text] = m
	r.open = append(r.open, m)
	return m
}

// size is how many observations the room keeps, about.
func (r *room) size() int {
	size := len(r.heard) + len(r.open)
	for _, s := range r.stays {
		size += len(s.got)
	}
	return size
}

// settle takes in what happened before a horizon, and forgets what is decided.
func (r *room) settle(horizon time.Duration) {
	r.takeIn(horizon)
	r.forget(horizon)
}

// takeIn takes in events in the order in which they happened.
func (r *room) takeIn(horizon time.Duration) {
	heard := r.heard
	order := make([]int32, 0, len(heard))
	// What is taken in is referred to: what is not gets memory of its own.
	r.heard = nil
	for i := range heard {
		if happened(&heard[i]) < horizon || horizon == math.MaxInt64 {
			order = append(order, int32(i))
		} else {
			r.heard = append(r.heard, heard[i])
		}
	}
	inOrder := func(a, b int32) int {
		return cmp.Or(cmp.Compare(happened(&heard[a]), happened(&heard[b])), cmp.Compare(heard[a].Seq, heard[b].Seq))
	}
	if !slices.IsSortedFunc(order, inOrder) {
		slices.SortFunc(order, inOrder)
	}
	for _, i := range order {
		r.take(&heard[i])
	}
}

func (r *room) take(o *loadgen.Observation) {
	s := r.sessions[o.Client]
	switch o.Operation.Kind {
	case loadgen.Join:
		if o.Outcome == loadgen.OK {
			r.comeBack(s, detached(o))
		}
	case loadgen.Resume:
		r.resume(s, o)
	case loadgen.Leave:
		if s != nil {
			r.part(s, detached(o))
		}
	case loadgen.Deliver:
		r.deliver(r.present(s, o.Client), o)
	}
}

// detached is a copy that does not hold what was heard with it in memory.
func detached(o *loadgen.Observation) *loadgen.Observation {
	own := *o
	return &own
}

// begin begins a stay; the one before is over.
func (r *room) begin(client int) *session {
	if before := r.sessions[client]; before != nil {
		before.over = true
	}
	s := &session{client: client, lastOf: make(map[int]*message), slot: len(r.stays)}
	if n := len(r.free); n > 0 {
		s.slot, r.free = r.free[n-1], r.free[:n-1]
	}
	r.sessions[client] = s
	r.stays = append(r.stays, s)
	r.counts.sessions++
	return s
}

// joinedBy says that a session certainly existed when a message was sent.
func (s *session) joinedBy(sent time.Duration) bool { return s.join != nil && s.join.Done <= sent }

// leftBy says that a session was over when a message was sent.
func (s *session) leftBy(sent time.Duration) bool { return s.leave != nil && s.leave.Sent < sent }

// polls says that the client has no socket: a request told it who was there, and it
// sends with requests.
func (s *session) polls() bool { return s.join != nil && s.join.Reply.Status/100 == 2 }

// goneBy says that a session receives nothing more that happens at a horizon or later.
func (s *session) goneBy(horizon time.Duration) bool {
	return s.over || s.leave != nil && !s.mayReturn(horizon)
}

// receipt is the first delivery of a message in a session.
func (m *message) receipt(s *session) receipt {
	if s.slot < len(m.receipts) {
		return m.receipts[s.slot]
	}
	return receipt{}
}

func (m *message) String() string { return fmt.Sprintf("%.40q", m.text) }

// fault keeps the first violation of a law in the room.
func (r *room) fault(law string, f fault) {
	if r.faults[law] == nil {
		r.faults[law] = &f
	}
}

// shown copies observations that there are, for a witness.
func shown(list ...*loadgen.Observation) []loadgen.Observation {
	var all []loadgen.Observation
	for _, o := range list {
		if o != nil {
			all = append(all, *o)
		}
	}
	return all
}
