package place

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// Kind is a kind of population: who uses an object.
type Kind string

// The kinds.
const (
	Solo   Kind = "solo"   // one user
	Team   Kind = "team"   // six people at work in one country
	World  Kind = "world"  // four users in four parts of the world
	Script Kind = "script" // created by a script in one place, used by a team elsewhere
	Sun    Kind = "sun"    // three offices around the globe
	Mover  Kind = "mover"  // one user who moves for good
	Hot    Kind = "hot"    // the whole world: a hundredth of the objects, each asked a hundred times as often
	Mix    Kind = "mix"    // all of them: see shares
)

// Kinds are all kinds, with what they are.
func Kinds() map[Kind]string {
	return map[Kind]string{
		Solo: "one user", Team: "a team in one country", World: "four users across the world", Script: "created in one place, used in another",
		Sun: "three offices that follow the sun", Mover: "one user who moves once", Hot: "everybody in the world", Mix: "a mix of all",
	}
}

// Order is the order in which kinds are listed and run.
func Order() []Kind { return []Kind{Solo, Team, World, Script, Sun, Mover, Hot, Mix} }

// shares are what a mix consists of: our guess of an application that is used by people, alone and in groups.
var shares = [...]struct {
	kind  Kind
	share float64
}{{Solo, 0.50}, {Team, 0.25}, {World, 0.08}, {Script, 0.05}, {Sun, 0.04}, {Mover, 0.05}, {Hot, 0.03}}

// ParseKind finds a kind by name. The error is a [*regions.NameError].
func ParseKind(name string) (Kind, error) {
	var names []string
	for _, k := range Order() {
		names = append(names, string(k))
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if slices.Contains(names, name) {
		return Kind(name), nil
	}
	return "", &regions.NameError{Kind: "population", Name: name, Near: regions.Spelling(name, names), Known: names}
}

// Population is objects that nobody had to record: drawn by seed from where the world's users are.
type Population struct {
	Kind    Kind
	Objects int
	PerDay  float64       // accesses of the mean object
	For     time.Duration // from Start; whole days
	Zipf    float64       // popularity: the nth object is asked n^-Zipf as often as the first
	Bytes   int64         // median size of an object; sizes are log-normal
	Message uint32        // bytes of request and reply
	Script  regions.ID    // where scripts create objects
	Seed    uint64
}

// start is a Monday in January, so that zones' winter offsets hold.
const start = 20458 * 24 * time.Hour

// Check says what is wrong with a population.
func (p Population) Check() error {
	switch {
	case p.Objects < 1:
		return errors.New("the population is empty: want one object or more")
	case p.Objects > 1<<40:
		return fmt.Errorf("%d objects: want at most 2^40", p.Objects)
	case !(p.PerDay > 0 && p.PerDay <= 1e9):
		return fmt.Errorf("%v accesses a day: want more than none and at most a thousand million", p.PerDay)
	case p.For < 24*time.Hour || p.For%(24*time.Hour) != 0 || p.For > 3650*24*time.Hour:
		return fmt.Errorf("objects that are used for %v: want whole days, from 1d to ten years", p.For)
	case !(p.Zipf >= 0 && p.Zipf <= 3):
		return fmt.Errorf("popularity by n^-%v: want an exponent from 0 to 3", p.Zipf)
	case p.Bytes < 0:
		return fmt.Errorf("objects of %d bytes", p.Bytes)
	}
	return nil
}

// Expected is how many accesses there will be, but for chance.
func (p Population) Expected() float64 {
	return float64(p.Objects) * p.PerDay * (p.For.Hours() / 24)
}

// drawn is the population as it is drawn: of hot objects there are few, and each is asked often.
func (p Population) drawn() Population {
	if p.Kind == Hot {
		p.PerDay *= 100
		p.Objects = max(1, p.Objects/100)
	}
	return p
}

// Drawn is what a population really has.
func (p Population) Drawn() *Drawn {
	p = p.drawn()
	return &Drawn{Objects: p.Objects, PerDay: p.PerDay, Zipf: p.Zipf}
}

// source prepares what all objects of a population share.
func (p Population) source(t *placement.Table) (*population, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	p = p.drawn()
	s := &population{Population: p, table: t, everybody: newMasses(t, evening())}
	script, ok := t.Edge(p.Script)
	if p.Script != "" && !ok {
		return nil, fmt.Errorf("no edge %s, where scripts create objects", p.Script)
	}
	s.script = script
	weights := make([]float64, len(t.Edges))
	byCountry, byArea := map[string][]int{}, map[string][]int{}
	for e, place := range t.Edges {
		weights[e] = place.Weight
		byCountry[place.Country] = append(byCountry[place.Country], e)
		byArea[sideOf(place.Area)] = append(byArea[sideOf(place.Area)], e)
	}
	s.anybody = newAlias(weights)
	s.country, s.side = groups(t, byCountry, weights), groups(t, byArea, weights)
	s.first = p.Expected() / harmonic(p.Objects, p.Zipf)
	return s, nil
}

// Source is the population over the edges of a table.
func (p Population) Source(t *placement.Table) (Source, error) { return p.source(t) }

// sideOf puts the areas of the latency model together into the three sides of the globe that share their day.
func sideOf(area string) string {
	switch area {
	case "NA", "SA":
		return "Americas"
	case "EU", "AF", "ME":
		return "Europe and Africa"
	}
	return "Asia and Oceania"
}

// group is edges that have something in common, with a way to draw one.
type group struct {
	edges []int
	alias
}

// groups gives each edge its group.
func groups(t *placement.Table, by map[string][]int, weights []float64) []*group {
	of := make([]*group, len(t.Edges))
	for _, edges := range by {
		g := &group{edges: edges}
		var own []float64
		for _, e := range edges {
			own = append(own, weights[e]+1e-9) // a country without counted users still has one
		}
		g.alias = newAlias(own)
		for _, e := range edges {
			of[e] = g
		}
	}
	return of
}

// harmonic is the sum of n^-s over the first n: exact for the first ten thousand, an integral beyond.
func harmonic(n int, s float64) float64 {
	const exact = 10_000
	sum := 0.0
	for i := 1; i <= min(n, exact); i++ {
		sum += math.Pow(float64(i), -s)
	}
	if n <= exact {
		return sum
	}
	a, b := exact+0.5, float64(n)+0.5
	if math.Abs(s-1) < 1e-9 {
		return sum + math.Log(b/a)
	}
	return sum + (math.Pow(b, 1-s)-math.Pow(a, 1-s))/(1-s)
}
