package placement

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
)

// Kind is a kind of strategy, for lists and help.
type Kind struct {
	Name  string
	Form  string // how it is written, with what may follow the name
	What  string
	Moves bool
}

// Setting is what rules are made for.
type Setting struct {
	Table *Table
	D     float64 // round trips that a move costs, for rules that weigh it
	Seed  uint64  // of rules that draw
}

// DefaultD is the cost of a move, in round trips between the two homes, where nobody says otherwise: draining, copying
// and handing over take a handful, and a safety factor keeps objects from moving for small gains.
const DefaultD = 20

// maker is a kind that can be made.
type maker struct {
	Kind
	make func(s Setting, argument string) (Rule, error)
}

func makers() []maker {
	return []maker{
		{Kind{"first", "first", "nearest home to the first request", false}, plain(func(s Setting) Rule { return first{s.Table} })},
		{Kind{"lottery", "lottery", "first request, drawn as Cloudflare was measured to", false}, plain(func(s Setting) Rule { return newLottery(s.Table, s.Seed) })},
		{Kind{"fixed", "fixed:HOME", "one home for all", false}, makeFixed},
		{Kind{"random", "random", "any home, by the object's name", false}, plain(func(s Setting) Rule { return random{s.Seed} })},
		{Kind{"hint", "hint[:HINT]", "a location hint: the one named, or that of the first request", false}, makeHint},
		{Kind{"regional", "regional", "one object in each region; operations may need a second one", false}, plain(func(s Setting) Rule { return regional{first{s.Table}} })},
		{Kind{"majority", "majority[:ACCESSES]", "one move at most: to the home nearest to most of the first accesses (10), whatever comes later", true}, makeMajority},
		{Kind{"volley", "volley[:PERIOD]", "batches: after each period, to the spherical mean of its users", true}, timed(24*time.Hour, func(s Setting, d time.Duration) Rule { return volley{first{s.Table}, d} })},
		{Kind{"akkio", "akkio[:HALF-LIFE]", "the median of recent accesses, with hysteresis", true}, timed(3*24*time.Hour, func(s Setting, d time.Duration) Rule { return akkio{first{s.Table}, d, float32(s.D)} })},
		{Kind{"move-to-min", "move-to-min[:D]", "every D accesses, to their median", true}, priced(func(s Setting, d float64) Rule { return moveToMin{first{s.Table}, d} })},
		{Kind{"mtlm", "mtlm[:D]", "every 1.841 D accesses, to their median if that is worth the way", true}, priced(func(s Setting, d float64) Rule { return localMin{first{s.Table}, d} })},
		{Kind{"coin-flip", "coin-flip[:D]", "to whoever asks, once in 2 D accesses", true}, priced(func(s Setting, d float64) Rule { return coinFlip{first{s.Table}, d, s.Seed} })},
		{Kind{"follow", "follow", "to whoever asks, always", true}, plain(func(s Setting) Rule { return follow{first{s.Table}} })},
		{Kind{"sun", "sun[:HOME@HOUR/…]", "by the clock, to where people are at work", true}, func(s Setting, a string) (Rule, error) { return newSun(s.Table, a) }},
	}
}

// Kinds are all strategies that Parse knows, but for the wrapper jurisdiction:J/STRATEGY.
func Kinds() []Kind {
	var kinds []Kind
	for _, m := range makers() {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}

// Parse reads a strategy for a run with these homes: "first", "fixed:HOME" with a place or a hint, and so on: see Kinds.
// The error is a [*regions.NameError].
func Parse(text string, m *regions.Map, homes []regions.ID) (Strategy, error) {
	t, err := NewTable(m, homes, nil)
	if err != nil {
		return nil, err
	}
	rule, err := ParseRule(text, Setting{Table: t, D: DefaultD, Seed: 1})
	if err != nil {
		return nil, err
	}
	return Bind(t, rule), nil
}

// ParseRule reads a rule. The error is a [*regions.NameError].
func ParseRule(text string, s Setting) (Rule, error) {
	name, argument, has := strings.Cut(strings.TrimSpace(text), ":")
	if name == "jurisdiction" {
		return parseLimited(argument, s)
	}
	for _, m := range makers() {
		if m.Name != name {
			continue
		}
		if has && !strings.Contains(m.Form, ":") {
			return nil, &regions.NameError{Kind: "strategy", Name: text, Why: name + " takes nothing after its name"}
		}
		return m.make(s, argument)
	}
	if name == "static" || name == "clairvoyant" {
		return nil, &regions.NameError{Kind: "strategy", Name: text, Why: "it knows the future: it is a yardstick of every comparison, and no strategy to run"}
	}
	unknown := &regions.NameError{Kind: "strategy", Name: text, Near: near(name, argument)}
	if unknown.Near == "" {
		unknown.Known = append(Forms(), "jurisdiction:J/STRATEGY")
	}
	return nil, unknown
}

// Forms are how the strategies of Kinds are written.
func Forms() []string {
	var all []string
	for _, k := range Kinds() {
		all = append(all, k.Form)
	}
	return all
}

func near(name, argument string) string {
	names := []string{}
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	known := regions.Spelling(name, append(names, "jurisdiction"))
	switch {
	case known == "fixed":
		return "fixed:" + cmp.Or(argument, "LHR")
	case known == "jurisdiction":
		return "jurisdiction:" + cmp.Or(argument, "eu/first")
	case argument != "" && known != "":
		return known + ":" + argument
	}
	return known
}

func parseLimited(argument string, s Setting) (Rule, error) {
	law, inner, ok := strings.Cut(argument, "/")
	if !ok {
		return nil, &regions.NameError{Kind: "strategy", Name: "jurisdiction:" + argument, Why: "it needs a jurisdiction and a strategy, as in jurisdiction:eu/first"}
	}
	j, err := regions.ParseJurisdiction(law)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(strings.TrimSpace(inner), "jurisdiction:") {
		return nil, &regions.NameError{Kind: "strategy", Name: "jurisdiction:" + argument, Why: "one jurisdiction is enough: an object is within it or not"}
	}
	if s.Table.Allowed(j) == 0 {
		return nil, &regions.NameError{Kind: "jurisdiction", Name: law, Why: s.Table.outside(j)}
	}
	rule, err := ParseRule(inner, s)
	if err != nil {
		return nil, err
	}
	if r, ok := rule.(fixed); ok && !s.Table.Allowed(j).Has(r.home) {
		return nil, &regions.NameError{Kind: "strategy", Name: "jurisdiction:" + argument, Why: fmt.Sprintf("%s is outside of %s, so no object could live anywhere; %v are within it",
			s.Table.Homes[r.home].ID, j, s.Table.Map.Allowed(j, s.Table.ids()))}
	}
	return limit(s.Table, j, rule), nil
}

// outside says that no home is within a jurisdiction, and which would be.
func (t *Table) outside(j regions.Jurisdiction) string {
	var within []string
	for _, p := range t.Map.Homes() {
		if j.Allows(p) {
			within = append(within, string(p.ID))
		}
	}
	return fmt.Sprintf("none of the run's homes %v is within it; these are: --homes %s", t.ids(), strings.Join(within, ","))
}

// plain makes rules that take no argument.
func plain(make func(Setting) Rule) func(Setting, string) (Rule, error) {
	return func(s Setting, _ string) (Rule, error) { return make(s), nil }
}

func makeFixed(s Setting, argument string) (Rule, error) {
	if argument == "" {
		return nil, &regions.NameError{Kind: "strategy", Name: "fixed", Why: "fixed needs a home: fixed:" + string(s.Table.example())}
	}
	h, err := s.Table.parseHome(argument)
	if err != nil {
		return nil, err
	}
	return fixed{h, "fixed:" + string(s.Table.Homes[h].ID)}, nil
}

// example is a home of the table that readers know.
func (t *Table) example() regions.ID {
	if _, ok := t.Home("IAD"); ok {
		return "IAD"
	}
	return t.Homes[0].ID
}

func makeHint(s Setting, argument string) (Rule, error) { return newHint(s.Table, s.Seed, argument) }

func makeMajority(s Setting, argument string) (Rule, error) {
	k, err := strconv.ParseUint(cmp.Or(argument, "10"), 10, 20)
	if err != nil || k == 0 {
		return nil, &regions.NameError{Kind: "strategy", Name: "majority:" + argument, Why: "want a number of accesses from 1 to 1048575"}
	}
	return majority{first{s.Table}, uint32(k)}, nil
}

// timed makes rules that take a time.
func timed(usual time.Duration, make func(Setting, time.Duration) Rule) func(Setting, string) (Rule, error) {
	return func(s Setting, argument string) (Rule, error) {
		if argument == "" {
			return make(s, usual), nil
		}
		d, err := ParseTime(argument)
		if err != nil || d < time.Millisecond {
			return nil, &regions.NameError{Kind: "time of a strategy", Name: argument, Why: "want a time from 1ms to ten years, such as 24h or 3d"}
		}
		return make(s, d), nil
	}
}

// longest is the longest time that ParseTime reads, in days.
const longest = 3650

// ParseTime reads a time as Go does, or in whole days: 36h, 90m, 14d; ten years at the most.
func ParseTime(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 64)
		if errors.Is(err, strconv.ErrRange) || err == nil && n > longest {
			return 0, fmt.Errorf("%q: want at most ten years (%dd)", text, longest)
		}
		if err == nil {
			return time.Duration(max(n, -longest)) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is no time: want hours or whole days, such as 36h or 14d", text)
	}
	if d > longest*24*time.Hour {
		return 0, fmt.Errorf("%q: want at most ten years (%dd)", text, longest)
	}
	return d, nil
}

// priced makes rules that take the cost of a move; the setting's if none is given.
func priced(make func(Setting, float64) Rule) func(Setting, string) (Rule, error) {
	return func(s Setting, argument string) (Rule, error) {
		if argument == "" {
			return make(s, s.D), nil
		}
		d, err := strconv.ParseFloat(argument, 64)
		if err != nil || math.IsNaN(d) || d < 0.5 || d > 1e6 {
			return nil, &regions.NameError{Kind: "cost of a move", Name: argument, Why: "want round trips from 0.5 to 1000000"}
		}
		return make(s, d), nil
	}
}

// parseHome reads a hint as the table's home that lies there, if the one the hint stands for is not in the table.
func (t *Table) parseHome(name string) (Home, error) {
	place, err := t.Map.Home(name)
	if err != nil {
		return None, err
	}
	if h, ok := t.Home(place.ID); ok {
		return h, nil
	}
	if hint, err := t.Map.Hint(name); err == nil {
		for _, site := range hint.Sites {
			if h, ok := t.Home(site.Home); ok {
				return h, nil
			}
		}
	}
	return None, &regions.NameError{Kind: "home", Name: name, Why: fmt.Sprintf("it is not among the run's homes %v", t.ids())}
}

func (t *Table) ids() []regions.ID {
	var ids []regions.ID
	for _, p := range t.Homes {
		ids = append(ids, p.ID)
	}
	return ids
}

// short is a time without the zeros that its String ends in.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
