package check

import (
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// The laws of a bank, but for the search.
const (
	accountSum   = "account sum conserved, never negative"
	accountOnce  = "account transfers in effect once"
	accountOrder = "account linearizable"
)

// AccountSum is the law that no reply shows balances that do not add up to what
// there was at first, nor one below zero.
func AccountSum(p Params) Checker { return accountLaw(accountSum, "balances told", p) }

// AccountOrder is the law that a bank is linearizable: transfers happen in the
// order of their numbers, each at one instant between its being sent and being
// done, which includes the order of a client's own; a look shows the balances of
// such an instant; and a transfer is refused only where there was too little.
func AccountOrder(p Params) Checker { return accountLaw(accountOrder, "balances told", p) }

// AccountOnce is the law that each acknowledged transfer is in effect exactly once,
// a refused one never, and one of unknown outcome once or never.
//
// The replies give the transfers' order away: each carries the number of its
// transfer and the balances after it. So no number is given twice, the balances
// after a number differ from those after the number before by that transfer and
// nothing else, and numbers that nobody was given were transfers of unknown outcome.
func AccountOnce(p Params) Checker { return accountLaw(accountOnce, "transfers acknowledged", p) }

func accountLaw(name, unit string, p Params) Checker {
	return law{
		name: name, least: p.Least, unit: unit, shares: "banks",
		open: func() docket { return &banks{bank: p.Bank, all: make(map[string]*ledger), memory: newMemory(p)} },
	}
}

func isAccountKind(k loadgen.Kind) bool { return k == loadgen.Move || k == loadgen.Read }

// banks is the docket of the laws of banks.
type banks struct {
	bank  loadgen.Bank
	all   map[string]*ledger
	ended bool
	memory
}

func (b *banks) hear(o *loadgen.Observation) {
	if !isAccountKind(o.Operation.Kind) {
		return
	}
	l := b.all[o.Object]
	if l == nil {
		l = newLedger(o.Object, b.bank)
		b.all[o.Object] = l
	}
	before := l.size()
	l.hear(o)
	b.kept += l.size() - before
}

func (b *banks) settle(horizon time.Duration) {
	decideEach(&b.memory, maps.Values(b.all), func(l *ledger) int {
		l.settle(horizon)
		return l.size()
	})
}

func (b *banks) rule(law string) finding {
	list := inOrderOfName(b.all)
	var faults []fault
	var sum tellings
	doubt := ""
	for _, l := range list {
		if !b.ended {
			l.settle(math.MaxInt64)
		}
		sum.add(l.tellings)
		// Without numbers there is nothing to hold against each other.
		excused := law == accountOnce && (l.silent > 0 || l.gap && l.late)
		if f := l.faults[law]; f != nil && !excused {
			faults = append(faults, *f)
		}
		if l.late {
			doubt = l.object + " told of transfers long after it had told of later ones"
		}
	}
	b.ended = true
	switch {
	case len(faults) > 0:
		return convict(faults, "banks")
	case law == accountSum:
		return finding{ruling: OK, evidence: sum.told, why: fmt.Sprintf(
			"%d replies of %d banks each showed %d in all, and no account below zero", sum.told, len(list), b.bank.Total())}
	case law == accountOrder:
		return finding{ruling: OK, evidence: sum.told, why: fmt.Sprintf("%d operations on %d banks fit one order each", sum.told, len(list))}
	case sum.silent > 0:
		return finding{ruling: Unknown, why: fmt.Sprintf("void: the replies to %d transfers tell no number", sum.silent)}
	case doubt != "":
		return finding{ruling: Unknown, why: doubt}
	}
	why := fmt.Sprintf("%d acknowledged transfers on %d banks are in effect once each", sum.moved, len(list))
	if sum.filled > 0 {
		why += fmt.Sprintf(", and %d of unknown outcome", sum.filled)
	}
	return finding{ruling: OK, why: why, evidence: sum.moved}
}

// tellings counts what banks told.
type tellings struct {
	told, moved int // replies with balances, and those to transfers that were carried out
	silent      int // acknowledged transfers whose replies tell no number
	filled      int // transfers of unknown outcome that are in effect
}

func (t *tellings) add(other tellings) {
	t.told, t.moved = t.told+other.told, t.moved+other.moved
	t.silent, t.filled = t.silent+other.silent, t.filled+other.filled
}

// never is later than everything.
const never = time.Duration(1<<63 - 1)
