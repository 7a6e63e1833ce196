package reports

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

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

// LinkError is one link. The delays are one way's medians.
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

// LinkTally collects measurements of links in bounded memory. Not safe for
// concurrent use.
type LinkTally struct {
	all   *meter
	links map[[2]string]*linkMeter
}

type linkMeter struct {
	injected, measured thinned // medians to compare, so exact
	off                *meter
}

// NewLinkTally is an empty one.
func NewLinkTally() *LinkTally {
	return &LinkTally{all: newMeter(fine), links: map[[2]string]*linkMeter{}}
}

// Add takes one measurement of the delay from an edge to a home, or back.
func (t *LinkTally) Add(edge, home string, injected, measured time.Duration) {
	key := [2]string{edge, home}
	link := t.links[key]
	if link == nil {
		link = &linkMeter{off: newMeter(coarse)}
		t.links[key] = link
	}
	off := max(measured-injected, injected-measured)
	link.injected.add(injected)
	link.measured.add(measured)
	link.off.record(off)
	t.all.record(off)
}

// Network is what was collected, under a limit of the p99 error.
func (t *LinkTally) Network(limit time.Duration) *Network {
	n := &Network{Pairs: len(t.links), N: t.all.n(), Error: t.all.spread(), Limit: Micros(limit)}
	for key, link := range t.links {
		n.Links = append(n.Links, LinkError{
			Name: key[0] + "–" + key[1], Edge: key[0], Home: key[1],
			Injected: link.injected.median(), Measured: link.measured.median(),
			Error: link.off.spread(), N: link.off.n(),
		})
	}
	slices.SortFunc(n.Links, func(a, b LinkError) int {
		return cmp.Or(cmp.Compare(a.Edge, b.Edge), cmp.Compare(a.Home, b.Home))
	})
	return n
}
