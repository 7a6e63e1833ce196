package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
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
	text := fmt.Sprintf("a move costs D = %s round trips, %s; base round trips, no jitter, no queues", trimmed(s.D), copying(s))
	if c != nil {
		text = fmt.Sprintf("%s %s to %s %s, %s; ", count(c.Accesses), plural(c.Accesses, "access", "accesses"), count(c.Objects), plural(c.Objects, "object", "objects"), seedsOf(s)) + text
	}
	return text
}

// orWaiting is what makes a strategy pay for those that its moves keep waiting.
const orWaiting = ", or what users wait for it if that is more"

// copying is how long a move takes for the object's bytes, beside its round trips.
func copying(s *place.Study) string {
	if s.Copy <= 0 {
		return "and copies its object in no time" + orWaiting
	}
	return fmt.Sprintf("and copies its object at %.4g MB/s", s.Copy/1e6) + orWaiting
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func seedsOf(s *place.Study) string {
	if s.Seeds < 2 {
		return "one sample"
	}
	return fmt.Sprintf("%d samples", s.Seeds)
}

// studyOf is a study as it is for one of its populations, which may have fewer samples than were to be drawn.
func studyOf(s *place.Study, c *place.Comparison) *place.Study {
	if c.Samples == 0 || c.Samples == s.Seeds {
		return s
	}
	own := *s
	own.Seeds, own.Confidence = c.Samples, place.Confidence(c.Samples)
	return &own
}

// trimmed is a number without a needless end.
func trimmed(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

func (r *Report) placementOverview() chapter {
	s := r.Placement
	c := chapter{ID: "placement", Title: "Where should an object live?"}
	c.Notes = []string{
		"Cost is what strategies are judged by: round trips and moves, in milliseconds per access; a move costs " + trimmed(s.D) + " round trips between the two homes, " + copying(s) + ". " +
			"The static yardstick is the best home of each object that never moves, the clairvoyant the least cost that any placement with moves could have had; both know the future. " +
			"Regional has an object in each region and no single home: it may beat the clairvoyant, and what one region wrote the others have to ask for.",
		placeDoubt(s),
	}
	c.Sheets = append(c.Sheets, winnersSheet(s), ratiosSheet(s))
	if s.Sweep != nil {
		c.figures = append(c.figures, sweepFigure(s))
		c.Sheets = append(c.Sheets, withRegrets(sweepSheet(s), s))
	}
	if s.Prices != nil {
		c.Sheets = append(c.Sheets, pricesSheet(s))
	}
	return c
}

// placeDoubt says what the intervals are worth.
func placeDoubt(s *place.Study) string {
	if s.Seeds < 2 {
		return "There is one sample, so there are no intervals, and no strategy is called the winner."
	}
	few := ""
	if s.Seeds < place.Fewest {
		few = fmt.Sprintf(", of %d samples or more", place.Fewest)
	}
	return fmt.Sprintf("Numbers are of all accesses together: a cost less that of [static] is the regret. Intervals cover %s, by the jackknife over %s and, where that is wider, by order statistics; a strategy is called the winner only if the interval of its regret ends before every other begins%s.",
		fmt.Sprintf("%.3g %%", s.Confidence*100), seedsOf(s), few)
}

func winnersSheet(s *place.Study) sheet {
	t := sheet{
		Title: "The cheapest strategy", Stacked: true, Caption: "The numbers are those of the first that is named" + intervalsCaption(s) + ". " + sentence(placeCondition(s, nil)),
		Heads: append([]head{{Name: "population"}, {Name: "cheapest", Words: true}}, numbers("cost, ms", "over clairvoyant", "regret, ms", "mean latency, ms")...),
	}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		name := cheapestCell(c)
		cells := texts(nothing, nothing, nothing, nothing)
		if best, ok := cheapest(c); ok {
			cells = texts(interval(best.Cost.PerAccessMs), ratio(best.Cost.Ratio), interval(best.Cost.RegretMs), digits(best.Cost.Mean.Center))
		}
		t.Rows = append(t.Rows, append([]cell{{Text: c.Name, Small: c.What}, name}, cells...))
	}
	return t
}

// cheapestCell names the winner, or those that it may be among, and says what is known of them.
func cheapestCell(c *place.Comparison) cell {
	rivals := place.Rivals(c.Rows)
	switch r := c.Ruling; {
	case r.Winner != "":
		return cell{Text: r.Winner}
	case len(r.Among) > 0 && len(r.Among) == len(r.Tied):
		return cell{Text: strings.Join(r.Among, ", "), Small: "they tie"}
	case len(r.Among) > 0:
		return cell{Text: strings.Join(r.Among, ", "), Small: "overlap: no winner"}
	case len(r.Tied) > 0:
		return cell{Text: strings.Join(r.Tied, ", "), Small: "they tie; too few samples for a winner"}
	case len(rivals) == 1:
		return cell{Text: rivals[0].Strategy, Small: "alone: no winner"}
	case len(rivals) > 0:
		return cell{Text: rivals[0].Strategy, Small: "too few samples for a winner"}
	}
	return cell{Text: nothing, Small: "cannot be told"}
}

// cheapest is the strategy of the least cost, yardsticks apart.
func cheapest(c *place.Comparison) (best place.Row, ok bool) {
	if rivals := place.Rivals(c.Rows); len(rivals) > 0 {
		return rivals[0], true
	}
	return best, false
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
				text, row[0].Text = digits(r.Cost.Ratio.Center), strategyName(r)
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
	c := &r.Placement.Comparisons[i]
	s := studyOf(r.Placement, c)
	ch := chapter{ID: fmt.Sprintf("placement-%d", i+1), Title: "Placement: " + c.Name, Notes: []string{sentence(c.What + "; " + placeCondition(s, c)), ruled(c)}}
	if c.Tested > 0 && c.Tested < c.Accesses {
		ch.Notes = append(ch.Notes, fmt.Sprintf("The clairvoyant was asked about a sample of the objects with %s of the accesses: its row is about them, and so are all ratios to it.", count(c.Tested)))
	}
	if c.Untold > 0 {
		ch.Notes = append(ch.Notes, fmt.Sprintf("The clairvoyant was not asked about %s with more accesses than it keeps the path of.", counted(int(c.Untold), "object")))
	}
	ch.PlotsFirst = true
	ch.Sheets = []sheet{latencySheet(s, c), movesSheet(s, c), areaSheet(s, c)}
	prefix := fmt.Sprintf("place-%02d-%s-", i+1, slug(c.Name))
	ch.figures = []figure{costFigure(s, c, prefix), cdfFigure(s, c, prefix)}
	if best, ok := cheapest(c); ok {
		mapped := []*place.Row{&best}
		if first := rowOf(c, "first"); first != nil && best.Strategy != "first" && i == len(s.Comparisons)-1 {
			mapped = append(mapped, first)
		}
		for _, row := range mapped {
			ch.figures = append(ch.figures, mapFigure(s, c, *row, prefix))
			ch.Sheets = append(ch.Sheets, r.homesSheet(s, c, row))
		}
	}
	return ch
}

// ruled is who wins, as a sentence. A strategy that it begins with keeps the spelling of its name.
func ruled(c *place.Comparison) string {
	begins := func(r place.Row) bool {
		after, ok := strings.CutPrefix(c.Ruling.Why, r.Strategy)
		return ok && (after == "" || after[0] == ' ' || after[0] == ',')
	}
	if slices.ContainsFunc(c.Rows, begins) {
		return c.Ruling.Why + "."
	}
	return sentence(c.Ruling.Why)
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
