package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/durabench/durabench/sim/place"
)

// placements are the chapters of a comparison of placement strategies: one of all populations, and one of each.
func (r *Report) placements() []chapter {
	s := r.Placement
	if s == nil || len(s.Comparisons) == 0 {
		return nil
	}
	all := []chapter{r.placementOverview()}
	for i := range s.Comparisons {
		all = append(all, r.placementChapter(i))
	}
	return all
}

// condition is what every number of a study was got under.
func placeCondition(s *place.Study, c *place.Comparison) string {
	text := fmt.Sprintf("a move costs D = %s round trips; base round trips, no jitter, no queues", trimmed(s.D))
	if c != nil {
		text = fmt.Sprintf("%s accesses to %s objects, %s; ", count(c.Accesses), count(c.Objects), seedsOf(s)) + text
	}
	return text
}

func seedsOf(s *place.Study) string {
	if s.Seeds < 2 {
		return "one sample"
	}
	return fmt.Sprintf("%d samples", s.Seeds)
}

// trimmed is a number without a needless end.
func trimmed(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.2f", v), ".00") }

func (r *Report) placementOverview() chapter {
	s := r.Placement
	c := chapter{ID: "placement", Title: "Where should an object live?"}
	c.Notes = []string{
		"Cost is what strategies are judged by: round trips and moves, in milliseconds per access; a move costs " + trimmed(s.D) + " round trips between the two homes. " +
			"The static yardstick is the best home of each object that never moves, the clairvoyant the least cost that any placement with moves could have had; both know the future. " +
			"Regional has an object in each region and no single home: it may beat the clairvoyant, and what one region wrote the others have to ask for.",
		placeDoubt(s),
	}
	c.Sheets = append(c.Sheets, winnersSheet(s), ratiosSheet(s))
	if s.Sweep != nil {
		c.figures = append(c.figures, sweepFigure(s))
		c.Sheets = append(c.Sheets, sweepSheet(s))
	}
	return c
}

// placeDoubt says what the intervals are worth.
func placeDoubt(s *place.Study) string {
	if s.Seeds < 2 {
		return "There is one sample, so there are no intervals, and no strategy is called the winner."
	}
	return fmt.Sprintf("Intervals are those of the median over %d samples and cover it with %s; a strategy is called the winner only if the interval of its regret ends before every other begins.",
		s.Seeds, percent(s.Confidence))
}

func winnersSheet(s *place.Study) sheet {
	t := sheet{
		Title: "The cheapest strategy", Caption: sentence(placeCondition(s, nil)),
		Heads: append(append([]head{{Name: "population"}}, words("cheapest")...), append(numbers("cost, ms", "over clairvoyant", "regret, ms", "mean latency, ms"), words("why")...)...),
	}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		best, ok := cheapest(c)
		if !ok {
			t.Rows = append(t.Rows, append([]cell{{Text: c.Name, Small: c.What}}, texts("none", nothing, nothing, nothing, nothing, c.Ruling.Why)...))
			continue
		}
		name := cmp.Or(c.Ruling.Winner, "not to be told")
		t.Rows = append(t.Rows, append([]cell{{Text: c.Name, Small: c.What, Links: nil}}, texts(name, interval(best.Cost.PerAccessMs), ratio(best.Cost.Ratio),
			digits(best.Cost.RegretMs.Center), digits(best.Cost.Mean.Center), c.Ruling.Why)...))
	}
	return t
}

// cheapest is the strategy of the least cost, yardsticks apart.
func cheapest(c *place.Comparison) (best place.Row, ok bool) {
	for _, row := range c.Rows {
		if row.Yardstick || row.Latency.N == 0 || row.Refused.Objects > 0 {
			continue
		}
		if !ok || row.Cost.RegretMs.Center < best.Cost.RegretMs.Center {
			best, ok = row, true
		}
	}
	return best, ok
}

func interval(i place.Interval) string {
	if i.Lo == i.Hi {
		return digits(i.Center)
	}
	return digits(i.Center) + " (" + digits(i.Lo) + "…" + digits(i.Hi) + ")"
}

func ratio(i place.Interval) string {
	if i.Center == 0 {
		return nothing
	}
	return digits(i.Center) + " ×"
}

// ratiosSheet is every strategy over every population in one table.
func ratiosSheet(s *place.Study) sheet {
	t := sheet{
		Title:   "Cost over the clairvoyant’s",
		Caption: "How many times the least cost that was possible, by strategy and population; 1 is perfect. " + sentence(placeCondition(s, nil)),
		Heads:   []head{{Name: "strategy"}},
	}
	for _, c := range s.Comparisons {
		t.Heads = append(t.Heads, numbers(c.Name)...)
	}
	for _, name := range strategyNames(s) {
		row := []cell{{Text: name}}
		for i := range s.Comparisons {
			text := nothing
			if r := rowOf(&s.Comparisons[i], name); r != nil && r.Cost.Ratio.Center > 0 {
				text = digits(r.Cost.Ratio.Center)
			}
			row = append(row, cell{Text: text})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func rowOf(c *place.Comparison, name string) *place.Row {
	for i := range c.Rows {
		if c.Rows[i].Strategy == name {
			return &c.Rows[i]
		}
	}
	return nil
}

// strategyNames are all strategies of a study in the order in which they were given.
func strategyNames(s *place.Study) []string {
	var names []string
	for _, c := range s.Comparisons {
		for _, row := range c.Rows {
			if !slices.Contains(names, row.Strategy) {
				names = append(names, row.Strategy)
			}
		}
	}
	return names
}

// byCost are a comparison's rows, the cheapest first; those that did nothing last.
func byCost(c *place.Comparison) []place.Row {
	rows := slices.Clone(c.Rows)
	slices.SortStableFunc(rows, func(a, b place.Row) int {
		return cmp.Or(cmp.Compare(b2i(a.Latency.N == 0), b2i(b.Latency.N == 0)), cmp.Compare(a.Cost.RegretMs.Center, b.Cost.RegretMs.Center))
	})
	return rows
}

// placementChapter is one population.
func (r *Report) placementChapter(i int) chapter {
	s, c := r.Placement, &r.Placement.Comparisons[i]
	ch := chapter{ID: fmt.Sprintf("placement-%d", i+1), Title: "Placement: " + c.Name, Notes: []string{sentence(c.What + "; " + placeCondition(s, c)), sentence(c.Ruling.Why)}}
	if c.Tested > 0 && c.Tested < c.Accesses {
		ch.Notes = append(ch.Notes, fmt.Sprintf("The clairvoyant was asked about a sample of the objects with %s of the accesses: its row is about them, and so are all ratios to it.", count(c.Tested)))
	}
	if c.Untold > 0 {
		ch.Notes = append(ch.Notes, fmt.Sprintf("The clairvoyant was not asked about %s with more accesses than it keeps the path of.", counted(int(c.Untold), "object")))
	}
	ch.Sheets = []sheet{latencySheet(s, c), movesSheet(s, c), areaSheet(s, c)}
	prefix := fmt.Sprintf("place-%02d-%s-", i+1, slug(c.Name))
	ch.figures = []figure{costFigure(s, c, prefix), cdfFigure(s, c, prefix)}
	if best, ok := cheapest(c); ok {
		ch.figures = append(ch.figures, mapFigure(s, c, best, prefix))
		if first := rowOf(c, "first"); first != nil && best.Strategy != "first" && i == len(s.Comparisons)-1 {
			ch.figures = append(ch.figures, mapFigure(s, c, *first, prefix))
		}
	}
	return ch
}

func latencySheet(s *place.Study, c *place.Comparison) sheet {
	t := sheet{
		Title: "What users wait for, and what it costs", Caption: "Latency in ms: the round trip, and what is left of a move under way. " + sentence(placeCondition(s, c)),
		Heads: append([]head{{Name: "strategy"}}, numbers("mean", "p50", "p95", "p99", "over 100 ms", "over 200 ms", "cost, ms", "over clairvoyant", "regret, ms")...),
	}
	for k, name := range []string{"mean", "p50", "p95", "p99", "", "", "cost", "× best", "regret"} {
		t.Heads[k+1].terse = name
	}
	for _, row := range byCost(c) {
		l := row.Latency
		cells := texts(digits(l.MeanMs), digits(l.P50Ms), digits(l.P95Ms), digits(l.P99Ms), percent(l.Over100), percent(l.Over200),
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
	if row.Yardstick {
		return "[" + row.Strategy + "]"
	}
	return row.Strategy
}

func movesSheet(s *place.Study, c *place.Comparison) sheet {
	t := sheet{
		Title: "Moves, homes and bytes",
		Caption: fmt.Sprintf("Oscillation: the share of moves back to where the object had come from, within %s. Settled: from the users’ last change to the last move, of objects that end in their best home. Skew: the busiest home’s load over the mean. Bytes between regions cost $%s per GB. %s",
			hours(s.WindowS), trimmed(s.USDPerGB), sentence(placeCondition(s, c))),
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
			cells = texts(trimmed(m.PerObject), trimmed(m.PerThousand), percent(m.Oscillating), hours(m.SettledP50S), hours(m.SettledP90S))
			waited = percent(m.Waited)
		}
		second := nothing
		if row.Second > 0 {
			second = percent(row.Second)
		}
		cells = append(cells, texts(percent(row.AtBest), waited, trimmed(row.Homes.Skew), second, digits(row.Traffic.CrossGB), "$"+trimmed(row.Traffic.USDPerMillion), count(row.Refused.Objects))...)
		cells = append(cells, cell{Text: count(row.Refused.Violations), Off: row.Refused.Violations > 0})
		t.Rows = append(t.Rows, append([]cell{{Text: strategyName(&row)}}, cells...))
	}
	return t
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
		Title: "By region of the users", Caption: "Latency in ms, p50 / p95 / p99. " + sentence(placeCondition(s, c)),
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
			text := nothing
			for _, a := range row.ByArea {
				if a.Area == area {
					text = fmt.Sprintf("%.0f / %.0f / %.0f", a.P50Ms, a.P95Ms, a.P99Ms)
				}
			}
			cells = append(cells, cell{Text: text})
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func sweepSheet(s *place.Study) sheet {
	t := sheet{
		Title: "The price of a move", Caption: "Cost in ms per access at each D, population " + s.Sweep.Population + ".",
		Heads: []head{{Name: "strategy"}},
	}
	for _, d := range s.Sweep.D {
		t.Heads = append(t.Heads, numbers("D = "+trimmed(d))...)
	}
	for _, line := range s.Sweep.Lines {
		name := line.Strategy
		if line.Yardstick {
			name = "[" + name + "]"
		}
		row := []cell{{Text: name}}
		for _, i := range line.PerAccess {
			row = append(row, cell{Text: digits(i.Center)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// placementRuling is that of a report whose runs are comparisons on paper.
func (r *Report) placementRuling() (Ruling, string) {
	won := 0
	for _, c := range r.Placement.Comparisons {
		for _, row := range c.Rows {
			if row.Refused.Violations > 0 {
				return Violated, fmt.Sprintf("%s served %s accesses outside of its jurisdiction", row.Strategy, count(row.Refused.Violations))
			}
		}
		won += b2i(c.Ruling.Winner != "")
	}
	return OK, fmt.Sprintf("%s compared, a winner in %d; no object left its jurisdiction", counted(len(r.Placement.Comparisons), "population"), won)
}
