package reports

import (
	"cmp"
	"maps"
	"slices"

	"github.com/durabench/durabench/loadgen"
)

// accessTally measures reads and writes by edge. A write must travel to where the
// data is, whatever keeps it; so the edge with the quickest median write is the
// nearest to the data, and the one with the slowest is the farthest.
type accessTally map[string]*access

type access struct{ reads, writes groupMeter }

func (t accessTally) record(o *loadgen.Observation) {
	a := t[string(o.Edge)]
	if a == nil {
		a = &access{}
		t[string(o.Edge)] = a
	}
	switch o.Operation.Kind {
	case loadgen.Read, loadgen.Deliver:
		a.reads.record(o)
	case loadgen.Increment, loadgen.Decrement, loadgen.Reset, loadgen.Take, loadgen.Send, loadgen.Move:
		a.writes.record(o)
	}
}

// distances are nil where no good reply was seen. Without writes, reads say what is near.
func (t accessTally) distances() (reads, writes *Distances) {
	writesOf := func(a *access) *groupMeter { return &a.writes }
	readsOf := func(a *access) *groupMeter { return &a.reads }
	near, far := t.ends(writesOf)
	if near == "" {
		near, far = t.ends(readsOf)
	}
	if near == "" {
		return nil, nil
	}
	return t.between(readsOf, near, far), t.between(writesOf, near, far)
}

// ends are the edges with the quickest and the slowest median.
func (t accessTally) ends(of func(*access) *groupMeter) (near, far string) {
	edges := slices.DeleteFunc(slices.Sorted(maps.Keys(t)), func(edge string) bool { return of(t[edge]).latency == nil })
	if len(edges) == 0 {
		return "", ""
	}
	slices.SortStableFunc(edges, func(a, b string) int {
		return cmp.Compare(of(t[a]).latency.at(0.5), of(t[b]).latency.at(0.5))
	})
	return edges[0], edges[len(edges)-1]
}

func (t accessTally) between(of func(*access) *groupMeter, near, far string) *Distances {
	d := Distances{AtEdge{near, of(t[near]).group(false)}, AtEdge{far, of(t[far]).group(false)}}
	if d.Near.N+d.Far.N == 0 {
		return nil
	}
	return &d
}
