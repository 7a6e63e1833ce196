package classes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl/classes"
)

func ExampleAccount() {
	bank := live(classes.Account(classes.Bank{Accounts: 2, Opening: 100}, classes.Batched))
	fmt.Println(bank.ask("POST", "/", `{"from":"a0","to":"a1","amount":30}`))
	fmt.Println(bank.ask("POST", "/", `{"from":"a0","to":"a1","amount":80}`))
	fmt.Println(bank.ask("GET", "/", ""))
	// Output:
	// 200 {"success":true,"from":"a0","to":"a1","amount":30,"seq":1,"balances":{"a0":70,"a1":130}}
	// 400 {"success":false,"error":"Insufficient balance: 70 < 80","seq":1,"balances":{"a0":70,"a1":130}}
	// 200 {"seq":1,"balances":{"a0":70,"a1":130}}
}

func TestAccountReplies(t *testing.T) {
	for _, row := range []struct {
		story, method, path, body, want string
	}{
		{"balances of a new bank", "GET", "/", "", `200 {"seq":0,"balances":{"a0":100,"a1":100}}`},
		{"all that there is", "POST", "/", `{"from":"a0","to":"a1","amount":100}`, `"a0":0,"a1":200`},
		{"a unit more than there is", "POST", "/", `{"from":"a0","to":"a1","amount":101}`, `400 {"success":false,"error":"Insufficient balance: 100 < 101"`},
		{"an account that nobody used begins empty", "POST", "/", `{"from":"b","to":"a1","amount":1}`, `Insufficient balance: 0 < 1`},
		{"it can be given money", "POST", "/", `{"from":"a0","to":"b","amount":1}`, `"balances":{"a0":99,"a1":100,"b":1}`},
		{"a name is quoted", "POST", "/", `{"from":"a0","to":"é\"<","amount":1}`, `"to":"é\"<"`},
		{"a negative amount would take from the receiver", "POST", "/", `{"from":"a0","to":"a1","amount":-5}`, `400 {"success":false,"error":"amount -5`},
		{"nothing is no transfer", "POST", "/", `{"from":"a0","to":"a1","amount":0}`, `400 `},
		{"an amount that is no whole number", "POST", "/", `{"from":"a0","to":"a1","amount":0.5}`, `400 {"success":false,"error":"want`},
		{"more than can be counted", "POST", "/", `{"from":"a0","to":"a1","amount":9223372036854775807}`, `400 {"success":false,"error":"amount`},
		{"from an account to itself would make money", "POST", "/", `{"from":"a0","to":"a0","amount":5}`, `one account`},
		{"no names", "POST", "/", `{"amount":5}`, `one account`},
		{"no receiver", "POST", "/", `{"from":"a0","amount":5}`, `want names`},
		{"a name that is too long", "POST", "/", `{"from":"a0","to":"` + strings.Repeat("x", 65) + `","amount":5}`, `want names`},
		{"no JSON", "POST", "/", `from=a0`, `400 `},
		{"a method that is none", "PUT", "/", "", `405 Method Not Allowed`},
		{"a path that is none", "GET", "/rates", "", `404 Not Found`},
		{"the log of a new bank", "GET", "/log", "", `200 {"log":[]}`},
	} {
		bank := live(classes.Account(classes.Bank{Accounts: 2, Opening: 100}, classes.Batched))
		if got := bank.ask(row.method, row.path, row.body); !strings.Contains(got, row.want) {
			t.Errorf("%s: %s %s %s: got %s, want %s in it", row.story, row.method, row.path, row.body, got, row.want)
		}
	}
}

// The log holds a hundred transfers, oldest first, in keys that are used in turn;
// a new instance goes on where the one before was.
func TestAccountLogIsBoundedAndOutlivesTheInstance(t *testing.T) {
	bank := live(classes.Account(classes.DefaultBank(), classes.Batched))
	for n := range 250 {
		bank.ask("POST", "/", fmt.Sprintf(`{"from":"a%d","to":"a%d","amount":1}`, n%16, (n+1)%16))
		if n == 120 {
			bank.evict()
		}
	}
	log := bank.ask("GET", "/log", "")
	if got := strings.Count(log, `"timestamp"`); got != 100 {
		t.Errorf("%d transfers in the log, want 100", got)
	}
	first, last := strings.Index(log, `"n":151,`), strings.Index(log, `"n":250,`)
	if first != len(`200 {"log":[{`) || last < first || strings.Contains(log, `"n":150,`) {
		t.Errorf("the log is not 151 to 250 in order: %.80s … %.80s", log, log[len(log)-80:])
	}
	if rows := len(bank.stored()); rows != 116 {
		t.Errorf("%d keys are stored, want 16 balances and 100 transfers", rows)
	}
	if got := bank.ask("GET", "/", ""); !strings.HasPrefix(got, `200 {"seq":250,`) {
		t.Errorf("after 250 transfers: %s", got)
	}
}

func TestAccountOpensABoundedNumberOfAccounts(t *testing.T) {
	bank := live(classes.Account(classes.Bank{Accounts: 2, Opening: 1000}, classes.Batched))
	refused := 0
	for n := range 140 {
		if strings.Contains(bank.ask("POST", "/", fmt.Sprintf(`{"from":"a0","to":"n%d","amount":1}`, n)), "too many accounts") {
			refused++
		}
	}
	if refused != 12 {
		t.Errorf("%d of 140 new accounts were refused, want 12: 128 are opened", refused)
	}
}

// A transfer is one turn with one batch: its writes become durable together.
func TestATransferIsOneBatch(t *testing.T) {
	bank := live(classes.Account(classes.DefaultBank(), classes.Batched))
	bank.ask("POST", "/", `{"from":"a0","to":"a1","amount":30}`)
	if got := strings.Join(bank.written, " "); got != "balance:a0 balance:a1 log:01" {
		t.Errorf("a transfer wrote %q", got)
	}
	bank.ask("POST", "/", `{"from":"a0","to":"a1","amount":5000}`)
	if len(bank.written) != 0 {
		t.Errorf("a transfer that was refused wrote %q", bank.written)
	}
}
