package reports

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/durabench/durabench/sim/place"
)

func latencySheet(s *place.Study, c *place.Comparison) sheet {
	t := sheet{
		Title: "What users wait for, and what it costs", Caption: "Latency in ms: the round trip, and what is left of a move under way. The clairvoyant’s moves keep nobody waiting: its latency is round trips alone. All numbers are of all accesses together. Cost and regret are per access" + intervalsCaption(s) + ". " + sentence(placeCondition(s, c)),
		Heads: append([]head{{Name: "strategy"}}, numbers("mean", "p50", "p95", "p99", "over 100 ms", "over 200 ms", "cost, ms", "over clairvoyant", "regret, ms")...),
	}
	for k, name := range []string{"mean", "p50", "p95", "p99", "", "", "cost", "× best", "regret"} {
		t.Heads[k+1].terse = name
	}
	for _, row := range byCost(c) {
		l := row.Latency
		cells := texts(digits(row.Cost.Mean.Center), digits(l.P50Ms), digits(l.P95Ms), digits(l.P99Ms), percent(l.Over100), percent(l.Over200),
			interval(row.Cost.PerAccessMs), ratio(row.Cost.Ratio), interval(row.Cost.RegretMs))
		if l.N == 0 {
			cells = texts(nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing)
		}
		t.Rows = append(t.Rows, append([]cell{{Text: strategyName(&row)}}, cells...))
	}
	return t
}

// strategyName tells yardsticks from strategies.
func strategyName(row *place.Row) string {
	return lineName(row.Strategy, row.Yardstick)
}

func movesSheet(s *place.Study, c *place.Comparison) sheet {
	t := sheet{
		Title: "Moves, homes and bytes",
		Caption: fmt.Sprintf("Oscillation: the share of moves back to where the object had come from, within %s. Settled: from the users’ last change to the last move, of objects that end in their best home. Waited: the share of accesses that came during a move. Skew: the busiest home’s load over the mean. 2nd region: the share of operations that need one. A user’s region is the nearest home there is, of the world’s and not of these alone; bytes between regions, of accesses and copies, cost $%s per GB. %s",
			hours(s.WindowS), dollars(s.USDPerGB), sentence(placeCondition(s, c))),
		Heads: append([]head{{Name: "strategy"}}, numbers("moves per object", "per 1,000", "oscillation", "settled p50", "settled p90", "at best home", "waited", "skew", "2nd region", "GB between regions", "$ per million", "not placed", "violations")...),
	}
	for k, name := range map[int]string{2: "moves/1k", 13: "outlaw"} {
		t.Heads[k].terse = name
	}
	for _, row := range byCost(c) {
		if row.Latency.N == 0 {
			continue
		}
		cells := texts(nothing, nothing, nothing, nothing, nothing)
		waited := nothing
		if m := row.Moves; m != nil {
			cells = texts(digits(m.PerObject), digits(m.PerThousand), percent(m.Oscillating), hours(m.SettledP50S), hours(m.SettledP90S))
			waited = percent(m.Waited)
		}
		second := nothing
		if row.Second > 0 {
			second = percent(row.Second)
		}
		cells = append(cells, texts(atBest(&row), waited, digits(row.Homes.Skew), second, digits(row.Traffic.CrossGB), "$"+dollars(row.Traffic.USDPerMillion), count(row.Refused.Objects))...)
		cells = append(cells, cell{Text: count(row.Refused.Violations), Off: row.Refused.Violations > 0})
		t.Rows = append(t.Rows, append([]cell{{Text: strategyName(&row)}}, cells...))
	}
	return t
}

// atBest is the share of objects at their best home, of those that have a single one.
func atBest(row *place.Row) string {
	if row.AtBest == nil {
		return nothing
	}
	return percent(*row.AtBest)
}

// hours is a time of hours and days.
func hours(s float64) string {
	switch {
	case s == 0:
		return "0"
	case s < 120:
		return digits(s) + " s"
	case s < 2*3600:
		return digits(s/60) + " min"
	case s < 72*3600:
		return digits(s/3600) + " h"
	}
	return digits(s/86400) + " d"
}

// areas are the parts of the world in words.
var areaNames = map[string]string{
	"AF": "Africa", "CAS": "Central Asia", "EAS": "East Asia", "EU": "Europe", "ME": "Middle East", "NA": "North America",
	"OC": "Oceania", "SA": "South America", "SAS": "South Asia", "SEA": "Southeast Asia",
}

func areaSheet(s *place.Study, c *place.Comparison) sheet {
	t := sheet{
		Title: "By region of the users", Caption: "Latency in ms: the mean, and p50 / p95 / p99. " + sentence(placeCondition(s, c)),
		Heads: []head{{Name: "strategy"}},
	}
	var areas []string
	for _, row := range c.Rows {
		for _, a := range row.ByArea {
			if !slices.Contains(areas, a.Area) {
				areas = append(areas, a.Area)
			}
		}
	}
	slices.Sort(areas)
	for _, area := range areas {
		t.Heads = append(t.Heads, numbers(cmp.Or(areaNames[area], area))...)
	}
	for _, row := range byCost(c) {
		if row.Latency.N == 0 {
			continue
		}
		cells := []cell{{Text: strategyName(&row)}}
		for _, area := range areas {
			latency := cell{Text: nothing}
			for _, a := range row.ByArea {
				if a.Area == area {
					latency = cell{Text: fmt.Sprintf("%.0f", a.MeanMs), Small: fmt.Sprintf("%.0f / %.0f / %.0f", a.P50Ms, a.P95Ms, a.P99Ms)}
				}
			}
			cells = append(cells, latency)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// intervalsCaption says what stands in a table behind a number.
func intervalsCaption(s *place.Study) string {
	if s.Seeds < 2 {
		return ""
	}
	return fmt.Sprintf(", with its %.3g %% interval over %s", s.Confidence*100, seedsOf(s))
}
