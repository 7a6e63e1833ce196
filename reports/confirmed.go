package reports

import (
	"fmt"
	"slices"
)

// Confirmed puts a run beside what was predicted of it on paper: the same accesses,
// objects and strategy, with nothing but distances and the price of moves.
type Confirmed struct {
	Users    string  `json:"users"` // the name of who asked; runs of one name are compared
	Strategy string  `json:"strategy"`
	Paper    OnPaper `json:"paper"`
}

// OnPaper is what the fast evaluation says.
type OnPaper struct {
	Mean  Micros  `json:"mean_us"`
	P50   Micros  `json:"p50_us"`
	P99   Micros  `json:"p99_us"`
	Moves float64 `json:"moves"`
}

// confirmation is one strategy with one kind of users, in all worlds.
type confirmation struct {
	users, strategy string
	paper           OnPaper
	runs            map[string]*Run // by engine
	links           []link
}

func (r *Report) confirmations() []confirmation {
	var all []confirmation
	for i := range r.Runs {
		run := &r.Runs[i]
		c := run.Confirmed
		if c == nil {
			continue
		}
		at := slices.IndexFunc(all, func(o confirmation) bool { return o.users == c.Users && o.strategy == c.Strategy })
		if at < 0 {
			at, all = len(all), append(all, confirmation{users: c.Users, strategy: c.Strategy, paper: c.Paper, runs: map[string]*Run{}})
		}
		all[at].runs[run.Engine] = run
		all[at].links = append(all[at].links, link{idOfRun(i), run.Engine})
	}
	slices.SortStableFunc(all, func(a, b confirmation) int {
		return slices.IndexFunc(all, func(c confirmation) bool { return c.users == a.users }) -
			slices.IndexFunc(all, func(c confirmation) bool { return c.users == b.users })
	})
	return all
}

// confirmed is the chapter that puts three evaluations of each placement side by side.
func (r *Report) confirmed() (chapter, bool) {
	all := r.confirmations()
	s := sheet{Heads: append(words("users"), head{Name: "strategy", Left: true, terse: "strategy"})}
	for _, what := range []string{"mean", "p50", "p99", "moves"} {
		for _, where := range []string{"paper", "virtual", "live"} {
			name := where
			if where == "paper" {
				name = what + " " + where
			}
			s.Heads = append(s.Heads, head{Name: name, terse: name})
		}
	}
	s.Heads = append(s.Heads, head{Name: "runs", Words: true})
	for i := range all {
		s.Rows = append(s.Rows, all[i].row())
	}
	return chapter{ID: "confirmed", Title: "Predicted and confirmed", Sheets: []sheet{s}, Notes: []string{
		"One load, three evaluations. On paper an access costs the round trip to the home that serves it, and a move D round trips, as the strategies reckon. " +
			"The worlds add what paper leaves out: finding an object that was never asked for, loading it, its queue, its commits, " +
			"and what a move really takes. Means are of good replies.",
	}}, len(all) > 0
}

func (c *confirmation) row() []cell {
	row := texts(c.users, c.strategy)
	latency := func(paper Micros, of func(*Run) Micros) {
		row = append(row, cell{Text: paper.String()})
		for _, engine := range []string{"virtual", "live"} {
			if run := c.runs[engine]; run != nil {
				row = append(row, cell{Text: of(run).String()})
			} else {
				row = append(row, cell{Text: nothing})
			}
		}
	}
	latency(c.paper.Mean, func(r *Run) Micros { return r.Latency.Mean })
	latency(c.paper.P50, func(r *Run) Micros { return r.Latency.P50 })
	latency(c.paper.P99, func(r *Run) Micros { return r.Latency.P99 })
	row = append(row, cell{Text: fmt.Sprintf("%.0f", c.paper.Moves)})
	for _, engine := range []string{"virtual", "live"} {
		switch run := c.runs[engine]; {
		case run == nil:
			row = append(row, cell{Text: nothing})
		case run.Moves == nil:
			row = append(row, cell{Text: "0"})
		default:
			row = append(row, cell{Text: count(run.Moves.Made)})
		}
	}
	return append(row, cell{Links: c.links})
}
