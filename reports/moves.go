package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/relocate"
)

// Moves is what it cost that objects moved while clients used them.
type Moves struct {
	Strategy string `json:"strategy"`
	Made     int64  `json:"made"`
	Stayed   int64  `json:"stayed"` // moves that failed: the object stayed, or nobody knows
	Objects  int64  `json:"objects"`
	// Ways are how often objects went from a home to another, the most frequent first.
	Ways []MoveWay `json:"ways,omitempty"`
	// HandOver is from the decision until the directory named the new home.
	HandOver Quantiles `json:"hand_over_us"`
	// Late counts requests that came too late and were sent after their object. Pause is
	// the longest that any of them waited for each move, beyond the way to the home that answered.
	Late   int64     `json:"late"`
	Paused int64     `json:"paused"` // moves that anybody waited for
	Pause  Quantiles `json:"pause_us"`
	// RoundTrips is the median pause in round trips between the homes; Assumed is what
	// strategies take a move to cost unless they are told otherwise.
	RoundTrips float64 `json:"round_trips"`
	Assumed    float64 `json:"assumed_round_trips"`
	// Violations counts moves that led out of the run's jurisdiction. There must be none.
	Violations int64 `json:"jurisdiction_violations"`
	// Returns is what members of rooms, whose connections end with a move, saw of it.
	Returns *Returns `json:"returns,omitempty"`
}

// MoveWay counts moves from one home to another.
type MoveWay struct {
	From string `json:"from"`
	To   string `json:"to"`
	N    int64  `json:"n"`
}

// Distance is the round trip between two places.
type Distance func(from, to regions.ID) time.Duration

// MoveTally measures pauses as clients saw them, in memory that grows with the objects.
type MoveTally struct {
	distance Distance
	late     int64
	last     map[string]sojourn // by object
	pauses   *meter
	paused   int64
	sockets  returnTally
}

// sojourn is an object's stay in a home, with the longest that anybody waited for its coming.
type sojourn struct {
	home  regions.ID
	pause time.Duration
}

// NewMoveTally begins a run.
func NewMoveTally(distance Distance) *MoveTally {
	return &MoveTally{distance: distance, last: map[string]sojourn{}, pauses: newMeter(coarse), sockets: newReturnTally()}
}

// Add takes an observation in.
func (t *MoveTally) Add(o *loadgen.Observation) {
	if t.sockets.add(o) || !o.Server.Moved || o.Outcome != loadgen.OK {
		return
	}
	t.late++
	last := t.last[o.Object]
	if last.home != o.Server.Home {
		t.close(last)
		last = sojourn{home: o.Server.Home}
	}
	last.pause = max(last.pause, o.Latency()-t.distance(o.Edge, o.Server.Home))
	t.last[o.Object] = last
}

func (t *MoveTally) close(s sojourn) {
	if s.home != "" {
		t.pauses.record(s.pause)
		t.paused++
	}
}

// Moves is what came of the moves in a world's log. It ends the tally.
func (t *MoveTally) Moves(strategy string, assumed float64, log []relocate.Move) *Moves {
	m := &Moves{Strategy: strategy, Assumed: assumed, Late: t.late}
	for _, s := range t.last {
		t.close(s)
	}
	m.Returns = t.sockets.returns()
	m.Paused, m.Pause = t.paused, t.pauses.quantiles()
	ways, objects := map[MoveWay]int64{}, map[string]bool{}
	took := newMeter(coarse)
	var between time.Duration
	for _, move := range log {
		if move.Cause != nil || move.Ended.IsZero() {
			m.Stayed++
			continue
		}
		m.Made++
		ways[MoveWay{From: string(move.From), To: string(move.To)}]++
		objects[move.Object.Class+" "+move.Object.Name] = true
		took.record(move.Ended.Sub(move.Began))
		between += t.distance(move.From, move.To)
	}
	m.HandOver, m.Objects = took.quantiles(), int64(len(objects))
	if between > 0 {
		m.RoundTrips = float64(m.Pause.P50) * float64(m.Made) / float64(between)
	}
	for w, n := range ways {
		m.Ways = append(m.Ways, MoveWay{w.From, w.To, n})
	}
	slices.SortFunc(m.Ways, func(a, b MoveWay) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.From+a.To, b.From+b.To))
	})
	return m
}

// Stray counts the moves that led out of a jurisdiction, whose homes are given, and
// rules on them.
func (m *Moves) Stray(within string, allowed []regions.ID, log []relocate.Move) Verdict {
	v := Verdict{Law: "moves stay in the jurisdiction", Verdict: OK}
	m.Violations = 0
	for _, move := range log {
		if move.Cause != nil || slices.Contains(allowed, move.To) {
			continue
		}
		m.Violations++
		if len(v.Witness) < 3 {
			v.Witness = append(v.Witness, fmt.Sprintf("%s moved from %s to %s at %s", move.Object.Name, move.From, move.To, move.Began.UTC().Format("15:04:05.000")))
		}
	}
	v.Why = fmt.Sprintf("%d of %s led out of %s", m.Violations, counted(int(m.Made), "move"), within)
	if m.Violations > 0 {
		v.Verdict = Violated
	}
	return v
}

// moves is the chapter about runs in which objects moved.
func (r *Report) moves() (chapter, bool) {
	s := sheet{
		Heads: append(words("run"), numbers("moves", "stayed", "objects", "hand-over p50", "p99", "sent after", "pause p50", "p99", "max", "in round trips", "D assumed", "jurisdiction violations")...),
	}
	s.Heads = append(s.Heads, head{Name: "most often", Words: true})
	for at, name := range map[int]string{1: "moves", 6: "late", 7: "pause p50", 8: "p99", 9: "max", 10: "trips"} {
		s.Heads[at].terse = name
	}
	for i := range r.Runs {
		if m := r.Runs[i].Moves; m != nil {
			s.Rows = append(s.Rows, m.row(link{idOfRun(i), r.Runs[i].Name + ", " + r.Runs[i].Engine}))
		}
	}
	sheets := []sheet{s}
	if returns, any := r.returnsSheet(); any {
		sheets = append(sheets, returns)
	}
	return chapter{ID: "moves", Title: "Moves", Sheets: sheets, Notes: []string{
		"Objects that moved while clients used them. The pause of a move is the longest that a client waited which came too late and was sent after the object, " +
			"beyond the way to the home that answered; in round trips between the two homes it compares with D, what strategies take a move to cost. " +
			"The hand-over is from the decision until the directory named the new home. " +
			"Who holds a WebSocket sees a move as a connection that ends (1012): away is from then until it has joined again, and the delay is that of what was " +
			"said meanwhile, from its sending until it was told, on its return.",
	}}, len(s.Rows) > 0
}

func (m *Moves) row(run link) []cell {
	row := append([]cell{{Links: []link{run}}}, texts(count(m.Made), count(m.Stayed), count(m.Objects))...)
	row = append(row, texts(m.HandOver.P50.String(), m.HandOver.P99.String(), count(m.Late))...)
	if m.Paused > 0 {
		row = append(row, texts(m.Pause.P50.String(), m.Pause.P99.String(), m.Pause.Max.String(), fmt.Sprintf("%.1f", m.RoundTrips))...)
	} else {
		row = append(row, texts("–", "–", "–", "–")...)
	}
	var ways []string
	for _, w := range m.Ways[:min(3, len(m.Ways))] {
		ways = append(ways, fmt.Sprintf("%s→%s %s", w.From, w.To, count(w.N)))
	}
	return append(row, cell{Text: fmt.Sprintf("%.0f", m.Assumed)}, cell{Text: count(m.Violations), Off: m.Violations > 0}, cell{Text: strings.Join(ways, ", ")})
}
