package reports

import (
	"io"
	"slices"
	"strconv"

	"github.com/durabench/durabench/sim/place"
)

// CSV writes results.csv, for spreadsheets: a line for each population and strategy of a comparison on paper, with all that
// its numbers were got under in columns of their own. What a strategy has no number for stays empty.
func CSV(w io.Writer, r *Report) error {
	if r.Placement == nil {
		return nil
	}
	var lines [][]string
	for i := range r.Placement.Comparisons {
		c := &r.Placement.Comparisons[i]
		s := studyOf(r.Placement, c)
		for at := range c.Rows {
			row := &c.Rows[at]
			cells := slices.Concat(nameCells(c, row), latencyCells(row), moveCells(row), trafficCells(row), underCells(s, c), ownConditions(r.Conditions))
			var heads, line []string
			for _, cell := range cells {
				heads, line = append(heads, cell.Key), append(line, cell.Value)
			}
			if len(lines) == 0 {
				lines = append(lines, heads)
			}
			lines = append(lines, line)
		}
	}
	return writeCSV(w, lines)
}

func nameCells(c *place.Comparison, row *place.Row) Conditions {
	return Conditions{
		{"population", c.Name},
		{"strategy", row.Strategy},
		{"yardstick", strconv.FormatBool(row.Yardstick)},
		{"winner", strconv.FormatBool(!row.Yardstick && c.Ruling.Winner == row.Strategy)},
		{"accesses", strconv.FormatInt(row.Latency.N, 10)},
		{"objects_not_placed", strconv.FormatInt(row.Refused.Objects, 10)},
		{"jurisdiction_violations", strconv.FormatInt(row.Refused.Violations, 10)},
	}
}

// latencyCells go by the names of results.json; those of an interval have its ends beside it.
func latencyCells(row *place.Row) Conditions {
	l, cost, some := row.Latency, row.Cost, row.Latency.N > 0
	return slices.Concat(
		spanCells("mean_latency_ms", cost.Mean, some),
		Conditions{
			{"p50_ms", exact(l.P50Ms, some)},
			{"p95_ms", exact(l.P95Ms, some)},
			{"p99_ms", exact(l.P99Ms, some)},
			{"share_over_100ms", exact(l.Over100, some)},
			{"share_over_200ms", exact(l.Over200, some)},
		},
		spanCells("cost_per_access_ms", cost.PerAccessMs, some),
		spanCells("ratio_to_clairvoyant", cost.Ratio, cost.Ratio.Center > 0),
		spanCells("regret_ms", cost.RegretMs, some),
	)
}

func spanCells(name string, i place.Interval, some bool) Conditions {
	return Conditions{{name, exact(i.Center, some)}, {name + "_lo", exact(i.Lo, some)}, {name + "_hi", exact(i.Hi, some)}}
}

func moveCells(row *place.Row) Conditions {
	moves := row.Moves != nil
	m := place.Moves{}
	if moves {
		m = *row.Moves
	}
	return Conditions{
		{"moves_per_object", exact(m.PerObject, moves)},
		{"moves_per_1000_accesses", exact(m.PerThousand, moves)},
		{"share_moving_back_within_window", exact(m.Oscillating, moves)},
		{"moves_cost_per_access_ms", exact(m.CostMs, moves)},
		{"share_of_accesses_that_waited", exact(m.Waited, moves)},
		{"settled_p50_s", exact(m.SettledP50S, moves)},
		{"settled_p90_s", exact(m.SettledP90S, moves)},
		{"copied_gb", exact(m.CopiedGB, moves)},
	}
}

func trafficCells(row *place.Row) Conditions {
	some := row.Latency.N > 0
	return Conditions{
		atBestCell(row),
		{"share_needing_a_second_region", exact(row.Second, some)},
		{"skew", exact(row.Homes.Skew, some)},
		{"share_served_in_another_region", exact(row.Traffic.CrossShare, some)},
		{"cross_region_gb", exact(row.Traffic.CrossGB, some)},
		{"usd_per_million_accesses", exact(row.Traffic.USDPerMillion, some)},
	}
}

// ownConditions are the report's but for those that are not the same for all its populations: see underCells.
func ownConditions(all Conditions) Conditions {
	return slices.DeleteFunc(slices.Clone(all), func(c Condition) bool { return c.Key == "objects" || c.Key == "rate" })
}

func atBestCell(row *place.Row) Condition {
	if row.AtBest == nil {
		return Condition{Key: "share_of_objects_at_their_best_home"}
	}
	return Condition{Key: "share_of_objects_at_their_best_home", Value: exact(*row.AtBest, row.Latency.N > 0)}
}

// underCells are what all rows of a population were got under.
func underCells(s *place.Study, c *place.Comparison) Conditions {
	var drawn place.Drawn
	if c.Drawn != nil {
		drawn = *c.Drawn
	}
	return Conditions{
		{"objects", strconv.FormatInt(c.Objects, 10)},
		{"objects_per_seed", exact(float64(drawn.Objects), c.Drawn != nil)},
		{"accesses_per_object_and_day", exact(drawn.PerDay, c.Drawn != nil)},
		{"popularity_exponent", exact(drawn.Zipf, c.Drawn != nil)},
		{"accesses_of_clairvoyant", strconv.FormatInt(c.Tested, 10)},
		{"samples", strconv.Itoa(s.Seeds)},
		{"confidence", exact(s.Confidence, true)},
		{"move_cost_round_trips", exact(s.D, true)},
		{"move_copies_bytes_per_s", exact(s.Copy, true)},
		{"usd_per_gb", exact(s.USDPerGB, true)},
		{"oscillation_window_s", exact(s.WindowS, true)},
	}
}

// exact is all digits of a number, if there is one.
func exact(v float64, some bool) string {
	if !some {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
