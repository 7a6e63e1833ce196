package classes

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/durabench/durabench/refimpl/object"
)

// Bank is what an account object is born with: the accounts a0, a1 and so on,
// each with Opening. Money is counted in its smallest unit, which has no parts.
// Every other account begins empty, so no name makes money.
type Bank struct {
	Accounts int
	Opening  int64
}

// DefaultBank is 16 accounts of 1000 each.
func DefaultBank() Bank { return Bank{Accounts: 16, Opening: 1000} }

// Names are the accounts that the object is born with.
func (b Bank) Names() []string {
	names := make([]string, b.Accounts)
	for i := range names {
		names[i] = "a" + strconv.Itoa(i)
	}
	return names
}

// Puts is how a transfer writes its three keys.
type Puts uint8

// The ways to write several keys. A transaction makes the first two one commit, so
// both are together or not at all. The third keeps others out, but a crash between
// two commits leaves half a transfer: it is there to be measured.
const (
	Batched Puts = iota // one PutMany
	Single              // a Put each, in one turn
	Synced              // a Put each, and each durable before the next
)

const (
	// ringLength is how many transfers an account object remembers.
	ringLength = 100
	// maxAccounts bounds how many accounts one object opens beyond those it was born
	// with, for each reply names them all.
	maxAccounts = 128
	// maxAccountName is in bytes.
	maxAccountName = 64
	// maxAmount keeps sums far from where whole numbers end.
	maxAmount = 1_000_000_000_000

	balancePrefix = "balance:"
	ringPrefix    = "log:"
)

// Account keeps many accounts in one object. POST / with {from, to, amount} moves
// money if there is enough, GET / gives the balances, GET /log the last hundred
// transfers, oldest first. Each reply tells the number of the last transfer and
// all balances, as they are after it.
//
// A transfer writes three keys, two balances and one of a ring of a hundred, all
// in one turn and so in one commit: together or not at all. An amount that is no
// whole number above zero and a transfer from an account to itself are refused,
// for the first would take from the receiver and the second would make money.
func Account(bank Bank, puts Puts) object.Class {
	return object.Class{
		Name: "account",
		New: func(s object.State) (object.Object, error) {
			a := &account{bank: bank, puts: puts, names: bank.Names()}
			return a, a.restore(s.Storage())
		},
	}
}

// account remembers which accounts there are and how many transfers there were.
// The balances are read from storage, which is resident, so that is as fast.
type account struct {
	bank  Bank
	puts  Puts
	names []string // those born with the object, then the others in order of name
	last  uint64   // number of the last transfer; the first is 1
}

// transfer is what is asked, and what the log keeps.
type transfer struct {
	Number    uint64 `json:"n,omitempty"`
	From      string `json:"from"`
	To        string `json:"to"`
	Amount    int64  `json:"amount"`
	Timestamp int64  `json:"timestamp,omitempty"` // Unix milliseconds
}

func (a *account) restore(storage object.Storage) error {
	balances, err := storage.List(object.Range{Prefix: balancePrefix})
	if err != nil {
		return fmt.Errorf("restore balances: %w", err)
	}
	for _, e := range balances {
		if name := e.Key[len(balancePrefix):]; !slices.Contains(a.names, name) {
			a.names = append(a.names, name)
		}
	}
	ring, err := storage.List(object.Range{Prefix: ringPrefix})
	if err != nil {
		return fmt.Errorf("restore log: %w", err)
	}
	for _, e := range ring {
		var t transfer
		if err := object.DecodeJSON(e.Value, &t); err != nil {
			return fmt.Errorf("restore %s: %w", e.Key, err)
		}
		a.last = max(a.last, t.Number)
	}
	return nil
}

func (a *account) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	switch {
	case r.Path == "/log" && r.Method == http.MethodGet:
		return a.log(s.Storage())
	case r.Path != "/":
		return object.NotFound(), nil
	case r.Method == http.MethodPost:
		return a.move(s, r.Body)
	case r.Method == http.MethodGet:
		body, err := a.appendState([]byte{'{'}, s.Storage())
		return jsonReply(http.StatusOK, body), err
	}
	return &object.Response{Status: http.StatusMethodNotAllowed, Body: []byte("Method Not Allowed")}, nil
}

// move carries a transfer out, or refuses it.
func (a *account) move(s object.State, body []byte) (*object.Response, error) {
	var t transfer
	if err := json.Unmarshal(body, &t); err != nil {
		return a.refuse("want {from, to, amount}, the amount a whole number"), nil
	}
	if why := a.check(t); why != "" {
		return a.refuse(why), nil
	}
	t.Number, t.Timestamp = a.last+1, s.Now().UnixMilli()
	err := a.together(s, func() error { return a.carryOut(s.Storage(), t) })
	var short shortOf
	switch {
	case errors.As(err, &short):
		return a.insufficient(s.Storage(), short)
	case err != nil:
		return nil, err
	}
	a.last = t.Number
	if !slices.Contains(a.names, t.To) {
		a.names = append(a.names, t.To)
		slices.Sort(a.names[a.bank.Accounts:])
	}
	reply := append([]byte(`{"success":true,`), t.fields()...)
	reply, err = a.appendState(append(reply, ','), s.Storage())
	return jsonReply(http.StatusOK, reply), err
}

// together keeps other turns out, and takes back what was written if the body fails.
// A section takes nothing back, and its errors would reset the object.
func (a *account) together(s object.State, body func() error) (err error) {
	if a.puts != Synced {
		return s.Storage().Transaction(body)
	}
	blocked := s.BlockConcurrency(func() error {
		err = body()
		return nil
	})
	return errors.Join(err, blocked)
}

// check says why a transfer cannot be, whatever the balances.
func (a *account) check(t transfer) string {
	switch {
	case t.Amount < 1 || t.Amount > maxAmount:
		return fmt.Sprintf("amount %d: want a whole number from 1 to %d", t.Amount, int64(maxAmount))
	case t.From == t.To:
		return "from and to are one account"
	case len(t.From) > maxAccountName || len(t.To) > maxAccountName || object.CheckName(t.From) != nil || object.CheckName(t.To) != nil:
		return fmt.Sprintf("from, to: want names of 1 to %d bytes, without slashes and control bytes", maxAccountName)
	case len(a.names) >= a.bank.Accounts+maxAccounts && !slices.Contains(a.names, t.To):
		return fmt.Sprintf("too many accounts: at most %d", a.bank.Accounts+maxAccounts)
	}
	return ""
}

// shortOf rolls a transfer back that asks for more than there is.
type shortOf struct{ balance, amount int64 }

func (e shortOf) Error() string {
	return fmt.Sprintf("Insufficient balance: %d < %d", e.balance, e.amount)
}

// carryOut is the body of a transfer's transaction.
func (a *account) carryOut(storage object.Storage, t transfer) error {
	from, err := a.balance(storage, t.From)
	if err != nil {
		return err
	}
	if from < t.Amount {
		return shortOf{from, t.Amount}
	}
	to, err := a.balance(storage, t.To)
	if err != nil {
		return err
	}
	return a.put(storage, []object.Entry{
		{Key: balancePrefix + t.From, Value: numberValue(from - t.Amount)},
		{Key: balancePrefix + t.To, Value: numberValue(to + t.Amount)},
		{Key: fmt.Sprintf("%s%02d", ringPrefix, t.Number%ringLength), Value: t.value()},
	})
}

func (a *account) put(storage object.Storage, entries []object.Entry) error {
	if a.puts == Batched {
		return storage.PutMany(entries)
	}
	for _, e := range entries {
		if err := storage.Put(e.Key, e.Value); err != nil {
			return err
		}
		if a.puts == Single {
			continue
		}
		if err := storage.Sync(); err != nil {
			return err
		}
	}
	return nil
}

func numberValue(n int64) object.Value {
	return object.Value{Codec: object.JSON, Data: strconv.AppendInt(nil, n, 10)}
}

func (a *account) balance(storage object.Storage, name string) (int64, error) {
	value, ok := storage.Get(balancePrefix + name)
	if !ok {
		if slices.Contains(a.names[:a.bank.Accounts], name) {
			return a.bank.Opening, nil
		}
		return 0, nil
	}
	balance, err := strconv.ParseInt(string(value.Data), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read balance of %s: %w", name, err)
	}
	return balance, nil
}
