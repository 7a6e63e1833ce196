package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/live"
	"github.com/durabench/durabench/sim/plant"
	"github.com/durabench/durabench/sim/plant/moving"
)

// runFlags say what one experiment is. A suite is lines of them.
type runFlags struct {
	Name   string `help:"What reports call the run. Default: made of class and load." placeholder:"NAME"`
	Engine string `help:"live: a running system in real time. virtual: the same objects in virtual time, repeatable from the seed, without a database. both: one after the other, and how far they differ." enum:"live,virtual,both" default:"live"`

	Class    string        `help:"Class of the objects: ${classes}." default:"counter" group:"load"`
	Rate     string        `help:"Operations (chat: messages, document: edits) per second that all clients together send, on schedule, whether or not answers come: 200/s, 30/m." default:"200/s" group:"load"`
	For      time.Duration `help:"How long load is sent." default:"15s" group:"load"`
	Clients  int           `help:"Clients; each belongs to an edge, in proportion to the users that live there. Default: 64." placeholder:"N" group:"load"`
	Objects  int           `help:"Objects: counters, limiter keys, chat rooms, banks, sessions or documents. One counter is the hot-spot case. Default: 1; limiter: 8; session: see --ttl." placeholder:"N" group:"load"`
	Reads    float64       `help:"Counter, account: share of operations that only read." default:"0.2" group:"load"`
	Members  int           `help:"Chat, document: members of each, spread over the edges. Default: 10." placeholder:"N" group:"load"`
	Senders  int           `help:"Chat, document: members of each that send or write. Default: 4." placeholder:"N" group:"load"`
	Limit    string        `help:"Limiter: tokens per time to fill the bucket." default:"100/1m" group:"load"`
	Accounts int           `help:"Account: accounts in each object." default:"16" group:"load"`
	Puts     string        `help:"Account: how a transfer writes its three keys: batched, single (a put each, in one turn) or synced (each durable before the next)." enum:"batched,single,synced" default:"batched" group:"load"`
	TTL      time.Duration `help:"Session: how long one outlives its last access. Without --objects there are as many that half expire between bursts." name:"ttl" default:"5s" group:"load"`
	Arrivals string        `help:"Spacing of operations: poisson (random) or constant." enum:"poisson,constant" default:"poisson" group:"load"`

	Handler time.Duration `help:"Virtual: how much longer every handler takes." group:"load"`

	Homes     []string `help:"Places where objects may live: IATA codes or hints (weur, apac …). Default: LHR,IAD,SJC,SIN,NRT,SYD." placeholder:"PLACE" group:"world"`
	Edges     []string `help:"Places where users are. Default: the homes and FRA,GRU,JNB,LOS,DXB,BOM." placeholder:"PLACE" group:"world"`
	Place     string   `help:"Where objects are made, and whether they move while they are used: ${strategies}. first is the home nearest to the first caller. Give volley a period shorter than the run, as volley:2s; with --users sun, the day of sun is the run." default:"first" group:"world"`
	Directory string   `help:"The place of the directory that knows every object's home. Default: the first home." placeholder:"PLACE" group:"world"`
	Jitter    string   `help:"Variation of the delays: backbone or off." default:"backbone" group:"world"`
	Cores     int      `help:"Database sessions of each home." default:"1" group:"world"`

	Primitive string        `help:"What the Workers ask: do (the object), or in virtual time a model of kv, d1, r2, or do+kv (writes to the object, reads through KV)." enum:",do,kv,d1,r2,do+kv" default:"" placeholder:"NAME" group:"primitive"`
	Variant   string        `help:"How the Worker is written, such as read-modify-write. Default: the usual way." placeholder:"NAME" group:"primitive"`
	Poll      time.Duration `help:"Chat on a primitive that pushes nothing: how often each member asks for news." default:"2s" group:"primitive"`

	usersFlags

	Curve string `help:"Make the run a point of this curve of offered against delivered load." placeholder:"NAME" group:"study"`
	Claim string `help:"Make the run part of the evidence for a claim." placeholder:"NAME" group:"study"`

	Fault []string `help:"What goes wrong, and when: 'partition weur|enam at 10s for 5s', 'slow FRA|LHR by 80ms at 5s for 10s', 'kill LHR at 3s for 2s', 'pause …', 'clock LHR by +500ms at 5s', 'postgres down at 5s for 10s', 'ack late by 200ms …', 'ack lost at 4s', 'session LHR killed at 5s'. May be given several times." sep:"none" placeholder:"FAULT" group:"faults"`

	Standby bool `help:"Virtual: each home has a second node, which takes the slots that the first one loses; that needs one core." group:"faults"`

	Seed  uint64 `help:"Seed of everything random: schedule, operations, jitter." default:"1" group:"judging"`
	Least int    `help:"Evidence below which a run is void: answered operations, or deliveries." default:"50" group:"judging"`
	Plant string `help:"Plant a bug on purpose, to see that its law catches it (durabench run --plant help lists them)." placeholder:"BUG" group:"judging"`
}

// experiment is a run whose flags have been understood.
type experiment struct {
	flags     runFlags
	args      []string // that make it again
	rate      loadgen.Rate
	limit     classes.Limit
	places    *regions.Map
	homes     []regions.ID
	edges     []regions.ID
	directory regions.ID
	place     placement.Strategy
	jitter    regions.Jitter
	within    regions.Jurisdiction // that the strategy limits objects to; may be none
	bug       *plant.Bug
	misplaced *moving.Bug // a bug of moves
	faults    fault.Schedule
	dawn      *atomic.Int64 // when the load of the world at hand began, in nanoseconds since 1970
}

// understand checks all flags and resolves their names. Its errors name the flag.
func (f runFlags) understand(m *regions.Map, args []string) (*experiment, error) {
	e := &experiment{flags: f, args: args, places: m, dawn: &atomic.Int64{}}
	if !slices.Contains(workload.Classes(), f.Class) {
		_, err := workload.New(f.Class, workload.Options{})
		return nil, fmt.Errorf("--class: %w", err)
	}
	if err := f.checkNumbers(); err != nil {
		return nil, err
	}
	return e, errors.Join(
		flagError("rate", e.parseRate()),
		flagError("limit", e.understandLimit()),
		flagError("plant", e.findBug()),
		e.resolvePlaces(m),
		flagError("fault", e.parseFaults(m)),
		f.checkPrimitive(),
		f.checkClaim(),
		f.checkUsers(),
	)
}

func flagError(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("--%s: %w", flag, err)
}

func (f runFlags) checkNumbers() error {
	switch {
	case f.For < time.Millisecond || f.For > 24*time.Hour:
		return fmt.Errorf("--for %s: want a time from 1ms to 24h", f.For)
	case f.Reads < 0 || f.Reads > 1 || math.IsNaN(f.Reads):
		return fmt.Errorf("--reads %v: want a share from 0 to 1", f.Reads)
	case f.Cores < 1 || f.Cores > 64:
		return fmt.Errorf("--cores %d: want 1 to 64", f.Cores)
	case f.Handler < 0 || f.Handler > time.Minute:
		return fmt.Errorf("--handler %s: want 0 to 1m", f.Handler)
	case f.Standby && f.Engine != "virtual":
		return errors.New("--standby: only the virtual world has nodes that stand by; it needs --engine virtual")
	case f.Standby && f.Cores != 1:
		return fmt.Errorf("--standby with --cores %d: nodes that stand by for each other have one core", f.Cores)
	case f.Handler > 0 && f.Engine != "virtual":
		return errors.New("--handler is charged in virtual time: it needs --engine virtual")
	case f.Accounts < 2 || f.Accounts > 1000:
		return fmt.Errorf("--accounts %d: want 2 to 1000", f.Accounts)
	case f.TTL < 10*time.Millisecond || f.TTL > 24*time.Hour:
		return fmt.Errorf("--ttl %s: want a time from 10ms to 24h", f.TTL)
	case f.Least < 1:
		return fmt.Errorf("--least %d: want 1 or more", f.Least)
	}
	for _, flag := range []struct {
		name  string
		value int
	}{{"clients", f.Clients}, {"objects", f.Objects}, {"members", f.Members}, {"senders", f.Senders}} {
		if flag.value < 0 || flag.value > 1_000_000 {
			return fmt.Errorf("--%s %d: want 1 to 1000000", flag.name, flag.value)
		}
	}
	return nil
}

func (e *experiment) parseRate() (err error) {
	e.rate, err = loadgen.ParseRate(e.flags.Rate)
	if err == nil && float64(e.rate)*e.flags.For.Seconds() < 1 {
		return fmt.Errorf("%s: in %v that is not one operation", e.flags.Rate, e.flags.For)
	}
	return err
}

func (e *experiment) understandLimit() (err error) {
	e.limit, err = parseLimit(e.flags.Limit)
	return err
}

// parseLimit reads TOKENS/TIME.
func parseLimit(text string) (classes.Limit, error) {
	tokens, refill, ok := strings.Cut(text, "/")
	n, err := strconv.Atoi(tokens)
	if !ok || err != nil || n < 1 {
		return classes.Limit{}, fmt.Errorf("%q: want tokens per time to fill, such as 100/1m", text)
	}
	if refill == "s" || refill == "m" || refill == "h" {
		refill = "1" + refill
	}
	d, err := time.ParseDuration(refill)
	if err != nil || d < time.Millisecond {
		return classes.Limit{}, fmt.Errorf("%q: %q is no time, want 1m, 10s …", text, refill)
	}
	return classes.Limit{Tokens: n, Refill: d}, nil
}

func (e *experiment) resolvePlaces(m *regions.Map) (err error) {
	e.homes, e.edges = idsOf(m.DefaultHomes()), idsOf(m.DefaultEdges())
	if len(e.flags.Homes) > 0 {
		if e.homes, err = resolve(e.flags.Homes, m.Home); err != nil {
			return flagError("homes", err)
		}
	}
	if len(e.flags.Edges) > 0 {
		if e.edges, err = resolve(e.flags.Edges, m.Place); err != nil {
			return flagError("edges", err)
		}
	}
	e.directory = e.homes[0]
	if e.flags.Directory != "" {
		at, err := m.Place(e.flags.Directory)
		if err != nil {
			return flagError("directory", err)
		}
		e.directory = at.ID
	}
	if err := e.parsePlace(); err != nil {
		return flagError("place", err)
	}
	if err := e.checkStrategy(); err != nil {
		return err
	}
	e.jitter, err = regions.ParseJitter(e.flags.Jitter)
	return flagError("jitter", err)
}

func idsOf(places []regions.Place) []regions.ID {
	ids := make([]regions.ID, len(places))
	for i, p := range places {
		ids[i] = p.ID
	}
	return ids
}

func resolve(names []string, find func(string) (regions.Place, error)) ([]regions.ID, error) {
	var ids []regions.ID
	for _, name := range names {
		place, err := find(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if slices.Contains(ids, place.ID) {
			return nil, fmt.Errorf("%s is named twice", place.ID)
		}
		ids = append(ids, place.ID)
	}
	return ids, nil
}

func (e *experiment) parseFaults(m *regions.Map) (err error) {
	if e.faults, err = fault.Parse(e.flags.Fault...); err != nil {
		return err
	}
	if _, err := e.faults.Bind(fault.World{Map: m, Homes: e.homes, Edges: e.edges}); err != nil {
		return err
	}
	if e.isLive() {
		return live.Available(e.faults)
	}
	return nil
}

// spans are the faults as the report shades them on the time axis.
func (e *experiment) spans() []reports.Span {
	var spans []reports.Span
	for _, s := range e.faults.Spans() {
		spans = append(spans, reports.Span{Name: s.Name, From: reports.Micros(s.From), To: reports.Micros(s.To)})
	}
	return spans
}

// name is what reports call the run.
func (e *experiment) name() string {
	if e.flags.Name != "" {
		return e.flags.Name
	}
	name := e.flags.Class + " " + e.rate.String() + " " + e.place.String()
	if !e.isObject() {
		name = strings.TrimSpace(e.flags.Class + " on " + e.flags.Primitive + " " + e.flags.Variant)
	}
	if e.flags.Plant != "" {
		name += " with " + e.flags.Plant
	}
	return name
}

func classNames() string { return strings.Join(workload.Classes(), ", ") }

// strategyList explains what --place and place take, in lines.
func strategyList() string {
	var lines []string
	for _, k := range placement.Kinds() {
		lines = append(lines, fmt.Sprintf("  %-22s %s", k.Form, k.What))
	}
	laws := regions.Jurisdictions()
	last := len(laws) - 1
	lines = append(lines, "  jurisdiction:J/STRATEGY  any of them within the homes of "+strings.Join(laws[:last], ", ")+" or "+laws[last])
	return strings.Join(lines, "\n")
}

// strategyForms are how strategies are written.
func strategyForms() string { return strings.Join(placement.Forms(), ", ") }
