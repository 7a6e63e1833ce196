package reports

import (
	"fmt"

	"github.com/durabench/durabench/sim/place"
)

func sweepSheet(s *place.Study) sheet {
	t := sheet{
		Title: "The price of a move", Caption: "Cost in ms per access at each D, population " + s.Sweep.Population + "; a move costs D round trips, " + copying(s) + "; * is the cheapest strategy there, or those that tie, though others may be as good.",
		Heads: []head{{Name: "strategy"}},
	}
	for _, d := range s.Sweep.D {
		t.Heads = append(t.Heads, numbers("D = "+trimmed(d))...)
		t.Heads[len(t.Heads)-1].terse = "D=" + trimmed(d)
	}
	for _, line := range s.Sweep.Lines {
		row := []cell{{Text: lineName(line.Strategy, line.Yardstick)}}
		for at, i := range line.PerAccess {
			if i.Center == 0 {
				row = append(row, cell{Text: nothing})
				continue
			}
			row = append(row, cell{Text: digits(i.Center) + starred(cheapestAt(s.Sweep, at, &line))})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// withRegrets has below each cost the regret that the plot shows.
func withRegrets(t sheet, s *place.Study) sheet {
	for i, line := range s.Sweep.Lines {
		for at, r := range line.Regret {
			if at+1 < len(t.Rows[i]) && line.PerAccess[at].Center != 0 {
				t.Rows[i][at+1].Small = interval(r)
			}
		}
	}
	t.Caption += " Below: the regret" + intervalsCaption(s) + ". " + sentence(sweepCondition(s))
	return t
}

// cheapestAt is whether a strategy has the least regret at one price, alone or with others, yardsticks apart; those that
// placed nothing have none.
func cheapestAt(s *place.Sweep, at int, line *place.Line) bool {
	if line.Yardstick || at >= len(line.Regret) {
		return false
	}
	for _, l := range s.Lines {
		if !l.Yardstick && at < len(l.Regret) && at < len(l.PerAccess) && l.PerAccess[at].Center != 0 && l.Regret[at].Center < line.Regret[at].Center {
			return false
		}
	}
	return true
}

func starred(best bool) string {
	if best {
		return "*"
	}
	return ""
}

// lineName tells yardsticks from strategies.
func lineName(name string, yardstick bool) string {
	if yardstick {
		return "[" + name + "]"
	}
	return name
}

func pricesSheet(s *place.Study) sheet {
	t := sheet{
		Title: "The price of bytes", Heads: []head{{Name: "strategy"}},
		Caption: "Dollars for the bytes between regions of a million accesses, copies included, at each price of a GB, population " + s.Prices.Population +
			"; no strategy knows the price. A move costs " + trimmed(s.D) + " round trips, " + copying(s) + ".",
	}
	for _, usd := range s.Prices.USDPerGB {
		price := "$" + dollars(usd)
		t.Heads = append(t.Heads, numbers(price+" / GB")...)
		t.Heads[len(t.Heads)-1].terse = price
	}
	for _, line := range s.Prices.Lines {
		row := []cell{{Text: lineName(line.Strategy, line.Yardstick)}}
		for _, usd := range line.USDPerMillion {
			row = append(row, cell{Text: dollars(usd)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// terminalSweeps prints what was swept.
func terminalSweeps(out *screen, s *place.Study) {
	var sheets []sheet
	if s.Sweep != nil {
		sheets = append(sheets, sweepSheet(s))
	}
	if s.Prices != nil {
		sheets = append(sheets, pricesSheet(s))
	}
	for _, t := range sheets {
		fmt.Fprintln(out)
		bullet(out, "", t.Title+". "+t.Caption)
		aligned(out, t.terse("strategy"), 1)
	}
}
