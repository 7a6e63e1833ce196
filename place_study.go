package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/sim/place"
)

// testedAccesses is how many accesses of a sample the clairvoyant is asked about, unless told: a second's work.
const testedAccesses = 150_000

// traceSamples are what a trace is split into, by object.
const traceSamples = 8

// study compares all that was asked for.
func (p *placing) study(ctx context.Context) (*place.Study, []string, error) {
	s := &place.Study{D: p.Cost, Copy: p.copied, USDPerGB: p.BytePrice, WindowS: time.Duration(p.Window).Seconds(), Seeds: p.Seeds}
	if p.Trace != "" {
		warnings, err := p.trace(ctx, s)
		return s, warnings, err
	}
	p.samples = p.Seeds
	s.Confidence = place.Confidence(s.Seeds)
	for i, kind := range p.kinds {
		p.bar.say(fmt.Sprintf("%s, D = %v", kind, p.Cost))
		c, err := p.population(ctx, kind, p.Cost)
		if ctx.Err() != nil && i > 0 {
			p.cut = true
			return s, append(p.doubts(s), fmt.Sprintf("interrupted: %d of %d populations were not compared", len(p.kinds)-i, len(p.kinds))), nil
		}
		if err != nil {
			return nil, nil, err
		}
		s.Comparisons = append(s.Comparisons, c)
	}
	last := p.kinds[len(p.kinds)-1]
	warnings, err := p.along(ctx, s, string(last), func(d float64) (place.Comparison, error) { return p.population(ctx, last, d) })
	return s, append(p.doubts(s), warnings...), err
}

// along repeats a comparison for each price of a move in the sweep, and says so if an interrupt left some out. The price of
// bytes changes nothing but what they cost: no strategy knows it.
func (p *placing) along(ctx context.Context, s *place.Study, name string, compare func(d float64) (place.Comparison, error)) (warnings []string, err error) {
	if len(p.sweep.prices) > 0 {
		s.Prices = place.PricesOf(&s.Comparisons[len(s.Comparisons)-1], p.sweep.prices)
	}
	for i, d := range p.sweep.d {
		c, err := compare(d)
		if ctx.Err() != nil {
			p.cut = true
			return []string{fmt.Sprintf("interrupted: %d of %d prices of the sweep were not compared", len(p.sweep.d)-i, len(p.sweep.d))}, nil
		}
		if err != nil {
			return nil, err
		}
		if i == 0 {
			s.Sweep = &place.Sweep{Population: name}
		}
		s.Sweep.D = append(s.Sweep.D, d)
		s.Sweep.Add(p.Strategies, c.Rows)
	}
	return nil, nil
}

// population compares over one kind, seed by seed.
func (p *placing) population(ctx context.Context, kind place.Kind, d float64) (place.Comparison, error) {
	var results []*place.Result
	var unused []string // seeds
	every := 0
	for i := range p.Seeds {
		population := p.base
		population.Kind, population.Seed = kind, p.Seed+uint64(i)
		source, err := population.Source(p.table)
		if err != nil {
			return place.Comparison{}, badUsage(err)
		}
		plan, err := p.plan(d, population.Seed, population.Expected())
		if err != nil {
			return place.Comparison{}, err
		}
		plan.Progress = p.showing(fmt.Sprintf("%s, D = %v, seed %d", kind, d, population.Seed))
		result, err := place.Evaluate(ctx, source, plan)
		if errors.Is(err, place.ErrEmpty) && len(unused) < p.Seeds-1 {
			unused = append(unused, strconv.FormatUint(population.Seed, 10))
			continue
		}
		if errors.Is(err, place.ErrEmpty) {
			return place.Comparison{}, fmt.Errorf("population %s: there are no accesses: nobody asks for any of its objects, --objects %d, each asked %s on average, --for %s: raise one of --rate, --for and --objects",
				kind, p.Objects, p.Rate, p.For)
		}
		if err != nil {
			return place.Comparison{}, fmt.Errorf("population %s: %w", kind, err)
		}
		results, every = append(results, result), plan.Every
	}
	if n := len(results); len(unused) > 0 {
		p.note("population %s: nobody asks for any of its objects with --seed %s, so it has %d of %d samples",
			kind, strings.Join(unused, ", "), n, p.Seeds)
	}
	c := p.compared(string(kind), place.Kinds()[kind], results, every)
	population := p.base
	population.Kind = kind
	c.Drawn = population.Drawn()
	return c, nil
}

// compared puts results together, and notes what the clairvoyant was not asked.
func (p *placing) compared(name, what string, results []*place.Result, every int) place.Comparison {
	c := place.Compare(name, what, results, place.Price{USDPerGB: p.BytePrice})
	if every > 0 && c.Tested == 0 && c.Untold == 0 {
		p.note("%s: the clairvoyant was asked about none of %d objects, so there is no ratio to it: one in %d was to be in its sample, and none fell into it; --every 1 asks about all",
			name, c.Objects, every)
	}
	return c
}

// note keeps what the report has to say, once.
func (p *placing) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(p.notes, text) {
		p.notes = append(p.notes, text)
	}
}

func (p *placing) plan(d float64, seed uint64, accesses float64) (place.Plan, error) {
	rules, err := p.rules(d, seed)
	every := p.Every
	if every < 0 {
		every = max(1, int(math.Ceil(accesses/testedAccesses)))
	}
	return place.Plan{Table: p.table, Rules: rules, D: d, Copy: p.copied, Window: time.Duration(p.Window), Every: every, Workers: workers()}, err
}

// showing tells the progress what is being done, and how far it is.
func (p *placing) showing(what string) func(done, of int) {
	return func(done, of int) {
		p.bar.mu.Lock()
		p.bar.phase = fmt.Sprintf("%s: %d %%", what, 100*done/of)
		p.bar.mu.Unlock()
	}
}

// trace compares over what was recorded.
func (p *placing) trace(ctx context.Context, s *place.Study) (warnings []string, err error) {
	p.bar.say("reading " + p.Trace)
	trace, err := p.readTrace(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, trace.Close()) }()
	if trace.Skipped.Lines > 0 {
		warnings = append(warnings, fmt.Sprintf("%d of %d lines of the trace were skipped; the first of each kind: %s",
			trace.Skipped.Lines, trace.Skipped.Lines+trace.N, strings.Join(trace.Skipped.Examples, "; ")))
	}
	if trace.Skipped.Lost > 1 {
		warnings = append(warnings, fmt.Sprintf("%d lines of the trace were left out because of line %d alone: they are earlier, and if its time is wrong, they are not",
			trace.Skipped.Lost, trace.Skipped.Behind))
	}
	c, err := p.recorded(ctx, trace, p.Cost)
	if err != nil {
		return nil, err
	}
	s.Comparisons, s.Seeds = append(s.Comparisons, c), p.samples
	s.Confidence = place.Confidence(s.Seeds)
	unswept, err := p.along(ctx, s, c.Name, func(d float64) (place.Comparison, error) { return p.recorded(ctx, trace, d) })
	return slices.Concat(warnings, p.doubts(s), unswept), err
}

// recorded compares over the samples of a trace; those that few objects left empty do not count.
func (p *placing) recorded(ctx context.Context, trace *place.Trace, d float64) (place.Comparison, error) {
	var results []*place.Result
	every := 0
	for i := range traceSamples {
		plan, err := p.plan(d, p.Seed, float64(trace.N)/traceSamples)
		if err != nil {
			return place.Comparison{}, err
		}
		plan.Progress = p.showing(fmt.Sprintf("trace, D = %v, sample %d of %d", d, i+1, traceSamples))
		result, err := place.Evaluate(ctx, trace.Sample(i, traceSamples), plan)
		if errors.Is(err, place.ErrEmpty) {
			continue
		}
		if err != nil {
			return place.Comparison{}, err
		}
		results, every = append(results, result), plan.Every
	}
	p.samples = len(results)
	return p.compared("trace", "accesses of "+filepath.Base(p.Trace), results, every), nil
}

// doubts are warnings about a study as a whole, and what is missing in it.
func (p *placing) doubts(s *place.Study) []string {
	if s.Seeds > 1 && s.Seeds < place.Fewest {
		return append([]string{fmt.Sprintf("%d samples name no winner; it takes %d", s.Seeds, place.Fewest)}, p.notes...)
	}
	return slices.Clone(p.notes)
}
