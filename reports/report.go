package reports

import (
	"io"
	"time"

	"github.com/durabench/durabench/sim/place"
)

// Format is the version of results.json that this package writes and reads.
const Format = 1

// Report is what is known after a suite: what was run, under which conditions,
// and what came out. It is plain data.
type Report struct {
	Format int    `json:"format"`
	Title  string `json:"title"`
	Suite  string `json:"suite"`
	When
	// Program is how the command was called; Args, here and in runs, are what follows it,
	// from the verb on: the exact line that makes the report, or the run, again.
	Program string   `json:"program,omitempty"`
	Args    []string `json:"args,omitempty"`
	// Conditions hold for all runs: version, commit, machine, Postgres and its settings.
	Conditions Conditions `json:"conditions"`
	Warnings   []string   `json:"warnings,omitempty"`
	// Credits name where the facts come from that the runs were built on.
	Credits []string `json:"credits,omitempty"`
	// Places are the full names of the codes that edges and homes go by.
	Places map[string]string `json:"places,omitempty"`
	// Claims are sentences that the runs put to the test.
	Claims []Claim `json:"claims,omitempty"`
	Runs   []Run   `json:"runs"`
	// Placement compares placement strategies on paper, without runs.
	Placement *place.Study `json:"placement,omitempty"`
}

// When is when the work was done.
type When struct {
	Started time.Time `json:"started"`
	Took    Micros    `json:"took_us"`
}

// Renderer writes a report in one form.
type Renderer func(io.Writer, *Report) error

// Run is one experiment: one line of a suite.
type Run struct {
	Name   string   `json:"name"`
	Engine string   `json:"engine"` // live, virtual, or target for a system that is not ours
	Class  string   `json:"class"`
	Args   []string `json:"args"` // as in Report
	// Void says why a run shows nothing, as when it stayed below its minimum of evidence.
	Void string `json:"void,omitempty"`
	Measured
	Study
	Verdicts   []Verdict  `json:"verdicts"`
	Network    *Network   `json:"network,omitempty"`
	Moves      *Moves     `json:"moves,omitempty"` // of a strategy that moves objects
	Conditions Conditions `json:"conditions"`
	Warnings   []string   `json:"warnings,omitempty"`
	// Faults are shaded on the time axis.
	Faults []Span `json:"faults,omitempty"`
}

// Span is a stretch of a run with a name, such as a fault.
type Span struct {
	Name string `json:"name"`
	From Micros `json:"from_us"`
	To   Micros `json:"to_us"`
}

// Measured is what a Tally makes of observations. Its latencies are those of
// good replies; for chat those of deliveries, from the instant the sender meant
// to send to the instant a member had the message.
type Measured struct {
	ThroughputPerS float64 `json:"throughput_per_s"` // good replies, or deliveries
	OfferedPerS    float64 `json:"offered_per_s"`    // operations, or messages sent
	Lasted         Micros  `json:"lasted_us"`        // from the first scheduled to the last done
	Group                  // over all
	Cold           *Group  `json:"cold,omitempty"` // replies that waited for the object to be loaded
	Warm           *Group  `json:"warm,omitempty"` // the others, where the target tells
	// ByEdge is by the place where the client enters the network.
	ByEdge map[string]EdgeGroup `json:"by_edge"`
	// ByEdgeAndHome is by edge, then by the home that answered.
	ByEdgeAndHome map[string]map[string]Group `json:"by_edge_and_home,omitempty"`
	ByOperation   map[string]Group            `json:"by_operation,omitempty"`
	OverTime      Series                      `json:"over_time"`
	Chat          *Chat                       `json:"chat,omitempty"`
	Limit         *Limit                      `json:"limit,omitempty"`
	Sessions      *Sessions                   `json:"sessions,omitempty"`
	Cost          *Cost                       `json:"cost,omitempty"`
}

// Group is a set of operations that have something in common.
type Group struct {
	N       int64     `json:"n"`      // good replies; the latencies are theirs
	Errors  int64     `json:"errors"` // certainly without effect
	Unknown int64     `json:"unknown"`
	Latency Quantiles `json:"latency_us"`
	// Budget is the mean of each part, over the replies that told; nil if none did.
	Budget *Budget `json:"budget_us,omitempty"`
	// Queue is how long the replies waited for the object's turn; of a whole run only.
	Queue *Quantiles `json:"queue_us,omitempty"`
	CDF   []Mark     `json:"cdf_us_share,omitempty"`
}

// EdgeGroup is what the clients of one edge saw.
type EdgeGroup struct {
	Group
	Cold *Group `json:"cold,omitempty"`
	Warm *Group `json:"warm,omitempty"`
}

// Chat counts a room's messages apart from their deliveries.
type Chat struct {
	Sends int64 `json:"sends"`
	// Delivered counts what members other than the sender received, Expected what
	// they should have: for each good send, the members joined at that moment, and
	// those who were told of it when they came back.
	Delivered int64 `json:"delivered"`
	Expected  int64 `json:"expected"`
}

// Reach is the share of expected deliveries that arrived; 1 if none was expected.
func (c Chat) Reach() float64 {
	if c.Expected == 0 {
		return 1
	}
	return float64(c.Delivered) / float64(c.Expected)
}

// Limit counts what a limiter did, beside what it was allowed to do.
type Limit struct {
	Admitted int64 `json:"admitted"`
	Refused  int64 `json:"refused"`
	// Capacity and RefillPerS are the limiter's, per object; set by whoever
	// configured the run. Zero capacity leaves the envelope out.
	Capacity   float64 `json:"capacity"`
	RefillPerS float64 `json:"refill_per_s"`
}

// Sessions tells when sessions ended that were left alone, as clients saw it.
// Earliest and Latest count from the TTL after the last access.
type Sessions struct {
	TTL     Micros `json:"ttl_us"`
	Expired int64  `json:"expired"` // accesses after a silence that found none
	// Earliest is the soonest that one was missed: an alarm that runs before its time makes it
	// negative. Latest is when one was found last. Both include the round trips.
	Earliest Micros `json:"earliest_us"`
	Latest   Micros `json:"latest_us"`
}

// Series is a run along its time axis, in buckets of equal width by the instant
// operations were scheduled.
type Series struct {
	Width  Micros  `json:"width_us"`
	Points []Point `json:"points"`
}

// Point is one bucket of a series.
type Point struct {
	At       Micros `json:"at_us"` // its beginning
	N        int64  `json:"n"`
	Errors   int64  `json:"errors,omitempty"`
	Unknown  int64  `json:"unknown,omitempty"`
	P50      Micros `json:"p50_us"`
	P99      Micros `json:"p99_us"`
	Admitted int64  `json:"admitted,omitempty"`
	// New counts objects first asked in this bucket.
	New int64 `json:"new_objects,omitempty"`
}
