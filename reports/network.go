package reports

import "fmt"

// Network is the harness's proof of itself: the delay it meant to inject on each
// link against the delay that was measured there.
type Network struct {
	Pairs int    `json:"pairs"` // of an edge and a home
	N     int64  `json:"n"`     // measurements
	Error Spread `json:"error_us"`
	// Limit is how far off the p99 may be before the run's numbers mean nothing.
	Limit Micros      `json:"limit_us"`
	Links []LinkError `json:"links"`
}

// Spread is the size of errors, whichever their sign.
type Spread struct {
	P50 Micros `json:"p50"`
	P99 Micros `json:"p99"`
	Max Micros `json:"max"`
}

// LinkError is one link. Injected and Measured are medians of round trips.
type LinkError struct {
	Name     string `json:"name"`
	Edge     string `json:"edge"`
	Home     string `json:"home"`
	Injected Micros `json:"injected_p50_us"`
	Measured Micros `json:"measured_p50_us"`
	Error    Spread `json:"error_us"`
	N        int64  `json:"n"`
}

// Within says that the network did what it was asked, at all and within the limit.
func (n *Network) Within() bool { return n.N > 0 && (n.Limit == 0 || n.Error.P99 <= n.Limit) }

// Verdict is the network's own, to stand among a run's others. A network that
// was off makes the numbers worthless, not the objects wrong: that is void.
func (n *Network) Verdict() Verdict {
	v := Verdict{Law: "injected delay is what was asked", Verdict: OK}
	switch {
	case n.N == 0:
		v.Verdict, v.Why = Void, "no delay was measured"
		return v
	case !n.Within():
		v.Verdict = Void
		v.Why = fmt.Sprintf("p99 error %v is over its limit of %v", n.Error.P99, n.Limit)
	default:
		v.Why = fmt.Sprintf("p99 error %v, limit %v", n.Error.P99, n.Limit)
	}
	v.Why += fmt.Sprintf(" (%d pairs, %s measurements)", n.Pairs, count(n.N))
	return v
}
