package explore

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/virtual"
)

// World is what all experiments share.
type World struct {
	Map     *regions.Map
	Profile *virtual.Profile
	// Classes take turns. None is counter, chat and limiter, whose seeds have stories.
	Classes []string
}

func (w World) classes() []string {
	if len(w.Classes) == 0 {
		return []string{"counter", "chat", "limiter"}
	}
	return w.Classes
}

// Experiment is one small run. It is small so that hundreds fit into a minute, and
// its objects are few so that clients meet.
type Experiment struct {
	Seed         uint64
	Class        string
	Objects      int
	Members      int     // of each chat room
	Reads        float64 // share, of counters
	Rate         loadgen.Rate
	For          time.Duration
	Homes, Edges []regions.ID
	Cores        int
	Standby      bool
	Faults       fault.Schedule
}

// limit is small, so that limiters run out of tokens soon.
func limit() classes.Limit { return classes.Limit{Tokens: 20, Refill: 10 * time.Second} }

// ttl is short, so that sessions expire during a run.
const ttl = time.Second

// Draw makes the experiment of a seed. Classes take turns; everything else is
// random. With trouble, so is what goes wrong.
func Draw(w World, seed uint64, trouble bool) Experiment {
	r := rand.New(rand.NewPCG(seed, 0x0ddba11))
	all := w.classes()
	e := Experiment{
		Seed: seed, Class: all[seed%uint64(len(all))], Objects: 1 + r.IntN(4),
		Rate: loadgen.Rate(20 + 80*r.Float64()), For: time.Duration(8+r.IntN(9)) * time.Second,
		Homes: some(r, w.Map.DefaultHomes(), 1+r.IntN(2)), Edges: some(r, w.Map.DefaultEdges(), 2+r.IntN(3)),
		Cores: 1 + r.IntN(2), Standby: r.IntN(4) > 0,
	}
	switch e.Class {
	case "counter":
		e.Reads = 0.3 + 0.4*r.Float64()
		if r.IntN(3) > 0 {
			// Hardly a write by which to notice that a session is dead, and objects
			// enough to read that have none under way.
			e.Reads, e.Objects, e.Rate = 0.95, 12, 3*e.Rate
			e.Standby, e.Homes = true, e.Homes[:1]
		}
	case "account":
		e.Reads = 0.3
	case "session":
		e.Objects = 4 + r.IntN(30)
	case "chat", "document":
		e.Members = 3 + r.IntN(5)
		e.Rate /= 4
		if r.IntN(3) == 0 { // so quiet that rooms hibernate
			e.Rate, e.For = loadgen.Rate(0.1*float64(e.Objects)), 2*time.Minute
		}
	}
	if e.Standby {
		e.Cores = 1
	}
	if trouble {
		e.Faults = fault.Random(r, e.Homes, e.Edges, e.For)
	}
	return e
}

// some draws n different places.
func some(r *rand.Rand, from []regions.Place, n int) []regions.ID {
	var drawn []regions.ID
	for _, at := range r.Perm(len(from))[:n] {
		drawn = append(drawn, from[at].ID)
	}
	return drawn
}

// String says what the experiment is, in a line.
func (e Experiment) String() string {
	text := fmt.Sprintf("seed %d: %d %ss, %.3g/s for %s, homes %s, edges %s, %d cores", e.Seed, e.Objects, e.Class, float64(e.Rate), e.For, e.Homes, e.Edges, e.Cores)
	if e.Standby {
		text += ", nodes that stand by"
	}
	if len(e.Faults) > 0 {
		text += ": " + e.Faults.String()
	}
	return text
}

// As the command has them, so that its line gives the same history.
const (
	clients = 16
	warm    = 8
)

func (e Experiment) senders() int { return min(3, e.Members) }

// Args is the line of durabench that gives the same history, and the verdicts of its class.
func (e Experiment) Args() []string {
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	args := []string{
		"run", "--engine=virtual", "--class=" + e.Class, fmt.Sprintf("--seed=%d", e.Seed),
		fmt.Sprintf("--objects=%d", e.Objects), "--rate=" + number(float64(e.Rate)) + "/s", "--for=" + e.For.String(),
		"--homes=" + list(e.Homes), "--edges=" + list(e.Edges), fmt.Sprintf("--cores=%d", e.Cores), "--least=1",
	}
	args = append(args, e.ofClass()...)
	if e.Standby {
		args = append(args, "--standby")
	}
	for _, f := range e.Faults {
		args = append(args, "--fault="+f.String())
	}
	return args
}

// ofClass are the flags that runs of other classes refuse.
func (e Experiment) ofClass() []string {
	if e.Members > 0 {
		return []string{fmt.Sprintf("--members=%d", e.Members), fmt.Sprintf("--senders=%d", e.senders())}
	}
	args := []string{fmt.Sprintf("--clients=%d", clients)}
	switch e.Class {
	case "counter", "account":
		args = append(args, "--reads="+strconv.FormatFloat(e.Reads, 'g', -1, 64))
	case "limiter":
		args = append(args, fmt.Sprintf("--limit=%d/%s", limit().Tokens, limit().Refill))
	case "session":
		args = append(args, "--ttl="+ttl.String())
	}
	return args
}

// Command is Args as one types them into a shell.
func (e Experiment) Command() string {
	args := e.Args()
	for i, a := range args {
		if strings.ContainsAny(a, " |'") {
			args[i] = "'" + a + "'"
		}
	}
	return "go run . " + strings.Join(args, " ")
}

func list(places []regions.ID) string {
	names := make([]string, len(places))
	for i, id := range places {
		names[i] = string(id)
	}
	return strings.Join(names, ",")
}

// config is the virtual world of an experiment.
func (e Experiment) config(w World) (virtual.Config, error) {
	source, err := workload.New(e.Class, workload.Options{
		Run: "v", Clients: clients, Objects: e.Objects, Reads: e.Reads, Members: e.Members, Senders: e.senders(), TTL: ttl,
	})
	if err != nil {
		return virtual.Config{}, err
	}
	c := virtual.Config{
		Map: w.Map, Homes: e.Homes, Edges: e.Edges, Directory: e.Homes[0],
		Place: placement.FirstRequest{Map: w.Map}, Jitter: regions.Backbone(), Seed: e.Seed,
		Classes: []object.Class{
			classes.Counter(), classes.Chat(), classes.Limiter(limit()), classes.Account(classes.DefaultBank(), classes.Batched), classes.Session(ttl), classes.Document(),
		},
		Cores: e.Cores, Warm: warm, Profile: w.Profile,
		Source: source, Schedule: loadgen.Poisson(e.Rate, e.Seed), For: e.For,
		Faults: e.Faults, Standby: e.Standby, Log: slog.New(slog.DiscardHandler),
	}
	if chat, ok := source.(workload.Peopled); ok {
		c.Members = chat.Members()
	}
	return c, nil
}
