package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// split is a workload whose clients each ask the object of their own region. These
// are objects of their own, to laws as well: none of them knows all.
type split struct {
	workload.Workload
	by    placement.Splitter
	edges []regions.ID // of clients
}

// checkStrategy refuses what would show something else than it says.
func (e *experiment) checkStrategy() error {
	_, splits := e.place.(placement.Splitter)
	rooms := slices.Contains([]string{"chat", "document"}, e.flags.Class)
	_, moves := e.place.(placement.Mover)
	switch {
	case e.misplaced != nil && e.misplaced.Rule != nil && e.within == "":
		return fmt.Errorf("--plant %s: want a --place in a jurisdiction, such as jurisdiction:eu/mtlm", e.misplaced.Name)
	case e.misplaced != nil && !moves:
		return fmt.Errorf("--plant %s: want a --place that moves objects, such as follow or mtlm", e.misplaced.Name)
	case splits && (rooms || e.flags.Primitive != ""):
		return fmt.Errorf("--place %s: want the class counter, limiter, account or session, and no --primitive", e.place)
	}
	return nil
}

func (e *experiment) split(w workload.Workload) workload.Workload {
	by, splits := e.place.(placement.Splitter)
	if !splits {
		return w
	}
	s := &split{Workload: w, by: by}
	for _, edge := range loadgen.Spread(e.weighted(), w.Clients()) {
		s.edges = append(s.edges, e.edges[edge])
	}
	return s
}

// weighted are the run's edges with their shares of users.
func (e *experiment) weighted() []loadgen.Edge {
	edges := make([]loadgen.Edge, len(e.edges))
	for i, share := range e.places.Shares(e.edges) {
		edges[i] = loadgen.Edge{ID: e.edges[i], Weight: share}
	}
	return edges
}

// Next puts the region before the object's name, wherever the request tells it.
func (s *split) Next(seq uint64, random *rand.Rand) loadgen.Ask {
	ask := s.Workload.Next(seq, random)
	name := s.by.Name(ask.Object, s.edges[ask.Client])
	ask.Path = strings.Replace(ask.Path, ask.Object, name, 1)
	ask.Header = slices.Clone(ask.Header)
	for i := range ask.Header {
		ask.Header[i].Value = strings.Replace(ask.Header[i].Value, ask.Object, name, 1)
	}
	ask.Object = name
	return ask
}

// Objects are those of all regions.
func (s *split) Objects() []string {
	var all []string
	for _, edge := range slices.Compact(slices.Sorted(slices.Values(s.edges))) {
		for _, name := range s.Workload.Objects() {
			all = append(all, s.by.Name(name, edge))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
