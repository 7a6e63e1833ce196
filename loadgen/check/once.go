package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// AccountOnce is the law that each acknowledged transfer is in effect exactly once,
// a refused one never, and one of unknown outcome once or never.
//
// The replies give the transfers' order away: each carries the number of its
// transfer and the balances after it. So no number is given twice, the balances
// after a number differ from those after the number before by that transfer and
// nothing else, and numbers that nobody was given were transfers of unknown outcome.
func AccountOnce(p Params) Checker {
	return law{
		name: "account transfers in effect once", least: p.Least, unit: "transfers acknowledged",
		judge: func(history []loadgen.Observation) finding { return judgeOnce(history, p.Bank) },
	}
}

func judgeOnce(history []loadgen.Observation, bank Bank) finding {
	groups := byObject(history, isAccountKind)
	var faults []fault
	moved, missing, silent := 0, 0, 0
	for _, g := range groups {
		l := newLedger(history, g, bank)
		moved, silent = moved+len(l.moves), silent+l.silent
		if l.silent > 0 {
			continue // without numbers there is nothing to hold against each other
		}
		f, filled := l.judgeEffects()
		missing += filled
		if f != nil {
			faults = append(faults, *f)
		}
	}
	switch {
	case len(faults) > 0:
		return convict(faults, "banks")
	case silent > 0:
		return finding{ruling: Unknown, why: fmt.Sprintf("void: the replies to %d transfers tell no number", silent)}
	}
	why := fmt.Sprintf("%d acknowledged transfers on %d banks are in effect once each", moved, len(groups))
	if missing > 0 {
		why += fmt.Sprintf(", and %d of unknown outcome", missing)
	}
	return finding{ruling: OK, why: why, evidence: moved}
}

// state is the balances after a number of transfers.
type state struct {
	seq      int64
	balances []int64
	told     int32 // by which reply; -1 is how the bank was born
	move     int32 // the transfer of that number; -1 if nobody was told so
}

// judgeEffects also tells how many transfers of unknown outcome are in effect.
func (l *ledger) judgeEffects() (*fault, int) {
	for n := 1; n < len(l.moves); n++ {
		if before, after := l.moves[n-1], l.moves[n]; before.seq == after.seq {
			return &fault{
				why:     fmt.Sprintf("two transfers of %s were both answered number %d: one of them is lost", l.object, after.seq),
				witness: pick(l.history, before.at, after.at),
			}, 0
		}
	}
	states, f := l.states()
	if f != nil {
		return f, 0
	}
	deadlines := l.deadlines(states)
	filled := 0
	for n := 1; n < len(states); n++ {
		missing := int(states[n].seq - states[n-1].seq)
		if states[n].move >= 0 {
			missing--
		}
		if f := l.judgeStep(states[n-1], states[n], missing, deadlines[n]); f != nil {
			return f, filled
		}
		// The earliest sent go first, as deadlines rise: that fails only if every way fails.
		filled += missing
		if filled > len(l.lost) || missing > 0 && l.history[l.lost[filled-1]].Sent > deadlines[n] {
			return l.tooMany(states[n-1], states[n], missing), filled
		}
	}
	return nil, filled
}

// states are all that were told, by number. Replies that tell the same state differently
// are a fault, as is a number below the first.
func (l *ledger) states() ([]state, *fault) {
	born := state{balances: make([]int64, l.bank.Accounts), told: -1, move: -1}
	for n := range born.balances {
		born.balances[n] = l.bank.Opening
	}
	all := []state{born}
	for _, p := range l.moves {
		if p.seq < 1 {
			return nil, &fault{why: fmt.Sprintf("a transfer of %s was answered number %d: the first is 1", l.object, p.seq), witness: pick(l.history, p.at)}
		}
		all = append(all, state{p.seq, p.balances, p.at, p.at})
	}
	for _, p := range l.looks {
		all = append(all, state{p.seq, p.balances, p.at, -1})
	}
	slices.SortStableFunc(all, func(a, b state) int { return cmp.Compare(a.seq, b.seq) })
	kept := all[:1]
	for _, s := range all[1:] {
		last := kept[len(kept)-1]
		if s.seq != last.seq {
			kept = append(kept, s)
			continue
		}
		if !slices.Equal(s.balances, last.balances) {
			return nil, &fault{
				why:     fmt.Sprintf("%s told two different balances after its transfer %d", l.object, s.seq),
				witness: pick(l.history, last.told, s.told),
			}
		}
	}
	return kept, nil
}

// deadlines are, for each state, the earliest Done of a reply that shows it or a later one.
func (l *ledger) deadlines(states []state) []time.Duration {
	deadlines := make([]time.Duration, len(states))
	earliest, m, n := never, len(l.moves)-1, len(l.looks)-1
	for s := len(states) - 1; s >= 0; s-- {
		for ; m >= 0 && l.moves[m].seq >= states[s].seq; m-- {
			earliest = min(earliest, l.history[l.moves[m].at].Done)
		}
		for ; n >= 0 && l.looks[n].seq >= states[s].seq; n-- {
			earliest = min(earliest, l.history[l.looks[n].at].Done)
		}
		deadlines[s] = earliest
	}
	return deadlines
}

// judgeStep explains how one state came from the one before: by the transfer that
// was given the number, and as many of unknown outcome as numbers are missing.
func (l *ledger) judgeStep(before, after state, missing int, deadline time.Duration) *fault {
	if len(before.balances) != l.bank.Accounts || len(after.balances) != l.bank.Accounts {
		return nil // the law of sums says so
	}
	rest := slices.Clone(after.balances)
	for n := range rest {
		rest[n] -= before.balances[n]
	}
	if after.move >= 0 {
		t, err := loadgen.ParseTransfer(l.history[after.move].Operation.Text)
		if err != nil {
			return nil // a record that somebody wrote by hand
		}
		l.bank.apply(rest, t, -1)
	}
	var able []loadgen.Transfer
	for _, i := range l.lost {
		if t, err := loadgen.ParseTransfer(l.history[i].Operation.Text); err == nil && l.history[i].Sent <= deadline {
			able = append(able, t)
		}
	}
	steps := searchSteps
	if missing > len(able) || l.bank.explains(rest, able, missing, &steps) {
		return nil // too few is told with the gap
	}
	why := fmt.Sprintf("the balances of %s after transfer %d are not those after transfer %d and what came between", l.object, after.seq, before.seq)
	if missing > 0 {
		why += fmt.Sprintf(": no %d of the %d transfers of unknown outcome explain it", missing, len(able))
	}
	return &fault{why: why, witness: pick(l.history, before.told, after.told)}
}

// searchSteps bounds the search for the transfers that explain a difference. Beyond
// it the bank has the benefit of the doubt.
const searchSteps = 100_000

// explains says whether some of the transfers, so many, add up to a difference.
func (b Bank) explains(rest []int64, able []loadgen.Transfer, count int, steps *int) bool {
	*steps--
	switch {
	case *steps < 0:
		return true
	case count == 0:
		return !slices.ContainsFunc(rest, func(d int64) bool { return d != 0 })
	}
	for n := 0; n+count <= len(able); n++ {
		b.apply(rest, able[n], -1)
		found := b.explains(rest, able[n+1:], count-1, steps)
		b.apply(rest, able[n], 1)
		if found {
			return true
		}
	}
	return false
}

// tooMany is the fault of numbers that no transfer can have been given.
func (l *ledger) tooMany(before, after state, missing int) *fault {
	return &fault{
		why: fmt.Sprintf("%s counts %d transfers between %d and %d that nobody was told of, and too few are of unknown outcome: some were in effect twice",
			l.object, missing, before.seq, after.seq),
		witness: pick(l.history, before.told, after.told),
	}
}
