package primitive

import (
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports/price"
)

// D1 is one database: a primary in one place that does everything in the order
// of arrival, and replicas that are told later.
//
//	no session     Worker -> primary                        every statement
//	a session      Worker -> nearest instance               reads, which wait there for the session's bookmark
//	               Worker -> nearest instance -> primary    writes
//
// A reply leaves the primary when everything it may have seen is durable.
// Rows are named; all objects of a run share the database, as the rows of a table do.
type D1 struct {
	flights
	world     World
	params    D1Params
	primary   instance
	replicas  []replica
	instances []regions.ID // the primary first, then the replicas
	routes    map[regions.ID]int
	durable   time.Duration // when the last write is
	rowID     uint64
	lag       shape
	bill      price.Bill
}

// instance is a copy of the database with one thread.
type instance struct {
	server
	rows    map[string]*version
	version Bookmark
}

// The stages of a call of D1.
const (
	d1AtPrimary stage = iota
	d1AtReplica
	d1Ready
	d1Home
)

// NewD1 returns an empty database.
func NewD1(p D1Params, w World) (*D1, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("d1: %w", err)
	}
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("d1: %w", err)
	}
	d := &D1{
		world: w, params: p, lag: p.Lag.shape(),
		primary:   instance{rows: make(map[string]*version)},
		instances: []regions.ID{p.Primary}, routes: make(map[regions.ID]int),
	}
	for _, at := range p.Replicas {
		if at != p.Primary {
			d.instances = append(d.instances, at)
			d.replicas = append(d.replicas, replica{instance: instance{rows: make(map[string]*version)}})
		}
	}
	return d, nil
}

// Bill is what was charged: rows read and written, by statements that ran.
func (d *D1) Bill() price.Bill { return d.bill }

// Holds is what a row holds at the primary.
func (d *D1) Holds(key string) (Value, bool) {
	row, ok := d.primary.rows[key]
	if !ok {
		return Value{}, false
	}
	return row.value, true
}

// Step takes one event.
func (d *D1) Step(now time.Duration, event Event) []Effect {
	d.start()
	switch e := event.(type) {
	case Asked:
		d.ask(now, e)
	case Fired:
		d.fire(now, e.Timer)
	}
	return d.effects
}

// ask routes a statement.
func (d *D1) ask(now time.Duration, e Asked) {
	n := d.begin(now, e)
	f := &d.slots[n]
	if e.Op.Session.Anywhere {
		f.at = d.nearest(e.From)
	}
	way := d.world.Delay(e.From, d.instances[f.at])
	switch {
	case f.at == 0:
		d.after(way, n, d1AtPrimary)
	case e.Op.Verb == Select || e.Op.Verb == Latest:
		d.after(way, n, d1AtReplica)
	default:
		d.after(way+d.world.Delay(d.instances[f.at], d.params.Primary), n, d1AtPrimary)
	}
}

// nearest is the instance that answers a place, by its number. Places do not move, so it is found once.
func (d *D1) nearest(from regions.ID) int {
	at, ok := d.routes[from]
	if !ok {
		at = slices.Index(d.instances, d.world.Nearest(from, d.instances))
		d.routes[from] = at
	}
	return at
}

func (d *D1) fire(now time.Duration, t Timer) {
	n, f := t.flight, &d.slots[t.flight]
	switch t.stage {
	case d1AtPrimary:
		back := d.wayBack(f)
		d.after(d.atPrimary(now, f)-now+back, n, d1Home)
	case d1AtReplica:
		if wait := d.replicas[f.at-1].reaches(f.op.Session.Bookmark, now) - now; wait > 0 {
			d.after(wait, n, d1Ready)
			return
		}
		d.atReplica(now, n, f)
	case d1Ready:
		d.atReplica(now, n, f)
	case d1Home:
		d.end(n)
	}
}

// wayBack draws the answer's way from the primary, by way of the instance that forwarded the question.
func (d *D1) wayBack(f *flight) time.Duration {
	back := d.world.Delay(d.instances[f.at], f.from)
	if f.at != 0 {
		back += d.world.Delay(d.params.Primary, d.instances[f.at])
	}
	return back
}

// atPrimary runs a statement and returns when its reply leaves. Statements run
// in the order of arrival, so what one does is known as soon as it arrives.
func (d *D1) atPrimary(now time.Duration, f *flight) time.Duration {
	service := d.params.ReadService
	if f.op.Verb.writes() {
		service = d.params.WriteService
	}
	end, ok := d.primary.admit(now, service.draw(d.world.Random), d.params)
	if !ok {
		f.cause = fmt.Errorf("d1: %w", ErrOverloaded)
		return now
	}
	if next := d.run(f, end); next != nil {
		d.durable = max(d.durable, end+d.params.Commit.draw(d.world.Random))
		d.commit(f.op.Key, next, now, end)
	}
	f.result.Bookmark = d.primary.version
	return max(end, d.durable)
}

// commit makes a row's new version, made at end, the primary's, and tells the replicas, each in its own time.
func (d *D1) commit(key string, next *version, now, end time.Duration) {
	if old, ok := d.primary.rows[key]; ok {
		old.replaced = max(1, end)
	} else {
		// Whoever saw no row saw this; replicas learn from it when the row came to be.
		absent := &version{replaced: max(1, end)}
		for r := range d.replicas {
			d.replicas[r].rows[key] = absent
		}
	}
	d.primary.version++
	d.primary.rows[key] = next
	for r := range d.replicas {
		d.replicas[r].tell(change{key: key, next: next, applies: d.durable + d.lag.draw(d.world.Random)}, now)
	}
}

func (d *D1) atReplica(now time.Duration, n int32, f *flight) {
	r := &d.replicas[f.at-1]
	end, ok := r.admit(now, d.params.ReadService.draw(d.world.Random), d.params)
	if !ok {
		f.cause = fmt.Errorf("d1 replica: %w", ErrOverloaded)
	} else {
		r.apply(now)
		d.read(f, &r.instance, now)
		f.result.Bookmark = r.version
	}
	d.after(end-now+d.world.Delay(d.instances[f.at], f.from), n, d1Home)
}
