package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// costNotes are what all costs of a report rest on.
func costNotes(dated, plan string) []string {
	return []string{
		fmt.Sprintf("A model computed from the price list of %s (%s): what the same traffic would cost, not what anybody was charged. "+
			"Nothing is included in a month but where it says so: allowances are the account's, and other programs use them too. "+
			"The Worker in front is left out, for it costs the same before each.", dated, plan),
		fmt.Sprintf("An object pays for the time in which something is handled or waits at it; idle in memory and hibernated it is free. "+
			"One that never sleeps pays until %v after its last event, and for as long as a socket is open. "+
			"Runs of alarms, which no client sees, are left out.", Micros(evictedAfter)),
		fmt.Sprintf("KV, D1 and R2 are charged for the usual program on each, wrong results included; members of a room or a document there ask every %v, for nothing pushes. "+
			"Numbers marked with an asterisk were counted by the primitive's model instead.", Micros(pollEvery)),
	}
}

// costed are the runs that have a cost.
func (r *Report) costed() []int {
	var with []int
	for i := range r.Runs {
		if r.Runs[i].Cost != nil && len(r.Runs[i].Cost.Ways) > 0 {
			with = append(with, i)
		}
	}
	return with
}

// costs is the chapter on all runs: a line for each, a column for each way.
func (r *Report) costs() (chapter, bool) {
	with := r.costed()
	if len(with) == 0 {
		return chapter{}, false
	}
	first := r.Runs[with[0]].Cost
	names := r.costNames(with)
	s := sheet{
		Title: "USD a month at each run's rate", Heads: append([]head{{Name: "run"}}, numbers(names...)...),
	}
	var runs []*Run
	for _, i := range with {
		run := &r.Runs[i]
		runs = append(runs, run)
		row := []cell{{Links: []link{{idOfRun(i), cmp.Or(run.Name, "unnamed")}}}}
		for _, name := range names {
			row = append(row, run.Cost.Way(name).cell())
		}
		s.Rows = append(s.Rows, row)
	}
	s.Caption = "30 days, nothing included; below it a million operations. A month of a run that lasted less than a second is left out. " + sentence(conditionOf(runs))
	return chapter{ID: "cost", Title: "Cost", Notes: costNotes(first.Dated, first.Plan), Sheets: []sheet{s}}, true
}

// costNames are the ways of all runs, in their order.
func (r *Report) costNames(with []int) []string {
	var names []string
	for _, i := range with {
		for _, way := range r.Runs[i].Cost.Ways {
			if !slices.Contains(names, way.Name) {
				names = append(names, way.Name)
			}
		}
	}
	return names
}

func (w *CostWay) cell() cell {
	if w == nil {
		return cell{Text: nothing}
	}
	return cell{Text: w.star(monthly(w.MonthUSD)), Small: dollars(w.PerMillionUSD) + " a million"}
}

// star marks what was counted.
func (w *CostWay) star(text string) string {
	if w.Counted {
		return text + "*"
	}
	return text
}

// monthly is a sum of a month; there is none of a run without length.
func monthly(usd float64) string {
	switch usd = bounded(usd); {
	case usd == 0:
		return nothing
	case usd < 0.01:
		return "<0.01"
	case usd >= 999.5:
		return count(int64(usd + 0.5))
	}
	return dollars(usd)
}

// costs are a run's cost by part; none of a run without.
func (run *Run) costs() []sheet {
	c := run.Cost
	if c == nil || len(c.Ways) == 0 {
		return nil
	}
	s := sheet{
		Title:   "Cost",
		Caption: fmt.Sprintf("A model, USD by the price list of %s. %s %s", c.Dated, sentence(strings.Join(c.Assumptions, "; ")), run.condition()+"."),
		Heads:   append([]head{{Name: "way"}}, numbers("requests", "messages", "duration", "rows", "storage", "a month", "beyond allowances", "a million operations")...),
	}
	for i := range c.Ways {
		w := &c.Ways[i]
		row := texts(w.star(w.Name))
		for _, part := range []float64{w.Month.Requests, w.Month.Messages, w.Month.Duration, w.Month.Rows, w.Month.Storage, w.MonthUSD} {
			row = append(row, cell{Text: monthly(part)})
		}
		s.Rows = append(s.Rows, append(row, texts(monthly(w.BeyondUSD), dollars(w.PerMillionUSD))...))
	}
	return []sheet{s}
}

// terminalCost is one line for all runs: the least and the most of each way.
func terminalCost(out *screen, r *Report) {
	with := r.costed()
	if len(with) == 0 {
		return
	}
	var parts []string
	for _, name := range r.costNames(with) {
		var all []float64
		for _, i := range with {
			if way := r.Runs[i].Cost.Way(name); way != nil {
				all = append(all, way.PerMillionUSD)
			}
		}
		text := dollars(slices.Min(all))
		if most := dollars(slices.Max(all)); most != text {
			text += " to " + most
		}
		parts = append(parts, name+" "+text)
	}
	fmt.Fprintln(out)
	bullet(out, "cost: ", fmt.Sprintf("a million operations in USD, a model by the price list of %s: %s",
		r.Runs[with[0]].Cost.Dated, strings.Join(parts, "; ")))
}
