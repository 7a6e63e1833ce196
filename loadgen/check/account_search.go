package check

import (
	"github.com/anishathalye/porcupine"

	"github.com/durabench/durabench/loadgen"
)

// AccountSearch is all that the other laws of banks demand, judged by another
// method: a search of all orders, on the beginnings of some banks' histories.
func AccountSearch(p Params) Checker {
	return searchLaw("account linearizable (search)", p, bankSubject(p.Bank))
}

func bankSubject(bank loadgen.Bank) subject {
	moves := func(o *loadgen.Observation) bool { return o.Operation.Kind == loadgen.Move }
	return subject{
		things: "banks", keep: isAccountKind, model: func() porcupine.Model { return bankModel(bank) },
		counts: func(o *loadgen.Observation) bool {
			return o.Outcome == loadgen.OK && o.Reply.Text != "" || moves(o) && (o.Outcome == loadgen.Unknown || answered(o))
		},
		looks: func(o *loadgen.Observation) bool {
			return !moves(o) || o.Outcome == loadgen.OK && !o.Reply.Allowed
		},
		fixed: isAccountKind,
		input: func(o *loadgen.Observation) any {
			t, err := loadgen.ParseTransfer(o.Operation.Text)
			if err != nil {
				return loadgen.Transfer{} // a look: it moves nothing
			}
			return t
		},
		output: func(o *loadgen.Observation, known bool) any {
			return banked{allowed: o.Reply.Allowed, known: known && o.Reply.Text != "", bankState: bankState{o.Reply.Value, o.Reply.Text}}
		},
	}
}

// bankState is the number of the last transfer and the balances after it.
type bankState struct {
	seq      int64
	balances string
}

// banked is a bank's answer, if there was one.
type banked struct {
	bankState
	allowed, known bool
}

// bankModel is the bank as the judge understands it.
func bankModel(b loadgen.Bank) porcupine.Model {
	first := bankState{balances: loadgen.FormatBalances(b.Born())}
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(before, input, output any) (bool, any) {
			answer := output.(banked)
			after, moved := afterTransfer(b, before.(bankState), input.(loadgen.Transfer))
			if !answer.known {
				return true, after
			}
			// A bank that counts no transfers says zero to all that only look.
			same := answer.balances == after.balances && (answer.seq == after.seq || answer.seq == 0 && !moved)
			return same && answer.allowed == (moved || input == loadgen.Transfer{}), after
		},
	}
}

// afterTransfer is the state after a transfer, which is the same if there is too little.
func afterTransfer(b loadgen.Bank, s bankState, t loadgen.Transfer) (bankState, bool) {
	balances, err := loadgen.ParseBalances(s.balances)
	from, known := b.Number(t.From)
	if err != nil || !known || from >= len(balances) || balances[from] < t.Amount {
		return s, false
	}
	b.Apply(balances, t, 1)
	return bankState{s.seq + 1, loadgen.FormatBalances(balances)}, true
}
