package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Bank is how much money the accounts of one object hold when it is born: the
// accounts a0, a1 and so on, with Opening each. No account it does not name is ever used.
type Bank struct {
	Accounts int
	Opening  int64
}

func (b Bank) check() error {
	if b.Accounts < 2 || b.Opening < 1 {
		return fmt.Errorf("bank of %d accounts of %d: want two at least, and money in them", b.Accounts, b.Opening)
	}
	return nil
}

func (b Bank) total() int64 { return int64(b.Accounts) * b.Opening }

// number finds an account by its name.
func (b Bank) number(name string) (int, bool) {
	digits, ok := strings.CutPrefix(name, "a")
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n >= 0 && n < b.Accounts
}

// apply changes balances by a transfer, sign -1 takes it back. An account that is
// not the bank's is left out, so that the sum shows it.
func (b Bank) apply(balances []int64, t loadgen.Transfer, sign int64) {
	if from, ok := b.number(t.From); ok {
		balances[from] -= sign * t.Amount
	}
	if to, ok := b.number(t.To); ok {
		balances[to] += sign * t.Amount
	}
}

// AccountSum is the law that no reply shows balances that do not add up to what
// there was at first, nor one below zero.
func AccountSum(p Params) Checker {
	return law{
		name: "account sum conserved, never negative", least: p.Least, unit: "balances told",
		judge: func(history []loadgen.Observation) finding { return judgeSums(history, p.Bank) },
	}
}

func isAccountKind(k loadgen.Kind) bool { return k == loadgen.Move || k == loadgen.Read }

func judgeSums(history []loadgen.Observation, bank Bank) finding {
	groups := byObject(history, isAccountKind)
	var faults []fault
	seen := 0
	for _, g := range groups {
		l := newLedger(history, g, bank)
		seen += len(l.moves) + len(l.looks)
		if f := l.judgeSum(); f != nil {
			faults = append(faults, *f)
		}
	}
	if len(faults) > 0 {
		return convict(faults, "banks")
	}
	return finding{ruling: OK, evidence: seen, why: fmt.Sprintf(
		"%d replies of %d banks each showed %d in all, and no account below zero", seen, len(groups), bank.total())}
}

// placed is a reply that tells where it stands: after so many transfers.
type placed struct {
	at       int32 // in the history
	seq      int64 // of the last transfer, which is the reply's own if it moved money
	balances []int64
}

// ledger is the history of one bank.
type ledger struct {
	history []loadgen.Observation
	object  string
	bank    Bank
	moves   []placed // transfers that were carried out, by number
	looks   []placed // looks at the balances, and refusals for want of money, by number
	lost    []int32  // transfers of unknown outcome, by Sent
	silent  int      // acknowledged transfers whose replies tell no number
}

func newLedger(history []loadgen.Observation, g group, bank Bank) *ledger {
	l := &ledger{history: history, object: g.object, bank: bank}
	for _, i := range g.at {
		o := &history[i]
		moves := o.Operation.Kind == loadgen.Move
		switch {
		case o.Outcome == loadgen.OK && o.Reply.Text != "":
			balances, err := loadgen.ParseBalances(o.Reply.Text)
			if err != nil {
				continue // a record that somebody wrote by hand
			}
			told := placed{at: i, seq: o.Reply.Value, balances: balances}
			if moves && o.Reply.Allowed {
				l.moves = append(l.moves, told)
			} else {
				l.looks = append(l.looks, told)
			}
		case answered(o) && moves:
			l.silent++
		case o.Outcome == loadgen.Unknown && moves:
			l.lost = append(l.lost, i)
		}
	}
	bySeq := func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(history[a.at].Sent, history[b.at].Sent))
	}
	slices.SortStableFunc(l.moves, bySeq)
	slices.SortStableFunc(l.looks, bySeq)
	slices.SortStableFunc(l.lost, func(a, b int32) int { return cmp.Compare(history[a].Sent, history[b].Sent) })
	return l
}

// judgeSum finds the earliest reply with balances that cannot be.
func (l *ledger) judgeSum() *fault {
	var first *placed
	var why string
	for _, list := range [][]placed{l.moves, l.looks} {
		for n := range list {
			told := l.wrongSum(list[n].balances)
			if told != "" && (first == nil || l.history[list[n].at].Done < l.history[first.at].Done) {
				first, why = &list[n], told
			}
		}
	}
	if first == nil {
		return nil
	}
	o := &l.history[first.at]
	return &fault{
		why:     fmt.Sprintf("%s told client %d at %s %s", l.object, o.Client, at(o.Done), why),
		witness: pick(l.history, l.before(first), first.at),
	}
}

func (l *ledger) wrongSum(balances []int64) string {
	var sum int64
	for n, b := range balances {
		if b < 0 {
			return fmt.Sprintf("that account a%d holds %d", n, b)
		}
		sum += b
	}
	if want := l.bank.total(); sum != want {
		return fmt.Sprintf("balances that add up to %d, not %d", sum, want)
	}
	return ""
}

// before is the last good reply before a bad one, -1 if there is none.
func (l *ledger) before(bad *placed) int32 {
	best := int32(-1)
	for _, list := range [][]placed{l.moves, l.looks} {
		for _, p := range list {
			if l.history[p.at].Done <= l.history[bad.at].Sent && l.wrongSum(p.balances) == "" &&
				(best < 0 || l.history[p.at].Done > l.history[best].Done) {
				best = p.at
			}
		}
	}
	return best
}

// AccountOrder is the law that a bank is linearizable: transfers happen in the
// order of their numbers, each at one instant between its being sent and being
// done, which includes the order of a client's own; a look shows the balances of
// such an instant; and a transfer is refused only where there was too little.
func AccountOrder(p Params) Checker {
	return law{
		name: "account linearizable", least: p.Least, unit: "balances told",
		judge: func(history []loadgen.Observation) finding { return judgeAccountOrder(history, p.Bank) },
	}
}

func judgeAccountOrder(history []loadgen.Observation, bank Bank) finding {
	groups := byObject(history, isAccountKind)
	var faults []fault
	seen := 0
	for _, g := range groups {
		l := newLedger(history, g, bank)
		seen += len(l.moves) + len(l.looks)
		f := l.judgeTime()
		if f == nil {
			f = l.judgeRefusals()
		}
		if f != nil {
			faults = append(faults, *f)
		}
	}
	if len(faults) > 0 {
		return convict(faults, "banks")
	}
	return finding{ruling: OK, evidence: seen, why: fmt.Sprintf("%d operations on %d banks fit one order each", seen, len(groups))}
}

// judgeTime walks through the replies in their order with the latest Sent so far, as
// the law of counters does: what was done before that cannot come after it.
func (l *ledger) judgeTime() *fault {
	latest := int32(-1)
	check := func(i int32) *fault {
		if latest >= 0 && l.history[i].Done < l.history[latest].Sent {
			return l.reversed(i, latest)
		}
		return nil
	}
	later := func(i int32) {
		if latest < 0 || l.history[i].Sent > l.history[latest].Sent {
			latest = i
		}
	}
	m, n := 0, 0
	for m < len(l.moves) || n < len(l.looks) {
		if m < len(l.moves) && (n == len(l.looks) || l.moves[m].seq <= l.looks[n].seq) {
			if f := check(l.moves[m].at); f != nil {
				return f
			}
			later(l.moves[m].at)
			m++
			continue
		}
		// Looks at one state have no order among themselves.
		end := n
		for end < len(l.looks) && l.looks[end].seq == l.looks[n].seq {
			if f := check(l.looks[end].at); f != nil {
				return f
			}
			end++
		}
		for ; n < end; n++ {
			later(l.looks[n].at)
		}
	}
	return nil
}

func (l *ledger) reversed(done, sent int32) *fault {
	first, second := &l.history[done], &l.history[sent]
	who := fmt.Sprintf("client %d sent at %s", second.Client, at(second.Sent))
	if first.Client == second.Client {
		who = fmt.Sprintf("the same client sent after that, at %s,", at(second.Sent))
	}
	return &fault{
		why: fmt.Sprintf("%s went back: client %d had been told of transfer %d by %s, yet what %s came after transfer %d only",
			l.object, first.Client, first.Reply.Value, at(first.Done), who, second.Reply.Value),
		witness: pick(l.history, done, sent),
	}
}

// judgeRefusals finds a transfer that was refused although there was enough.
func (l *ledger) judgeRefusals() *fault {
	for _, p := range l.looks {
		o := &l.history[p.at]
		t, err := loadgen.ParseTransfer(o.Operation.Text)
		if o.Operation.Kind != loadgen.Move || err != nil {
			continue
		}
		if from, ok := l.bank.number(t.From); ok && from < len(p.balances) && p.balances[from] >= t.Amount {
			return &fault{
				why:     fmt.Sprintf("%s refused client %d %d of %s at %s, which held %d then", l.object, o.Client, t.Amount, t.From, at(o.Done), p.balances[from]),
				witness: pick(l.history, p.at),
			}
		}
	}
	return nil
}

// never is later than everything.
const never = time.Duration(1<<63 - 1)
