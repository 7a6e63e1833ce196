package place

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// line is one access as a line of a trace has it.
type line struct {
	at     time.Duration
	object string
	edge   placement.Edge
	size   uint32
	number int
}

// far is how far ahead of the lines around it a line must be for its time to be called wrong, and not theirs.
const far = time.Hour

// ordered takes a line in whose time is not before the last one's. A lenient reader holds a line that is far ahead until
// the next one comes: if that is back where the trace was, the one ahead has a wrong time, and is left out before it makes
// all that follow come too late. The first line is held, too. Two such lines together believe each other.
func (t *Trace) ordered(l line) error {
	if t.holds {
		switch ahead := t.ahead; {
		case t.N > 0 && l.at < t.last: // it is wrong itself, and tells nothing
		case l.at < ahead.at-far:
			t.holds = false
			if err := t.badAt(ahead.number, fmt.Errorf("ahead of its time: %v after line %d, which comes next", (ahead.at-l.at).Round(time.Microsecond), l.number)); err != nil {
				return err
			}
		default:
			t.holds = false
			if err := t.append(ahead); err != nil {
				return err
			}
		}
	}
	if t.N > 0 && l.at < t.last {
		if t.lost++; t.lost > t.Skipped.Lost {
			t.Skipped.Lost, t.Skipped.Behind = t.lost, t.lastAt
		}
		return fmt.Errorf("out of order: %v before line %d", (t.last - l.at).Round(time.Microsecond), t.lastAt)
	}
	if t.options.Lenient && (t.N == 0 || l.at-t.last > far) {
		t.ahead, t.holds = l, true
		return nil
	}
	return t.append(l)
}

// append takes a line in for good.
func (t *Trace) append(l line) error {
	t.last, t.lastAt, t.lost = l.at, l.number, 0
	t.N++
	if t.copier != nil {
		t.copier.line(l.at, l.object, l.edge, l.size)
	}
	return t.put(record{key: placement.KeyOf(l.object), at: l.at, edge: l.edge, bytes: l.size})
}

// flushed ends the reading: nothing comes any more that could speak against a line that is held.
func (t *Trace) flushed() error {
	if t.holds {
		t.holds = false
		if err := t.append(t.ahead); err != nil {
			return err
		}
	}
	return t.spool.flushed()
}
