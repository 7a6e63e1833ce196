package main

import (
	"math"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/place"
)

// hearing takes a run in as it goes: numbers, verdicts and, beside other
// primitives, harm. It keeps what is undecided, and no history.
type hearing struct {
	tally *reports.Tally
	court *check.Court
	hurt  *hurt // nil unless the run names its primitive

	answers *reports.Answers

	second *secondRegions // nil unless the run's strategy makes an object for each region

	moves *reports.MoveTally  // nil unless the run's strategy moves objects
	spent *reports.SpentTally // nil unless the run is to be confirmed
	asked []place.Asked       // of such a run
}

func (e *experiment) newHearing(engine string) (*hearing, error) {
	laws, err := e.laws()
	if err != nil {
		return nil, err
	}
	h := &hearing{
		court:   check.Open(laws),
		answers: e.answers(),
		tally: reports.NewTally(reports.Run{
			Name: e.name(), Engine: engine, Class: e.flags.Class, Args: e.argsOf(engine), Faults: e.spans(),
			Measured: reports.Measured{Limit: e.reportLimit()},
			Study:    reports.Study{Curve: e.flags.Curve, Primitive: e.compared()},
		}),
	}
	distance := func(a, b regions.ID) time.Duration { return e.places.RTT(a, b).RTT }
	if _, moves := e.place.(placement.Mover); moves {
		h.moves = reports.NewMoveTally(distance)
	}
	if _, splits := e.place.(placement.Splitter); splits {
		h.second = &secondRegions{last: map[string]string{}}
	}
	if e.flags.Confirm != "" {
		h.spent = reports.NewSpentTally(distance)
	}
	if e.flags.Primitive != "" {
		h.hurt = newHurt(int64(e.bank().Accounts) * e.bank().Opening)
	}
	return h, nil
}

// answers count what succeeded. A curve goes beyond what an object carries on purpose; objects take their time after a fault.
func (e *experiment) answers() *reports.Answers {
	spans := e.spans()
	for i := range spans {
		spans[i].To += reports.Micros(takeover)
	}
	if e.flags.Curve != "" {
		spans = append(spans, reports.Span{To: math.MaxInt64})
	}
	return reports.NewAnswers(e.flags.Class, !e.isObject(), spans)
}

func (h *hearing) hear(o *loadgen.Observation) {
	h.tally.Add(o)
	h.court.Hear(o)
	h.answers.Add(o)
	if h.hurt != nil {
		h.hurt.hear(o)
	}
	if h.second != nil {
		h.second.hear(o)
	}
	if h.moves != nil {
		h.moves.Add(o)
	}
	if h.spent != nil {
		h.spent.Add(o)
		h.asked = append(h.asked, place.Asked{At: o.Sent, Object: o.Object, Edge: o.Edge})
	}
}
