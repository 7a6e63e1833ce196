package check

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/durabench/durabench/loadgen"
)

// searchLaw makes a law of the search for one class of objects.
func searchLaw(name string, p Params, of subject) Checker {
	s := p.Search.orDefaults()
	return law{
		name: name, least: min(p.Least, s.Operations), unit: "operations searched", shares: name,
		open: func() docket { return &searched{Search: s, of: of, names: make(map[string]bool), memory: newMemory(p)} },
	}
}

// searched is the docket of a search: the beginnings of some objects' histories. Which ones only their names decide, so that each is known to be one
// of them, or not, when it is first heard of.
type searched struct {
	Search
	of      subject
	names   map[string]bool
	samples []*sample // in order of rank
	memory
}

// sample is one object's history, from its first operation on.
type sample struct {
	object string
	rank   uint64
	begun  []loadgen.Observation
	until  time.Duration // nothing sent from then on is kept; MaxInt64 if all is
}

func (s *searched) hear(o *loadgen.Observation) {
	if !s.of.keep(o.Operation.Kind) {
		return
	}
	if !s.names[o.Object] {
		s.names[o.Object] = true
		s.consider(o.Object)
	}
	for _, each := range s.samples {
		if each.object != o.Object {
			continue
		}
		if o.Sent < each.until && s.of.counts(o) {
			each.begun = append(each.begun, *o)
			s.kept++
		}
		return
	}
}

// consider puts a new object among the samples if its rank is low enough.
func (s *searched) consider(object string) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(object)) // a hash takes everything
	one := &sample{object: object, rank: h.Sum64(), until: math.MaxInt64}
	place, _ := slices.BinarySearchFunc(s.samples, one, func(a, b *sample) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.object, b.object))
	})
	if place < s.Objects {
		s.samples = slices.Insert(s.samples, place, one)
		s.samples = s.samples[:min(len(s.samples), s.Objects)]
	}
}

func (s *searched) settle(horizon time.Duration) {
	decideEach(&s.memory, slices.Values(s.samples), func(each *sample) int {
		each.settle(horizon, s.Operations)
		return len(each.begun)
	})
}

// settle stops keeping what comes after a beginning that is long enough to be searched.
func (s *sample) settle(horizon time.Duration, operations int) {
	before := 0
	for i := range s.begun {
		if s.begun[i].Sent < horizon {
			before++
		}
	}
	if before > 2*operations && s.until == math.MaxInt64 {
		s.until = horizon
		s.begun = slices.DeleteFunc(s.begun, func(o loadgen.Observation) bool { return o.Sent >= horizon })
	}
}

func (s *searched) rule(string) finding {
	operations := 0
	var faults []fault
	slices.SortFunc(s.samples, func(a, b *sample) int { return cmp.Compare(a.object, b.object) })
	for _, each := range s.samples {
		cut := s.beginning(each.begun, each.object, s.of)
		if each.until != math.MaxInt64 && cut.until >= each.until {
			cut = cut.to(each.until - 1)
		}
		result := cut.search(s.Timeout)
		for result == porcupine.Unknown && len(cut.at) > s.Fewest {
			// Too many orders: a shorter beginning has fewer, and is a sample as well.
			cut = cut.to(cut.history[cut.at[len(cut.at)/2]].Sent - 1)
			result = cut.search(s.Timeout)
		}
		switch result {
		case porcupine.Illegal:
			faults = append(faults, s.explain(cut))
		case porcupine.Unknown:
			return finding{ruling: Unknown, why: s.gaveUp(cut)}
		}
		operations += cut.done()
	}
	if len(faults) > 0 {
		return convict(faults, s.of.things)
	}
	return finding{
		ruling:   OK,
		why:      fmt.Sprintf("an order was found for the first %d operations of %d %s of %d", operations, len(s.samples), s.of.things, len(s.names)),
		evidence: operations,
	}
}
