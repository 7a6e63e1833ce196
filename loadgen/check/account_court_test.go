package check_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

// breakBank lets one reply tell something else.
func breakBank(random *rand.Rand, history []loadgen.Observation) {
	o := &history[random.IntN(len(history))]
	if o.Outcome != loadgen.OK {
		return
	}
	switch other := &history[random.IntN(len(history))]; random.IntN(7) {
	case 0:
		o.Reply.Value += random.Int64N(5) - 2
	case 1:
		o.Reply.Text = loadgen.FormatBalances([]int64{50, 50, 50, 50 + random.Int64N(2)})
	case 2:
		if other.Outcome == loadgen.OK { // stale, or from another time
			o.Reply.Text, o.Reply.Value = other.Reply.Text, other.Reply.Value
		}
	case 3:
		o.Reply.Allowed = !o.Reply.Allowed
	case 4:
		*o = failed(*o) // yet it was in effect
	case 5:
		o.Sent += time.Millisecond // answered before it was asked, or later
		o.Done += time.Millisecond
	case 6:
		o.Reply.Text = "" // it tells no number
	}
}

func TestBanksAreJudgedTheSameAsTheyGo(t *testing.T) {
	verdicts, doubts := make(map[check.Ruling]int), 0
	p := check.Params{Bank: loadgen.Bank{Accounts: 4, Opening: 50}, Least: 1}
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 14))
		history := bankHistory(random, 5+random.IntN(80), p.Bank)
		lies := random.IntN(3)
		for range lies {
			breakBank(random, history)
		}
		whole, pieces := lawsOf(t, "account", p)
		whole, pieces = whole[:3], pieces[:3] // not the search
		got := asItGoes(pieces, history)
		for i, law := range whole {
			want := law.Check(history)
			if lies == 0 && want.Ruling == check.Violated {
				t.Fatalf("seed %d: lawful, yet %s", seed, want)
			}
			// What is told of transfers that were judged long ago: only the law of order can tell.
			if i == 1 && got[i].Ruling == check.Unknown && got[2].Ruling == check.Violated {
				doubts++
				continue
			}
			if got[i].Ruling != want.Ruling {
				t.Fatalf("seed %d:\nas it goes %s\nat the end %s\n   history %s", seed, got[i], want, check.Verdict{Witness: history})
			}
			verdicts[want.Ruling]++
		}
	}
	if verdicts[check.OK] < 3000 || verdicts[check.Violated] < 800 || doubts > 1000 {
		t.Errorf("verdicts %v, %d in doubt: the histories prove little", verdicts, doubts)
	}
}

// A judge of banks keeps no more of a long run than of a short one, but for what is
// of unknown outcome.
func TestBanksAreJudgedInBoundedMemory(t *testing.T) {
	p := check.Params{Bank: loadgen.Bank{Accounts: 4, Opening: 50}, Keep: 100}
	laws := []check.Checker{check.AccountSum(p), check.AccountOnce(p), check.AccountOrder(p)}
	court := check.Open(laws)
	history := bankHistory(rand.New(rand.NewPCG(1, 15)), 20_000, p.Bank)
	most, unknown := 0, 0
	for i := range history {
		if history[i].Outcome == loadgen.Unknown {
			unknown++
		}
		court.Hear(&history[i])
		court.Settle(history[i].Sent)
		most = max(most, court.Kept())
	}
	if most > 2*unknown+300 {
		t.Errorf("%d observations kept of %d, %d of unknown outcome", most, len(history), unknown)
	}
	for _, v := range court.Verdicts() {
		if v.Ruling != check.OK {
			t.Error(v)
		}
	}
}
