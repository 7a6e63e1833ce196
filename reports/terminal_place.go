package reports

import (
	"bufio"
	"fmt"

	"github.com/durabench/durabench/sim/place"
)

// terminalPlacement prints each population's table, the cheapest strategy first, and who wins.
func terminalPlacement(out *bufio.Writer, r *Report) {
	s := r.Placement
	if s == nil {
		return
	}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		fmt.Fprintln(out)
		bullet(out, "", sentence(c.Name+": "+c.What+"; "+placeCondition(s, c)))
		aligned(out, placementRows(c), 1)
		if c.Tested > 0 && c.Tested < c.Accesses {
			bullet(out, "", "[clairvoyant] and × best are of a sample of objects with "+count(c.Tested)+" of the accesses.")
		}
		bullet(out, "→ ", sentence(c.Ruling.Why))
	}
	fmt.Fprintln(out)
	bullet(out, "", "Latency and cost in ms; cost is round trips and moves per access, × best is over the clairvoyant's, regret over the best home that never moves, ± half its interval. [Yardsticks] know the future. "+placeDoubt(s))
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
			moves, digits(row.Homes.Skew), digits(row.Traffic.USDPerMillion),
		})
	}
	return rows
}

// percentShort is a share for a narrow column.
func percentShort(share float64) string { return fmt.Sprintf("%.1f%%", share*100) }
