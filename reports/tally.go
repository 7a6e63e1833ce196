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
	queue   *meter // at the object
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

// edgeMeter measures what one edge's clients saw. All that needs no digits of its own
// is told apart once, by home and by temperature, and added up when it is asked for.
type edgeMeter struct {
	all   groupMeter
	homes map[string]*homeMeter // "" is of replies that do not tell
}

// homeMeter measures what one edge saw of one home's objects.
type homeMeter struct {
	cold, warm groupMeter
	untold     groupMeter // replies that do not tell which
}

// NewTally begins a run of which name, engine, class, arguments, conditions and
// the like are known; Run completes it with the measured part.
func NewTally(run Run) *Tally {
	return &Tally{
		run:    run,
		queue:  newMeter(coarse),
		access: accessTally{},
		edges:  map[string]*edgeMeter{},
		kinds:  map[loadgen.Kind]*groupMeter{},
		wait:   newMeter(coarse),
		rooms:  newRoomTally(),
		series: newSeriesMeter(),
		cost:   newCostTally(run.Class),
	}
}

// counts says whether a kind is one that users wait for. In a chat they wait for
// messages to arrive, in a document for edits; joining, sending and looking are counted apart.
func counts(k loadgen.Kind) bool {
	return k != loadgen.Join && k != loadgen.Leave && k != loadgen.Resume && k != loadgen.Send && k != loadgen.Look
}

// scheduled says whether the pacer asked for an operation. A document's text
// comes unasked to who joins.
func scheduled(o *loadgen.Observation) bool {
	switch o.Operation.Kind {
	case loadgen.Join, loadgen.Leave, loadgen.Resume, loadgen.Deliver:
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
	if kind == loadgen.Resume {
		return // it came with the joining
	}
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
			t.edge(o).all.record(o)
		}
		return
	}
	t.edge(o).record(o)
	t.series.record(o)
	if o.Outcome == loadgen.OK && o.Budget != (loadgen.Budget{}) {
		t.queue.record(o.Budget[loadgen.Queue])
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
		e = &edgeMeter{homes: map[string]*homeMeter{}}
		e.all.digits = fine
		t.edges[string(o.Edge)] = e
	}
	return e
}

func (e *edgeMeter) record(o *loadgen.Observation) {
	e.all.record(o)
	home := e.homes[string(o.Server.Home)]
	if home == nil {
		home = &homeMeter{}
		e.homes[string(o.Server.Home)] = home
	}
	switch {
	case o.Budget == (loadgen.Budget{}):
		home.untold.record(o)
	case o.Budget.Cold():
		home.cold.record(o)
	default:
		home.warm.record(o)
	}
}

// Run is the run with what was measured so far.
func (t *Tally) Run() Run {
	run := t.run
	m := &run.Measured
	all := t.byPlace(m)
	m.Lasted = Micros(t.extents.lasted())
	if s := time.Duration(m.Lasted).Seconds(); s > 0 {
		m.ThroughputPerS = perS(m.N, s)
	}
	m.OfferedPerS = t.extents.offered()
	m.ByOperation = map[string]Group{}
	for kind, g := range t.kinds {
		m.ByOperation[string(kind)] = g.group(false)
	}
	m.OverTime = t.series.series()
	m.Chat, m.Limit = t.rooms.chat(), t.limited()
	m.Cost = t.cost.cost(t.extents.window())
	run.Reads, run.Writes = t.access.distances()
	run.Warnings = append(append([]string(nil), run.Warnings...), t.warnings(m, &all)...)
	return run
}

// byPlace fills in what edges saw, and returns what all of them did.
func (t *Tally) byPlace(m *Measured) groupMeter {
	all, cold, warm := groupMeter{digits: fine, queue: t.queue}, groupMeter{}, groupMeter{}
	m.ByEdge = map[string]EdgeGroup{}
	m.ByEdgeAndHome = map[string]map[string]Group{}
	for name, e := range t.edges {
		var edgeCold, edgeWarm groupMeter
		for home, h := range e.homes {
			edgeCold.add(&h.cold)
			edgeWarm.add(&h.warm)
			if home == "" {
				continue
			}
			if m.ByEdgeAndHome[name] == nil {
				m.ByEdgeAndHome[name] = map[string]Group{}
			}
			m.ByEdgeAndHome[name][home] = h.all()
		}
		m.ByEdge[name] = EdgeGroup{Group: e.all.group(true), Cold: edgeCold.optional(), Warm: edgeWarm.optional()}
		all.add(&e.all)
		cold.add(&edgeCold)
		warm.add(&edgeWarm)
	}
	m.Group = all.group(true)
	m.Cold, m.Warm = cold.optional(), warm.optional()
	return all
}

// all is what was seen of a home, whatever its temperature.
func (h *homeMeter) all() Group {
	var all groupMeter
	for _, part := range []*groupMeter{&h.cold, &h.warm, &h.untold} {
		all.add(part)
	}
	return all.group(false)
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
