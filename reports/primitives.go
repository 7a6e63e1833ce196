package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// way is one run of a comparison: a class's work done on one primitive in one way.
type way struct {
	*Run
	id   string // of its section on the page
	name string // unique among the ways of its class
}

// contest are the ways of one class.
type contest struct {
	class string
	ways  []way
}

// contests are the runs that name a primitive, by class, in the order of the report.
func (r *Report) contests() []contest {
	var all []contest
	at := map[string]int{}
	for i := range r.Runs {
		run := &r.Runs[i]
		if run.Primitive == "" {
			continue
		}
		class := cmp.Or(run.Class, "unnamed")
		if _, known := at[class]; !known {
			at[class] = len(all)
			all = append(all, contest{class: class})
		}
		c := &all[at[class]]
		name := run.Primitive
		if run.Variant != "" {
			name += ", " + run.Variant
		}
		c.ways = append(c.ways, way{run, idOfRun(i), name})
	}
	for i := range all {
		all[i].tellApart()
	}
	return all
}

// tellApart adds the engine to the names of ways if engines differ, and the run's
// name to those that are still alike.
func (c *contest) tellApart() {
	engines, same := map[string]bool{}, map[string]int{}
	for _, w := range c.ways {
		engines[w.Engine] = true
	}
	for i := range c.ways {
		if len(engines) > 1 {
			c.ways[i].name += ", " + c.ways[i].Engine
		}
		same[c.ways[i].name]++
	}
	for i := range c.ways {
		if w := &c.ways[i]; same[w.name] > 1 && w.Run.Name != "" {
			w.name += " (" + w.Run.Name + ")"
		}
	}
}

// primitives compares what keeps the data, class by class.
func (r *Report) primitives() (chapter, bool) {
	contests := r.contests()
	if len(contests) == 0 {
		return chapter{}, false
	}
	c := chapter{ID: "primitives", Title: "Primitives compared", Notes: []string{
		"The same workload on each primitive, in the usual ways to write it. The verdict is that of the checkers, not a label: harm is what they counted. " +
			"Near and far are the edges whose median write is the quickest and the slowest, for a write has to travel to the data.",
	}}
	for i := range contests {
		c.Sheets = append(c.Sheets, contests[i].sheet())
		c.figures = append(c.figures, contests[i].figures()...)
	}
	c.Models = r.models()
	return c, true
}

// measure is a column of the comparison: what it shows of a way, if anything.
type measure struct {
	name  string
	terse string // in a terminal; empty: not there
	of    func(*way) cell
}

func (c *contest) sheet() sheet {
	s := sheet{Title: "Class " + c.class, Caption: c.condition() + " Latencies are medians, with the p99 below." + c.ends() + c.prices(), Heads: []head{{Name: "primitive"}, {Name: "verdict", Left: true, terse: "verdict"}}}
	measures := slices.DeleteFunc(allMeasures(), func(m measure) bool { // nobody has it
		return !slices.ContainsFunc(c.ways, func(w way) bool { return m.of(&w).Text != nothing })
	})
	for _, m := range measures {
		s.Heads = append(s.Heads, head{Name: m.name, terse: m.terse})
	}
	for i := range c.ways {
		w := &c.ways[i]
		ruling, _ := w.Ruling()
		found := badgeOf(ruling)
		row := []cell{{Links: []link{{w.id, w.name}}}, {Ruling: &found}}
		for _, m := range measures {
			row = append(row, m.of(w))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func allMeasures() []measure {
	var all []measure
	for i, name := range harmNames {
		all = append(all, measure{name, harmWords[i], func(w *way) cell { return harmCell(w.Harm.harms()[i]) }})
	}
	return append(all,
		measure{"stale for", "", staleness},
		measure{"read near", "", func(w *way) cell { return w.Reads.cell(false) }},
		measure{"read far", "", func(w *way) cell { return w.Reads.cell(true) }},
		measure{"write near", "write near", func(w *way) cell { return w.Writes.cell(false) }},
		measure{"write far", "far", func(w *way) cell { return w.Writes.cell(true) }},
		measure{"ceiling/s", "ceiling/s", func(w *way) cell {
			if w.CeilingPerS <= 0 {
				return cell{Text: nothing}
			}
			return cell{Text: rate(bounded(w.CeilingPerS))}
		}},
		measure{"USD/million", "USD/million", func(w *way) cell {
			if w.Price == nil {
				return cell{Text: nothing}
			}
			return cell{Text: dollars(w.Price.PerMillionUSD)}
		}},
	)
}

// nothing stands where there is nothing to say.
const nothing = "–"

func harmCell(s Share) cell {
	c := cell{Text: s.percent()}
	if s.Of > 0 {
		c.Small = count(s.N) + " of " + count(s.Of)
	}
	return c
}

func staleness(w *way) cell {
	if w.Harm == nil || w.Harm.StaleReads.N == 0 {
		return cell{Text: nothing}
	}
	n, q := w.Harm.StaleReads.N, w.Harm.Staleness
	return cell{Text: q.P50.String() + doubt(0.5, n), Small: "p99 " + q.P99.String() + doubt(0.99, n)}
}

// cell is the median at one end, with the p99 below.
func (d *Distances) cell(far bool) cell {
	if d == nil {
		return cell{Text: nothing}
	}
	at := d.Near
	if far {
		at = d.Far
	}
	if at.N == 0 {
		return cell{Text: nothing}
	}
	texts := at.cells()
	return cell{Text: texts[0], Small: "p99 " + texts[2]}
}

// dollars keeps cents, and more where there is less than a cent.
func dollars(v float64) string {
	if v = bounded(v); v > 0 && v < 0.1 {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// condition is what all ways of a contest were measured under.
func (c *contest) condition() string {
	var runs []*Run
	for _, w := range c.ways {
		runs = append(runs, w.Run)
	}
	return sentence(conditionOf(runs))
}

// ends says which edges are near and far.
func (c *contest) ends() string {
	var near, far []string
	for _, w := range c.ways {
		for _, d := range []*Distances{w.Reads, w.Writes} {
			if d != nil {
				near, far = append(near, d.Near.Edge), append(far, d.Far.Edge)
			}
		}
	}
	if len(near) == 0 {
		return ""
	}
	return " Near is " + distinct(near) + ", far is " + distinct(far) + "."
}

// prices says of when the price lists are.
func (c *contest) prices() string {
	var dates []string
	for _, w := range c.ways {
		if w.Price != nil && w.Price.AsOf != "" {
			dates = append(dates, w.Price.AsOf)
		}
	}
	if len(dates) == 0 {
		return ""
	}
	return " Prices of " + distinct(dates) + "."
}

// distinct are words without repetition.
func distinct(words []string) string {
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " or ")
}

// conditionOf is the condition of several runs in one sentence, from the least to the most.
func conditionOf(runs []*Run) string {
	var n, offered, lasted []float64
	var engines []string
	for _, run := range runs {
		n, offered, lasted = append(n, float64(run.N)), append(offered, run.OfferedPerS), append(lasted, float64(run.Lasted))
		if engine := cmp.Or(run.Engine, "unnamed"); !slices.Contains(engines, engine) {
			engines = append(engines, engine)
		}
	}
	span := func(of []float64, text func(float64) string) string {
		low, high := text(slices.Min(of)), text(slices.Max(of))
		if low == high {
			return low
		}
		return low + " to " + high
	}
	each := "each "
	if len(runs) == 1 {
		each = ""
	}
	return fmt.Sprintf("%s, %sn = %s good replies or deliveries, %s/s offered, over %s, engine %s",
		counted(len(runs), "run"), each, span(n, func(v float64) string { return count(int64(v)) }), span(offered, rate),
		span(lasted, func(v float64) string { return Micros(v).String() }), strings.Join(engines, " and "))
}

// model is a set of assumptions and the runs that rest on it.
type model struct {
	Title      string
	Conditions Conditions
}

// models are said once for all runs that share them.
func (r *Report) models() []model {
	var all []model
	var runs [][]string
	at := map[string]int{}
	for i := range r.Runs {
		run := &r.Runs[i]
		if len(run.Assumptions) == 0 {
			continue
		}
		text, _ := json.Marshal(run.Assumptions) // cannot fail: words only
		key := run.Primitive + string(text)
		if _, known := at[key]; !known {
			at[key] = len(all)
			all = append(all, model{"What the model of " + cmp.Or(run.Primitive, "the run") + " assumes", run.Assumptions})
			runs = append(runs, nil)
		}
		runs[at[key]] = append(runs[at[key]], run.Name)
	}
	titles := map[string]int{}
	for _, m := range all {
		titles[m.Title]++
	}
	for i := range all { // one primitive under several sets: say whose this is
		if titles[all[i].Title] > 1 {
			all[i].Title += " in " + strings.Join(runs[i], "; ")
		}
	}
	return all
}
