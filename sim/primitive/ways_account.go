package primitive

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/durabench/durabench/loadgen"
)

// Move is what a D1 transaction does to a bank.
type Move struct {
	Bank     loadgen.Bank
	From, To int
	Amount   int64
}

// balancesOf is what a value holds, or what the bank was born with.
func balancesOf(b loadgen.Bank, v Value, found bool) []int64 {
	if found {
		return v.Balances
	}
	return b.Born()
}

// apply is a bank after a move, or as it was if there is too little.
func (m Move) apply(old Value, found bool) (Value, bool) {
	balances := balancesOf(m.Bank, old, found)
	if balances[m.From] < m.Amount {
		return Value{Number: old.Number, Balances: balances}, false
	}
	balances = slices.Clone(balances) // what was read is shared with every cache that holds it
	balances[m.From] -= m.Amount
	balances[m.To] += m.Amount
	return Value{Number: old.Number + 1, Balances: balances}, true
}

// move reads what a client asked. A workload asks for accounts of the bank only.
func (w *worker) move() Move {
	t, err := loadgen.ParseTransfer(w.ask.Operation.Text)
	if err != nil {
		panic("primitive: a workload asks for " + err.Error())
	}
	number := func(name string) int {
		n, ok := w.options.Bank.Number(name)
		if !ok {
			panic("primitive: a workload asks for account " + name)
		}
		return n
	}
	return Move{Bank: w.options.Bank, From: number(t.From), To: number(t.To), Amount: t.Amount}
}

// bankLogic is for a bank that is kept as one value.
func bankLogic(b loadgen.Bank) logic {
	return logic{
		show: func(seen Result) Done {
			return showBank(Value{Number: seen.Value.Number, Balances: balancesOf(b, seen.Value, seen.Found)})
		},
		change: func(w *worker, seen Result) (Value, Done, bool) {
			next, enough := w.move().apply(seen.Value, seen.Found)
			return next, showMove(next, enough), enough
		},
	}
}

func showBank(v Value) Done {
	return Done{Reply: loadgen.Reply{Status: http.StatusOK, Allowed: true, Value: v.Number, Text: loadgen.FormatBalances(v.Balances)}}
}

func showMove(v Value, enough bool) Done {
	d := showBank(v)
	if !enough {
		d.Reply.Status, d.Reply.Allowed = http.StatusBadRequest, false
	}
	return d
}

// document keeps a bank as one value.
func document(c func() cell) func(*worker) Step {
	return func(w *worker) Step { return readModifyWrite(w, c(), bankLogic(w.options.Bank)) }
}

// transaction is a batch of statements, which D1 carries out together: both
// updates if the first finds enough, and a look at what became of it.
func transaction(s Session) func(*worker) Step {
	return func(w *worker) Step {
		op := Op{Service: ServiceD1, Verb: Select, Key: w.ask.Object, Session: s}
		if !w.reads() {
			op.Verb, op.Move = Transfer, w.move()
			w.attempts++
		}
		return w.call(op, func(r Result, err error) Step {
			switch {
			case err != nil:
				return w.fail(err)
			case w.reads():
				return w.done(bankLogic(w.options.Bank).show(r))
			}
			return w.done(showMove(r.Value, r.Kept))
		})
	}
}

// twoKeys keeps each account under a key of its own: a transfer reads two and
// writes two, one after the other, with nothing to hold them together. Such a
// bank has no number for its transfers.
func twoKeys(w *worker) Step {
	if w.reads() {
		return w.lookAt(make([]int64, 0, w.options.Bank.Accounts))
	}
	m := w.move()
	return w.balance(m.From, func(from int64) Step {
		if from < m.Amount {
			return w.done(Done{Reply: loadgen.Reply{Status: http.StatusBadRequest}})
		}
		return w.balance(m.To, func(to int64) Step {
			return w.settle(m, from-m.Amount, to+m.Amount)
		})
	})
}

func (w *worker) keyOf(account int) string { return w.ask.Object + "/a" + strconv.Itoa(account) }

// balance reads one account.
func (w *worker) balance(account int, then func(int64) Step) Step {
	op := Op{Service: ServiceKV, Verb: Get, Key: w.keyOf(account), TTL: w.options.CacheTTL}
	return w.call(op, func(r Result, err error) Step {
		switch {
		case err != nil:
			return w.fail(err)
		case !r.Found:
			return then(w.options.Bank.Opening)
		}
		return then(r.Value.Number)
	})
}

// settle writes both accounts. If the second is refused, nobody takes the first back:
// what the client is told says nothing of what is left.
func (w *worker) settle(m Move, from, to int64) Step {
	w.attempts++
	return w.call(w.putBalance(m.From, from), func(_ Result, err error) Step {
		if err != nil {
			return w.fail(err)
		}
		return w.call(w.putBalance(m.To, to), func(_ Result, err error) Step {
			if err != nil {
				return w.done(Done{Outcome: loadgen.Unknown, Reply: loadgen.Reply{Status: http.StatusServiceUnavailable, Error: err.Error()}})
			}
			return w.done(Done{Reply: loadgen.Reply{Status: http.StatusOK, Allowed: true}})
		})
	})
}

func (w *worker) putBalance(account int, balance int64) Op {
	return Op{Service: ServiceKV, Verb: Put, Key: w.keyOf(account), Value: Value{Number: balance}}
}

// lookAt reads one account after the other.
func (w *worker) lookAt(read []int64) Step {
	if len(read) == w.options.Bank.Accounts {
		return w.done(showBank(Value{Balances: read}))
	}
	return w.balance(len(read), func(b int64) Step { return w.lookAt(append(read, b)) })
}
