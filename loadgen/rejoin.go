package loadgen

import (
	"math/rand/v2"
	"time"
)

// RejoinWithin is for how long a member whose connection was lost tries to join
// again. Who comes later is a new member to the laws.
const RejoinWithin = 30 * time.Second

// RoomRemembers is how many texts a room gives at least to who joins, if there were so many.
const RoomRemembers = 100

const (
	firstPause   = 25 * time.Millisecond
	longestPause = 2 * time.Second
)

// Backoff spaces a member's tries to join again: each pause is up to twice as long
// as the one before, and drawn, so that the members of a room do not all come at once.
// The zero value is that of a member that has tried nothing yet.
type Backoff struct{ waited, pause time.Duration }

// Next is how long to wait before the next try; ok is false when there is to be none.
func (b *Backoff) Next(random *rand.Rand) (pause time.Duration, ok bool) {
	b.pause = min(max(2*b.pause, firstPause), longestPause)
	pause = b.pause/2 + time.Duration(random.Int64N(int64(b.pause/2)))
	b.waited += pause
	return pause, b.waited < RejoinWithin
}

// Text is a message of a chat room: the object's id of it, and what was said.
type Text struct{ ID, Text string }

// Recall is what a member remembers of its room, so as to go on where it was when
// its connection was lost. A room gives its last texts to who joins: those that a
// member had already it passes over, the others it has missed.
type Recall struct {
	last []string // in turn
	next int
}

// Heard notes a text that was received.
func (r *Recall) Heard(text string) {
	if len(r.last) < 2*RoomRemembers {
		r.last = append(r.last, text)
		return
	}
	r.last[r.next] = text
	r.next = (r.next + 1) % len(r.last)
}

// Resume compares what a room gave with what the member had: both is the latest
// text that is in both, empty if none is, and missed what the member had not.
func (r *Recall) Resume(given []Text) (both string, missed []Text) {
	order := make(map[string]int, len(r.last)) // from 1, the oldest first
	for n := range r.last {
		order[r.last[(r.next+n)%len(r.last)]] = n + 1
	}
	latest := 0
	for _, t := range given {
		if had := order[t.Text]; had == 0 {
			missed = append(missed, t)
		} else if had > latest {
			latest, both = had, t.Text
		}
	}
	return both, missed
}

// Resumed is the record of what a member was told of the time when it was away.
func (o *Observation) Resumed(at time.Duration, both string, given int) {
	o.Scheduled, o.Sent, o.Done, o.Outcome = at, at, at, OK
	o.Operation.Kind, o.Operation.Text = Resume, both
	o.Reply.Allowed, o.Reply.Value = both != "", int64(given)
}
