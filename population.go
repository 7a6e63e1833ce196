package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
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

// asked is one access of a run, for the evaluation on paper.
type asked struct {
	at     time.Duration
	object string
	edge   regions.ID
}

// onPaper is what the fast evaluation makes of the very accesses of a run.
func (e *experiment) onPaper(ctx context.Context, accesses []asked) (*reports.Confirmed, error) {
	if e.flags.Confirm == "" {
		return nil, nil
	}
	slices.SortStableFunc(accesses, func(a, b asked) int { return cmp.Compare(a.at, b.at) })
	var trace bytes.Buffer
	trace.WriteString("time,object,edge\n")
	for _, a := range accesses {
		fmt.Fprintf(&trace, "%s,%s,%s\n", strconv.FormatFloat(a.at.Seconds(), 'f', 6, 64), a.object, a.edge)
	}
	table, err := placement.NewTable(e.places, e.homes, nil)
	if err != nil {
		return nil, fmt.Errorf("evaluate on paper: %w", err)
	}
	rule, err := placement.ParseRule(e.flags.Place, e.setting(table))
	if err != nil {
		return nil, fmt.Errorf("evaluate on paper: %w", err)
	}
	source, err := place.ReadTrace(strings.NewReader(trace.String()), place.TraceOptions{Name: e.name(), Table: table})
	if err != nil {
		return nil, fmt.Errorf("evaluate on paper: %w", err)
	}
	result, err := place.Evaluate(ctx, source.Sample(0, 1), place.Plan{
		Table: table, Rules: []placement.Rule{rule}, D: e.flags.Cost, Window: time.Hour, Workers: 1,
	})
	if err := errors.Join(err, source.Close()); err != nil {
		return nil, fmt.Errorf("evaluate on paper: %w", err)
	}
	return confirmed(e.flags.Confirm, rule.String(), place.Compare("", "", []*place.Result{result}, place.Price{})), nil
}

func confirmed(users, strategy string, c place.Comparison) *reports.Confirmed {
	for _, row := range c.Rows {
		if row.Strategy != strategy {
			continue
		}
		ms := func(v float64) reports.Micros { return reports.Micros(v * float64(time.Millisecond)) }
		paper := reports.OnPaper{Mean: ms(row.Latency.MeanMs), P50: ms(row.Latency.P50Ms), P99: ms(row.Latency.P99Ms)}
		if row.Moves != nil {
			paper.Moves = row.Moves.PerObject * float64(c.Objects)
		}
		return &reports.Confirmed{Users: users, Strategy: strategy, Paper: paper}
	}
	return nil
}

// setting is what the run's strategy is made for.
func (e *experiment) setting(t *placement.Table) placement.Setting {
	return placement.Setting{Table: t, D: e.flags.Cost, Seed: 1}
}

// parsePlace reads the strategy.
func (e *experiment) parsePlace(m *regions.Map) error {
	table, err := placement.NewTable(m, e.homes, nil)
	if err != nil {
		return err
	}
	rule, err := placement.ParseRule(e.flags.Place, e.setting(table))
	if err != nil {
		return err
	}
	e.place = placement.Bind(table, rule)
	return nil
}
