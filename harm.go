package main

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports"
)

// hurt counts, as a run is heard, how far it was from its laws. The verdicts are
// the checkers'; these are sizes.
type hurt struct {
	reads    int64                      // answered
	counters map[string]*counterHurt    // by object
	keys     map[string]*keyHurt        // limiters, by object
	rooms    map[string]map[int][]heard // by object and client
	astray   int64                      // money, at the most that a look showed
	opening  int64                      // what there is in a bank
}

type counterHurt struct{ acknowledged, highest int64 }

type keyHurt struct {
	from, to time.Duration
	admitted float64
}

// heard is a text that a member received.
type heard struct {
	text string
	at   time.Duration
}

func newHurt(opening int64) *hurt {
	return &hurt{
		opening:  opening,
		counters: make(map[string]*counterHurt), keys: make(map[string]*keyHurt), rooms: make(map[string]map[int][]heard),
	}
}

func (h *hurt) hear(o *loadgen.Observation) {
	switch kind := o.Operation.Kind; {
	case kind == loadgen.Deliver:
		if h.rooms[o.Object] == nil {
			h.rooms[o.Object] = make(map[int][]heard)
		}
		h.rooms[o.Object][o.Client] = append(h.rooms[o.Object][o.Client], heard{o.Operation.Text, o.Done})
	case o.Class == "account" && kind == loadgen.Read && o.Outcome == loadgen.OK:
		h.balanced(o)
	case kind == loadgen.Take && o.Reply.Allowed:
		h.admitted(o)
	case o.Class == "counter" && o.Outcome == loadgen.OK:
		h.counted(o)
	}
}

// balanced adds up what a look showed.
func (h *hurt) balanced(o *loadgen.Observation) {
	balances, err := loadgen.ParseBalances(o.Reply.Text)
	if err != nil || len(balances) == 0 {
		return
	}
	off := -h.opening
	for _, b := range balances {
		off += b
	}
	h.reads++
	h.astray = max(h.astray, off, -off)
}

func (h *hurt) counted(o *loadgen.Observation) {
	c := h.counters[o.Object]
	if c == nil {
		c = &counterHurt{}
		h.counters[o.Object] = c
	}
	c.highest = max(c.highest, o.Reply.Value)
	switch o.Operation.Kind {
	case loadgen.Increment:
		c.acknowledged++
	case loadgen.Read:
		h.reads++
	}
}

func (h *hurt) admitted(o *loadgen.Observation) {
	k := h.keys[o.Object]
	if k == nil {
		k = &keyHurt{from: o.Sent}
		h.keys[o.Object] = k
	}
	k.from, k.to = min(k.from, o.Sent), max(k.to, o.Done)
	k.admitted++
}

// harm is what the report tells of it.
func (e *experiment) harm(s *seen, run *reports.Run) *reports.Harm {
	h, counted := &reports.Harm{}, s.hearing.hurt
	switch e.flags.Class {
	case "counter":
		h.LostUpdates = counted.lostUpdates(s)
	case "account":
		h.Astray = reports.Share{N: counted.astray, Of: counted.opening}
	case "limiter":
		h.OverAdmitted = counted.overAdmitted(e)
	case "chat", "document":
		h.OrderViolations = counted.outOfOrder()
		if run.Chat != nil {
			h.Missing = reports.Share{N: run.Chat.Expected - run.Chat.Delivered, Of: run.Chat.Expected}
		}
	}
	if s.told != nil {
		h.StaleReads = reports.Share{N: s.told.stale, Of: s.told.reads}
		h.Staleness = quantilesOf(s.told.ages)
	} else if e.flags.Class == "counter" || e.flags.Class == "account" {
		h.StaleReads = reports.Share{Of: counted.reads} // the law would have said so
	}
	return h
}

// lostUpdates is how many acknowledged increments the counters do not show in
// the end: in what the service holds, or, of objects, in the highest answer.
func (h *hurt) lostUpdates(s *seen) (share reports.Share) {
	for object, c := range h.counters {
		kept := c.highest
		if held, ok := s.held(object); ok {
			kept = held
		}
		share.N += max(0, c.acknowledged-kept)
		share.Of += c.acknowledged
	}
	return share
}

// held is what a service holds of a counter. The truth of a hybrid is at the
// object, and what its KV holds is only a copy.
func (s *seen) held(counter string) (int64, bool) {
	if s.told == nil || s.hybrid {
		return 0, false
	}
	value, ok := s.told.after.Held[counter]
	return value.Number, ok
}

// overAdmitted is what limiters admitted beyond their capacity and refill over the run.
func (h *hurt) overAdmitted(e *experiment) reports.Share {
	var over, allowed float64
	for _, name := range slices.Sorted(maps.Keys(h.keys)) {
		k := h.keys[name]
		may := float64(e.limit.Tokens) + e.refillPerSecond()*(k.to-k.from).Seconds()
		allowed += may
		over += max(0, k.admitted-may)
	}
	return reports.Share{N: int64(over), Of: int64(allowed)}
}

// outOfOrder counts deliveries that came before one which another member of the
// room, the one that heard most, had heard earlier.
func (h *hurt) outOfOrder() (share reports.Share) {
	for _, members := range h.rooms {
		var reference []heard
		for _, client := range slices.Sorted(maps.Keys(members)) {
			list := members[client]
			slices.SortStableFunc(list, func(a, b heard) int { return cmp.Compare(a.at, b.at) })
			if len(list) > len(reference) {
				reference = list
			}
		}
		place := make(map[string]int, len(reference))
		for i, o := range reference {
			place[o.text] = i
		}
		for _, list := range members {
			highest := -1
			for _, o := range list {
				share.Of++
				at, known := place[o.text]
				if known && at < highest {
					share.N++
				}
				highest = max(highest, at)
			}
		}
	}
	return share
}

func quantilesOf(ages []time.Duration) reports.Quantiles {
	if len(ages) == 0 {
		return reports.Quantiles{}
	}
	slices.Sort(ages)
	at := func(share float64) reports.Micros { return reports.Micros(ages[int(share*float64(len(ages)-1))]) }
	sum := time.Duration(0)
	for _, a := range ages {
		sum += a
	}
	return reports.Quantiles{
		P50: at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: at(1),
		Mean: reports.Micros(sum / time.Duration(len(ages))),
	}
}

// price is what a million operations of a run on a primitive cost, as the report's cost has it.
func (e *experiment) price(run *reports.Run) *reports.Price {
	way := run.Cost.Way(e.flags.Primitive)
	if e.isObject() {
		way = run.Cost.Way(reports.OnObject)
	}
	if way == nil {
		return nil
	}
	return &reports.Price{PerMillionUSD: way.PerMillionUSD, AsOf: run.Cost.Dated}
}
