package reports

import (
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Returns is what moves, and whatever else ended connections, were to those who hold
// one: members of rooms and authors of documents.
type Returns struct {
	Lost int64 `json:"lost"` // connections that ended before their member left
	Back int64 `json:"back"` // of them, those after which the member joined again
	// Away is from the end of a connection until its member had joined again.
	Away Quantiles `json:"away_us"`
	// Missed counts the texts and edits that members were told of when they came back;
	// Delay is how long after their sending that was.
	Missed int64     `json:"missed"`
	Delay  Quantiles `json:"delay_us"`
	// New counts those who joined again and were not told what they had missed.
	New int64 `json:"new"`
}

// returnTally follows connections, in memory that grows with the members.
type returnTally struct {
	Returns
	lost  map[int]time.Duration // when; by client
	told  map[int]time.Duration // when it was told what it had missed
	waits map[int]bool          // it has joined again, and was told nothing yet
	away  *meter
	delay *meter
}

func newReturnTally() returnTally {
	return returnTally{
		lost: map[int]time.Duration{}, told: map[int]time.Duration{}, waits: map[int]bool{},
		away: newMeter(coarse), delay: newMeter(coarse),
	}
}

// add takes an observation in, and says whether it was one over a socket.
func (t *returnTally) add(o *loadgen.Observation) bool {
	switch o.Operation.Kind {
	case loadgen.Leave:
		if o.Outcome == loadgen.Failed {
			t.Lost++
			t.lost[o.Client] = o.Done
		}
	case loadgen.Join:
		if since, was := t.lost[o.Client]; was && o.Outcome == loadgen.OK {
			t.Back++
			t.away.record(o.Done - since)
			delete(t.lost, o.Client)
			t.waits[o.Client] = true
		}
	case loadgen.Resume:
		delete(t.waits, o.Client)
		t.told[o.Client] = o.Done
		if !o.Reply.Allowed {
			t.New++
		}
	case loadgen.Deliver:
		if t.told[o.Client] == o.Done && o.Done > 0 {
			t.Missed++
			t.delay.record(o.Done - o.Sent)
		}
	case loadgen.Look:
		if t.waits[o.Client] { // the text in place of the edits
			delete(t.waits, o.Client)
			t.New++
		}
	case loadgen.Send:
	default:
		return false
	}
	return true
}

// returns is what came of it; nil if no connection was lost.
func (t *returnTally) returns() *Returns {
	if t.Lost == 0 {
		return nil
	}
	all := t.Returns
	all.Away, all.Delay = t.away.quantiles(), t.delay.quantiles()
	return &all
}

// returnsSheet is the part of the chapter about moves that tells of sockets.
func (r *Report) returnsSheet() (sheet, bool) {
	s := sheet{Heads: append(words("run"), numbers("connections lost", "back", "away p50", "p99", "max", "told later", "delay p50", "p99", "max", "told nothing")...)}
	for at, name := range map[int]string{1: "lost", 3: "away p50", 4: "p99", 5: "max"} {
		s.Heads[at].terse = name
	}
	for i := range r.Runs {
		m := r.Runs[i].Moves
		if m == nil || m.Returns == nil {
			continue
		}
		b := m.Returns
		row := append([]cell{{Links: []link{{idOfRun(i), r.Runs[i].Name + ", " + r.Runs[i].Engine}}}}, texts(count(b.Lost), count(b.Back))...)
		row = append(row, quantileCells(b.Away, b.Back)...)
		row = append(append(row, texts(count(b.Missed))...), quantileCells(b.Delay, b.Missed)...)
		s.Rows = append(s.Rows, append(row, texts(count(b.New))...))
	}
	return s, len(s.Rows) > 0
}

func quantileCells(q Quantiles, of int64) []cell {
	if of == 0 {
		return texts("–", "–", "–")
	}
	return texts(q.P50.String(), q.P99.String(), q.Max.String())
}
