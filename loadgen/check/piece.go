package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// decided is what a counter's history before a horizon comes to.
type decided struct {
	count      int64 // the highest answer to what was done by then
	increments int64 // that were decided on, whatever their outcome
	// spare increments of unknown outcome were sent by then and made no value yet.
	// They can make any later one, so their number is enough.
	spare int

	top *loadgen.Observation // who was answered count first
	// latest is the decided operation that was sent last: of those up to the count
	// without the reads of it, and with them.
	latest, latestRead *loadgen.Observation
}

// piece is a stretch of one counter's history, laid out by value.
//
// An increment that was answered v is the v-th increment, so the increments'
// order is known, and a read of v lies between the v-th and the next. What is
// left to decide is whether instants exist for that order: the earliest choice
// for each operation is the latest Sent of all before it or its own, and it
// works if and only if that is not after its Done.
//
// Let V be the highest answer to an operation that was done before the horizon.
// Whatever is heard later was sent after that, so it must be answered more, or
// be a read of V: all below V has been heard, and can be decided.
type piece struct {
	*count
	base, top int64 // values in question: reads of base, and all above it up to top

	made     []int32 // increments answered, by value less base; -1 is a gap
	reads    []int32 // reads answered, by value
	readsEnd []int32 // where the reads of each value end in reads
	lost     []int32 // increments of unknown outcome, by Sent
	horizon  time.Duration
}

func newPiece(c *count, horizon time.Duration) *piece {
	p := &piece{count: c, base: c.decided.count, top: c.decided.count, horizon: horizon}
	for i := range c.open {
		o := &c.open[i]
		switch {
		case o.Outcome == loadgen.Unknown:
			p.lost = append(p.lost, int32(i))
		case o.Done < horizon || horizon == math.MaxInt64:
			p.top = max(p.top, o.Reply.Value)
		}
	}
	slices.SortFunc(p.lost, func(a, b int32) int { return cmp.Compare(c.open[a].Sent, c.open[b].Sent) })
	return p
}

// judge decides on the piece, and leaves open what is not in question yet.
func (p *piece) judge() *fault {
	if f := p.arrange(); f != nil {
		return f
	}
	before := p.decided
	if f := p.judgeTime(); f != nil {
		return f
	}
	used, f := p.judgeGaps()
	if f != nil {
		return f
	}
	p.carry(before, used)
	return nil
}

// arrange lays the operations out by value. Answers that no order explains are
// found on the way.
func (p *piece) arrange() *fault {
	made, limit := []int32(nil), p.decided.increments+int64(len(p.lost))
	for i := range p.open {
		if o := &p.open[i]; o.Outcome == loadgen.OK && o.Operation.Kind == loadgen.Increment {
			limit++
		}
	}
	for i := range p.open {
		o := &p.open[i]
		value := o.Reply.Value
		isRead := o.Operation.Kind == loadgen.Read
		switch {
		case o.Outcome == loadgen.Unknown:
		case value < 0 || value == 0 && !isRead || value > limit && value <= p.top:
			return p.impossible(int32(i), limit)
		case value > p.top:
		case value < p.base || value == p.base && !isRead:
			return p.reversed(p.decided.top, o)
		case isRead:
			p.reads = append(p.reads, int32(i))
		default:
			made = append(made, int32(i))
		}
	}
	return p.byValue(made)
}

func (p *piece) byValue(made []int32) *fault {
	p.made = make([]int32, p.top-p.base+1)
	for v := range p.made {
		p.made[v] = -1
	}
	for _, i := range made {
		value := p.open[i].Reply.Value
		if first := p.made[value-p.base]; first >= 0 {
			return &fault{
				why:     fmt.Sprintf("two increments of %s were both answered %d: one of them is lost", p.object, value),
				witness: pick(p.open, first, i),
			}
		}
		p.made[value-p.base] = i
	}
	p.sortReads()
	return nil
}

func (p *piece) impossible(i int32, limit int64) *fault {
	return &fault{
		why: fmt.Sprintf("%s was answered %d, but its %d increments sent allow only 1 to %d (0 to a read)",
			p.object, p.open[i].Reply.Value, limit, limit),
		witness: pick(p.open, i),
	}
}

// sortReads sorts the reads by value, in linear time.
func (p *piece) sortReads() {
	end := make([]int32, len(p.made)+1)
	for _, i := range p.reads {
		end[p.open[i].Reply.Value-p.base+1]++
	}
	for v := range p.made {
		end[v+1] += end[v]
	}
	sorted := make([]int32, len(p.reads))
	for _, i := range p.reads {
		v := p.open[i].Reply.Value - p.base
		sorted[end[v]] = i
		end[v]++
	}
	p.reads, p.readsEnd = sorted, end[:len(p.made)]
}

// readsOf are the reads that were answered a value, given less base.
func (p *piece) readsOf(value int) []int32 {
	start := int32(0)
	if value > 0 {
		start = p.readsEnd[value-1]
	}
	return p.reads[start:p.readsEnd[value]]
}

// judgeTime walks through the operations in their order with the latest Sent so
// far. An operation that was done before that cannot come after it.
func (p *piece) judgeTime() *fault {
	latest, withReads := p.decided.latest, p.decided.latestRead
	before := func(i int32) bool { return latest != nil && p.open[i].Done < latest.Sent }
	for value, made := range p.made {
		if value > 0 {
			latest = withReads
		}
		if made >= 0 {
			if before(made) {
				return p.reversed(&p.open[made], latest)
			}
			latest = later(latest, &p.open[made])
		}
		// Reads of one value have no order among themselves: all are held
		// against what came before the first of them.
		withReads = later(withReads, latest)
		for _, i := range p.readsOf(value) {
			if before(i) {
				return p.reversed(&p.open[i], latest)
			}
			withReads = later(withReads, &p.open[i])
		}
	}
	p.decided.latest, p.decided.latestRead = latest, withReads
	return nil
}

// later is which of two operations was sent later; either may be nil.
func later(a, b *loadgen.Observation) *loadgen.Observation {
	if a == nil || b != nil && b.Sent > a.Sent {
		return b
	}
	return a
}

// reversed is the fault of an answer that a later operation had not seen.
func (p *piece) reversed(first, second *loadgen.Observation) *fault {
	story := "went back"
	if second.Operation.Kind == loadgen.Read {
		story = "gave a stale read"
	}
	return &fault{
		why: fmt.Sprintf("%s %s: client %d had been answered %d by %s, yet what client %d sent at %s was answered %d",
			p.object, story, first.Client, first.Reply.Value, at(first.Done), second.Client, at(second.Sent), second.Reply.Value),
		witness: []loadgen.Observation{*first, *second},
	}
}

// carry keeps of the piece what later ones need.
func (p *piece) carry(before decided, used int) {
	d := &p.decided
	spare := before.spare - min(used, before.spare)
	gone := make(map[int32]bool) // increments of unknown outcome that are decided on
	for n, i := range p.lost {
		switch {
		case n < used-before.spare:
			gone[i] = true
		case p.open[i].Sent < p.horizon:
			gone[i] = true
			spare++
		}
	}
	d.spare, d.count = spare, p.top
	d.detach()
	kept := p.open[:0] // in the same memory
	for i := range p.open {
		o := &p.open[i]
		undecided := o.Reply.Value > p.top
		if o.Outcome == loadgen.Unknown {
			undecided = !gone[int32(i)]
		}
		if undecided {
			kept = append(kept, *o)
			continue
		}
		if o.Operation.Kind == loadgen.Increment {
			d.increments++
		}
		if o.Outcome == loadgen.OK && o.Reply.Value == p.top && (o.Done < p.horizon) && (d.top == nil || d.top.Reply.Value < p.top || o.Done < d.top.Done) {
			own := *o
			d.top = &own
		}
	}
	p.open = kept
}

// detach copies what is kept of a piece, so that its memory can be used again.
func (d *decided) detach() {
	for _, o := range []**loadgen.Observation{&d.latest, &d.latestRead} {
		if *o != nil {
			own := **o
			*o = &own
		}
	}
}
