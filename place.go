package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/place"
)

// placeCmd is the verb place.
type placeCmd struct {
	Strategies []string `arg:"" optional:"" help:"Strategies to compare. Default: each of those listed above."`

	populationFlags
	traceFlags
	moveFlags
	outputFlags
}

// populationFlags say who uses the objects.
type populationFlags struct {
	Population []string      `help:"Who uses the objects: solo, team, world, script, sun, mover, hot, mix." default:"solo,team,world,script,sun,mover,hot,mix" placeholder:"KIND" group:"population"`
	Objects    int           `help:"Objects of each population and seed; hot has a hundredth of them." default:"1000" group:"population"`
	Rate       string        `help:"Accesses to the mean object: 20/d, 3/h, 10/m; hot has a hundred times as many." default:"20/d" group:"population"`
	For        time.Duration `help:"How long objects are used: whole days." default:"336h" group:"population"`
	Zipf       float64       `help:"Popularity: the nth object is asked n^-ZIPF as often as the first." default:"0.8" group:"population"`
	Size       string        `help:"Median size of an object: 100KB, 2MB." default:"100KB" group:"population"`
	Message    string        `help:"Bytes of a request and its reply." default:"2KB" group:"population"`
	Script     string        `help:"The place of the script that creates the objects of the population script." default:"IAD" placeholder:"PLACE" group:"population"`
	Seeds      int           `help:"Samples of each population, with seeds from --seed on; intervals are over them." default:"8" group:"population"`
	Seed       uint64        `help:"The first seed." default:"1" group:"population"`
}

// traceFlags say which accesses were recorded.
type traceFlags struct {
	Trace   string `help:"Instead of populations, the accesses in this file: CSV or lines of JSON (time, object, edge[, op, bytes]), gzipped or not, or observations.jsonl.gz of an earlier run." type:"existingfile" placeholder:"FILE" group:"trace"`
	Lenient bool   `help:"Count bad lines of a trace and skip them." group:"trace"`
	Save    string `help:"Write the accesses as a trace to this new file (CSV; gzipped if it ends in .gz) and stop: those of --trace, whatever its form, or of the first --population and seed." placeholder:"FILE" group:"trace"`
}

// moveFlags say where objects may live and what moving costs.
type moveFlags struct {
	Homes     []string      `help:"Places where objects may live. Default: all 32 that host any." placeholder:"PLACE" group:"cost"`
	Cost      float64       `help:"D: what a move costs, in round trips between the two homes." default:"20" group:"cost"`
	BytePrice float64       `help:"Price of a GB between regions, in dollars." default:"0.02" group:"cost"`
	Sweep     string        `help:"Show cost against the price of a move, for the last population: D=1..200." placeholder:"D=FROM..TO" group:"cost"`
	Window    time.Duration `help:"A move back within this time is an oscillation." default:"24h" group:"cost"`
	Every     int           `help:"Ask the clairvoyant about one object in so many; 0: never. Default: as many as a few seconds allow." default:"-1" placeholder:"N" group:"cost"`
}

// Help is what `durabench place --help` teaches.
func (placeCmd) Help() string {
	var b strings.Builder
	b.WriteString(`Where should objects live? Strategies side by side over populations of objects, against
the best that was possible: on paper, with base round trips and no queues.

  durabench place                                  all strategies, all populations
  durabench place first akkio:12h mtlm --population mix --sweep D=1..200
  durabench place jurisdiction:eu/first first --population team
  durabench place --trace accesses.csv.gz --cost 50
  durabench place --trace out/RUN/observations.jsonl.gz --save accesses.csv.gz
  durabench place --population mix --objects 10000000 --rate 100/14d --seeds 1    planet scale

Strategies:
`)
	for _, k := range placement.Kinds() {
		fmt.Fprintf(&b, "  %-22s %s\n", k.Form, k.What)
	}
	b.WriteString("  jurisdiction:J/STRATEGY  any of them within the homes of eu, us, fedramp or fedramp-high\n")
	return b.String()
}

// placing is the verb with its flags understood.
type placing struct {
	placeCmd
	console
	table   *placement.Table
	kinds   []place.Kind
	base    place.Population
	sweep   []float64
	bar     *progress
	samples int
}

// Run compares.
func (p placeCmd) Run(ctx context.Context, c console) error {
	m, err := regions.Load()
	if err != nil {
		return err
	}
	job := &placing{placeCmd: p, console: c}
	if err := job.understand(m); err != nil {
		return badUsage(err)
	}
	if p.Save != "" {
		return job.save()
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
		return err
	}
	return job.report(m, out, study, warnings)
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
		rules = append(rules, rule)
	}
	return rules, nil
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
	case p.Every < -1:
		return fmt.Errorf("--every %d: want 0 or more", p.Every)
	}
	p.sweep, err = parseSweep(p.Sweep)
	return flagError("sweep", err)
}

// parseSweep reads D=FROM..TO, as eight steps of equal ratio.
func parseSweep(text string) ([]float64, error) {
	if text == "" {
		return nil, nil
	}
	from, to, ok := strings.Cut(strings.TrimPrefix(text, "D="), "..")
	low, errLow := strconv.ParseFloat(from, 64)
	high, errHigh := strconv.ParseFloat(to, 64)
	if !ok || errLow != nil || errHigh != nil || !(low >= 0.5 && high > low && high <= 1e6) {
		return nil, fmt.Errorf("%q: want two prices from 0.5 to 1000000, as in D=1..200", text)
	}
	const steps = 8
	var all []float64
	for i := range steps {
		d := low * math.Pow(high/low, float64(i)/(steps-1))
		unit := math.Pow(10, math.Floor(math.Log10(d))-1)
		all = append(all, math.Round(d/unit)*unit)
	}
	all[0], all[steps-1] = low, high
	return slices.Compact(all), nil
}

func (p *placing) understandPopulations(m *regions.Map) error {
	size, err := parseBytes(p.Size)
	if err != nil {
		return flagError("size", err)
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
		Objects: p.Objects, PerDay: perDay, For: p.For, Zipf: p.Zipf, Bytes: size, Message: uint32(message), Script: script.ID, Seed: p.Seed,
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

// parseBytes reads 100, 100B, 100KB, 2MB, 1GB.
func parseBytes(text string) (int64, error) {
	number := strings.TrimRight(strings.ToUpper(strings.TrimSpace(text)), "BKMG")
	unit := map[string]float64{"": 1, "B": 1, "KB": 1e3, "K": 1e3, "MB": 1e6, "M": 1e6, "GB": 1e9, "G": 1e9}
	factor, ok := unit[strings.ToUpper(strings.TrimSpace(text))[len(number):]]
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(n >= 0 && n*factor < 1e15) {
		return 0, fmt.Errorf("%q: want bytes, such as 500, 100KB or 2MB", text)
	}
	return int64(n * factor), nil
}

// parsePerDay reads N/TIME: 20/d, 100/14d, 3/h, 10/m, 1/s.
func parsePerDay(text string) (float64, error) {
	number, per, ok := strings.Cut(strings.TrimSpace(text), "/")
	n, err := strconv.ParseFloat(number, 64)
	if ok && err == nil && per != "" {
		unit := map[byte]float64{'d': 1, 'h': 24, 'm': 24 * 60, 's': 24 * 3600}[per[len(per)-1]]
		count := 1.0
		if len(per) > 1 {
			count, err = strconv.ParseFloat(per[:len(per)-1], 64)
		}
		if err == nil && unit > 0 && count > 0 && n > 0 && n*unit/count <= 1e9 {
			return n * unit / count, nil
		}
	}
	return 0, fmt.Errorf("%q: want accesses per time, such as 20/d, 100/14d or 3/h", text)
}

// report writes the study like any other report, and prints it.
func (p *placing) report(m *regions.Map, out *output, study *place.Study, warnings []string) error {
	names := make(map[string]string)
	for _, e := range m.Edges() {
		names[string(e.ID)] = e.City
	}
	r := &reports.Report{
		Title: "Placement strategies", Program: "durabench", Args: append([]string{"place"}, withoutPlace(p.args)...),
		Conditions: p.conditions(), Warnings: warnings, Credits: m.Credits(), Places: names, Placement: study,
		When: reports.When{Started: out.started, Took: reports.Micros(time.Since(out.started))},
	}
	if err := reports.Write(out.dir, r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := reports.Terminal(p.stdout, r); err != nil {
		return fmt.Errorf("print summary: %w", err)
	}
	fmt.Fprintf(p.stdout, "\nReport: %s\n", filepath.Join(out.dir, "report.html"))
	return exitOf(r)
}

func (p *placing) conditions() reports.Conditions {
	c := reports.Conditions{}.
		With("durabench", strings.TrimSpace(version+" "+commit())).
		With("machine", machine()).
		With("distances", "measured round trips where there are, else a model of distance; base values, without jitter").
		With("homes", join(idsOf(p.table.Homes))).
		With("cost of a move", fmt.Sprintf("%v round trips between the two homes", p.Cost)).
		With("bytes between regions", fmt.Sprintf("$%v per GB", p.BytePrice)).
		With("home's capacity", "not limited: no queues")
	if p.Trace != "" {
		return c.With("trace", filepath.Base(p.Trace)+", objects split over "+strconv.Itoa(p.samples)+" samples")
	}
	return c.
		With("objects", fmt.Sprintf("%d of each population and seed", p.Objects)).
		With("rate", p.Rate+" for the mean object, popularity by n^-"+strconv.FormatFloat(p.Zipf, 'g', -1, 64)).
		With("for", p.For.String()).
		With("object size", p.Size+" in the median, log-normal with sigma 1; "+p.Message+" per access").
		With("seeds", fmt.Sprintf("%d to %d", p.Seed, p.Seed+uint64(p.Seeds)-1)).
		With("users", "where the world's Internet users are, by point of presence; active by their own clock")
}

// workers leaves no core idle.
func workers() int { return runtime.GOMAXPROCS(0) }
