package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// placed is a reply that tells where it stands: after so many transfers.
type placed struct {
	of       *loadgen.Observation
	seq      int64 // of the last transfer, which is the reply's own if it moved money
	moved    bool
	balances []int64
}

// rank is the reply's place in the order: what shows a transfer stands after it.
func (p *placed) rank() int64 {
	if p.moved {
		return 2 * p.seq
	}
	return 2*p.seq + 1
}

// ledger is what is known of one bank. What was told of a transfer is decided once
// somebody was told of it, or of a later one, before the horizon: who asks after
// that and is told of an earlier one proves that the bank went back.
type ledger struct {
	object string
	bank   loadgen.Bank
	told   []*placed              // replies that are not held against the transfers before and after
	asked  []*placed              // … nor against what was told before they were sent
	acked  []*placed              // … and those that nothing was judged after
	lost   []*loadgen.Observation // transfers of unknown outcome

	highest *placed              // told before what was judged was sent
	good    *loadgen.Observation // the last reply with balances that can be
	faults  map[string]*fault
	judged
	tellings
}

// judged is how far a bank's transfers were held against each other.
type judged struct {
	last    state // of the transfers that were judged
	settled bool  // some were
	late    bool  // a reply was about transfers that had been judged
	gap     bool  // the fault is that nobody was told of a transfer; one who is told late excuses it
}

func newLedger(object string, bank loadgen.Bank) *ledger {
	born := make([]int64, bank.Accounts)
	for n := range born {
		born[n] = bank.Opening
	}
	return &ledger{object: object, bank: bank, judged: judged{last: state{balances: born}}, faults: make(map[string]*fault)}
}

func (l *ledger) size() int { return len(l.told) + len(l.asked) + len(l.acked) + len(l.lost) }

func (l *ledger) hear(heard *loadgen.Observation) {
	moves := heard.Operation.Kind == loadgen.Move
	switch {
	case heard.Outcome == loadgen.OK && heard.Reply.Text != "":
		balances, err := loadgen.ParseBalances(heard.Reply.Text)
		if err != nil {
			return // a record that somebody wrote by hand
		}
		p := &placed{of: detached(heard), seq: heard.Reply.Value, moved: moves && heard.Reply.Allowed, balances: balances}
		l.tellings.told++
		if p.moved {
			l.moved++
		}
		l.judgeSum(p)
		l.judgeRefusal(p)
		l.asked, l.acked = append(l.asked, p), append(l.acked, p)
		if l.settled && p.moved && p.seq == l.last.seq && l.last.move != nil {
			l.twoOf(l.last.move, p.of)
			return
		}
		if l.settled && (p.seq < l.last.seq || p.seq == l.last.seq && p.moved) {
			l.late = true
			return
		}
		l.told = append(l.told, p)
	case answered(heard) && moves:
		l.silent++
	case heard.Outcome == loadgen.Unknown && moves:
		l.lost = append(l.lost, detached(heard))
	}
}

// settle judges what was over before the horizon. All that was sent before it has been heard.
func (l *ledger) settle(horizon time.Duration) {
	l.judgeTime(horizon)
	highest, over := int64(math.MinInt64), false
	for _, p := range l.told {
		if p.of.Done < horizon {
			highest, over = max(highest, p.seq), true
		}
	}
	if over {
		l.judgeEffects(highest)
	}
}

// judgeSum finds balances that cannot be.
func (l *ledger) judgeSum(p *placed) {
	o, told := p.of, l.wrongSum(p.balances)
	known := l.faults[accountSum]
	switch {
	case told == "" && (l.good == nil || o.Done > l.good.Done) && known == nil:
		l.good = o
	case told == "" && known != nil && len(known.witness) == 1 && o.Done <= known.witness[0].Sent:
		known.witness = slices.Insert(known.witness, 0, *o)
	case told != "" && known == nil:
		before := l.good
		if before != nil && before.Done > o.Sent {
			before = nil
		}
		l.wrong(accountSum, fmt.Sprintf("%s told client %d at %s %s", l.object, o.Client, at(o.Done), told), before, o)
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
	if want := l.bank.Total(); sum != want {
		return fmt.Sprintf("balances that add up to %d, not %d", sum, want)
	}
	return ""
}

// judgeRefusal finds a transfer that was refused although there was enough.
func (l *ledger) judgeRefusal(p *placed) {
	o := p.of
	t, err := loadgen.ParseTransfer(o.Operation.Text)
	if p.moved || o.Operation.Kind != loadgen.Move || err != nil {
		return
	}
	if from, ok := l.bank.Number(t.From); ok && from < len(p.balances) && p.balances[from] >= t.Amount {
		l.wrong(accountOrder, fmt.Sprintf("%s refused client %d %d of %s at %s, which held %d then",
			l.object, o.Client, t.Amount, t.From, at(o.Done), p.balances[from]), o)
	}
}

// judgeTime holds replies, as they were sent, against the highest of those that were
// done before: what was done before cannot come after.
func (l *ledger) judgeTime(horizon time.Duration) {
	slices.SortFunc(l.asked, func(a, b *placed) int { return askedFirst(a.of, b.of) })
	slices.SortFunc(l.acked, func(a, b *placed) int { return toldFirst(a.of, b.of) })
	judged, passed := 0, 0
	for ; judged < len(l.asked) && l.asked[judged].of.Sent < horizon; judged++ {
		p := l.asked[judged]
		for ; passed < len(l.acked) && l.acked[passed].of.Done < p.of.Sent; passed++ {
			if a := l.acked[passed]; l.highest == nil || a.rank() > l.highest.rank() {
				l.highest = a
			}
		}
		if l.highest != nil && p.rank() < l.highest.rank() {
			l.reversed(l.highest.of, p.of)
		}
	}
	l.asked, l.acked = slices.Clone(l.asked[judged:]), slices.Clone(l.acked[passed:])
}

func (l *ledger) reversed(first, second *loadgen.Observation) {
	who := fmt.Sprintf("client %d sent at %s", second.Client, at(second.Sent))
	if first.Client == second.Client {
		who = fmt.Sprintf("the same client sent after that, at %s,", at(second.Sent))
	}
	l.wrong(accountOrder, fmt.Sprintf("%s went back: client %d had been told of transfer %d by %s, yet what %s came after transfer %d only",
		l.object, first.Client, first.Reply.Value, at(first.Done), who, second.Reply.Value), first, second)
}

func (l *ledger) wrong(law, why string, witness ...*loadgen.Observation) {
	if l.faults[law] == nil {
		l.faults[law] = &fault{why: why, witness: shown(witness...)}
	}
}

// bySeq is the order of the transfers.
func bySeq(a, b *placed) int {
	return cmp.Or(cmp.Compare(a.seq, b.seq), askedFirst(a.of, b.of))
}
