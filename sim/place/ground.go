package place

import (
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// ground is a table in whole microseconds, so that sums are exact and in any order the same.
type ground struct {
	table   *placement.Table
	all     placement.Set
	toEdge  [][]int32        // by home, then edge
	toHome  [][]int32        // by edge, then home
	between [][]int64        // by home, then home
	move    [][]int64        // what a move costs: D round trips
	nearest []int64          // by home, the cheapest move from there
	perByte float64          // us that copying a byte takes, on top of any move
	cell    []placement.Home // by edge, its region: the nearest of all homes there are; None if this table lacks it
	area    []uint8          // by edge, of areas
	areas   []string
}

// newGround is that for moves of D round trips, which copy so many bytes per second; 0: any number at once.
func newGround(t *placement.Table, d, copied float64) *ground {
	g := &ground{table: t, all: t.All()}
	if copied > 0 {
		g.perByte = 1e6 / copied
	}
	for h := range t.Homes {
		var toEdge []int32
		for e := range t.Edges {
			toEdge = append(toEdge, int32(t.RTT(placement.Edge(e), placement.Home(h)).Microseconds()))
		}
		g.toEdge = append(g.toEdge, toEdge)
		var between, move []int64
		nearest := int64(math.MaxInt64)
		for other := range t.Homes {
			us := t.Between(placement.Home(h), placement.Home(other)).Microseconds()
			between, move = append(between, us), append(move, int64(math.Round(d*float64(us))))
			if other != h {
				nearest = min(nearest, move[other])
			}
		}
		g.between, g.move, g.nearest = append(g.between, between), append(g.move, move), append(g.nearest, nearest)
	}
	var sites []regions.ID
	for _, p := range t.Map.Homes() {
		sites = append(sites, p.ID)
	}
	for e, p := range t.Edges {
		var toHome []int32
		for h := range t.Homes {
			toHome = append(toHome, g.toEdge[h][e])
		}
		g.toHome = append(g.toHome, toHome)
		cell, ok := t.Home(t.Map.Nearest(p.ID, sites))
		if !ok {
			cell = placement.None // whatever the home, it is in another region
		}
		g.cell = append(g.cell, cell)
		if !slices.Contains(g.areas, p.Area) {
			g.areas = append(g.areas, p.Area)
		}
	}
	slices.Sort(g.areas)
	for _, p := range t.Edges {
		g.area = append(g.area, uint8(slices.Index(g.areas, p.Area)))
	}
	return g
}

// copying is how long an object of so many bytes is copied, in microseconds: the same wherever it goes.
func (g *ground) copying(bytes int64) int64 { return int64(math.Round(g.perByte * float64(bytes))) }

// profile is what the accesses of the object at hand add up to. An object that never moves needs no more.
type profile struct {
	Object
	first   time.Duration // its first access, which whoever begins it knows
	counts  []uint64      // by edge
	since   []uint64      // those after the shift
	bytes   []uint64
	touched []placement.Edge
	sums    [placement.MaxHomes]int64 // by home, had it been there all the time
	after   [placement.MaxHomes]int64 // by home, of those after the shift
	n       int64
}

func newProfile(edges int) *profile {
	return &profile{counts: make([]uint64, edges), since: make([]uint64, edges), bytes: make([]uint64, edges)}
}

func (p *profile) begin(o Object) {
	for _, e := range p.touched {
		p.counts[e], p.since[e], p.bytes[e] = 0, 0, 0
	}
	p.Object, p.touched, p.n = o, p.touched[:0], 0
}

// count takes accesses in. If the users never changed for good, all are after the shift, and only counted once.
func (p *profile) count(accesses []Access) {
	for i := range accesses {
		a := &accesses[i]
		if p.counts[a.Edge] == 0 {
			p.touched = append(p.touched, a.Edge)
		}
		p.counts[a.Edge]++
		p.bytes[a.Edge] += uint64(a.Bytes)
	}
	p.n += int64(len(accesses))
	if p.Shift == 0 {
		return
	}
	for i := range accesses {
		if accesses[i].At >= p.Shift {
			p.since[accesses[i].Edge]++
		}
	}
}

// total sums up the round trips to each home.
func (p *profile) total(g *ground) {
	p.sums, p.after = [placement.MaxHomes]int64{}, [placement.MaxHomes]int64{}
	for _, e := range p.touched {
		n, row := int64(p.counts[e]), g.toHome[e]
		for h, us := range row {
			p.sums[h] += n * int64(us)
		}
		if late := int64(p.since[e]); late > 0 {
			for h, us := range row {
				p.after[h] += late * int64(us)
			}
		}
	}
	if p.Shift == 0 || p.after == [placement.MaxHomes]int64{} {
		p.after = p.sums
	}
}

// least is the home of the set with the least sum, the first of equals.
func least(sums []int64, homes placement.Set) placement.Home {
	best, sum := placement.None, int64(math.MaxInt64)
	for h, s := range sums {
		if s < sum && homes.Has(placement.Home(h)) {
			best, sum = placement.Home(h), s
		}
	}
	return best
}
