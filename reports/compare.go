package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// A prediction is good if it lies within this of what was measured.
const (
	toleranceShare = 0.05
	toleranceFixed = Micros(2 * time.Millisecond)
)

// Prediction sets the latencies of a run in virtual time beside those of the
// same run in real time, edge by edge.
type Prediction struct {
	Edges []EdgePrediction `json:"edges"`
	// Parts are the mean of each part of the budget; their difference says why
	// the two worlds disagree.
	Measured  *Budget `json:"measured_budget_us,omitempty"`
	Predicted *Budget `json:"predicted_budget_us,omitempty"`
	Why       string  `json:"why"`
}

// EdgePrediction is one edge.
type EdgePrediction struct {
	Edge string `json:"edge"`
	N    int64  `json:"n"` // measured replies
	P50  Pair   `json:"p50_us"`
	P99  Pair   `json:"p99_us"`
}

// Pair is one quantile, measured and predicted.
type Pair struct {
	Measured  Micros `json:"measured"`
	Predicted Micros `json:"predicted"`
	Within    bool   `json:"within"` // 5 % + 2 ms
}

func pairOf(measured, predicted Micros) Pair {
	off := max(measured-predicted, predicted-measured)
	return Pair{measured, predicted, off <= Micros(toleranceShare*float64(measured))+toleranceFixed}
}

// Compare sets a predicted run beside a measured one.
func Compare(measured, predicted *Run) *Prediction {
	p := &Prediction{Measured: measured.Budget, Predicted: predicted.Budget}
	for _, edge := range slices.Sorted(maps.Keys(measured.ByEdge)) {
		was, is := measured.ByEdge[edge], predicted.ByEdge[edge]
		if was.N == 0 || is.N == 0 {
			continue
		}
		p.Edges = append(p.Edges, EdgePrediction{
			Edge: edge, N: was.N,
			P50: pairOf(was.Latency.P50, is.Latency.P50), P99: pairOf(was.Latency.P99, is.Latency.P99),
		})
	}
	slices.SortStableFunc(p.Edges, func(a, b EdgePrediction) int { return cmp.Compare(a.P50.Measured, b.P50.Measured) })
	p.Why = p.explain()
	return p
}

// enoughForP99 is how many samples a p99 needs to rest on ten of them.
const enoughForP99 = 1000

func (p *Prediction) explain() string {
	medians, tails, thin := 0, 0, 0
	for _, e := range p.Edges {
		if e.P50.Within {
			medians++
		}
		if e.P99.Within {
			tails++
		} else if e.N < enoughForP99 {
			thin++
		}
	}
	n := len(p.Edges)
	why := fmt.Sprintf("within 5 %% + 2 ms of the measured: p50 of %d of %d edges, p99 of %d of %d", medians, n, tails, n)
	if thin > 0 {
		why += fmt.Sprintf(" (of those outside, %d with fewer than %s samples, whose p99 is a matter of single replies)", thin, count(enoughForP99))
	}
	if part := p.differs(); part != "" {
		why += "; " + part
	}
	return why
}

// differs names the part of the budget that differs most.
func (p *Prediction) differs() string {
	if p.Measured == nil || p.Predicted == nil {
		return ""
	}
	most, gap := loadgen.Part(0), Micros(0)
	for part := range loadgen.Parts {
		if off := p.Measured[part] - p.Predicted[part]; max(off, -off) > gap {
			most, gap = part, max(off, -off)
		}
	}
	return fmt.Sprintf("the part that differs most is %s: %v measured, %v predicted in the mean", most, p.Measured[most], p.Predicted[most])
}
