package loadgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bank is how much money the accounts of one object hold when it is born: the
// accounts a0, a1 and so on, with Opening each. No account it does not name is ever
// used. It converts from and to the account class's.
type Bank struct {
	Accounts int
	Opening  int64
}

// Check refuses a bank in which nothing could move.
func (b Bank) Check() error {
	if b.Accounts < 2 || b.Opening < 1 {
		return fmt.Errorf("bank of %d accounts of %d: want two at least, and money in them", b.Accounts, b.Opening)
	}
	return nil
}

// Total is what all accounts hold together, at any time.
func (b Bank) Total() int64 { return int64(b.Accounts) * b.Opening }

// Born is what the accounts hold at first.
func (b Bank) Born() []int64 { return slices.Repeat([]int64{b.Opening}, b.Accounts) }

// Number finds an account by its name.
func (b Bank) Number(name string) (int, bool) {
	digits, ok := strings.CutPrefix(name, "a")
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n >= 0 && n < b.Accounts
}

// Apply changes balances by a transfer, sign -1 takes it back. An account that is
// not the bank's is left out, so that the sum shows it.
func (b Bank) Apply(balances []int64, t Transfer, sign int64) {
	if from, ok := b.Number(t.From); ok {
		balances[from] -= sign * t.Amount
	}
	if to, ok := b.Number(t.To); ok {
		balances[to] += sign * t.Amount
	}
}
