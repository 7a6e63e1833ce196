package reports

import (
	"maps"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports/price"
)

const (
	// handling is how long an object is busy with an event that does not tell:
	// a turn and the commit that its answer waits for.
	handling = 10 * time.Millisecond
	// evictedAfter is how long an idle object stays that may not hibernate: the
	// least of the 70 to 140 s that are documented.
	evictedAfter = 70 * time.Second
	// hibernatesAfter is how long an idle object stays that may; this time is free.
	hibernatesAfter = 10 * time.Second
	// pollEvery is how often a room's member asks a primitive that pushes nothing.
	pollEvery = 2 * time.Second
)

// costTally counts what a run is charged for, in memory that grows with objects only.
type costTally struct {
	usage   price.Usage
	kinds   map[loadgen.Kind]int64 // that reached the object
	objects map[string]*stay
	asked   int64
	untold  bool          // some replies did not say how long they were at the object
	members time.Duration // that members were in rooms, together; those who stayed lack their end
	inside  int64         // members who stayed
	on      string        // the primitive that counted for itself, if one did
	bill    price.Bill    // what it counted
}

// stay is how long an object was in memory.
type stay struct {
	until  time.Duration // end of the last event
	active time.Duration // while something was handled
	kept   time.Duration // if it never hibernates
	wakes  int64
	open   int // sockets
}

func newCostTally(class string) *costTally {
	return &costTally{usage: price.UsageOf(class), kinds: map[loadgen.Kind]int64{}, objects: map[string]*stay{}}
}

// Billed says what a primitive's model counted for itself. Call it before Add.
func (t *Tally) Billed(primitive string, bill price.Bill) { t.cost.on, t.cost.bill = primitive, bill }

func (t *costTally) record(o *loadgen.Observation) {
	kind := o.Operation.Kind
	switch {
	case scheduled(o):
		t.asked++
	case kind == loadgen.Look:
		return // it came with the joining
	}
	if o.Outcome == loadgen.Failed && o.Reply.Status == 0 && kind != loadgen.Leave {
		return // it never arrived
	}
	if kind != loadgen.Leave {
		t.kinds[kind]++
	}
	if kind == loadgen.Deliver {
		return // free, and the object was awake anyway
	}
	s := t.objects[o.Object]
	if s == nil {
		s = &stay{}
		t.objects[o.Object] = s
	}
	from, busy := t.busy(o)
	s.event(from, busy)
	switch {
	case kind == loadgen.Join && o.Outcome == loadgen.OK:
		s.open++
		t.members, t.inside = t.members-o.Done, t.inside+1
	case kind == loadgen.Leave && s.open > 0:
		s.open--
		t.members, t.inside = t.members+o.Sent, t.inside-1
	}
}

// busy is when an event reached its object, and how long it was there.
func (t *costTally) busy(o *loadgen.Observation) (from, busy time.Duration) {
	b := &o.Budget
	if *b == (loadgen.Budget{}) || t.on != "" {
		t.untold = t.untold || o.Operation.Kind != loadgen.Leave
		return o.Sent, handling
	}
	busy = b[loadgen.Queue] + b[loadgen.Activate] + b[loadgen.Turn] + b[loadgen.Commit]
	return o.Done - b[loadgen.Return] - b[loadgen.WAN]/2 - busy, busy
}

// event takes one more thing that an object did. Time that several share counts
// once; events come nearly in order, and what comes late adds only what is new at its end.
func (s *stay) event(from, busy time.Duration) {
	if s.wakes == 0 {
		s.wakes, s.until = 1, from
	}
	if gap := from - s.until; gap > 0 {
		if gap > hibernatesAfter {
			s.wakes++
		}
		s.kept += s.idle(gap)
		s.until = from
	}
	if more := from + busy - s.until; more > 0 {
		s.active, s.kept, s.until = s.active+more, s.kept+more, s.until+more
	}
}

// idle is how much of a gap an object that never hibernates is in memory.
func (s *stay) idle(gap time.Duration) time.Duration {
	if s.open > 0 {
		return gap
	}
	return min(gap, evictedAfter)
}

// cost prices what was counted over a window that ended at an instant.
func (t *costTally) cost(window, end time.Duration) *Cost {
	if t.asked == 0 {
		return nil
	}
	list := price.Current()
	c := &Cost{Dated: list.Dated, Plan: list.Plan, Operations: t.asked, Objects: int64(len(t.objects)), Window: Micros(window)}
	bill, unknown := t.asUsual(end)
	active, kept, wakes := t.stays(end)
	bill[price.ObjectRowRead] += t.usage.WakeRows * float64(wakes)
	stored := float64(c.Objects) * t.usage.Bytes / 1e9 * float64(window) / float64(month)
	for _, u := range []price.Unit{price.ObjectStored, price.KVStored, price.D1Stored, price.R2Stored} {
		bill[u] = stored
	}
	object := only(&bill, price.ObjectRequest, price.ObjectStored)
	object[price.ObjectGBSecond] = price.ObjectGBSeconds(active.Seconds())
	awake := object
	awake[price.ObjectGBSecond] = price.ObjectGBSeconds(kept.Seconds())
	awake[price.ObjectRowRead] -= t.usage.WakeRows * float64(wakes-int64(len(t.objects)))
	c.Ways = append(c.Ways, c.wayOf(OnObject, list, &object), c.wayOf(OnAwakeObject, list, &awake))
	for _, p := range []struct {
		name        string
		first, last price.Unit
	}{{"kv", price.KVRead, price.KVStored}, {"d1", price.D1Read, price.D1Stored}, {"r2", price.R2ClassA, price.R2Stored}} {
		of := only(&bill, p.first, p.last)
		if t.on == p.name {
			of = t.bill
			of[p.last] = stored
		}
		way := c.wayOf(p.name, list, &of)
		way.Counted = t.on == p.name
		c.Ways = append(c.Ways, way)
	}
	if t.on == hybrid {
		c.Ways = append(c.Ways, c.hybrid(list, t, &object))
	}
	c.assume(t.usage.Bytes, unknown, t.untold)
	return c
}

// hybrid is the primitive that writes to the object and reads through KV.
const hybrid = "do+kv"

// hybrid adds to what KV counted the object's share: all but the reads.
func (c *Cost) hybrid(list *price.List, t *costTally, object *price.Bill) CostWay {
	sum := *object
	read, _ := t.usage.Of(string(loadgen.Read))
	read = only(&read, price.ObjectRequest, price.ObjectStored)
	sum.Add(&read, -float64(t.kinds[loadgen.Read]))
	sum.Add(&t.bill, 1)
	sum[price.KVStored] = sum[price.ObjectStored]
	way := c.wayOf(hybrid, list, &sum)
	way.Counted = true
	return way
}

// asUsual is what the operations are charged on every primitive at once.
func (t *costTally) asUsual(end time.Duration) (price.Bill, []string) {
	var bill price.Bill
	var unknown []string
	for _, kind := range slices.Sorted(maps.Keys(t.kinds)) {
		of, known := t.usage.Of(string(kind))
		if !known {
			unknown = append(unknown, string(kind))
		}
		bill.Add(&of, float64(t.kinds[kind]))
	}
	inside := t.members + time.Duration(t.inside)*end
	bill.Add(&t.usage.Poll, max(0, inside.Seconds())/pollEvery.Seconds())
	return bill, unknown
}

// stays sums up how long objects were in memory.
func (t *costTally) stays(end time.Duration) (active, kept time.Duration, wakes int64) {
	for _, s := range t.objects {
		active, kept, wakes = active+s.active, kept+s.kept+s.idle(max(0, end-s.until)), wakes+s.wakes
	}
	return active, kept, wakes
}

// only is a bill with nothing but the units from first to last.
func only(b *price.Bill, first, last price.Unit) price.Bill {
	var part price.Bill
	copy(part[first:last+1], b[first:last+1])
	return part
}
