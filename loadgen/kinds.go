package loadgen

import (
	"fmt"
	"strconv"
	"strings"
)

// The kinds of the classes account and session. A look at balances is a Read.
const (
	// Move is a transfer between accounts. Operation.Text is a Transfer. Its reply,
	// like that of a Read, tells the number of the last transfer (Reply.Value) and the
	// balances after it (Reply.Text); Reply.Allowed says whether there was enough.
	Move Kind = "transfer"
	// Create stores a session's data, Operation.Text, unique in a run; Access gives
	// it (Reply.Text) and extends it, or finds none (status 404); Invalidate ends it.
	Create     Kind = "create"
	Access     Kind = "get"
	Invalidate Kind = "invalidate"
)

// Transfer is what a Move asks: money from one account to another.
type Transfer struct {
	From, To string
	Amount   int64
}

// String is what ParseTransfer reads.
func (t Transfer) String() string {
	return t.From + ">" + t.To + " " + strconv.FormatInt(t.Amount, 10)
}

// ParseTransfer reads what Transfer.String wrote.
func ParseTransfer(text string) (Transfer, error) {
	names, amount, ok := strings.Cut(text, " ")
	from, to, and := strings.Cut(names, ">")
	n, err := strconv.ParseInt(amount, 10, 64)
	if !ok || !and || err != nil {
		return Transfer{}, fmt.Errorf("read transfer %.80q: want FROM>TO AMOUNT", text)
	}
	return Transfer{From: from, To: to, Amount: n}, nil
}

// FormatBalances writes balances, in the order of the accounts, as Reply.Text has them.
func FormatBalances(balances []int64) string {
	text := make([]byte, 0, 6*len(balances))
	for i, b := range balances {
		if i > 0 {
			text = append(text, ' ')
		}
		text = strconv.AppendInt(text, b, 10)
	}
	return string(text)
}

// ParseBalances reads what FormatBalances wrote.
func ParseBalances(text string) ([]int64, error) {
	var balances []int64
	for word := range strings.FieldsSeq(text) {
		b, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read balances %.80q: %w", text, err)
		}
		balances = append(balances, b)
	}
	return balances, nil
}
