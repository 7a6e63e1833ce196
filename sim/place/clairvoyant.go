package place

import (
	"math"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// clairvoyant is the least cost that any placement could have had: the yardstick that knows the future.
//
//	best(0, h) = trip(0, h)
//	best(t, h) = trip(t, h) + min over g of best(t-1, g) + move(g, h) + copying, or without either if g is h
//
// It is exact, in whole microseconds, for one direct move at most between two accesses. (Measured round trips are no
// metric: two short moves may be cheaper than a long one, and then take two gaps.) Of the 32 x 32 moves of an access only
// those are looked at that can pay: if even the cheapest move from g leads above the dearest best, none from g does.
type clairvoyant struct {
	*ground
	*tally
	window time.Duration
	copies int64 // us, what copying the object adds to each of its moves
	best   [placement.MaxHomes]int64
	from   []uint8 // by access, then home: where the best way to it comes from
	seen   []Access
	over   bool // too long for its path to be kept
}

// longest is how many accesses an object may have for its path to be kept: 48 bytes for each.
const longest = 1 << 22

func (r *clairvoyant) result() *tally { return r.tally }

func (r *clairvoyant) begin(p *profile) {
	r.from, r.seen, r.over, r.copies = r.from[:0], r.seen[:0], false, r.copying(p.Bytes)
}

func (r *clairvoyant) serve(accesses []Access) {
	if r.over = r.over || len(r.seen)+len(accesses) > longest; r.over {
		return
	}
	for i := range accesses {
		trips := r.toHome[accesses[i].Edge]
		if len(r.seen)+i == 0 {
			r.first(trips)
		} else {
			r.step(trips)
		}
	}
	r.seen = append(r.seen, accesses...)
}

func (r *clairvoyant) first(trips []int32) {
	for h, us := range trips {
		r.best[h] = int64(us)
		r.from = append(r.from, uint8(h))
	}
}

// step is one access. Homes that nobody moves to keep their own way.
func (r *clairvoyant) step(trips []int32) {
	homes := len(trips)
	at := len(r.from)
	for h := range homes {
		r.from = append(r.from, uint8(h))
	}
	from, best := r.from[at:at+homes], r.best[:homes]
	dearest := int64(0)
	for _, c := range best {
		dearest = max(dearest, c)
	}
	old := r.best
	for g, c := range old[:homes] {
		if c += r.copies; c+r.nearest[g] >= dearest {
			continue
		}
		for h, us := range r.ground.move[g] {
			if via := c + us; via < best[h] {
				best[h], from[h] = via, uint8(g)
			}
		}
	}
	for h, us := range trips {
		best[h] += int64(us)
	}
}

// end walks the best way back, and tells it.
func (r *clairvoyant) end(p *profile, sampled bool) {
	if r.over || !sampled {
		return
	}
	homes := len(r.table.Homes)
	at, cost := placement.None, int64(math.MaxInt64)
	for h, c := range r.best[:homes] {
		if c < cost {
			at, cost = placement.Home(h), c
		}
	}
	r.ended(p, cost, true)
	last := at
	var moves []lived
	for t := len(r.seen) - 1; t >= 0; t-- {
		a := &r.seen[t]
		r.served[at][a.Edge]++
		r.trips += int64(r.toEdge[at][a.Edge])
		if r.cell[a.Edge] != at {
			r.cross += uint64(a.Bytes)
		}
		if before := placement.Home(r.from[t*homes+int(at)]); before != at {
			moves = append(moves, lived{was: before, home: at, left: a.At})
			at = before
		}
	}
	r.tell(p, moves, last)
}

// tell counts the moves, which come last first.
func (r *clairvoyant) tell(p *profile, moves []lived, last placement.Home) {
	settled := time.Duration(0)
	for i, m := range moves {
		us := r.ground.move[m.was][m.home] + r.copies
		r.moves.n++
		r.moves.cost += us
		r.moves.copied += uint64(p.Bytes)
		if i+1 < len(moves) && moves[i+1].was == m.home && m.left-moves[i+1].left <= r.window {
			r.moves.back++
		}
	}
	if len(moves) > 0 {
		r.moves.objects++
		settled = moves[0].left - max(p.Shift, p.first)
	}
	r.rest(p, r.ground, last, settled, r.all)
}
