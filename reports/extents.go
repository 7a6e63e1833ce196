package reports

import (
	"fmt"
	"math"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports/stat"
)

// extents is when things began and ended.
type extents struct {
	any         bool
	first, last time.Duration // scheduled, done: of operations that users wait for

	asked             int64
	opened, scheduled time.Duration // first and last operation that the pacer scheduled
}

func (e *extents) record(o *loadgen.Observation) {
	kind := o.Operation.Kind
	if counts(kind) {
		if !e.any || o.Scheduled < e.first {
			e.first = o.Scheduled
		}
		e.any, e.last = true, max(e.last, o.Done, o.Scheduled)
	}
	if !scheduled(o) {
		return
	}
	if e.asked == 0 || o.Scheduled < e.opened {
		e.opened = o.Scheduled
	}
	e.asked, e.scheduled = e.asked+1, max(e.scheduled, o.Scheduled)
}

func (e *extents) lasted() time.Duration { return e.last - e.first }

// window is how long operations were asked for, and its end. A window too short
// to say anything of a month is none.
func (e *extents) window() (window, end time.Duration) {
	window = e.scheduled - e.opened
	if window < time.Second {
		window = 0
	}
	return window, e.scheduled
}

// offered is how many operations per second the pacer scheduled: n operations
// have n-1 gaps between them.
func (e *extents) offered() float64 {
	span := (e.scheduled - e.opened).Seconds()
	if e.asked < 2 || span <= 0 {
		return 0
	}
	return perS(e.asked-1, span)
}

// perS is a rate to the thousandth, so that it reads well in JSON.
func perS(n int64, seconds float64) float64 { return math.Round(float64(n)/seconds*1e3) / 1e3 }

// roomTally counts what chat members sent and received.
type roomTally struct {
	members map[string]int64 // by room
	// Who comes back is told what was sent when nobody expected it to hear.
	lost, told map[int]time.Duration // by client
	sum        Chat
	any        bool
}

func newRoomTally() roomTally {
	return roomTally{members: map[string]int64{}, lost: map[int]time.Duration{}, told: map[int]time.Duration{}}
}

func (t *roomTally) record(o *loadgen.Observation) {
	good := o.Outcome == loadgen.OK
	switch o.Operation.Kind {
	case loadgen.Join:
		if good {
			t.members[o.Object]++
		}
	case loadgen.Resume:
		t.told[o.Client] = o.Done
	case loadgen.Leave:
		t.lost[o.Client] = o.Sent
		t.members[o.Object] = max(0, t.members[o.Object]-1)
	case loadgen.Send:
		if good {
			t.sum.Sends++
			t.sum.Expected += max(0, t.members[o.Object]-1)
		}
	case loadgen.Deliver:
		// Whether a sender's own copy is recorded is the load generator's choice.
		if good && o.Client != o.Operation.Sender {
			t.sum.Delivered++
			if at, back := t.told[o.Client]; back && at == o.Done && o.Sent > t.lost[o.Client] {
				t.sum.Expected++
			}
		}
	default:
		return
	}
	t.any = true
}

func (t *roomTally) chat() *Chat {
	if !t.any {
		return nil
	}
	sum := t.sum
	return &sum
}

// warnings are what is to be said against a run's numbers.
func (t *Tally) warnings(m *Measured, all *groupMeter) []string {
	var out []string
	if m.N == 0 {
		out = append(out, "no good reply was observed: there is nothing to measure")
	} else {
		for _, q := range []float64{0.99, 0.999} {
			if err := stat.Doubt(q, int(m.N)); err != nil {
				out = append(out, err.Error())
			}
		}
	}
	if few, least, name := fewest(m.ByEdge); few > 0 {
		out = append(out, fmt.Sprintf("the p99 of %s rests on fewer than %s samples each (fewest: %s with %s)",
			counted(few, "edge"), count(int64(stat.Need(0.99))), name, count(least)))
	}
	if p99 := t.wait.at(0.99); t.wait.n() > 0 && p99 > Micros(late) {
		out = append(out, fmt.Sprintf(
			"the load generator fell behind its schedule: 1 %% of operations were sent more than %v late (the wait is in the latency)", p99))
	}
	if bad := m.Errors + m.Unknown; bad > 0 {
		out = append(out, fmt.Sprintf("quantiles leave out %s operations without a good reply (%s failed, %s unknown)",
			count(bad), count(m.Errors), count(m.Unknown)))
	}
	if off := all.unaccounted(); off > 0.01 {
		out = append(out, fmt.Sprintf("the parts of the latency budget miss the whole by %.1f %%", off*100))
	}
	return out
}

// fewest counts the edges whose p99 is in doubt, and names the one with the least samples.
func fewest(edges map[string]EdgeGroup) (few int, least int64, name string) {
	for code, e := range edges {
		if stat.Doubt(0.99, int(e.N)) == nil {
			continue
		}
		if few == 0 || e.N < least || e.N == least && code < name {
			least, name = e.N, code
		}
		few++
	}
	return few, least, name
}
