package main

import (
	"cmp"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports"
)

// harm counts how far a run was from its laws. The verdicts are the checkers';
// these are sizes.
func (e *experiment) harm(s *seen, run *reports.Run) *reports.Harm {
	h := &reports.Harm{}
	switch e.flags.Class {
	case "counter":
		h.LostUpdates = s.lostUpdates()
	case "limiter":
		h.OverAdmitted = e.overAdmitted(s.history)
	case "chat":
		h.OrderViolations = outOfOrder(s.history)
		if run.Chat != nil {
			h.Missing = reports.Share{N: run.Chat.Expected - run.Chat.Delivered, Of: run.Chat.Expected}
		}
	}
	if s.told != nil {
		h.StaleReads = reports.Share{N: s.told.stale, Of: s.told.reads}
		h.Staleness = quantilesOf(s.told.ages)
	} else if e.flags.Class == "counter" {
		h.StaleReads = reports.Share{Of: countKind(s.history, loadgen.Read)} // the law would have said so
	}
	return h
}

func countKind(history []loadgen.Observation, kind loadgen.Kind) (n int64) {
	for i := range history {
		if history[i].Operation.Kind == kind && history[i].Outcome == loadgen.OK {
			n++
		}
	}
	return n
}

// lostUpdates is how many acknowledged increments the counters do not show in
// the end: in what the service holds, or, of objects, in the highest answer.
func (s *seen) lostUpdates() reports.Share {
	acknowledged, highest := make(map[string]int64), make(map[string]int64)
	var share reports.Share
	for i := range s.history {
		o := &s.history[i]
		if o.Outcome != loadgen.OK {
			continue
		}
		highest[o.Object] = max(highest[o.Object], o.Reply.Value)
		if o.Operation.Kind == loadgen.Increment {
			acknowledged[o.Object]++
			share.Of++
		}
	}
	for object, n := range acknowledged {
		kept := highest[object]
		if held, ok := s.held(object); ok {
			kept = held
		}
		share.N += max(0, n-kept)
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
func (e *experiment) overAdmitted(history []loadgen.Observation) reports.Share {
	type window struct {
		from, to time.Duration
		admitted float64
	}
	keys := make(map[string]*window)
	for i := range history {
		o := &history[i]
		if o.Operation.Kind != loadgen.Take || !o.Reply.Allowed {
			continue
		}
		w := keys[o.Object]
		if w == nil {
			w = &window{from: o.Sent}
			keys[o.Object] = w
		}
		w.from, w.to = min(w.from, o.Sent), max(w.to, o.Done)
		w.admitted++
	}
	var over, allowed float64
	for _, w := range keys {
		may := float64(e.limit.Tokens) + e.refillPerSecond()*(w.to-w.from).Seconds()
		allowed += may
		over += max(0, w.admitted-may)
	}
	return reports.Share{N: int64(over), Of: int64(allowed)}
}

// outOfOrder counts deliveries that came before one which another member of the
// room, the one that heard most, had heard earlier.
func outOfOrder(history []loadgen.Observation) reports.Share {
	heard := make(map[string]map[int][]*loadgen.Observation)
	for i := range history {
		o := &history[i]
		if o.Operation.Kind == loadgen.Deliver {
			if heard[o.Object] == nil {
				heard[o.Object] = make(map[int][]*loadgen.Observation)
			}
			heard[o.Object][o.Client] = append(heard[o.Object][o.Client], o)
		}
	}
	var share reports.Share
	for _, members := range heard {
		var reference []*loadgen.Observation
		for _, list := range members {
			slices.SortStableFunc(list, func(a, b *loadgen.Observation) int { return cmp.Compare(a.Done, b.Done) })
			if len(list) > len(reference) {
				reference = list
			}
		}
		place := make(map[string]int, len(reference))
		for i, o := range reference {
			place[o.Operation.Text] = i
		}
		for _, list := range members {
			highest := -1
			for _, o := range list {
				share.Of++
				at, known := place[o.Operation.Text]
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
