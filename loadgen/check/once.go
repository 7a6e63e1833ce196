package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// state is the balances after a number of transfers.
type state struct {
	seq      int64
	balances []int64
	told     *loadgen.Observation // by which reply; nil is how the bank was born
	move     *loadgen.Observation // the transfer of that number; nil if nobody was told so
	deadline time.Duration        // the earliest Done of a reply that shows it or a later one
}

// judgeEffects explains every state up to the highest by the one before, and
// forgets them. Nobody will lawfully be told of an earlier one.
func (l *ledger) judgeEffects(highest int64) {
	var over []*placed
	later := l.told[:0:0]
	for _, p := range l.told {
		if p.seq <= highest {
			over = append(over, p)
		} else {
			later = append(later, p)
		}
	}
	l.told = later
	slices.SortFunc(over, bySeq)
	slices.SortFunc(l.lost, askedFirst)
	if l.faults[accountOnce] == nil {
		l.explain(over)
	}
	l.settled = true
	if highest <= l.last.seq {
		return
	}
	l.last = state{seq: highest} // after a fault
	for _, p := range over {
		if p.moved && p.seq == highest {
			l.last.move = p.of
		}
	}
}

// explain stops at the first fault.
func (l *ledger) explain(over []*placed) {
	states, ok := l.states(over)
	if !ok {
		return
	}
	for n := 1; n < len(states); n++ {
		before, after := states[n-1], states[n]
		missing := int(after.seq - before.seq)
		if after.move != nil {
			missing--
		}
		if !l.judgeStep(before, after, missing) {
			return
		}
		// The earliest sent go first, as deadlines rise: that fails only if every way fails.
		l.filled += missing
		if l.filled > len(l.lost) || missing > 0 && l.lost[l.filled-1].Sent > after.deadline {
			l.gap = true
			l.wrong(accountOnce, fmt.Sprintf("%s counts %d transfers between %d and %d that nobody was told of, and too few are of unknown outcome: some were in effect twice",
				l.object, missing, before.seq, after.seq), before.told, after.told)
			return
		}
	}
	l.last = states[len(states)-1]
}

// states are all that were told, by number, after the last that was judged. Replies
// that tell the same state differently are a fault, as is a number given twice or
// below the first.
func (l *ledger) states(over []*placed) ([]state, bool) {
	var before *placed // the transfer before
	all := []state{l.last}
	for _, p := range over {
		one := state{seq: p.seq, balances: p.balances, told: p.of}
		if p.moved {
			if before != nil && before.seq == p.seq {
				l.twoOf(before.of, p.of)
				return nil, false
			}
			before, one.move = p, p.of
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b state) int { return cmp.Compare(a.seq, b.seq) })
	kept := all[:1]
	for _, s := range all[1:] {
		last := &kept[len(kept)-1]
		switch {
		case s.move != nil && s.seq < 1:
			l.wrong(accountOnce, fmt.Sprintf("a transfer of %s was answered number %d: the first is 1", l.object, s.seq), s.told)
			return nil, false
		case s.seq != last.seq:
			kept = append(kept, s)
		case !slices.Equal(s.balances, last.balances):
			l.wrong(accountOnce, fmt.Sprintf("%s told two different balances after its transfer %d", l.object, s.seq), last.told, s.told)
			return nil, false
		case s.move != nil:
			last.move = s.move
		}
	}
	deadlines(kept, over)
	return kept, true
}

// twoOf is the fault of a number that was given twice.
func (l *ledger) twoOf(one, other *loadgen.Observation) {
	l.wrong(accountOnce, fmt.Sprintf("two transfers of %s were both answered number %d: one of them is lost", l.object, other.Reply.Value), one, other)
}

func deadlines(states []state, over []*placed) {
	earliest, n := never, len(over)-1
	for s := len(states) - 1; s >= 0; s-- {
		for ; n >= 0 && over[n].seq >= states[s].seq; n-- {
			earliest = min(earliest, over[n].of.Done)
		}
		states[s].deadline = earliest
	}
}

// judgeStep explains how one state came from the one before: by the transfer that
// was given the number, and as many of unknown outcome as numbers are missing.
func (l *ledger) judgeStep(before, after state, missing int) bool {
	if len(before.balances) != l.bank.Accounts || len(after.balances) != l.bank.Accounts {
		return true // the law of sums says so
	}
	rest := slices.Clone(after.balances)
	for n := range rest {
		rest[n] -= before.balances[n]
	}
	if after.move != nil {
		t, err := loadgen.ParseTransfer(after.move.Operation.Text)
		if err != nil {
			return true // a record that somebody wrote by hand
		}
		l.bank.Apply(rest, t, -1)
	}
	var able []loadgen.Transfer
	for _, o := range l.lost {
		if t, err := loadgen.ParseTransfer(o.Operation.Text); err == nil && o.Sent <= after.deadline {
			able = append(able, t)
		}
	}
	steps := searchSteps
	if missing > len(able) || explains(l.bank, rest, able, missing, &steps) {
		return true // too few is told with the gap
	}
	why := fmt.Sprintf("the balances of %s after transfer %d are not those after transfer %d and what came between", l.object, after.seq, before.seq)
	if l.gap = missing > 0; l.gap {
		why += fmt.Sprintf(": no %d of the %d transfers of unknown outcome explain it", missing, len(able))
	}
	l.wrong(accountOnce, why, before.told, after.told)
	return false
}

// searchSteps bounds the search for the transfers that explain a difference. Beyond
// it the bank has the benefit of the doubt.
const searchSteps = 100_000

// explains says whether some of the transfers, so many, add up to a difference.
func explains(b loadgen.Bank, rest []int64, able []loadgen.Transfer, count int, steps *int) bool {
	*steps--
	switch {
	case *steps < 0:
		return true
	case count == 0:
		return !slices.ContainsFunc(rest, func(d int64) bool { return d != 0 })
	}
	for n := 0; n+count <= len(able); n++ {
		b.Apply(rest, able[n], -1)
		found := explains(b, rest, able[n+1:], count-1, steps)
		b.Apply(rest, able[n], 1)
		if found {
			return true
		}
	}
	return false
}
