package plant

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

func accountBugs() []Bug {
	return []Bug{
		{
			Name: "torn-transfer", Class: "account", Law: "sum conserved", state: tornTransfers,
			What: "every 40th transfer dies between two commits, of which the first took the money",
		},
		{
			Name: "check-then-act", Class: "account", Law: "sum conserved", state: checkThenAct,
			What: "every 20th transfer reads the balances, waits for 50 ms, and then writes",
		},
		{
			Name: "overdraft", Class: "account", Law: "never negative", state: overdrafts,
			What: "every 10th transfer is carried out whether or not there is enough",
		},
		{
			Name: "double-transfer", Class: "account", Law: "in effect once", fetch: transferTwice,
			What: "every 40th transfer is carried out twice",
		},
		{
			Name: "early-reply", Class: "account", Law: "in effect once", fetch: replyEarly,
			What: "every 40th transfer is answered before it is durable, and a reset takes it back",
		},
		{
			Name: "stale-balances", Class: "account", Law: "account linearizable", fetch: staleBalances,
			What: "every 10th look at the balances is answered from a cache",
		},
		{
			Name: "wrong-refusal", Class: "account", Law: "account linearizable", state: wrongRefusals,
			What: "every 40th transfer is refused for want of money that is there",
		},
	}
}

// torn carries some batches out by half: the first key is durable when the object
// is reset. Its transactions take nothing back.
type torn struct {
	object.Storage
	state  object.State
	memory *memory
}

func tornTransfers(m *memory, s object.State) object.State {
	return withStorage{s, torn{s.Storage(), s, m}}
}

var errDied = errors.New("the process died between two commits")

func (t torn) PutMany(entries []object.Entry, options ...object.WriteOption) error {
	if len(entries) == 0 || !t.memory.every(40) {
		return t.Storage.PutMany(entries, options...)
	}
	if err := t.Storage.Put(entries[0].Key, entries[0].Value, options...); err != nil {
		return err
	}
	if err := t.Storage.Sync(); err != nil {
		return err
	}
	t.state.Abort(errDied, object.RetryAlarm)
	return nil
}

func (t torn) Transaction(body func() error) error { return body() }

// hasty lets some transfers wait between what they read and what they write, and
// has no transaction to keep others out meanwhile.
type hasty struct {
	object.Storage
	state  object.State
	memory *memory
}

func checkThenAct(m *memory, s object.State) object.State {
	return withStorage{s, hasty{s.Storage(), s, m}}
}

func (h hasty) Transaction(body func() error) error { return body() }

func (h hasty) PutMany(entries []object.Entry, options ...object.WriteOption) error {
	if h.memory.every(20) {
		h.state.Sleep(50 * time.Millisecond)
	}
	return h.Storage.PutMany(entries, options...)
}

// inTransaction changes what some transactions read, and what they write of it.
type inTransaction struct {
	object.Storage
	memory *memory
	often  int
	read   func(n int, value object.Value, found bool) (object.Value, bool)
	write  func([]object.Entry) []object.Entry
}

func (t inTransaction) Transaction(body func() error) error {
	t.memory.acting = t.memory.every(t.often)
	t.memory.reads = 0
	defer func() { t.memory.acting = false }()
	return t.Storage.Transaction(body)
}

func (t inTransaction) Get(key string) (object.Value, bool) {
	value, found := t.Storage.Get(key)
	if !t.memory.acting {
		return value, found
	}
	t.memory.reads++
	return t.read(t.memory.reads, value, found)
}

func (t inTransaction) PutMany(entries []object.Entry, options ...object.WriteOption) error {
	if t.memory.acting && t.write != nil {
		entries = t.write(entries)
	}
	return t.Storage.PutMany(entries, options...)
}

// loan is what an overdraft's account seems to hold beyond what it does.
const loan = 100_000

func overdrafts(m *memory, s object.State) object.State {
	return withStorage{s, inTransaction{
		Storage: s.Storage(), memory: m, often: 10,
		read: func(n int, value object.Value, found bool) (object.Value, bool) {
			if n > 1 || !found { // the first that is read pays; one that was never used is let go
				return value, found
			}
			return plus(value, loan), true
		},
		write: func(entries []object.Entry) []object.Entry {
			changed := append([]object.Entry(nil), entries...)
			for i, e := range changed {
				if n, err := strconv.ParseInt(string(e.Value.Data), 10, 64); err == nil && n > loan/2 {
					changed[i].Value = plus(e.Value, -loan)
				}
			}
			return changed
		},
	}}
}

// plus adds to a number that is stored.
func plus(value object.Value, amount int64) object.Value {
	n, err := strconv.ParseInt(string(value.Data), 10, 64)
	if err != nil {
		return value
	}
	return object.Value{Codec: value.Codec, Data: strconv.AppendInt(nil, n+amount, 10)}
}

func wrongRefusals(m *memory, s object.State) object.State {
	return withStorage{s, inTransaction{
		Storage: s.Storage(), memory: m, often: 40,
		read: func(int, object.Value, bool) (object.Value, bool) {
			return object.Value{Codec: object.JSON, Data: []byte("0")}, true
		},
	}}
}

func transferTwice(p planted, s object.State, r *object.Request) (*object.Response, error) {
	if r.Method == http.MethodPost && p.memory.every(40) {
		if reply, err := p.inner.Fetch(s, r); err != nil || reply.Status != http.StatusOK {
			return reply, err
		}
	}
	return p.inner.Fetch(s, r)
}

func replyEarly(p planted, s object.State, r *object.Request) (reply *object.Response, err error) {
	if r.Method != http.MethodPost || !p.memory.every(40) {
		return p.inner.Fetch(s, r)
	}
	lost := s.Storage().Transaction(func() error {
		reply, err = p.inner.Fetch(s, r)
		return object.ErrRollback
	})
	return reply, errors.Join(err, lost)
}

func staleBalances(p planted, s object.State, r *object.Request) (*object.Response, error) {
	m := p.memory
	if r.Method == http.MethodGet && m.every(10) && m.reply != nil {
		return m.reply, nil
	}
	reply, err := p.inner.Fetch(s, r)
	if err == nil && r.Method == http.MethodGet && !strings.HasPrefix(r.Path, "/log") && m.count%10 == 1 {
		m.reply = reply
	}
	return reply, err
}
