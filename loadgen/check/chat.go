package check

import (
	"cmp"
	"fmt"
	"maps"
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
	case loadgen.Join, loadgen.Leave, loadgen.Resume, loadgen.Send, loadgen.Deliver:
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
	returns                     int // of members, to where they were
	expected, reached           int // by reach
	skipped                     int // by gap: missing, but nobody can tell whether by a fault
}

func (c *counts) add(other counts) {
	c.sessions += other.sessions
	c.deliveries += other.deliveries
	c.returns += other.returns
	c.expected += other.expected
	c.reached += other.reached
	c.skipped += other.skipped
}

func (c counts) String() string {
	text := fmt.Sprintf("%d deliveries to %d members of %d rooms", c.deliveries, c.sessions, c.rooms)
	if c.returns > 0 {
		text += fmt.Sprintf(" (%d times back after a lost connection)", c.returns)
	}
	return text
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
