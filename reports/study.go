package reports

// Study is what a run is beside others: a prediction of one, a point of a curve,
// one way among several to do the same work. All of it may be empty.
type Study struct {
	// Predicted compares a virtual run with the live one before it.
	Predicted *Prediction `json:"predicted,omitempty"`
	// Curve names the curve of offered against delivered load that the run is a point of.
	Curve string `json:"curve,omitempty"`
	// Primitive is what keeps the data: do, kv, d1, r2 or do+kv. Runs that name
	// one are compared, class by class.
	Primitive string `json:"primitive,omitempty"`
	Variant   string `json:"variant,omitempty"` // the way the class is written on it
	// Assumptions are the parameters of the primitive's model.
	Assumptions Conditions `json:"assumptions,omitempty"`
	Harm        *Harm      `json:"harm,omitempty"`
	// Reads and Writes are what a Tally measured of a run with a Primitive, at the
	// edges nearest to the data and farthest from it.
	Reads  *Distances `json:"reads,omitempty"`
	Writes *Distances `json:"writes,omitempty"`
	// CeilingPerS is the most good operations per second that the way ever gave.
	CeilingPerS float64 `json:"ceiling_per_s,omitempty"`
	Price       *Price  `json:"price,omitempty"`
	// Confirmed is what was predicted of the run on paper.
	Confirmed *Confirmed `json:"confirmed,omitempty"`
}

// Harm is how far a run was from its laws, in numbers: a verdict only says that it was.
// A share of nothing means that the run could not have done that harm.
type Harm struct {
	LostUpdates     Share `json:"lost_updates,omitzero"`       // of acknowledged updates
	OverAdmitted    Share `json:"over_admitted,omitzero"`      // beyond, and of, the most that was allowed
	OrderViolations Share `json:"order_violations,omitzero"`   // of deliveries
	Missing         Share `json:"missing_deliveries,omitzero"` // of expected deliveries
	StaleReads      Share `json:"stale_reads,omitzero"`        // of reads
	Astray          Share `json:"money_astray,omitzero"`       // the most that balances were off what there was at first
	// Staleness is how old the stale reads were.
	Staleness Quantiles `json:"staleness_us,omitzero"`
}

// Share is how many of how many.
type Share struct {
	N  int64 `json:"n"`
	Of int64 `json:"of"`
}

// percent never rounds to none what happened, nor to all what did not always happen.
func (s Share) percent() string {
	switch {
	case s == (Share{}):
		return nothing
	case s.N == 0:
		return "0"
	case s.Of <= 0:
		return count(s.N)
	}
	switch share := s.value(); {
	case share < 0.01:
		return "<0.01 %"
	case s.N < s.Of && share >= 99.95:
		return ">99.9 %"
	case share >= 1000:
		return count(int64(share)) + " %"
	default:
		return digits(share) + " %"
	}
}

// value is the share in percent; over-admission has no upper end.
func (s Share) value() float64 {
	if s.Of <= 0 {
		return 0
	}
	return bounded(float64(s.N) / float64(s.Of) * 100)
}

// harms are the kinds of harm in the order in which reports show them.
func (h *Harm) harms() []Share {
	if h == nil {
		return make([]Share, len(harmNames))
	}
	return []Share{h.LostUpdates, h.OverAdmitted, h.OrderViolations, h.Missing, h.StaleReads, h.Astray}
}

var harmNames = [...]string{"lost updates", "over-admitted", "out of order", "missing", "stale reads", "money astray"}

// harmWords are their names where there is little room.
var harmWords = [len(harmNames)]string{"lost", "over", "disorder", "missing", "stale", "astray"}

// harmHues tell the kinds apart on plots.
var harmHues = [len(harmNames)]hue{partHues[6], partHues[4], partHues[3], partHues[0], partHues[1], partHues[5]}

// Price is what a million operations of a run would cost, by a list of prices.
type Price struct {
	PerMillionUSD float64 `json:"per_million_usd"`
	AsOf          string  `json:"as_of"` // date of the list
}

// Distances are the latencies of one kind of operation, near to the data and far from it.
type Distances struct {
	Near AtEdge `json:"near"`
	Far  AtEdge `json:"far"`
}

// AtEdge is what the clients of one edge saw.
type AtEdge struct {
	Edge string `json:"edge"`
	Group
}

// bounded keeps a number within what can be drawn, whoever wrote it.
func bounded(v float64) float64 { return min(max(v, 0), 1e12) }
