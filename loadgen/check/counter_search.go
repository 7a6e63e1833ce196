package check

import (
	"github.com/anishathalye/porcupine"

	"github.com/durabench/durabench/loadgen"
)

// CounterSearch is Counter's law again, judged by another method: a search of
// all orders, on the beginnings of some objects' histories. It confirms the
// special judge, which is faster but is our own reasoning.
func CounterSearch(p Params) Checker {
	return searchLaw("counter linearizable (search)", p, counterSubject())
}

func counterSubject() subject {
	return subject{
		things: "counters", keep: isCounterKind, model: counterModel,
		counts: func(o *loadgen.Observation) bool {
			return answered(o) || o.Outcome == loadgen.Unknown && o.Operation.Kind != loadgen.Read
		},
		looks: func(o *loadgen.Observation) bool { return o.Operation.Kind == loadgen.Read },
		fixed: func(k loadgen.Kind) bool { return k == loadgen.Increment || k == loadgen.Read },
		input: func(o *loadgen.Observation) any { return o.Operation.Kind },
		output: func(o *loadgen.Observation, known bool) any {
			return counted{value: o.Reply.Value, known: known}
		},
	}
}

// counted is a counter's answer, if there was one.
type counted struct {
	value int64
	known bool
}

// counterModel is the counter as the judge understands it.
func counterModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return int64(0) },
		Step: func(state, input, output any) (bool, any) {
			after := countAfter(state.(int64), input.(loadgen.Kind))
			answer := output.(counted)
			return !answer.known || answer.value == after, after
		},
	}
}

// countAfter is the count after an operation, which is also its answer.
func countAfter(count int64, kind loadgen.Kind) int64 {
	switch kind {
	case loadgen.Increment:
		return count + 1
	case loadgen.Decrement:
		return max(0, count-1)
	case loadgen.Reset:
		return 0
	}
	return count
}
