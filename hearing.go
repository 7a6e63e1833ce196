package main

import (
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/reports"
)

// hearing takes a run in as it goes: numbers, verdicts and, beside other
// primitives, harm. It keeps what is undecided, and no history.
type hearing struct {
	tally *reports.Tally
	court *check.Court
	hurt  *hurt // nil unless the run names its primitive

	moves   *reports.MoveTally // nil unless the run's strategy moves objects
	confirm bool
	asked   []asked // of a run to be confirmed
}

func (e *experiment) newHearing(engine string) (*hearing, error) {
	laws, err := e.laws()
	if err != nil {
		return nil, err
	}
	h := &hearing{
		court: check.Open(laws), confirm: e.flags.Confirm != "",
		tally: reports.NewTally(reports.Run{
			Name: e.name(), Engine: engine, Class: e.flags.Class, Args: e.argsOf(engine), Faults: e.spans(),
			Measured: reports.Measured{Limit: e.reportLimit()},
			Study:    reports.Study{Curve: e.flags.Curve, Primitive: e.compared()},
		}),
	}
	if _, moves := e.place.(placement.Mover); moves {
		h.moves = reports.NewMoveTally(func(a, b regions.ID) time.Duration { return e.places.RTT(a, b).RTT })
	}
	if e.flags.Primitive != "" {
		h.hurt = newHurt(int64(e.bank().Accounts) * e.bank().Opening)
	}
	return h, nil
}

func (h *hearing) hear(o *loadgen.Observation) {
	h.tally.Add(o)
	h.court.Hear(o)
	if h.hurt != nil {
		h.hurt.hear(o)
	}
	if h.moves != nil {
		h.moves.Add(o)
	}
	if h.confirm {
		h.asked = append(h.asked, asked{o.Sent, o.Object, o.Edge})
	}
}
