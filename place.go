package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/place"
	"github.com/durabench/durabench/sim/plant/moving"
)

// placeCmd is the verb place.
type placeCmd struct {
	Strategies []string `arg:"" optional:"" help:"Strategies to compare. Default: each of those listed above."`

	populationFlags
	traceFlags
	moveFlags
	outputFlags

	Plant string `help:"Plant a bug on purpose, to see that it is found: outlaw ignores the jurisdiction of a strategy." placeholder:"BUG" group:"judging"`
}

// Help is what `durabench place --help` teaches.
func (placeCmd) Help() string {
	var b strings.Builder
	b.WriteString(`Where should objects live? Strategies side by side over populations of objects, against
the best that was possible: on paper, with base round trips and no queues.

  durabench place                                  all strategies, all populations
  durabench place first akkio:12h mtlm --population mix --sweep D=1..200 --sweep price=0.01..0.2
  durabench place jurisdiction:eu/first first --population team
  durabench place --trace accesses.csv.gz --cost 50
  durabench place --trace out/RUN/observations.jsonl.gz --save accesses.csv.gz
  durabench place --population mix --objects 10000000 --rate 100/14d --seeds 1    planet scale

Populations:
`)
	for _, kind := range place.Order() {
		fmt.Fprintf(&b, "  %-22s %s\n", kind, place.Kinds()[kind])
	}
	b.WriteString(`
Strategies:
` + strategyList() + `

Rows are sorted by regret: what round trips and moves cost above the best home of each object
that never moves. A winner is named only where the intervals over samples do not overlap. A
trace names edges by airport codes: see durabench regions --all. An interrupt ends the work;
populations that are done are reported, and the exit code is 3.
`)
	return b.String()
}

// placing is the verb with its flags understood.
type placing struct {
	placeCmd
	console
	table   *placement.Table
	kinds   []place.Kind
	base    place.Population
	sweep   sweeps
	copied  float64 // bytes per second, while an object moves; 0: any number at once
	bar     *progress
	samples int
	cut     bool       // an interrupt left something out, and the report says what
	notes   []string   // what is missing in the report, and why
	bug     moving.Bug // its zero value changes nothing
}

// Run compares.
func (p placeCmd) Run(ctx context.Context, c console) error {
	m, err := regions.Load()
	if err != nil {
		return err
	}
	if err := p.check(c.given); err != nil {
		return badUsage(err)
	}
	job := &placing{placeCmd: p, console: c}
	if err := job.understand(m); err != nil {
		return badUsage(err)
	}
	if p.Save != "" {
		return job.save(ctx)
	}
	out, err := p.outputFlags.create("place", time.Now())
	if err != nil {
		return err
	}
	job.bar = c.newProgress("place")
	study, warnings, err := job.study(ctx)
	job.bar.stop()
	out.discard() // of a comparison on paper there is nothing to observe
	if err != nil {
		return job.stoppedBy(err)
	}
	if err := job.report(m, out, study, warnings); err != nil || !job.cut {
		return err
	}
	return failure{code: exitNotRun}
}

func (p *placing) understand(m *regions.Map) (err error) {
	homes := idsOf(m.Homes())
	if len(p.Homes) > 0 {
		if homes, err = resolve(p.Homes, m.Home); err != nil {
			return flagError("homes", err)
		}
	}
	if p.table, err = placement.NewTable(m, homes, nil); err != nil {
		return flagError("homes", err)
	}
	if err := p.checkCosts(); err != nil {
		return err
	}
	if len(p.Strategies) == 0 {
		p.Strategies = p.everyStrategy()
	}
	if err := p.findBug(); err != nil {
		return err
	}
	if _, err := p.rules(p.Cost, p.Seed); err != nil {
		return err
	}
	return p.understandPopulations(m)
}

// everyStrategy is each kind once. The fixed home is the one that most users would choose together.
func (p *placing) everyStrategy() []string {
	var all []string
	for _, k := range placement.Kinds() {
		if k.Name == "fixed" {
			all = append(all, "fixed:"+string(p.median()))
			continue
		}
		all = append(all, k.Name)
	}
	return all
}

// median is the home with the least mean round trip to the world's users.
func (p *placing) median() regions.ID {
	best, least := regions.ID(""), math.Inf(1)
	for h, home := range p.table.Homes {
		sum := 0.0
		for e, edge := range p.table.Edges {
			sum += edge.Weight * float64(p.table.RTT(placement.Edge(e), placement.Home(h)))
		}
		if sum < least {
			best, least = home.ID, sum
		}
	}
	return best
}

// rules are the strategies for a price of moves.
func (p *placing) rules(d float64, seed uint64) ([]placement.Rule, error) {
	var rules []placement.Rule
	seen := map[string]bool{}
	for _, text := range p.Strategies {
		rule, err := placement.ParseRule(text, placement.Setting{Table: p.table, D: d, Seed: seed})
		if err != nil {
			return nil, err
		}
		if seen[rule.String()] {
			return nil, fmt.Errorf("strategy %s is named twice", rule)
		}
		seen[rule.String()] = true
		if p.bug.Rule != nil {
			rule = p.bug.Rule(p.table, rule)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// findBug finds what is to be planted, which takes a law that it breaks.
func (p *placing) findBug() error {
	if p.Plant == "" {
		return nil
	}
	var found bool
	p.bug, found = moving.Find(p.Plant)
	switch {
	case !found || p.bug.Rule == nil:
		return fmt.Errorf("--plant %s: the one bug to plant on paper is outlaw", p.Plant)
	case !slices.ContainsFunc(p.Strategies, func(s string) bool { return strings.HasPrefix(s, "jurisdiction:") }):
		return fmt.Errorf("--plant %s: want a strategy in a jurisdiction, such as jurisdiction:eu/mtlm", p.Plant)
	}
	return nil
}

func (p *placing) checkCosts() (err error) {
	switch {
	case !(p.Cost >= 0.5 && p.Cost <= 1e6):
		return fmt.Errorf("--cost %v: want round trips from 0.5 to 1000000", p.Cost)
	case !(p.BytePrice >= 0 && p.BytePrice <= 1e6):
		return fmt.Errorf("--byte-price %v: want dollars from 0 to 1000000", p.BytePrice)
	case p.Window <= 0:
		return fmt.Errorf("--window %s: want more than nothing", p.Window)
	case p.Seeds < 1 || p.Seeds > 1000:
		return fmt.Errorf("--seeds %d: want 1 to 1000", p.Seeds)
	}
	p.sweep, err = parseSweeps(p.Sweep)
	return flagError("sweep", err)
}

func (p *placing) understandPopulations(m *regions.Map) error {
	size, err := parseBytes(p.Size)
	if err != nil {
		return flagError("size", err)
	}
	if p.copied, err = parseCopy(p.Copy, size); err != nil {
		return flagError("copy", err)
	}
	message, err := parseBytes(p.Message)
	if err != nil || message > math.MaxUint32 {
		return fmt.Errorf("--message %q: want bytes below 4GB", p.Message)
	}
	perDay, err := parsePerDay(p.Rate)
	if err != nil {
		return flagError("rate", err)
	}
	script, err := m.Place(p.Script)
	if err != nil {
		return flagError("script", err)
	}
	p.base = place.Population{
		Objects: p.Objects, PerDay: perDay, For: time.Duration(p.For), Zipf: p.Zipf, Bytes: size, Message: uint32(message), Script: script.ID, Seed: p.Seed,
	}
	for _, name := range p.Population {
		kind, err := place.ParseKind(name)
		if err != nil {
			return flagError("population", err)
		}
		if slices.Contains(p.kinds, kind) {
			return fmt.Errorf("--population: %s is named twice", kind)
		}
		p.kinds = append(p.kinds, kind)
	}
	if len(p.kinds) == 0 {
		return errors.New("--population: none is named")
	}
	return p.base.Check()
}

// workers leaves no core idle.
func workers() int { return runtime.GOMAXPROCS(0) }
