package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

const (
	joinAtOnce  = 64          // sockets being opened at the same time
	outboxLimit = 256         // messages that wait for one socket
	leaveWithin = time.Second // for the closing handshake
	noSocket    = "the socket was closed before"
)

// Chat is an open-loop load over WebSockets: members join rooms, some of them
// send texts on a schedule, and each records every delivery it sees.
type Chat struct {
	Source   Source // Next gives the texts to send; Ask.Client must be a member
	Members  []Member
	Edges    []Edge
	Schedule Schedule
	For      time.Duration // how long texts are sent; zero is until the context ends
	Seed     uint64
	FirstSeq uint64        // the Seq of the first observation
	Timeout  time.Duration // to join; zero is DefaultTimeout
	Drain    time.Duration // for deliveries after the last text; zero is DefaultDrain
	// Dial opens connections to the edges; nil is the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Record takes each observation; it is called from many goroutines.
	Record func(Observation)
}

// Run joins, sends, waits until everybody has everything or Drain is over, and
// leaves. When ctx ends, sending stops and the rest follows with a shorter
// wait. A text whose echo never came is Unknown.
func (c Chat) Run(ctx context.Context, start time.Time) (Load, error) {
	bases, err := checkEdges(c.Edges)
	if err != nil {
		return Load{}, err
	}
	if len(c.Members) == 0 {
		return Load{}, errors.New("start chat: no member given")
	}
	c.Timeout = orDefault(c.Timeout, DefaultTimeout)
	c.Drain = orDefault(c.Drain, DefaultDrain)
	t := newTalk(c, bases, start)
	t.join(ctx)
	if t.joined == 0 {
		return t.load(ctx, 0), fmt.Errorf("join rooms: no member of %d could: %w", len(t.members), t.firstErr)
	}
	begin := t.now()
	t.send(ctx, begin)
	t.drain(ctx)
	elapsed := t.now() - begin
	t.leave()
	return t.load(ctx, elapsed), nil
}

// talk is one run of Chat.
type talk struct {
	Chat
	start    time.Time
	rooms    map[string]*room
	members  []*member
	byClient map[int]*member
	seq      atomic.Uint64
	unsent   atomic.Int64 // texts in outboxes
	joined   int
	firstErr error // why a member could not join
	gauge    gauge
	lost     atomic.Int64
}

func newTalk(c Chat, bases []*url.URL, start time.Time) *talk {
	t := &talk{
		Chat:     c,
		start:    start,
		rooms:    make(map[string]*room),
		byClient: make(map[int]*member, len(c.Members)),
	}
	t.seq.Store(c.FirstSeq)
	edgeOf := Spread(c.Edges, len(c.Members))
	for i, place := range c.Members {
		in := t.rooms[place.Object]
		if in == nil {
			in = &room{texts: make(map[string]*saying)}
			t.rooms[place.Object] = in
		}
		m := &member{
			Member: place,
			talk:   t,
			room:   in,
			outbox: make(chan *saying, outboxLimit),

			attendance: attendance{under: make(map[string]*saying)},

			entrance: entrance{edge: c.Edges[edgeOf[i]].ID, base: bases[edgeOf[i]]},
		}
		m.stays, m.part = context.WithCancel(context.Background())
		if c.Source.Class() == DocumentClass {
			m.desk = newDesk()
		}
		in.members = append(in.members, m)
		t.members = append(t.members, m)
		t.byClient[place.Client] = m
	}
	return t
}

func (t *talk) now() time.Duration { return time.Since(t.start) }

func (t *talk) nextSeq() uint64 { return t.seq.Add(1) - 1 }

// join opens every socket, some at a time, and starts its reader and writer.
func (t *talk) join(ctx context.Context) {
	places := make(chan *member)
	errs := make([]error, min(joinAtOnce, len(t.members)))
	var joining sync.WaitGroup
	for i := range errs {
		joining.Go(func() {
			for m := range places {
				errs[i] = errors.Join(errs[i], m.join(ctx))
			}
		})
	}
	for _, m := range t.members {
		places <- m
	}
	close(places)
	joining.Wait()
	t.firstErr = firstOf(errs)
	for _, m := range t.members {
		if m.line.Load() != nil { // it may have lost its connection again
			t.joined++
		} else {
			t.lost.Add(1)
		}
	}
}

// firstOf is the first error without those joined to it.
func firstOf(errs []error) error {
	for _, err := range errs {
		var several interface{ Unwrap() []error }
		if errors.As(err, &several) {
			return several.Unwrap()[0]
		}
	}
	return nil
}

// send hands each text to its sender's socket when the schedule says so.
func (t *talk) send(ctx context.Context, begin time.Duration) {
	for n := uint64(0); ; n++ {
		at := t.Schedule(n)
		if t.For > 0 && at >= t.For || !sleepUntil(ctx, t.start.Add(begin+at)) {
			return
		}
		ask := t.Source.Next(n, Random(t.Seed, n))
		m := t.byClient[ask.Client]
		o := m.observation(ask.Operation)
		o.Object = ask.Object
		o.Scheduled = begin + at
		t.unsent.Add(1)
		if !m.live() {
			m.refuse(&saying{send: o}, noSocket)
			continue
		}
		select {
		case m.outbox <- &saying{send: o}:
		default: // never wait here: every other sender would be late too
			m.refuse(&saying{send: o}, "the generator's queue for this socket is full")
		}
	}
}

// drain waits until every live member has every text of its room.
func (t *talk) drain(ctx context.Context) {
	wait := t.Drain
	if ctx.Err() != nil {
		wait = min(wait, time.Second)
	}
	const look = 5 * time.Millisecond
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for end := time.Now().Add(wait); time.Now().Before(end) && !t.complete(); {
		<-ticker.C
	}
}

func (t *talk) complete() bool {
	if t.unsent.Load() > 0 {
		return false
	}
	for _, in := range t.rooms {
		sent := in.sent.Load()
		for _, m := range in.members {
			if m.away.Load() || m.live() && m.received.Load() < sent {
				return false
			}
		}
	}
	return true
}

// leave closes every socket, waits for readers and writers, and settles the
// texts that were never echoed.
func (t *talk) leave() {
	var leaving sync.WaitGroup
	for _, m := range t.members {
		close(m.outbox)
		if m.line.Load() != nil {
			leaving.Go(m.leave)
		}
	}
	leaving.Wait()
	for _, in := range t.rooms {
		for _, sent := range in.texts {
			if sent.echoed {
				continue
			}
			sent.send.Outcome, sent.send.Done = Unknown, t.now()
			sent.send.Reply.Error = "its echo never came"
			t.Record(sent.send)
		}
	}
}

func (t *talk) load(ctx context.Context, elapsed time.Duration) Load {
	load := t.gauge.load()
	load.Lost, load.Cancelled, load.Elapsed = int(t.lost.Load()), ctx.Err() != nil, elapsed
	return load
}
