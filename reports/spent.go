package reports

import (
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Spent is where the mean good reply's time went, split as an evaluation on paper
// splits it. The parts add up to the mean.
type Spent struct {
	Way     Micros `json:"way_us"`     // the round trip to the home that answered
	Finding Micros `json:"finding_us"` // asking the directory where the object lives
	Moving  Micros `json:"moving_us"`  // waiting for an object on its way, and going after it
	// What paper leaves out.
	Connecting Micros `json:"connecting_us"` // the rest of the network's time: new connections, jitter
	Home       Micros `json:"home_us"`       // queue, loading, turn and commit
	Client     Micros `json:"client_us"`     // the load generator: sent late, and reading the reply
}

// Mean is the whole.
func (s Spent) Mean() Micros {
	return s.Way + s.Finding + s.Moving + s.Connecting + s.Home + s.Client
}

// SpentTally sums up where the time went.
type SpentTally struct {
	distance Distance
	n        int64
	sum      Spent
}

// NewSpentTally begins a run.
func NewSpentTally(distance Distance) *SpentTally { return &SpentTally{distance: distance} }

// Add takes an observation in.
func (t *SpentTally) Add(o *loadgen.Observation) {
	if o.Outcome != loadgen.OK || o.Server.Home == "" {
		return
	}
	t.n++
	b := &o.Budget
	way := t.distance(o.Edge, o.Server.Home)
	t.sum.Way += Micros(way)
	t.sum.Finding += Micros(b[loadgen.Route])
	if rest := Micros(b[loadgen.WAN] - way); o.Server.Moved {
		t.sum.Moving += rest
	} else {
		t.sum.Connecting += rest
	}
	t.sum.Home += Micros(b[loadgen.Queue] + b[loadgen.Activate] + b[loadgen.Turn] + b[loadgen.Commit])
	t.sum.Client += Micros(b[loadgen.Wait] + b[loadgen.Return])
}

// Spent is the mean of what was taken in.
func (t *SpentTally) Spent() Spent {
	s := t.sum
	for _, part := range []*Micros{&s.Way, &s.Finding, &s.Moving, &s.Connecting, &s.Home, &s.Client} {
		*part = Micros(time.Duration(*part) / time.Duration(max(1, t.n)))
	}
	return s
}
