package workload

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"

	"github.com/durabench/durabench/loadgen"
)

// What transfers ask for, where nothing else is said: of an account of 1000, up to
// a fifth, and of one in eight ten times that, which few accounts have.
const (
	defaultAccounts = 16
	defaultOpening  = 1000
	usualPart       = 5
	greedyShare     = 0.125
	greed           = 10
)

// Account moves money between the accounts of banks, between few of them most of
// the time, and more than there is some of the time.
type Account struct {
	banks   []string
	paths   []string // by bank
	names   []string // of the accounts
	clients int
	share   float64 // of reads
	opening int64
}

func newAccount(o Options) (*Account, error) {
	a := &Account{
		banks:   names(o.Run, "bank", orDefault(o.Objects, 1)),
		clients: orDefault(o.Clients, 64),
		share:   o.Reads,
		opening: o.Opening,
	}
	if a.opening == 0 {
		a.opening = defaultOpening
	}
	for i := range orDefault(o.Accounts, defaultAccounts) {
		a.names = append(a.names, "a"+strconv.Itoa(i))
	}
	if len(a.names) < 2 || a.opening < usualPart {
		return nil, fmt.Errorf("workload account: %d accounts of %d: want two accounts at least, and %d in each", len(a.names), a.opening, usualPart)
	}
	for _, name := range a.banks {
		a.paths = append(a.paths, "/account/"+name)
	}
	return a, nil
}

// Class is "account".
func (a *Account) Class() string { return "account" }

// Clients is how many clients ask.
func (a *Account) Clients() int { return a.clients }

// Objects are the names of the objects that keep accounts.
func (a *Account) Objects() []string { return a.banks }

func (a *Account) String() string {
	return fmt.Sprintf("%d clients move money between %d accounts in each of %d objects, %.0f %% only look",
		a.clients, len(a.names), len(a.banks), 100*a.share)
}

// Next draws a client, a bank, and a transfer or a look at the balances.
func (a *Account) Next(_ uint64, random *rand.Rand) loadgen.Ask {
	bank := random.IntN(len(a.banks))
	ask := loadgen.Ask{
		Client:    random.IntN(a.clients),
		Object:    a.banks[bank],
		Operation: loadgen.Operation{Kind: loadgen.Read},
		Method:    http.MethodGet,
		Path:      a.paths[bank],
	}
	if a.share > 0 && random.Float64() < a.share {
		return ask
	}
	t := a.transfer(random)
	ask.Operation = loadgen.Operation{Kind: loadgen.Move, Text: t.String()}
	ask.Method = http.MethodPost
	ask.Body = fmt.Sprintf(`{"from":%q,"to":%q,"amount":%d}`, t.From, t.To, t.Amount)
	return ask
}

func (a *Account) transfer(random *rand.Rand) loadgen.Transfer {
	from := a.skewed(random)
	to := a.skewed(random)
	if to == from {
		to = (from + 1) % len(a.names)
	}
	amount := 1 + random.Int64N(a.opening/usualPart)
	if random.Float64() < greedyShare {
		amount *= greed
	}
	return loadgen.Transfer{From: a.names[from], To: a.names[to], Amount: amount}
}

// skewed draws an account: half of all draws are of the first quarter.
func (a *Account) skewed(random *rand.Rand) int {
	u := random.Float64()
	return int(u * u * float64(len(a.names)))
}

// Decode reads {"seq":…,"balances":{…}} of a transfer, a look or a refusal for want
// of money. Any other refusal tells its reason only.
func (a *Account) Decode(_ loadgen.Kind, status int, body []byte) (loadgen.Reply, error) {
	var reply struct {
		Seq      *int64           `json:"seq"`
		Balances map[string]int64 `json:"balances"`
	}
	if status != http.StatusOK && status != http.StatusBadRequest {
		return loadgen.Reply{Error: errorIn(status, body)}, nil
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return loadgen.Reply{}, fmt.Errorf("read account's reply %.80q: %w", body, err)
	}
	if reply.Seq == nil || len(reply.Balances) != len(a.names) {
		if status != http.StatusOK {
			return loadgen.Reply{Error: errorIn(status, body)}, nil
		}
		return loadgen.Reply{}, fmt.Errorf("read account's reply %.80q: want a seq and %d balances", body, len(a.names))
	}
	balances := make([]int64, len(a.names))
	for i, name := range a.names {
		balance, ok := reply.Balances[name]
		if !ok {
			return loadgen.Reply{}, fmt.Errorf("read account's reply %.80q: there is no balance of %s", body, name)
		}
		balances[i] = balance
	}
	return loadgen.Reply{Allowed: status == http.StatusOK, Value: *reply.Seq, Text: loadgen.FormatBalances(balances)}, nil
}
