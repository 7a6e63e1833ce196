package check

import (
	"fmt"
	"math"
	"time"
)

// judgeGaps finds an increment of unknown outcome for each value that nobody
// was answered. It can have made the value if it was sent by the deadline: the
// earliest Done of all operations that come after the value. Deadlines rise with
// the value, so giving the earliest sent to the lowest value fails only if
// every way fails. Those left over never took effect, or will later. It returns
// how many were used.
func (p *piece) judgeGaps() (int, *fault) {
	deadlines := p.deadlines()
	used := 0
	for value := 1; value < len(p.made); value++ {
		if p.made[value] >= 0 {
			continue
		}
		next := used - p.decided.spare
		if next >= len(p.lost) || next >= 0 && p.open[p.lost[next]].Sent > deadlines[value] {
			return used, p.gap(value, used)
		}
		used++
	}
	return used, nil
}

// deadlines are, for each value, the earliest Done of a read of it and of
// everything after it.
func (p *piece) deadlines() []time.Duration {
	deadlines := make([]time.Duration, len(p.made))
	earliest := time.Duration(math.MaxInt64)
	for value := len(p.made) - 1; value >= 0; value-- {
		for _, i := range p.readsOf(value) {
			earliest = min(earliest, p.open[i].Done)
		}
		deadlines[value] = earliest
		if i := p.made[value]; i >= 0 {
			earliest = min(earliest, p.open[i].Done)
		}
	}
	return deadlines
}

func (p *piece) gap(value, used int) *fault {
	below, above := int32(-1), int32(-1)
	for v := value - 1; v > 0 && below < 0; v-- {
		below = p.made[v]
	}
	for v := value; v < len(p.made) && above < 0; v++ {
		if reads := p.readsOf(v); len(reads) > 0 {
			above = reads[0]
		}
		if above < 0 {
			above = p.made[v]
		}
	}
	why := fmt.Sprintf("%s skipped %d: no increment was answered it, and ", p.object, p.base+int64(value))
	late := int32(-1)
	switch next := used - p.decided.spare; {
	case next < len(p.lost):
		late = p.lost[next]
		why += fmt.Sprintf("the next of unknown outcome was sent only at %s", at(p.open[late].Sent))
	case used > 0:
		why += fmt.Sprintf("the %d of unknown outcome made lower values", used)
	default:
		why += "none is of unknown outcome"
	}
	return &fault{why: why, witness: pick(p.open, below, above, late)}
}
