package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Counter is the law that a counter is linearizable: every operation seems to
// happen at one instant between its being sent and being done. It judges whole
// histories in near-linear time, because a counter's answers give away their
// order. Counters start at zero; a history with decrements or resets has no such
// order and is searched instead, as far as the bounds of Search reach.
func Counter(p Params) Checker {
	return law{
		name: "counter linearizable", least: p.Least, unit: "operations answered",
		judge: func(history []loadgen.Observation) finding { return judgeCounters(history, p.Search.orDefaults()) },
	}
}

func isCounterKind(k loadgen.Kind) bool {
	switch k {
	case loadgen.Increment, loadgen.Decrement, loadgen.Read, loadgen.Reset:
		return true
	}
	return false
}

func judgeCounters(history []loadgen.Observation, search Search) finding {
	groups := byObject(history, isCounterKind)
	var faults []fault
	var doubts []string
	operations, unknown := 0, 0
	for _, g := range groups {
		c := newCount(history, g)
		operations, unknown = operations+c.answers, unknown+c.unknown
		if c.other {
			f, doubt := search.whole(history, g)
			if f != nil {
				faults = append(faults, *f)
			}
			if doubt != "" {
				doubts = append(doubts, doubt)
			}
			continue
		}
		if f := c.judge(); f != nil {
			faults = append(faults, *f)
		}
	}
	switch {
	case len(faults) > 0:
		return convict(faults, "counters")
	case len(doubts) > 0:
		return finding{ruling: Unknown, why: doubts[0]}
	}
	why := fmt.Sprintf("%d operations on %d counters fit one order each", operations, len(groups))
	if unknown > 0 {
		why += fmt.Sprintf(", with %d increments of unknown outcome", unknown)
	}
	return finding{ruling: OK, why: why, evidence: operations}
}

// count is the history of one counter, laid out by value.
//
// An increment that was answered v is the v-th increment, so the increments'
// order is known, and a read of v lies between the v-th and the next. What is
// left to decide is whether instants exist for that order: the earliest choice
// for each operation is the latest Sent of all before it or its own, and it
// works if and only if that is not after its Done.
type count struct {
	history []loadgen.Observation
	object  string

	made     []int32 // increments answered; after arrange, indexed by value, -1 is a gap
	reads    []int32 // reads answered; after arrange, by value
	readsEnd []int32 // where the reads of each value end in reads
	lost     []int32 // increments of unknown outcome, by Sent

	answers, unknown int
	other            bool // there are operations that are neither increments nor reads
}

func newCount(history []loadgen.Observation, g group) *count {
	c := &count{history: history, object: g.object}
	for _, i := range g.at {
		o := &history[i]
		kind := o.Operation.Kind
		switch {
		case answered(o):
			c.answers++
			if kind == loadgen.Read {
				c.reads = append(c.reads, i)
				continue
			}
			c.other = c.other || kind != loadgen.Increment
			c.made = append(c.made, i)
		case o.Outcome == loadgen.Unknown && kind != loadgen.Read:
			c.unknown++
			c.other = c.other || kind != loadgen.Increment
			c.lost = append(c.lost, i)
		}
	}
	slices.SortFunc(c.lost, func(a, b int32) int { return cmp.Compare(history[a].Sent, history[b].Sent) })
	return c
}

func (c *count) judge() *fault {
	if f := c.arrange(); f != nil {
		return f
	}
	if f := c.judgeTime(); f != nil {
		return f
	}
	return c.judgeGaps()
}

// arrange lays the operations out by value. Answers that no order explains are
// found on the way.
func (c *count) arrange() *fault {
	highest, limit := int64(0), int64(len(c.made)+len(c.lost))
	for _, list := range [][]int32{c.made, c.reads} {
		for _, i := range list {
			value := c.history[i].Reply.Value
			if value > limit || value < 0 || value == 0 && c.history[i].Operation.Kind == loadgen.Increment {
				return c.impossible(i, limit)
			}
			highest = max(highest, value)
		}
	}
	byValue := make([]int32, highest+1)
	for v := range byValue {
		byValue[v] = -1
	}
	for _, i := range c.made {
		value := c.history[i].Reply.Value
		if first := byValue[value]; first >= 0 {
			return &fault{
				why:     fmt.Sprintf("two increments of %s were both answered %d: one of them is lost", c.object, value),
				witness: pick(c.history, first, i),
			}
		}
		byValue[value] = i
	}
	c.made = byValue
	c.sortReads(highest)
	return nil
}

func (c *count) impossible(i int32, limit int64) *fault {
	return &fault{
		why: fmt.Sprintf("%s was answered %d, but its %d increments sent allow only 1 to %d (0 to a read)",
			c.object, c.history[i].Reply.Value, limit, limit),
		witness: pick(c.history, i),
	}
}

// sortReads sorts the reads by value, in linear time.
func (c *count) sortReads(highest int64) {
	end := make([]int32, highest+2)
	for _, i := range c.reads {
		end[c.history[i].Reply.Value+1]++
	}
	for v := range highest + 1 {
		end[v+1] += end[v]
	}
	sorted := make([]int32, len(c.reads))
	for _, i := range c.reads {
		v := c.history[i].Reply.Value
		sorted[end[v]] = i
		end[v]++
	}
	c.reads, c.readsEnd = sorted, end[:highest+1]
}

// readsOf are the reads that were answered a value.
func (c *count) readsOf(value int) []int32 {
	start := int32(0)
	if value > 0 {
		start = c.readsEnd[value-1]
	}
	return c.reads[start:c.readsEnd[value]]
}

// judgeTime walks through the operations in their order with the latest Sent so
// far. An operation that was done before that cannot come after it.
func (c *count) judgeTime() *fault {
	latest := int32(-1)
	before := func(i int32) bool {
		return latest >= 0 && c.history[i].Done < c.history[latest].Sent
	}
	later := func(i int32) {
		if latest < 0 || c.history[i].Sent > c.history[latest].Sent {
			latest = i
		}
	}
	for value, made := range c.made {
		if made >= 0 {
			if before(made) {
				return c.reversed(made, latest)
			}
			later(made)
		}
		// Reads of one value have no order among themselves: all are held
		// against what came before the first of them.
		reads := c.readsOf(value)
		for _, i := range reads {
			if before(i) {
				return c.reversed(i, latest)
			}
		}
		for _, i := range reads {
			later(i)
		}
	}
	return nil
}

// reversed is the fault of an answer that a later operation had not seen.
func (c *count) reversed(done, sent int32) *fault {
	first, second := &c.history[done], &c.history[sent]
	story := "went back"
	if second.Operation.Kind == loadgen.Read {
		story = "gave a stale read"
	}
	return &fault{
		why: fmt.Sprintf("%s %s: client %d had been answered %d by %s, yet what client %d sent at %s was answered %d",
			c.object, story, first.Client, first.Reply.Value, at(first.Done), second.Client, at(second.Sent), second.Reply.Value),
		witness: pick(c.history, done, sent),
	}
}

// judgeGaps finds an increment of unknown outcome for each value that nobody
// was answered. It can have made the value if it was sent by the deadline: the
// earliest Done of all operations that come after the value. Deadlines rise with
// the value, so giving the earliest sent to the lowest value fails only if
// every way fails. Those left over never took effect, or will later.
func (c *count) judgeGaps() *fault {
	deadlines := c.deadlines()
	next := 0
	for value := 1; value < len(c.made); value++ {
		if c.made[value] >= 0 {
			continue
		}
		if next >= len(c.lost) || c.history[c.lost[next]].Sent > deadlines[value] {
			return c.gap(value, next)
		}
		next++
	}
	return nil
}

// deadlines are, for each value, the earliest Done of a read of it and of
// everything after it.
func (c *count) deadlines() []time.Duration {
	deadlines := make([]time.Duration, len(c.made))
	earliest := never
	for value := len(c.made) - 1; value >= 0; value-- {
		for _, i := range c.readsOf(value) {
			earliest = min(earliest, c.history[i].Done)
		}
		deadlines[value] = earliest
		if i := c.made[value]; i >= 0 {
			earliest = min(earliest, c.history[i].Done)
		}
	}
	return deadlines
}

func (c *count) gap(value, used int) *fault {
	below, above := int32(-1), int32(-1)
	for v := value - 1; v > 0 && below < 0; v-- {
		below = c.made[v]
	}
	for v := value; v < len(c.made) && above < 0; v++ {
		if reads := c.readsOf(v); len(reads) > 0 {
			above = reads[0]
		}
		if above < 0 {
			above = c.made[v]
		}
	}
	why := fmt.Sprintf("%s skipped %d: no increment was answered it, and ", c.object, value)
	late := int32(-1)
	switch {
	case used < len(c.lost):
		late = c.lost[used]
		why += fmt.Sprintf("the next of unknown outcome was sent only at %s", at(c.history[late].Sent))
	case len(c.lost) > 0:
		why += fmt.Sprintf("the %d of unknown outcome made lower values", len(c.lost))
	default:
		why += "none is of unknown outcome"
	}
	return &fault{why: why, witness: pick(c.history, below, above, late)}
}
