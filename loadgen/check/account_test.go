package check_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

// two is a bank of two accounts with 100 each.
var two = check.Params{Bank: loadgen.Bank{Accounts: 2, Opening: 100}}

// moved is a transfer from a0 to a1 that was carried out; below zero it goes back.
func moved(client, sent, done int, amount, seq int64, balances ...int64) loadgen.Observation {
	o := op(client, loadgen.Move, sent, done, seq)
	t := loadgen.Transfer{From: "a0", To: "a1", Amount: amount}
	if amount < 0 {
		t = loadgen.Transfer{From: "a1", To: "a0", Amount: -amount}
	}
	o.Operation.Text = t.String()
	o.Reply.Allowed, o.Reply.Text = true, loadgen.FormatBalances(balances)
	return o
}

// tooLittle is a transfer that was refused for want of money.
func tooLittle(client, sent, done int, amount, seq int64, balances ...int64) loadgen.Observation {
	o := moved(client, sent, done, amount, seq, balances...)
	o.Reply.Allowed, o.Reply.Status = false, 400
	return o
}

// look shows the balances after a transfer.
func look(client, sent, done int, seq int64, balances ...int64) loadgen.Observation {
	o := op(client, loadgen.Read, sent, done, seq)
	o.Reply.Allowed, o.Reply.Text = true, loadgen.FormatBalances(balances)
	return o
}

func ExampleAccountOnce() {
	history := []loadgen.Observation{
		moved(1, 0, 10, 30, 1, 70, 130),
		moved(2, 12, 20, 5, 3, 60, 140),
	}
	fmt.Println(check.AccountOnce(two).Check(history))
	// Output:
	// account transfers in effect once: violated: x counts 1 transfers between 1 and 3 that nobody was told of, and too few are of unknown outcome: some were in effect twice
	//     0.000 ms … 10.000 ms  client 1  transfer x "a0>a1 30" → after transfer 1: 70 130
	//     12.000 ms … 20.000 ms  client 2  transfer x "a0>a1 5" → after transfer 3: 60 140
}

func TestAccountSum(t *testing.T) {
	judgeAll(t, check.AccountSum(two), []told{
		{"money moves", list(moved(1, 0, 1, 30, 1, 70, 130), look(2, 2, 3, 1, 70, 130)), check.OK, "2 replies of 1 banks each showed 200", 0},
		{"an account may be emptied", list(moved(1, 0, 1, 100, 1, 0, 200)), check.OK, "", 0},
		{"money is lost", list(look(2, 0, 1, 0, 100, 100), look(2, 2, 3, 0, 70, 100)), check.Violated, "add up to 170, not 200", 2},
		{"money is made", list(moved(1, 0, 1, 30, 1, 100, 130)), check.Violated, "add up to 230", 1},
		{"an account below zero", list(moved(1, 0, 1, 120, 1, -20, 220)), check.Violated, "a0 holds -20", 1},
		{"a refusal shows balances too", list(tooLittle(1, 0, 1, 120, 0, 90, 100)), check.Violated, "add up to 190", 1},
		{"a transfer of unknown outcome shows nothing", list(lost(moved(1, 0, 1, 30, 1, 1, 1))), check.OK, "", 0},
		{"banks have their own money", list(on("a", look(1, 0, 1, 0, 100, 100)), on("b", look(1, 0, 1, 0, 50, 100))), check.Violated, "b told", 1},
	})
}

func onceRows() []told {
	return []told{
		{"one after the other", list(moved(1, 0, 1, 30, 1, 70, 130), moved(2, 2, 3, -10, 2, 80, 120)), check.OK, "2 acknowledged transfers on 1 banks", 0},
		{"answered in another order", list(moved(2, 2, 3, -10, 2, 80, 120), moved(1, 0, 5, 30, 1, 70, 130)), check.OK, "", 0},
		{"two were given one number", list(moved(1, 0, 9, 30, 1, 70, 130), moved(2, 0, 9, 30, 1, 70, 130)), check.Violated, "both answered number 1", 2},
		{"acknowledged, and not in effect later", list(moved(1, 0, 1, 30, 1, 70, 130), moved(2, 2, 3, 10, 2, 90, 110)), check.Violated, "not those after transfer 1", 2},
		{"acknowledged, but not in its own balances", list(moved(1, 0, 1, 30, 1, 100, 100)), check.Violated, "not those after transfer 0", 1},
		{"a look shows another state of the same number", list(moved(1, 0, 1, 30, 1, 70, 130), look(2, 2, 3, 1, 60, 140)), check.Violated, "two different balances", 2},
		{"the unknown one is in effect", list(moved(1, 0, 1, 30, 1, 70, 130), lost(moved(2, 2, 3, 5, 0)), moved(3, 4, 5, 1, 3, 64, 136)), check.OK, "and 1 of unknown outcome", 0},
		{"the unknown one is not", list(moved(1, 0, 1, 30, 1, 70, 130), lost(moved(2, 2, 3, 5, 0)), moved(3, 4, 5, 1, 2, 69, 131)), check.OK, "", 0},
		{"it is seen by a look only", list(lost(moved(2, 2, 3, 5, 0)), look(3, 4, 5, 1, 95, 105)), check.OK, "", 0},
		{"it is in effect twice", list(lost(moved(2, 2, 3, 5, 0)), look(3, 4, 5, 2, 90, 110)), check.Violated, "in effect twice", 1},
		{"it is not the one that explains the balances", list(lost(moved(2, 2, 3, 5, 0)), look(3, 4, 5, 1, 94, 106)), check.Violated, "no 1 of the 1 transfers", 1},
		{"two of three explain the balances", list(lost(moved(2, 2, 3, 5, 0)), lost(moved(2, 2, 3, 7, 0)), lost(moved(2, 2, 3, 11, 0)), look(3, 4, 5, 2, 84, 116)), check.OK, "", 0},
		{"no two of three do", list(lost(moved(2, 2, 3, 5, 0)), lost(moved(2, 2, 3, 7, 0)), lost(moved(2, 2, 3, 11, 0)), look(3, 4, 5, 2, 85, 115)), check.Violated, "no 2 of the 3", 1},
		{"the one that would was sent too late", list(look(3, 0, 1, 1, 95, 105), lost(moved(2, 2, 3, 5, 0))), check.Violated, "", 1},
		{"one that failed has no effect", list(failed(moved(2, 2, 3, 5, 0)), look(3, 4, 5, 1, 95, 105)), check.Violated, "too few are of unknown outcome", 1},
		{"a number below the first", list(moved(1, 0, 1, 30, 0, 70, 130)), check.Violated, "the first is 1", 1},
	}
}

func TestAccountOnce(t *testing.T) { judgeAll(t, check.AccountOnce(two), onceRows()) }

func orderRows() []told {
	return []told{
		{"in order", list(moved(1, 0, 1, 30, 1, 70, 130), look(2, 2, 3, 1, 70, 130), moved(1, 4, 5, 30, 2, 40, 160)), check.OK, "3 operations on 1 banks", 0},
		{"two at once may be in either order", list(moved(1, 0, 10, 30, 2, 65, 135), moved(2, 5, 9, 5, 1, 95, 105)), check.OK, "", 0},
		{"one client's transfers changed places", list(moved(1, 0, 1, 30, 2, 65, 135), moved(1, 5, 9, 5, 1, 95, 105)), check.Violated, "the same client", 2},
		{"two clients' transfers changed places", list(moved(1, 0, 1, 30, 2, 65, 135), moved(2, 5, 9, 5, 1, 95, 105)), check.Violated, "went back", 2},
		{"a stale look", list(moved(1, 0, 1, 30, 1, 70, 130), look(2, 2, 3, 0, 100, 100)), check.Violated, "went back", 2},
		{"a look while it happens sees it or not", list(moved(1, 0, 5, 30, 1, 70, 130), look(2, 2, 3, 0, 100, 100)), check.OK, "", 0},
		{"refused where there was too little", list(tooLittle(1, 0, 1, 101, 0, 100, 100)), check.OK, "", 0},
		{"refused where there was enough", list(tooLittle(1, 0, 1, 100, 0, 100, 100)), check.Violated, "which held 100 then", 1},
	}
}

func TestAccountOrder(t *testing.T) { judgeAll(t, check.AccountOrder(two), orderRows()) }

// The search must agree with the special judges on every story.
func TestAccountSearchAgreesOnStories(t *testing.T) {
	rows := slices.Concat(onceRows(), orderRows())
	for i := range rows {
		rows[i].why, rows[i].witness = "", 0
	}
	judgeAll(t, check.AccountSearch(two), rows)
}

// bankHistory is what clients of a lawful bank may see.
func bankHistory(random *rand.Rand, operations int, bank loadgen.Bank) []loadgen.Observation {
	type effect struct {
		at    time.Duration
		index int
	}
	history := make([]loadgen.Observation, operations)
	transfers := make([]loadgen.Transfer, operations)
	var effects []effect
	sent := time.Duration(0)
	for i := range history {
		sent += time.Duration(random.IntN(40)) * time.Microsecond
		o := &history[i]
		*o = op(random.IntN(8), loadgen.Read, 0, 0, 0)
		o.Seq, o.Sent, o.Done = uint64(i), sent, sent+time.Duration(random.IntN(200))*time.Microsecond
		from := random.IntN(bank.Accounts)
		transfers[i] = loadgen.Transfer{
			From: fmt.Sprintf("a%d", from), To: fmt.Sprintf("a%d", (from+1+random.IntN(bank.Accounts-1))%bank.Accounts), Amount: 1 + random.Int64N(bank.Opening),
		}
		if random.IntN(4) > 0 {
			o.Operation = loadgen.Operation{Kind: loadgen.Move, Text: transfers[i].String()}
		}
		at := o.Sent + time.Duration(random.Int64N(int64(o.Done-o.Sent)+1))
		if o.Operation.Kind == loadgen.Move && random.IntN(40) == 0 {
			*o = lost(*o)
			at += time.Duration(random.IntN(500)) * time.Microsecond
			if random.IntN(2) == 0 {
				continue // it never takes effect
			}
		}
		effects = append(effects, effect{at: at, index: i})
	}
	slices.SortFunc(effects, func(a, b effect) int { return int(a.at - b.at) })
	balances := make(map[string]int64)
	shown := func() string {
		all := make([]int64, bank.Accounts)
		for n := range all {
			all[n] = bank.Opening + balances[fmt.Sprintf("a%d", n)]
		}
		return loadgen.FormatBalances(all)
	}
	seq := int64(0)
	for _, e := range effects {
		o, t := &history[e.index], transfers[e.index]
		reply := loadgen.Reply{Status: 200, Allowed: true}
		if o.Operation.Kind == loadgen.Move {
			if bank.Opening+balances[t.From] < t.Amount {
				reply = loadgen.Reply{Status: 400}
			} else {
				seq++
				balances[t.From] -= t.Amount
				balances[t.To] += t.Amount
			}
		}
		if reply.Value, reply.Text = seq, shown(); o.Outcome == loadgen.OK {
			o.Reply = reply
		}
	}
	return history
}

// What a lawful bank shows is lawful, and one lie in it is seen.
func TestAccountLawsOnRandomHistories(t *testing.T) {
	p := check.Params{Bank: loadgen.Bank{Accounts: 4, Opening: 50}, Least: 1}
	laws, err := check.For("account", p)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 7))
		history := bankHistory(random, 120, p.Bank)
		for _, law := range laws {
			if v := law.Check(history); v.Ruling == check.Violated {
				t.Fatalf("seed %d: %s", seed, v)
			}
		}
		liar := -1
		for i := range history {
			if o := &history[i]; o.Operation.Kind == loadgen.Move && o.Outcome == loadgen.OK && o.Reply.Allowed && i > 10 {
				liar = i
			}
		}
		history[liar].Reply.Value-- // it and the one before are given one number
		convicted := false
		for _, law := range laws {
			convicted = convicted || law.Check(history).Ruling == check.Violated
		}
		if !convicted {
			t.Errorf("seed %d: nobody saw that transfer %d was given the number before its own", seed, history[liar].Reply.Value+1)
		}
	}
}
