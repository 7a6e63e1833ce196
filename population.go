package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/place"
)

// usersFlags say who asks for which object, and what that is to show.
type usersFlags struct {
	Users   string  `help:"Who asks for an object: everybody; team (people of one edge, and a stranger in ten requests, who may be the first); mover (one user, who moves to another edge after a third of the time); sun (three offices around the world, each open for a third of the time)." enum:"everybody,team,mover,sun" default:"everybody" group:"load"`
	Cost    float64 `help:"D: what a move costs by the strategies' reckoning, in round trips between the two homes." default:"20" group:"world"`
	Confirm string  `help:"Make the run part of the table of what was predicted on paper, and what a world confirmed, under this name of its users." placeholder:"NAME" group:"study"`
}

func (f runFlags) checkUsers() error {
	switch {
	case !(f.Cost >= 0.5 && f.Cost <= 1e6):
		return fmt.Errorf("--cost %v: want round trips from 0.5 to 1000000", f.Cost)
	case f.Users != "everybody" && !slices.Contains([]string{"counter", "limiter", "account"}, f.Class):
		return fmt.Errorf("--users %s: want the class counter, limiter or account: others have users of their own", f.Users)
	case f.Confirm != "" && (f.Class != "counter" || f.Primitive != ""):
		return errors.New("--confirm: want counters: on paper an operation is one round trip")
	}
	return nil
}

// used is a workload whose objects have users of their own.
type used struct {
	workload.Workload
	users  string
	whole  float64        // operations of the run
	number map[string]int // of objects
	at     [][]int        // clients, by edge
	office []int          // edges from west to east
}

func (e *experiment) used(w workload.Workload) (workload.Workload, error) {
	if e.flags.Users == "everybody" {
		return w, nil
	}
	u := &used{Workload: w, users: e.flags.Users, whole: float64(e.rate) * e.flags.For.Seconds(), number: map[string]int{}, at: make([][]int, len(e.edges))}
	for i, name := range w.Objects() {
		u.number[name] = i
	}
	for i := range e.edges {
		u.office = append(u.office, i)
	}
	for client, edge := range loadgen.Spread(e.weighted(), w.Clients()) {
		u.at[edge] = append(u.at[edge], client)
	}
	for i, clients := range u.at {
		if len(clients) == 0 {
			return nil, badUsage(fmt.Errorf("--users %s: of %d clients none is at %s: want more clients, or fewer edges", u.users, w.Clients(), e.edges[i]))
		}
	}
	slices.SortFunc(u.office, func(a, b int) int { return e.west(a, b) })
	return u, nil
}

// west orders edges by longitude.
func (e *experiment) west(a, b int) int {
	lon := func(i int) float64 {
		p, err := e.places.Place(string(e.edges[i]))
		if err != nil {
			panic("durabench: an edge that was resolved is unknown: " + err.Error())
		}
		return p.Point.Lon
	}
	switch x, y := lon(a), lon(b); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// Next is what the workload asks, from one of the object's users.
func (u *used) Next(seq uint64, random *rand.Rand) loadgen.Ask {
	ask := u.Workload.Next(seq, random)
	clients := u.at[u.edge(u.number[ask.Object], float64(seq)/u.whole, random)]
	ask.Client = clients[random.IntN(len(clients))]
	return ask
}

// edge is where the users of an object are when a share of the run has passed.
func (u *used) edge(object int, passed float64, random *rand.Rand) int {
	n := len(u.at)
	home := object % n
	switch u.users {
	case "sun": // the earth turns to the east, so work begins there and goes west
		third := min(2, int(passed*3))
		return u.office[(2-third)*(n-1)/2]
	case "mover":
		if passed >= 1.0/3 && n > 1 {
			return (home + 1 + object/n%(n-1)) % n
		}
		return home
	}
	if random.IntN(10) == 0 {
		return random.IntN(n)
	}
	return home
}

func (u *used) String() string {
	return u.Workload.String() + ", users: " + u.users
}

// onPaper is what the fast evaluation makes of the very accesses of a run, which
// began at an instant of its world's clock.
func (e *experiment) onPaper(ctx context.Context, s *seen) (*reports.Confirmed, error) {
	if e.flags.Confirm == "" {
		return nil, nil
	}
	table, rule, err := e.rule()
	if err != nil {
		return nil, fmt.Errorf("evaluate on paper: %w", err)
	}
	dawn := &atomic.Int64{}
	dawn.Store(s.began.UnixNano())
	rule = e.inOwnDay(rule, dawn)
	asked := slices.Clone(s.hearing.asked)
	for i := range asked {
		asked[i].At += time.Duration(s.began.UnixNano())
	}
	history, err := place.NewHistory(table, asked, e.directory, func(object string) uint64 { return placement.KeyOf(ownName(object)) })
	if err != nil {
		return nil, fmt.Errorf("evaluate on paper: %w", err)
	}
	result, err := place.Evaluate(ctx, history, place.Plan{
		Table: table, Rules: []placement.Rule{rule}, D: e.flags.Cost, Window: time.Hour, Workers: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("evaluate on paper: %w", err)
	}
	paper := paperOf(place.Compare("", "", []*place.Result{result}, place.Price{}), rule.String())
	paper.Finding = reports.Micros(history.Finding())
	return &reports.Confirmed{Users: e.flags.Confirm, Strategy: rule.String(), Paper: paper, Spent: s.hearing.spent.Spent()}, nil
}

// paperOf takes a strategy's row out of a comparison.
func paperOf(c place.Comparison, strategy string) (paper reports.OnPaper) {
	ms := func(v float64) reports.Micros { return reports.Micros(v * float64(time.Millisecond)) }
	for _, row := range c.Rows {
		if row.Strategy != strategy {
			continue
		}
		way := row.Cost.PerAccessMs.Center
		if row.Moves != nil {
			way -= row.Moves.CostMs
			paper.Moves = row.Moves.PerObject * float64(c.Objects)
		}
		paper.Way, paper.Moving = ms(way), ms(row.Latency.MeanMs-way)
	}
	return paper
}

// ownName is an object's name without the run's: chance goes by it, so that it falls
// alike in all worlds.
func ownName(object string) string {
	kind := strings.LastIndexByte(object, '-')
	return object[strings.LastIndexByte(object[:max(0, kind)], '-')+1:]
}

// setting is what the run's strategy is made for.
func (e *experiment) setting(t *placement.Table) placement.Setting {
	return placement.Setting{Table: t, D: e.flags.Cost, Seed: 1}
}

// rule reads the strategy.
func (e *experiment) rule() (*placement.Table, placement.Rule, error) {
	table, err := placement.NewTable(e.places, e.homes, nil)
	if err != nil {
		return nil, nil, err
	}
	rule, err := placement.ParseRule(e.flags.Place, e.setting(table))
	return table, rule, err
}

// parsePlace makes the strategy that a world asks.
func (e *experiment) parsePlace() error {
	if e.flags.Place == "help" {
		return errors.New("strategies:\n" + strategyList())
	}
	table, rule, err := e.rule()
	if err != nil {
		return err
	}
	e.within = placement.Jurisdiction(rule)
	if e.misplaced != nil && e.misplaced.Rule != nil {
		rule = e.misplaced.Rule(table, rule)
	}
	e.place = placement.BindAs(table, e.inOwnDay(rule, e.dawn), ownName)
	return nil
}

// allowed are the run's homes within its jurisdiction.
func (e *experiment) allowed() []regions.ID { return e.places.Allowed(e.within, e.homes) }

// borders is the jurisdiction that a world keeps its objects in. An outlaw's does not.
func (e *experiment) borders() regions.Jurisdiction {
	if e.misplaced != nil && e.misplaced.Rule != nil {
		return ""
	}
	return e.within
}
