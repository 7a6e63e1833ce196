package reports

import (
	"time"

	"github.com/durabench/durabench/loadgen"
)

// late is how far behind its schedule the load generator may fall before the
// run's numbers say more about it than about the objects.
const late = 10 * time.Millisecond

// Tally turns a stream of observations into the numbers of a Run, in memory that
// grows with edges, homes and objects but not with observations.
// Not safe for concurrent use.
type Tally struct {
	run     Run
	all     groupMeter
	cold    groupMeter
	warm    groupMeter
	edges   map[string]*edgeMeter
	kinds   map[loadgen.Kind]*groupMeter
	wait    *meter // in the load generator
	rooms   roomTally
	limit   Limit
	access  accessTally // of runs that name what keeps the data
	series  seriesMeter
	extents extents
	cost    *costTally
}

// edgeMeter measures what one edge's clients saw.
type edgeMeter struct {
	all, cold, warm groupMeter
	homes           map[string]*groupMeter
}

// NewTally begins a run of which name, engine, class, arguments, conditions and
// the like are known; Run completes it with the measured part.
func NewTally(run Run) *Tally {
	return &Tally{
		run:    run,
		all:    groupMeter{digits: fine, queue: newMeter(coarse)},
		access: accessTally{},
		edges:  map[string]*edgeMeter{},
		kinds:  map[loadgen.Kind]*groupMeter{},
		wait:   newMeter(coarse),
		rooms:  roomTally{members: map[string]int64{}},
		series: newSeriesMeter(),
		cost:   newCostTally(run.Class),
	}
}

// counts says whether a kind is one that users wait for. In a chat they wait for
// messages to arrive, in a document for edits; joining, sending and looking are counted apart.
func counts(k loadgen.Kind) bool {
	return k != loadgen.Join && k != loadgen.Leave && k != loadgen.Send && k != loadgen.Look
}

// scheduled says whether the pacer asked for an operation. A document's text
// comes unasked to who joins.
func scheduled(o *loadgen.Observation) bool {
	switch o.Operation.Kind {
	case loadgen.Join, loadgen.Leave, loadgen.Deliver:
		return false
	case loadgen.Look:
		return o.Operation.Text != ""
	}
	return true
}

// Add takes one observation and keeps no part of it. The order matters only for
// chat: a member's Join is to come before the messages it is to receive.
func (t *Tally) Add(o *loadgen.Observation) {
	kind := o.Operation.Kind
	t.rooms.record(o)
	t.extents.record(o)
	t.cost.record(o)
	if kind == loadgen.Leave {
		return // nobody waits for it
	}
	t.kind(kind).record(o)
	if t.run.Primitive != "" {
		t.access.record(o)
	}
	if kind != loadgen.Deliver {
		t.wait.record(o.Sent - o.Scheduled)
	}
	if kind == loadgen.Take && o.Outcome == loadgen.OK {
		if o.Reply.Allowed {
			t.limit.Admitted++
		} else {
			t.limit.Refused++
		}
	}
	if !counts(kind) {
		if o.Outcome != loadgen.OK { // an error is an error, whoever waited
			t.all.record(o)
			t.edge(o).all.record(o)
		}
		return
	}
	t.all.record(o)
	t.edge(o).record(o)
	t.series.record(o)
	if told := o.Budget != (loadgen.Budget{}); told && o.Budget.Cold() {
		t.cold.record(o)
	} else if told {
		t.warm.record(o)
	}
}

func (t *Tally) kind(k loadgen.Kind) *groupMeter {
	g := t.kinds[k]
	if g == nil {
		g = &groupMeter{}
		t.kinds[k] = g
	}
	return g
}

func (t *Tally) edge(o *loadgen.Observation) *edgeMeter {
	e := t.edges[string(o.Edge)]
	if e == nil {
		e = &edgeMeter{homes: map[string]*groupMeter{}}
		e.all.digits = fine
		t.edges[string(o.Edge)] = e
	}
	return e
}

func (e *edgeMeter) record(o *loadgen.Observation) {
	e.all.record(o)
	if told := o.Budget != (loadgen.Budget{}); told && o.Budget.Cold() {
		e.cold.record(o)
	} else if told {
		e.warm.record(o)
	}
	if o.Server.Home == "" {
		return
	}
	home := e.homes[string(o.Server.Home)]
	if home == nil {
		home = &groupMeter{}
		e.homes[string(o.Server.Home)] = home
	}
	home.record(o)
}

// Run is the run with what was measured so far.
func (t *Tally) Run() Run {
	run := t.run
	m := &run.Measured
	m.Group = t.all.group(true)
	m.Cold, m.Warm = t.cold.optional(), t.warm.optional()
	m.Lasted = Micros(t.extents.lasted())
	if s := time.Duration(m.Lasted).Seconds(); s > 0 {
		m.ThroughputPerS = perS(m.N, s)
	}
	m.OfferedPerS = t.extents.offered()
	m.ByEdge = map[string]EdgeGroup{}
	m.ByEdgeAndHome = map[string]map[string]Group{}
	for name, e := range t.edges {
		m.ByEdge[name] = EdgeGroup{Group: e.all.group(true), Cold: e.cold.optional(), Warm: e.warm.optional()}
		for home, g := range e.homes {
			if m.ByEdgeAndHome[name] == nil {
				m.ByEdgeAndHome[name] = map[string]Group{}
			}
			m.ByEdgeAndHome[name][home] = g.group(false)
		}
	}
	m.ByOperation = map[string]Group{}
	for kind, g := range t.kinds {
		m.ByOperation[string(kind)] = g.group(false)
	}
	m.OverTime = t.series.series()
	m.Chat, m.Limit = t.rooms.chat(), t.limited()
	m.Cost = t.cost.cost(t.extents.window())
	run.Reads, run.Writes = t.access.distances()
	run.Warnings = append(append([]string(nil), run.Warnings...), t.warnings(m)...)
	return run
}

// limited keeps the limiter's parameters, which came with the run.
func (t *Tally) limited() *Limit {
	limit := t.limit
	if t.run.Limit != nil {
		limit.Capacity, limit.RefillPerS = t.run.Limit.Capacity, t.run.Limit.RefillPerS
	}
	if limit == (Limit{}) {
		return nil
	}
	return &limit
}

func (g *groupMeter) optional() *Group {
	out := g.group(false)
	if out.N == 0 {
		return nil
	}
	return &out
}
