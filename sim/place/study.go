package place

import (
	"math"

	"github.com/durabench/durabench/reports/stat"
)

// Study is a comparison of strategies as plain data: what reports show and results.json holds.
type Study struct {
	D           float64      `json:"move_cost_round_trips"`
	Copy        float64      `json:"move_copies_bytes_per_s"` // 0: copying takes no time
	USDPerGB    float64      `json:"usd_per_gb"`
	WindowS     float64      `json:"oscillation_window_s"`
	Seeds       int          `json:"seeds"`
	Confidence  float64      `json:"confidence"` // of all intervals; 0: there are none
	Comparisons []Comparison `json:"comparisons"`
	Sweep       *Sweep       `json:"sweep,omitempty"`
	Prices      *PriceSweep  `json:"price_sweep,omitempty"`
}

// Comparison is all strategies over one population, or one trace.
type Comparison struct {
	Name     string `json:"name"`
	What     string `json:"what"`
	Drawn    *Drawn `json:"drawn,omitempty"` // nil for a trace
	Samples  int    `json:"samples"`         // seeds with accesses
	Objects  int64  `json:"objects"`         // over all seeds
	Accesses int64  `json:"accesses"`        // over all seeds
	Tested   int64  `json:"accesses_of_clairvoyant"`
	Untold   int64  `json:"objects_too_long_for_clairvoyant,omitempty"`
	Users    []Spot `json:"users"` // share of the accesses, by edge
	Rows     []Row  `json:"strategies"`
	Ruling   Ruling `json:"ruling"`
}

// Drawn is how many objects a population has for each seed, those included that nobody came to ask for, and how often its
// mean object is asked.
type Drawn struct {
	Objects int     `json:"objects_per_seed"`
	PerDay  float64 `json:"accesses_per_object_and_day"`
	Zipf    float64 `json:"popularity_exponent"`
}

// Row is one strategy over one population.
type Row struct {
	Strategy  string        `json:"strategy"`
	Yardstick bool          `json:"yardstick,omitempty"`
	Latency   Latency       `json:"latency"`
	ByArea    []AreaLatency `json:"by_area"`
	Cost      Cost          `json:"cost"`
	Moves     *Moves        `json:"moves,omitempty"`
	Homes     Homes         `json:"homes"`
	Traffic   Traffic       `json:"traffic"`
	AtBest    *float64      `json:"share_of_objects_at_their_best_home,omitempty"` // nil for objects without a single home
	Second    float64       `json:"share_needing_a_second_region,omitempty"`
	Refused   Refused       `json:"refused"`
	CDF       [][2]float64  `json:"cdf_ms_share"`
}

// Latency is what users wait for: the round trip, and the move that is under way.
type Latency struct {
	N       int64   `json:"n"`
	MeanMs  float64 `json:"mean_ms"`
	P50Ms   float64 `json:"p50_ms"`
	P95Ms   float64 `json:"p95_ms"`
	P99Ms   float64 `json:"p99_ms"`
	Over100 float64 `json:"share_over_100ms"`
	Over200 float64 `json:"share_over_200ms"`
}

// AreaLatency is that of the users of one part of the world.
type AreaLatency struct {
	Area string `json:"area"`
	Latency
}

// Cost is what a strategy is judged by: round trips and moves, per access. It is never below the mean latency.
type Cost struct {
	PerAccessMs Interval `json:"per_access_ms"`
	RegretMs    Interval `json:"regret_ms"` // more than the best static home of each object
	// Ratio is how many times that of the clairvoyant, on the objects that it was asked about; 0: it was not asked.
	Ratio Interval `json:"ratio_to_clairvoyant"`
	Mean  Interval `json:"mean_latency_ms"`
}

// Interval is a number of all accesses together, with the interval that covers the true one: see [stat.Whole].
type Interval struct {
	Center float64 `json:"center"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
}

// Moves is what a mover did.
type Moves struct {
	PerObject   float64 `json:"per_object"`
	PerThousand float64 `json:"per_1000_accesses"`
	Oscillating float64 `json:"share_moving_back_within_window"`
	CostMs      float64 `json:"cost_per_access_ms"` // the part of the cost that is not round trips of accesses
	Waited      float64 `json:"share_of_accesses_that_waited"`
	SettledP50S float64 `json:"settled_p50_s"` // from the users' last change to the last move, of objects at their best home
	SettledP90S float64 `json:"settled_p90_s"`
	CopiedGB    float64 `json:"copied_gb"`
}

// Homes is how the load lies.
type Homes struct {
	Skew  float64 `json:"skew"`  // most over mean
	Loads []Spot  `json:"loads"` // share of the accesses, by home, the most first
	Flows []Flow  `json:"flows"` // the largest
}

// Spot is a place with its share.
type Spot struct {
	Place string  `json:"place"`
	Lat   float64 `json:"lat"`
	Lon   float64 `json:"lon"`
	Share float64 `json:"share"`
}

// Flow is the accesses from one edge to one home.
type Flow struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Share float64 `json:"share"`
}

// Traffic is the bytes that go from one region to another, and what they cost.
type Traffic struct {
	CrossShare    float64 `json:"share_served_in_another_region"`
	CrossGB       float64 `json:"cross_region_gb"` // of accesses and copies
	USDPerMillion float64 `json:"usd_per_million_accesses"`
}

// Refused is what could not be done, and what must not have been.
type Refused struct {
	Objects    int64 `json:"objects_not_placed"`
	Violations int64 `json:"jurisdiction_violations"`
}

// Sweep is cost against the price of a move.
type Sweep struct {
	Population string    `json:"population"`
	D          []float64 `json:"move_cost_round_trips"`
	Lines      []Line    `json:"strategies"`
}

// Line is one strategy along the sweep; its arrays are those of D.
type Line struct {
	Strategy  string     `json:"strategy"`
	Yardstick bool       `json:"yardstick,omitempty"`
	PerAccess []Interval `json:"cost_per_access_ms"`
	Regret    []Interval `json:"regret_ms"`
}

// confidence is what intervals aim at.
const confidence = 0.95

// intervalOf is what all samples come to together, with its interval; zero for what nobody did.
func intervalOf(samples [][]float64, of func(sums []float64) float64) Interval {
	if i := stat.Whole(samples, of, confidence); !math.IsNaN(i.Center) {
		return Interval{i.Center, i.Lo, i.Hi}
	}
	return Interval{}
}

// Confidence is what intervals over so many samples cover; one sample has none.
func Confidence(samples int) float64 {
	if samples < 2 {
		return 0
	}
	return confidence
}

// Add takes in what the strategies cost at the next D. They go by the names they were asked for with, since those that
// weigh moves are called otherwise at each D; yardsticks come after them.
func (s *Sweep) Add(names []string, rows []Row) {
	for i, r := range rows {
		if i == len(s.Lines) {
			line := Line{Strategy: r.Strategy, Yardstick: r.Yardstick}
			if i < len(names) {
				line.Strategy = names[i]
			}
			s.Lines = append(s.Lines, line)
		}
		s.Lines[i].PerAccess = append(s.Lines[i].PerAccess, r.Cost.PerAccessMs)
		s.Lines[i].Regret = append(s.Lines[i].Regret, r.Cost.RegretMs)
	}
}
