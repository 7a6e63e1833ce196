package check

import (
	"cmp"
	"iter"
	"math"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// docket is what one law or several need of a run, gathered as it is heard. A
// judge of a whole history is a docket that is told nothing until the end.
type docket interface {
	// hear takes an observation and keeps no reference to it. The order is no evidence.
	hear(o *loadgen.Observation)
	// settle says that whatever will still be heard happened at the horizon or
	// later: see happened. What is decided by then need not be kept.
	settle(horizon time.Duration)
	// rule ends the hearing, and is asked once for each law.
	rule(law string) finding
}

// memory counts the undecided observations of a docket, and says when to decide:
// each time they have doubled, so that all the looking is linear.
type memory struct{ least, kept, due int }

func newMemory(p Params) memory {
	least := cmp.Or(p.Keep, DefaultKeep)
	return memory{least: least, due: least}
}

func (m *memory) full() bool { return m.kept >= m.due }

// decideEach has each part of a docket decide what it can, once it is time to. The
// parts say how many observations they keep.
func decideEach[P any](m *memory, parts iter.Seq[P], decide func(P) (keeps int)) {
	if !m.full() {
		return
	}
	kept := 0
	for each := range parts {
		kept += decide(each)
	}
	m.kept, m.due = kept, max(m.least, 2*kept)
}

// happened is the instant that places an observation in its run: when it was
// sent or, of a delivery, when it was received.
func happened(o *loadgen.Observation) time.Duration {
	if o.Operation.Kind == loadgen.Deliver {
		return o.Done
	}
	return o.Sent
}

// collected is the docket of a law that judges whole histories only.
type collected struct {
	history []loadgen.Observation
	judge   map[string]func([]loadgen.Observation) finding
}

func (c *collected) hear(o *loadgen.Observation) { c.history = append(c.history, *o) }
func (c *collected) settle(time.Duration)        {}
func (c *collected) rule(law string) finding     { return c.judge[law](c.history) }

// Court holds a run against several laws as it goes, in memory that is bounded
// by what is undecided and not by the run's length.
//
// What will still be heard it tells from the numbers of a run's observations:
// they are given, without a gap, in the order in which operations are scheduled
// and deliveries received. A history with other numbers is judged as well, but
// nothing of it before its end.
type Court struct {
	laws    []Checker
	dockets []docket // each once
	of      []docket // by law
	horizon horizon
	heard   int
}

// settleEvery is how many observations are heard between two looks at the horizon.
const settleEvery = 1024

// horizonsOf tells, after each settleEvery observations of a history, when the
// earliest of the rest happened.
func horizonsOf(history []loadgen.Observation) []time.Duration {
	horizons := make([]time.Duration, len(history)/settleEvery)
	earliest := time.Duration(math.MaxInt64 - 1)
	for i := len(history) - 1; i >= 0; i-- {
		if (i+1)%settleEvery == 0 {
			horizons[i/settleEvery] = earliest
		}
		earliest = min(earliest, happened(&history[i]))
	}
	return horizons
}

// Open opens a court. The laws of one class share what they need.
func Open(laws []Checker) *Court {
	c := &Court{laws: laws}
	shelf := make(map[string]docket)
	for _, each := range laws {
		d := docketOf(each, shelf)
		c.of = append(c.of, d)
	}
	seen := make(map[docket]bool)
	for _, d := range c.of {
		if !seen[d] {
			seen[d] = true
			c.dockets = append(c.dockets, d)
		}
	}
	return c
}

// docketOf is the docket that a law needs: one from the shelf, or a new one.
func docketOf(c Checker, shelf map[string]docket) docket {
	l, ours := c.(law)
	if ours && l.open != nil {
		if shelf[l.shares] == nil {
			shelf[l.shares] = l.open()
		}
		return shelf[l.shares]
	}
	all, _ := shelf["history"].(*collected)
	if all == nil {
		all = &collected{judge: make(map[string]func([]loadgen.Observation) finding)}
		shelf["history"] = all
	}
	if ours {
		all.judge[l.name] = l.judge
	}
	return all
}

// Hear takes one observation and keeps no reference to it.
func (c *Court) Hear(o *loadgen.Observation) {
	for _, d := range c.dockets {
		d.hear(o)
	}
	c.horizon.hear(o)
	if c.heard++; c.heard%settleEvery == 0 {
		c.Settle(c.horizon.at)
	}
}

// Settle tells the judges that whatever will still be heard was sent (deliveries:
// received) at the horizon or later. Hear does it by itself where numbers tell.
func (c *Court) Settle(horizon time.Duration) {
	if horizon <= 0 {
		return
	}
	for _, d := range c.dockets {
		d.settle(horizon)
	}
}

// Verdicts ends the hearing.
func (c *Court) Verdicts() []Verdict {
	verdicts := make([]Verdict, len(c.laws))
	for i, each := range c.laws {
		l, ours := each.(law)
		if !ours {
			verdicts[i] = each.Check(c.of[i].(*collected).history)
			continue
		}
		verdicts[i] = l.weigh(c.of[i].rule(l.name))
	}
	return verdicts
}

// horizon tells, from numbers, until when a run has been heard completely.
type horizon struct {
	next   uint64          // all observations with lower numbers were heard
	ahead  []time.Duration // instants of next and those after it; unheard if not heard
	head   int             // of ahead
	at     time.Duration
	broken bool // numbers came twice, or far apart
}

const (
	unheard = time.Duration(-1)
	// farthest is how far ahead of its predecessors an observation may be heard.
	farthest = 1 << 22
)

func (h *horizon) hear(o *loadgen.Observation) {
	if h.broken || o.Seq < h.next || o.Seq-h.next >= farthest {
		h.broken = true
		return
	}
	born := o.Scheduled
	if o.Operation.Kind == loadgen.Deliver {
		born = o.Done
	}
	if born < 0 {
		h.broken = true
		return
	}
	place := h.head + int(o.Seq-h.next)
	for len(h.ahead) <= place {
		h.ahead = append(h.ahead, unheard)
	}
	if h.ahead[place] != unheard {
		h.broken = true
		return
	}
	h.ahead[place] = born
	for h.head < len(h.ahead) && h.ahead[h.head] != unheard {
		h.at = max(h.at, h.ahead[h.head])
		h.head++
		h.next++
	}
	if h.head > 4096 && 2*h.head > len(h.ahead) {
		h.ahead = h.ahead[:copy(h.ahead, h.ahead[h.head:])]
		h.head = 0
	}
}
