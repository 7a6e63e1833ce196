package reports

import (
	"fmt"

	"github.com/durabench/durabench/sim/place"
)

// terminalPlacement prints each population's table, the cheapest strategy first, and who wins.
func terminalPlacement(out *screen, r *Report) {
	s := r.Placement
	if s == nil {
		return
	}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		fmt.Fprintln(out)
		bullet(out, "", sentence(c.Name+": "+c.What+"; "+placeCondition(studyOf(s, c), c)))
		aligned(out, placementRows(c), 1)
		if c.Tested > 0 && c.Tested < c.Accesses {
			bullet(out, "", "[clairvoyant] and × best are of a sample of objects with "+count(c.Tested)+" of the accesses"+staticOfSample(c)+".")
		}
		if c.Tested == 0 {
			bullet(out, "", "[clairvoyant] is not there: it was asked about none of these objects, so nothing is said of the best that was possible.")
		}
		for _, row := range c.Rows {
			if text := rowDoubt(c, &row); text != "" {
				bullet(out, "", text)
			}
		}
		bullet(out, "→ ", ruled(c))
	}
	terminalSweeps(out, s)
	fmt.Fprintln(out)
	bullet(out, "", "Latency and cost in ms; cost is round trips and moves per access, × best is over the clairvoyant's, regret over the best home that never moves, ± half its interval. skew: the busiest home's load over the mean. $/M: bytes between regions of a million accesses, at $"+dollars(s.USDPerGB)+" per GB. [Yardsticks] know the future. "+placeDoubt(s))
}

// staticOfSample is what the static yardstick costs on the objects of the clairvoyant's row, whose regret it is about.
func staticOfSample(c *place.Comparison) string {
	row := rowOf(c, place.ClairvoyantName)
	if row == nil || row.Latency.N == 0 {
		return ""
	}
	return ", to which [static] costs " + digits(row.Cost.PerAccessMs.Center-row.Cost.RegretMs.Center)
}

// rowDoubt is what a strategy's numbers do not say: that it is no single object, or did not place all of them.
func rowDoubt(c *place.Comparison, row *place.Row) string {
	switch {
	case row.Refused.Violations > 0:
		return row.Strategy + " served " + count(row.Refused.Violations) + " accesses outside of its jurisdiction."
	case row.Refused.Objects > 0:
		return row.Strategy + " did not place " + count(row.Refused.Objects) + " of " + count(c.Objects) + " objects: none of the homes it wants is allowed. It does not compete."
	case row.Second > 0:
		return row.Strategy + " has an object in each region; " + percentShort(row.Second) + " of its accesses had to ask a second region."
	}
	return ""
}

func placementRows(c *place.Comparison) [][]string {
	rows := [][]string{{"strategy", "mean", "p50", "p95", "p99", ">100ms", "cost", "× best", "regret", "±", "moves/1k", "skew", "$/M"}}
	for _, row := range byCost(c) {
		if row.Latency.N == 0 {
			rows = append(rows, []string{strategyName(&row), nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing})
			continue
		}
		l, cost := row.Latency, row.Cost
		moves, over := nothing, nothing
		if row.Moves != nil {
			moves = digits(row.Moves.PerThousand)
		}
		if cost.Ratio.Center > 0 {
			over = digits(cost.Ratio.Center)
		}
		rows = append(rows, []string{
			strategyName(&row), digits(cost.Mean.Center), digits(l.P50Ms), digits(l.P95Ms), digits(l.P99Ms), percentShort(l.Over100),
			digits(cost.PerAccessMs.Center), over, digits(cost.RegretMs.Center), digits((cost.RegretMs.Hi - cost.RegretMs.Lo) / 2),
			moves, digits(row.Homes.Skew), dollars(row.Traffic.USDPerMillion),
		})
	}
	return rows
}

// percentShort is a share for a narrow column.
func percentShort(share float64) string { return fmt.Sprintf("%.1f%%", share*100) }
