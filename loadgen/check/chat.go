package check

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// The laws of a chat room.
const (
	chatOrder = "chat one order"
	chatFIFO  = "chat sender order"
	chatGap   = "chat no gap"
	chatOnce  = "chat no duplicate"
	chatReach = "chat reach"
)

func chatLaw(name string, p Params) Checker {
	return law{
		name: name, least: p.Least, unit: "deliveries", shares: "rooms",
		open: func() docket {
			return &rooms{all: make(map[string]*room), grace: cmp.Or(p.Grace, DefaultGrace), memory: newMemory(p)}
		},
	}
}

// rooms is the docket of all chat laws.
type rooms struct {
	all   map[string]*room
	last  *room // heard of last
	grace time.Duration
	ended bool
	memory
}

func (r *rooms) hear(o *loadgen.Observation) {
	switch o.Operation.Kind {
	case loadgen.Join, loadgen.Leave, loadgen.Send, loadgen.Deliver:
	default:
		return
	}
	if r.last == nil || r.last.name != o.Object {
		r.last = r.all[o.Object]
		if r.last == nil {
			r.last = newRoom(o.Object, r.grace)
			r.all[o.Object] = r.last
		}
	}
	r.last.hear(o)
	r.kept++
}

func (r *rooms) settle(horizon time.Duration) {
	decideEach(&r.memory, maps.Values(r.all), func(each *room) int {
		each.settle(horizon)
		return each.size()
	})
}

func (r *rooms) rule(law string) finding {
	list := inOrderOfName(r.all)
	var sum counts
	for _, each := range list {
		if !r.ended {
			each.conclude()
		}
		sum.add(each.counts)
	}
	r.ended = true
	sum.rooms = len(list)
	var faults []fault
	for _, each := range list {
		if f := each.faults[law]; f != nil {
			faults = append(faults, *f)
		}
	}
	if len(faults) == 0 {
		return finding{ruling: OK, why: sum.why(law), evidence: sum.deliveries}
	}
	if law == chatReach {
		faults[0].why += fmt.Sprintf("; %d of %d deliveries due came", sum.reached, sum.expected)
	}
	return convict(faults, "rooms")
}

// counts is what the sentence of a verdict tells.
type counts struct {
	rooms, sessions, deliveries int
	expected, reached           int // by reach
	skipped                     int // by gap: missing, but nobody can tell whether by a fault
}

func (c *counts) add(other counts) {
	c.sessions += other.sessions
	c.deliveries += other.deliveries
	c.expected += other.expected
	c.reached += other.reached
	c.skipped += other.skipped
}

func (c counts) String() string {
	return fmt.Sprintf("%d deliveries to %d members of %d rooms", c.deliveries, c.sessions, c.rooms)
}

// why is the sentence of an acquittal.
func (c counts) why(law string) string {
	switch law {
	case chatOrder:
		return c.String() + " follow one order per room"
	case chatFIFO:
		return c.String() + " keep each sender's order"
	case chatOnce:
		return c.String() + ", none twice and none invented"
	case chatReach:
		return fmt.Sprintf("%d of %d deliveries due to members who were there throughout came", c.reached, c.expected)
	}
	why := c.String() + " leave nothing out"
	if c.skipped > 0 {
		why += fmt.Sprintf(" (%d messages were missed at the end of a connection)", c.skipped)
	}
	return why
}

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

	latest    time.Duration // delivery of all
	forgotten time.Duration // the latest Sent of a message that was forgotten
	faults    map[string]*fault
	counts
}

func newRoom(name string, grace time.Duration) *room {
	return &room{
		name: name, grace: grace, forgotten: -1,
		messages: make(map[string]*message), sessions: make(map[int]*session), faults: make(map[string]*fault),
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

// session is one stay of a client in a room.
type session struct {
	client      int
	slot        int
	join, leave *loadgen.Observation // nil if there is none
	over        bool                 // another stay of the client has begun
	got         []*message           // that open messages may be about, in the order received
	passed      int                  // deliveries before them
	lastAt      time.Duration        // delivery

	last   *message         // received, for the order
	latest *message         // received, of those the one that was sent last
	lastOf map[int]*message // received, by sender

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
			r.begin(o.Client).join = detached(o)
		}
	case loadgen.Leave:
		if s != nil {
			s.leave = detached(o)
			r.settleMissed(s)
		}
	case loadgen.Deliver:
		if s == nil {
			s = r.begin(o.Client)
		}
		r.deliver(s, o)
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

// gone says that a session receives nothing more.
func (s *session) gone() bool { return s.over || s.leave != nil }

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
