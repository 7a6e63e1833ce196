package place

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// population is a source of drawn objects.
type population struct {
	Population
	table     *placement.Table
	first     float64 // accesses to expect of the most popular object
	anybody   alias
	everybody *masses
	country   []*group // by edge
	side      []*group // by edge
	script    placement.Edge
}

// perPart is how many objects a portion has: enough to be worth a worker's while, few enough that all are busy to the
// end. A few hot objects are portions of their own.
func (p *population) perPart() int { return min(max(1, p.Objects/64), 256) }

func (p *population) Parts() int { return (p.Objects-1)/p.perPart() + 1 }

func (p *population) Part(i int) (Stream, error) {
	source := rand.NewPCG(0, 0)
	return &drawing{
		population: p, next: i * p.perPart(), end: min((i+1)*p.perPart(), p.Objects), source: source, r: rand.New(source),
	}, nil
}

// drawing draws the objects of a portion. Each has a source of chance of its own, so that it does not matter who draws it.
type drawing struct {
	*population
	next, end int
	source    *rand.PCG
	r         *rand.Rand

	crowd crowd
	after crowd          // those who use it from shift on
	shift time.Duration  // 0: never
	asker placement.Edge // of the first access
	fresh bool           // it was not handed out yet
	clock
}

// clock is where the drawing of an object's accesses is.
type clock struct {
	gap  float64 // hours of activity between accesses, in the mean
	day  int
	hour int
	past float64 // hours of activity since midnight
}

func (d *drawing) Err() error { return nil }

// Next draws the next object's users. How often it is asked goes by its rank, who asks by chance.
func (d *drawing) Next(o *Object) bool {
	if d.next == d.end {
		return false
	}
	rank := d.next
	d.next++
	d.source.Seed(d.Seed, uint64(rank))
	*o = Object{Key: placementKey(d.Seed, uint64(rank)), Bytes: int64(float64(d.Bytes) * math.Exp(d.r.NormFloat64()))}
	d.shift = 0
	kind := d.Kind
	if kind == Mix {
		kind = d.kindOf(d.r.Float64())
	}
	d.gather(kind)
	days := d.For.Hours() / 24
	d.clock = clock{gap: days * d.crowd.sums[24] / (d.first * math.Pow(float64(rank+1), -d.Zipf))}
	if kind == Mover {
		d.shift = start + time.Duration((0.2+0.6*d.r.Float64())*float64(d.For))
	}
	o.Shift = d.shift
	d.advance()
	d.asker, d.fresh = d.crowd.who(d.hour, d.r), true
	if o.Born = d.asker; kind == Script {
		o.Born = d.script
	}
	return true
}

// placementKey tells the objects of a run apart, and those of another seed.
func placementKey(seed, rank uint64) uint64 { return (seed+1)*0x9e3779b97f4a7c15 ^ rank }

func (d *drawing) kindOf(x float64) Kind {
	for _, s := range shares {
		if x -= s.share; x < 0 {
			return s.kind
		}
	}
	return Solo
}

// gather draws the users of a kind.
func (d *drawing) gather(kind Kind) {
	c, shape := &d.crowd, evening()
	c.users, c.masses = 1, nil
	c.edges[0] = d.anybody.draw(d.r)
	switch kind {
	case Team, Script:
		shape = office()
		d.fill(c, 6, func(int) placement.Edge { return d.draw(d.country[c.edges[0]]) })
	case World:
		d.fill(c, 4, func(int) placement.Edge { return d.anybody.draw(d.r) })
		d.spread(c)
	case Sun:
		shape = office()
		d.offices(c)
	case Hot:
		c.masses, c.sums = d.everybody, d.everybody.sums
		return
	case Mover:
		d.after.users, d.after.masses = 1, nil
		d.after.edges[0] = d.anybody.draw(d.r)
		d.after.gather(d.table, shape)
	}
	c.gather(d.table, shape)
}

func (d *drawing) draw(g *group) placement.Edge { return placement.Edge(g.edges[g.alias.draw(d.r)]) }

func (d *drawing) fill(c *crowd, users int, who func(i int) placement.Edge) {
	for c.users = 1; c.users < users; c.users++ {
		c.edges[c.users] = who(c.users)
	}
}

// spread draws again until no two users share an area, or for a while.
func (d *drawing) spread(c *crowd) {
	for u := 1; u < c.users; u++ {
		for range 32 {
			alone := true
			for v := range u {
				alone = alone && d.table.Edges[c.edges[u]].Area != d.table.Edges[c.edges[v]].Area
			}
			if alone {
				break
			}
			c.edges[u] = d.anybody.draw(d.r)
		}
	}
}

// offices are four people in one country, on each side of the globe.
func (d *drawing) offices(c *crowd) {
	c.users = 0
	seen := map[*group]bool{}
	for range 64 {
		chief := d.anybody.draw(d.r)
		if seen[d.side[chief]] {
			continue
		}
		seen[d.side[chief]] = true
		c.edges[c.users] = chief
		for i := 1; i < 4; i++ {
			c.edges[c.users+i] = d.draw(d.country[chief])
		}
		if c.users += 4; c.users == maxUsers {
			return
		}
	}
}

// never is a day after all populations are over; durations end in the year 2262.
const never = 20_000

// advance goes on to the next access.
func (d *drawing) advance() {
	c := &d.crowd
	d.past += d.gap * d.r.ExpFloat64()
	if whole := c.sums[24]; d.past >= whole {
		days := math.Floor(d.past / whole)
		d.past = max(0, d.past-days*whole)
		d.day = min(d.day+int(min(days, never)), never)
		d.hour = 0
	}
	for d.hour < 23 && d.past >= c.sums[d.hour+1] {
		d.hour++
	}
}

// at is the instant of the access.
func (d *drawing) at() time.Duration {
	c := &d.crowd
	share := (d.past - c.sums[d.hour]) / (c.sums[d.hour+1] - c.sums[d.hour])
	return start + time.Duration(d.day)*24*time.Hour + time.Duration((float64(d.hour)+min(share, 1))*float64(time.Hour))
}

// Read draws accesses until the time is over. When the users change, so does the clock: gaps without memory allow it to
// begin anew.
func (d *drawing) Read(into []Access) int {
	end := start + d.For
	for n := range into {
		at := d.at()
		if d.shift > 0 && at >= d.shift {
			at = d.change()
		}
		if at >= end {
			return n
		}
		into[n] = Access{At: at, Edge: d.who(), Bytes: d.Message}
		d.advance()
	}
	return len(into)
}

// who is the user that asks: the first access was drawn with the object, which is created by it.
func (d *drawing) who() placement.Edge {
	if d.fresh {
		d.fresh = false
		return d.asker
	}
	return d.crowd.who(d.hour, d.r)
}

// change lets the users of after take over at the shift, and says when they first ask.
func (d *drawing) change() time.Duration {
	since := d.shift - start
	d.shift = 0
	d.fresh = false
	d.gap *= d.after.sums[24] / d.crowd.sums[24]
	d.crowd = d.after
	d.day, d.hour = int(since/(24*time.Hour)), int(since/time.Hour)%24
	into := float64(since%time.Hour) / float64(time.Hour)
	d.past = d.crowd.sums[d.hour] + into*(d.crowd.sums[d.hour+1]-d.crowd.sums[d.hour])
	d.advance()
	return d.at()
}
