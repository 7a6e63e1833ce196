package placement

import "github.com/durabench/durabench/regions"

// lottery creates objects where Cloudflare was measured to create them: drawn for each object from the shares of its
// first edge. Sites that the run lacks take no part; an edge of which nothing is left gets the nearest home.
type lottery struct {
	first
	seed   uint64
	shares [][]drawn // by edge
}

// drawn is a home with its share of the draws.
type drawn struct {
	home  Home
	share float64
}

func newLottery(t *Table, seed uint64) lottery {
	l := lottery{first: first{t}, seed: seed}
	for _, e := range t.Edges {
		l.shares = append(l.shares, t.drawnOf(t.Map.Lottery(e.ID)))
	}
	return l
}

func (t *Table) drawnOf(shares []regions.HomeShare) []drawn {
	var all []drawn
	for _, s := range shares {
		if h, ok := t.Home(s.Home); ok {
			all = append(all, drawn{h, s.Share})
		}
	}
	return all
}

func (r lottery) Put(b Birth) Home {
	if h := draw(r.shares[b.Edge], b.Homes, chance(r.seed, b.Key, 0)); h != None {
		return h
	}
	return r.first.Put(b)
}

func (lottery) String() string { return "lottery" }

// draw picks one of those that are in the set by their shares; None if none is. The point is from 0 to 1.
func draw(all []drawn, homes Set, point float64) Home {
	total := 0.0
	for _, d := range all {
		if homes.Has(d.home) {
			total += d.share
		}
	}
	at, last := point*total, None
	for _, d := range all {
		if !homes.Has(d.home) {
			continue
		}
		if last = d.home; at < d.share {
			break
		}
		at -= d.share
	}
	return last
}
