package place

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Price is what bytes cost in money, which no plan weighs.
type Price struct{ USDPerGB float64 }

// Compare puts the results of one population together, one result for each seed, or those of the samples of a trace, all of
// the same plan. It uses the
// results up. A seed whose sample has no object for the clairvoyant lacks its row; the comparison has it if any has.
func Compare(name, what string, results []*Result, price Price) Comparison {
	c := Comparison{Name: name, What: what, Samples: len(results)}
	results = slices.Clone(results)
	slices.SortStableFunc(results, func(a, b *Result) int { return cmp.Compare(len(b.entries), len(a.entries)) })
	first := results[0]
	for i, e := range first.entries { // all of them, before tallies are put together
		c.Rows = append(c.Rows, Row{Strategy: e.name, Yardstick: e.yardstick, Cost: costOf(results, i)})
	}
	for i, whole := range first.entries {
		for _, r := range results[1:] {
			if i < len(r.entries) {
				whole.add(r.entries[i].tally)
			}
		}
		first.describe(&c.Rows[i], whole, price)
	}
	for _, r := range results {
		c.Objects += r.Objects
		c.Accesses += r.Accesses
		c.Tested += r.Tested
		c.Untold += r.Untold
	}
	c.Users = first.users()
	c.Ruling = rule(c.Rows, len(results))
	return c
}

// costOf compares one strategy with the yardsticks. Every number is that of all accesses of all results together, so that
// cost less the static yardstick's cost is regret; its interval comes from how much the results differ.
func costOf(results []*Result, at int) Cost {
	var cost, regret, ratio, mean [][]float64
	for _, r := range results {
		if at >= len(r.entries) {
			continue
		}
		e, static, seer := r.entries[at], r.yardstick(StaticName), r.yardstick(ClairvoyantName)
		n, paid, waits := float64(e.accesses), float64(e.cost)/1e3, 0.0
		if e.late != nil {
			waits = float64(e.late.wait)
		}
		cost = append(cost, []float64{paid, n})
		mean = append(mean, []float64{(float64(e.trips) + waits) / 1e3, n})
		on, of := static.cost, static.accesses
		if e.name == ClairvoyantName {
			on, of = static.sampled, static.sampledN
		}
		regret = append(regret, []float64{paid, n, float64(on) / 1e3, float64(of)})
		if seer != nil && seer.sampled > 0 {
			ratio = append(ratio, []float64{float64(e.sampled), float64(seer.sampled)})
		}
	}
	return Cost{
		PerAccessMs: intervalOf(cost, quotient), RegretMs: intervalOf(regret, beyond),
		Ratio: intervalOf(ratio, quotient), Mean: intervalOf(mean, quotient),
	}
}

// quotient is a sum over another.
func quotient(sums []float64) float64 { return sums[0] / sums[1] }

// beyond is how much more one quotient is than another.
func beyond(sums []float64) float64 { return sums[0]/sums[1] - sums[2]/sums[3] }

func (r *Result) yardstick(name string) *tally {
	for _, e := range r.entries {
		if e.yardstick && e.name == name {
			return e.tally
		}
	}
	return nil
}

// describe turns a tally into shares and quantiles.
func (r *Result) describe(row *Row, e entry, price Price) {
	row.Refused = e.refused
	if e.accesses == 0 {
		return
	}
	heaps := r.heapsOf(e.tally)
	row.Latency = latencyOf(heaps, -1)
	row.CDF = cdfOf(heaps)
	for i, area := range r.ground.areas {
		if l := latencyOf(heaps, i); l.N > 0 {
			row.ByArea = append(row.ByArea, AreaLatency{area, l})
		}
	}
	n := float64(e.accesses)
	if !e.split {
		share := float64(e.moves.atBest) / float64(e.objects)
		row.AtBest = &share
	}
	row.Second = float64(e.second) / n
	row.Homes = r.homesOf(e.tally)
	row.Traffic = r.trafficOf(e.tally, price)
	if e.moving {
		row.Moves = movesOf(e.tally)
	}
}

func movesOf(t *tally) *Moves {
	n := float64(t.accesses)
	m := &Moves{
		PerObject: float64(t.moves.n) / float64(t.objects), PerThousand: float64(t.moves.n) / n * 1000,
		CostMs: float64(t.moves.cost) / n / 1e3, CopiedGB: float64(t.moves.copied) / 1e9,
		SettledP50S: settled(&t.moves, 0.5), SettledP90S: settled(&t.moves, 0.9),
	}
	if t.moves.n > 0 {
		m.Oscillating = float64(t.moves.back) / float64(t.moves.n)
	}
	if t.late != nil {
		m.Waited = float64(t.late.waited) / n
	}
	return m
}

// settled is a quantile of the times, in seconds.
func settled(m *moves, q float64) float64 {
	rank := uint64(math.Ceil(q * float64(m.atBest)))
	for bucket, n := range m.settled {
		if n >= rank {
			return time.Duration(middleOf(bucket) * 1000).Seconds()
		}
		rank -= n
	}
	return 0
}

// heap is accesses of one area that took the same time.
type heap struct {
	us   int64
	area int
	n    uint64
}

// heapsOf are all accesses, the quickest first. Those that were late took longer than their round trip.
func (r *Result) heapsOf(t *tally) []heap {
	var all []heap
	for h, row := range t.served {
		for e, n := range row {
			if t.late != nil {
				n -= t.late.served[h][e]
			}
			if n > 0 {
				all = append(all, heap{int64(r.ground.toEdge[h][e]), int(r.ground.area[e]), n})
			}
		}
	}
	if t.late != nil {
		for area, buckets := range t.late.took {
			for b, n := range buckets {
				if n > 0 {
					all = append(all, heap{middleOf(b), area, n})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b heap) int { return cmp.Or(cmp.Compare(a.us, b.us), cmp.Compare(a.area, b.area)) })
	return all
}

// latencyOf is that of one area; of all if it is below zero.
func latencyOf(heaps []heap, area int) Latency {
	total, sum := uint64(0), 0.0
	var over100, over200 uint64
	for _, h := range heaps {
		if area >= 0 && h.area != area {
			continue
		}
		total += h.n
		sum += float64(h.us) * float64(h.n)
		if h.us > 100_000 {
			over100 += h.n
		}
		if h.us > 200_000 {
			over200 += h.n
		}
	}
	if total == 0 {
		return Latency{}
	}
	l := Latency{
		N: int64(total), MeanMs: sum / float64(total) / 1e3,
		Over100: float64(over100) / float64(total), Over200: float64(over200) / float64(total),
	}
	for _, q := range []struct {
		q  float64
		to *float64
	}{{0.5, &l.P50Ms}, {0.95, &l.P95Ms}, {0.99, &l.P99Ms}} {
		rank := uint64(math.Ceil(q.q * float64(total)))
		for _, h := range heaps {
			if area >= 0 && h.area != area {
				continue
			}
			if h.n >= rank {
				*q.to = float64(h.us) / 1e3
				break
			}
			rank -= h.n
		}
	}
	return l
}

// cdfOf keeps a point wherever the share grew by half a percent, and the ends.
func cdfOf(heaps []heap) [][2]float64 {
	total := uint64(0)
	for _, h := range heaps {
		total += h.n
	}
	var marks [][2]float64
	sum, last := uint64(0), -1.0
	for i, h := range heaps {
		sum += h.n
		share := float64(sum) / float64(total)
		if i+1 < len(heaps) && heaps[i+1].us == h.us || share-last < 0.005 && i+1 < len(heaps) && share < 0.995 {
			continue
		}
		if len(marks) > 400 && i+1 < len(heaps) {
			continue
		}
		last = share
		marks = append(marks, [2]float64{float64(h.us) / 1e3, math.Round(share*1e5) / 1e5})
	}
	return marks
}

// flowsShown is how many flows a map can hold.
const flowsShown = 80

func (r *Result) homesOf(t *tally) Homes {
	var homes Homes
	most, total := uint64(0), uint64(0)
	for h, row := range t.served {
		load := uint64(0)
		for e, n := range row {
			load += n
			if n > 0 {
				homes.Flows = append(homes.Flows, Flow{
					From: string(r.ground.table.Edges[e].ID), To: string(r.ground.table.Homes[h].ID), Share: float64(n) / float64(t.accesses),
				})
			}
		}
		most, total = max(most, load), total+load
		if p := r.ground.table.Homes[h]; load > 0 {
			homes.Loads = append(homes.Loads, Spot{string(p.ID), p.Lat, p.Lon, float64(load) / float64(t.accesses)})
		}
	}
	homes.Skew = float64(most) / (float64(total) / float64(len(t.served)))
	slices.SortStableFunc(homes.Loads, func(a, b Spot) int { return cmp.Compare(b.Share, a.Share) })
	slices.SortStableFunc(homes.Flows, func(a, b Flow) int { return cmp.Compare(b.Share, a.Share) })
	homes.Flows = homes.Flows[:min(len(homes.Flows), flowsShown)]
	return homes
}

func (r *Result) trafficOf(t *tally, price Price) Traffic {
	away := uint64(0)
	for h, row := range t.served {
		for e, n := range row {
			if int(r.ground.cell[e]) != h {
				away += n
			}
		}
	}
	gb := (float64(t.cross) + float64(t.moves.copied)) / 1e9
	return Traffic{
		CrossShare: (float64(away) + float64(t.second)) / float64(t.accesses), CrossGB: gb,
		USDPerMillion: price.perMillion(gb, float64(t.accesses)),
	}
}

// users are the edges where accesses came from.
func (r *Result) users() []Spot {
	t := r.yardstick(StaticName)
	var spots []Spot
	for e, p := range r.ground.table.Edges {
		n := uint64(0)
		for h := range t.served {
			n += t.served[h][e]
		}
		if n > 0 {
			spots = append(spots, Spot{string(p.ID), p.Lat, p.Lon, float64(n) / float64(t.accesses)})
		}
	}
	slices.SortStableFunc(spots, func(a, b Spot) int { return cmp.Compare(b.Share, a.Share) })
	return spots
}
