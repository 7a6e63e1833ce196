package place

import (
	"math/bits"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// tally is what a strategy did, over all objects. Everything in it is a count or a sum of whole numbers, so that tallies
// of portions add up to the same in any order.
type tally struct {
	served [][]uint64 // accesses by home, then edge
	late   *late      // of those that took longer than their round trip; nil for strategies that cannot
	moves  moves

	objects  int64
	accesses int64
	trips    int64  // us: round trips, second ones included
	cost     int64  // us: trips and moves
	sampled  int64  // us: cost of the objects that the clairvoyant was asked about
	sampledN int64  // their accesses
	cross    uint64 // bytes between regions, of accesses
	second   int64  // operations that needed a second region
	refused  Refused
}

func newTally(g *ground, canBeLate bool) *tally {
	t := &tally{}
	for range g.table.Homes {
		t.served = append(t.served, make([]uint64, len(g.table.Edges)))
	}
	if canBeLate {
		t.late = newLate(g)
	}
	return t
}

// add adds another tally of the same strategy.
func (t *tally) add(o *tally) {
	addAll(t.served, o.served)
	if t.late != nil {
		t.late.add(o.late)
	}
	t.moves.add(&o.moves)
	t.objects += o.objects
	t.accesses += o.accesses
	t.trips += o.trips
	t.cost += o.cost
	t.sampled += o.sampled
	t.sampledN += o.sampledN
	t.cross += o.cross
	t.second += o.second
	t.refused.Objects += o.refused.Objects
	t.refused.Violations += o.refused.Violations
}

func addAll(to, from [][]uint64) {
	for h := range from {
		for e, n := range from[h] {
			to[h][e] += n
		}
	}
}

// moves is what a strategy moved.
type moves struct {
	n       int64
	objects int64 // that moved at least once
	back    int64 // moves back to where the object had just come from, within the window
	cost    int64 // us: round trips and copies, or what an object's users waited for them if that is more
	copied  uint64
	atBest  int64             // objects that ended in the best home for what came after their shift
	settled [durations]uint64 // of those: time from the shift to the last move, in buckets
}

func (m *moves) add(o *moves) {
	m.n += o.n
	m.objects += o.objects
	m.back += o.back
	m.cost += o.cost
	m.copied += o.copied
	m.atBest += o.atBest
	for i, n := range o.settled {
		m.settled[i] += n
	}
}

// late is the accesses that waited for a move, or needed a second region.
type late struct {
	served [][]uint64 // as in tally
	took   [][]uint64 // by area, then bucket of what they took
	waited int64      // accesses that waited
	wait   int64      // us
}

func newLate(g *ground) *late {
	l := &late{}
	for range g.table.Homes {
		l.served = append(l.served, make([]uint64, len(g.table.Edges)))
	}
	for range g.areas {
		l.took = append(l.took, make([]uint64, durations))
	}
	return l
}

func (l *late) add(o *late) {
	addAll(l.served, o.served)
	addAll(l.took, o.took)
	l.waited += o.waited
	l.wait += o.wait
}

// Durations are counted in buckets: 32 to each doubling, so that a bucket is at most 3 % wide, up to half a year.
const (
	steps     = 5 // log2 of the buckets of a doubling
	durations = (44 - steps + 1) << steps
)

// bucketOf is the bucket of a number of microseconds.
func bucketOf(us int64) int {
	if us < 1<<steps {
		return int(max(us, 0))
	}
	exp := bits.Len64(uint64(us)) - steps - 1
	return min(exp<<steps+int(us>>exp), durations-1)
}

// middleOf is the middle of a bucket, in microseconds.
func middleOf(bucket int) int64 {
	if bucket < 1<<(steps+1) {
		return int64(bucket)
	}
	exp := bucket>>steps - 1
	low := int64(bucket-exp<<steps) << exp
	return low + int64(1)<<exp/2
}

// lived is one object under one strategy that does not move it.
func (t *tally) lived(g *ground, p *profile, home placement.Home, sampled bool) {
	row := t.served[home]
	for _, e := range p.touched {
		row[e] += p.counts[e]
		if g.cell[e] != home {
			t.cross += p.bytes[e]
		}
	}
	t.trips += p.sums[home]
	t.ended(p, p.sums[home], sampled)
}

// ended counts an object and what it cost.
func (t *tally) ended(p *profile, cost int64, sampled bool) {
	t.objects++
	t.accesses += p.n
	t.cost += cost
	if sampled {
		t.sampled += cost
		t.sampledN += p.n
	}
}

// rest counts where an object came to rest, and how long after its users' last change.
func (t *tally) rest(p *profile, g *ground, home placement.Home, after time.Duration, homes placement.Set) {
	best := least(p.after[:len(g.table.Homes)], homes)
	if best == placement.None || p.after[home] != p.after[best] {
		return
	}
	t.moves.atBest++
	t.moves.settled[bucketOf(max(0, after).Microseconds())]++
}
