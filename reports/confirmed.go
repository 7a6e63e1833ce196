package reports

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Confirmed puts a run beside what was predicted of it on paper: the same accesses,
// objects and strategy, with nothing but distances and the price of moves.
type Confirmed struct {
	Users    string  `json:"users"` // the name of who asked; runs of one name are compared
	Strategy string  `json:"strategy"`
	Paper    OnPaper `json:"paper"`
	Spent    Spent   `json:"spent"`
}

// OnPaper is what the fast evaluation says of the mean access.
type OnPaper struct {
	Way     Micros  `json:"way_us"`     // the round trip to the home that serves it
	Finding Micros  `json:"finding_us"` // asking the directory
	Moving  Micros  `json:"moving_us"`  // waiting for an object on its way, D round trips long
	Moves   float64 `json:"moves"`
}

// Mean is the whole.
func (p OnPaper) Mean() Micros { return p.Way + p.Finding + p.Moving }

// The worlds agree with paper if the way of the mean access differs by no more than
// this, and so does its whole latency but for what clients waited for objects on their
// way, where paper only has D, and for the load generator.
const (
	confirmedShare = 0.05
	confirmedSlack = Micros(2 * time.Millisecond)
	confirmedMoves = 0.1 // of the moves on paper, and one
)

// tolerable is the tolerance.
func tolerable(paper, world Micros) bool {
	return math.Abs(float64(world-paper)) <= confirmedShare*float64(paper)+float64(confirmedSlack)
}

// differs says in what a world differs from paper, by name; nothing if they agree.
func (c *Confirmed) differs(made int64) (what []string) {
	if math.Abs(float64(made)-c.Paper.Moves) > 1+confirmedMoves*c.Paper.Moves {
		what = append(what, "moves")
	}
	paper, world := c.Paper, c.Spent
	switch {
	case !tolerable(paper.Way, world.Way):
		what = append(what, "way")
	case !tolerable(paper.Way+paper.Finding, world.Way+world.Finding+world.Connecting+world.Home):
		what = append(what, c.cause())
	}
	return what
}

// unjudged are the parts that are not held against a world, but differ by more than the tolerance: means may lie apart
// by them, and where they do the word for it must not be missing.
func (c *Confirmed) unjudged() (what []string) {
	if !tolerable(c.Paper.Moving, c.Spent.Moving) {
		what = append(what, "moving")
	}
	if !tolerable(0, c.Spent.Client) {
		what = append(what, "the load generator")
	}
	return what
}

// cause is the part of the mean that differs most, of those that are judged.
func (c *Confirmed) cause() string {
	apart := map[string]Micros{
		"way": c.Spent.Way - c.Paper.Way, "finding": c.Spent.Finding - c.Paper.Finding, "connecting": c.Spent.Connecting, "home": c.Spent.Home,
	}
	return slices.MaxFunc(slices.Sorted(maps.Keys(apart)), func(a, b string) int {
		return cmp.Compare(max(apart[a], -apart[a]), max(apart[b], -apart[b]))
	})
}

// Agrees says whether a run did what paper said, within the tolerance of the table.
// A run that nothing was predicted of agrees.
func (r *Run) Agrees() bool { return r.Confirmed == nil || len(r.Confirmed.differs(r.made())) == 0 }

func (r *Run) made() int64 {
	if r.Moves == nil {
		return 0
	}
	return r.Moves.Made
}

// confirmation is one strategy with one kind of users, in all worlds.
type confirmation struct {
	users, strategy string
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
			at, all = len(all), append(all, confirmation{users: c.Users, strategy: c.Strategy, runs: map[string]*Run{}})
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

// worlds are the engines in the order of the columns.
var worlds = [...]string{"virtual", "live"}

// confirmed is the chapter that puts three evaluations of each placement side by side.
func (r *Report) confirmed() (chapter, bool) {
	all := r.confirmations()
	s := sheet{Heads: append(words("users"), head{Name: "strategy", Left: true, terse: "strategy"}, head{Name: "worlds", Left: true, terse: "worlds"})}
	for _, what := range []string{"mean", "way", "moves"} {
		s.Heads = append(s.Heads, head{Name: what + " paper", terse: what + " paper"})
		for _, world := range worlds {
			s.Heads = append(s.Heads, head{Name: world, terse: world})
		}
	}
	s.Heads = append(s.Heads, head{Name: "runs", Words: true})
	for i := range all {
		s.Rows = append(s.Rows, all[i].row())
	}
	c := chapter{ID: "confirmed", Title: "Predicted and confirmed", Sheets: []sheet{s, differences(all)}, Notes: []string{
		"One load, three evaluations: the same accesses, objects and users, and in all of them an object is made by whose question reaches the directory first. " +
			"On paper an access costs the way, which is the round trip to the home that serves it, the finding of its object, and a move D round trips, as the strategies reckon. " +
			"Means are of good replies.",
		fmt.Sprintf("The worlds agree with paper where the way differs by no more than %.0f %% and %s, and so does the mean but for moving and the load generator, "+
			"and the moves by no more than %.0f %% and one. It is all but moving where clients waited longer or shorter for objects on their way than D says: "+
			"a request that is under way to the old home goes after its object, and each edge learns of a move by asking in vain once. All that the means differ by has a name in the second table; where they differ by more, the greatest part is named here.",
			100*confirmedShare, confirmedSlack, 100*confirmedMoves),
	}}
	if still := motionless(all); len(still) > 0 {
		c.Notes = append(c.Notes, "Of the strategies that may move objects, some found no reason to: "+strings.Join(still, "; ")+
			". By majority only the first accesses count: who moves after them is not followed.")
	}
	return c, len(all) > 0
}

// motionless are strategies that may move objects, and moved none, on paper nor in a world.
func motionless(all []confirmation) (still []string) {
	for i := range all {
		run := all[i].first()
		moves := slices.ContainsFunc(worlds[:], func(world string) bool { r := all[i].runs[world]; return r != nil && r.made() > 0 })
		if run.Moves != nil && run.Confirmed.Paper.Moves == 0 && !moves {
			still = append(still, all[i].strategy+" for "+all[i].users)
		}
	}
	return still
}

func (c *confirmation) row() []cell {
	row := append(texts(c.users, c.strategy), c.verdict())
	paper := c.first().Confirmed.Paper
	row = c.beside(row, paper.Mean().String(), func(r *Run) string { return r.Latency.Mean.String() })
	row = c.beside(row, paper.Way.String(), func(r *Run) string { return r.Confirmed.Spent.Way.String() })
	row = c.beside(row, fmt.Sprintf("%.0f", paper.Moves), func(r *Run) string { return count(r.made()) })
	return append(row, cell{Links: c.links})
}

// first is the run whose prediction is shown: the virtual one repeats.
func (c *confirmation) first() *Run {
	for _, world := range worlds {
		if run := c.runs[world]; run != nil {
			return run
		}
	}
	return nil
}

func (c *confirmation) beside(row []cell, paper string, of func(*Run) string) []cell {
	row = append(row, cell{Text: paper})
	for _, world := range worlds {
		if run := c.runs[world]; run != nil {
			row = append(row, cell{Text: of(run)})
		} else {
			row = append(row, cell{Text: nothing})
		}
	}
	return row
}

// verdict is a word on all worlds. A void run shows nothing.
func (c *confirmation) verdict() cell {
	var said, but []string
	judged := false
	for _, world := range worlds {
		run := c.runs[world]
		if run == nil {
			continue
		}
		if ruling, _ := run.Ruling(); ruling == Void {
			said = append(said, world+" is void")
			continue
		}
		judged = true
		if what := run.Confirmed.differs(run.made()); len(what) > 0 {
			return cell{Text: fmt.Sprintf("differ: %s, %s", world, strings.Join(what, " and ")), Off: true}
		}
		for _, part := range run.Confirmed.unjudged() {
			if !slices.Contains(but, part) {
				but = append(but, part)
			}
		}
	}
	if judged {
		agree := "agree"
		if len(but) > 0 {
			agree = "all but " + strings.Join(but, " and ")
		}
		said = append([]string{agree}, said...)
	}
	return cell{Text: strings.Join(said, "; ")}
}

// differences names what the worlds spend beside what paper reckons.
func differences(all []confirmation) sheet {
	s := sheet{
		Title: "Where paper and the worlds differ",
		Caption: "Parts of the mean, in the world and (on paper). What paper leaves out: connections that had to be opened and jitter, the home (queue, loading, turn, commit), " +
			"and the load generator. Moving is what clients really waited for objects on their way, and on paper D round trips for each move.",
		Heads: append(words("users"), head{Name: "strategy", Left: true}, head{Name: "world", Left: true}),
	}
	s.Heads = append(s.Heads, numbers("mean", "way", "finding", "moving", "connecting", "home", "load generator")...)
	for i := range all {
		for _, world := range worlds {
			if run := all[i].runs[world]; run != nil {
				s.Rows = append(s.Rows, append(texts(all[i].users, all[i].strategy, world), run.Confirmed.parts(run)...))
			}
		}
	}
	return s
}

func (c *Confirmed) parts(run *Run) []cell {
	both := func(world, paper Micros) string { return fmt.Sprintf("%s (%s)", world, paper) }
	s, p := c.Spent, c.Paper
	return texts(both(run.Latency.Mean, p.Mean()), both(s.Way, p.Way), both(s.Finding, p.Finding), both(s.Moving, p.Moving),
		s.Connecting.String(), s.Home.String(), s.Client.String())
}
