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

// sessionHistory is what clients of a lawful session may see.
func sessionHistory(random *rand.Rand, operations int, unknown float64, e check.Expiry) []loadgen.Observation {
	type effect struct {
		at    time.Duration
		index int
	}
	history := make([]loadgen.Observation, operations)
	var effects []effect
	sent := time.Duration(0)
	for i := range history {
		sent += time.Duration(random.IntN(20)) * ms
		if random.IntN(12) == 0 {
			sent += e.TTL
		}
		o := &history[i]
		*o = found(0, 0, "")
		if draw := random.IntN(10); draw == 0 {
			*o = ended(0, 0)
		} else if draw < 4 {
			*o = created(0, 0, fmt.Sprint("t", i))
		}
		o.Seq, o.Client, o.Sent, o.Done = uint64(i), random.IntN(8), sent, sent+time.Duration(random.IntN(30))*ms
		at := o.Sent + time.Duration(random.Int64N(int64(o.Done-o.Sent)+1))
		if random.Float64() < unknown {
			*o = lost(*o)
			at += time.Duration(random.IntN(100)) * ms
			if random.IntN(2) == 0 {
				continue // it never takes effect
			}
		}
		effects = append(effects, effect{at: at, index: i})
	}
	slices.SortStableFunc(effects, func(a, b effect) int { return int(a.at - b.at) })
	text, gone := "", time.Duration(0)
	for _, x := range effects {
		o := &history[x.index]
		there := text != "" && x.at < gone
		switch kind := o.Operation.Kind; {
		case kind == loadgen.Create:
			text, there = o.Operation.Text, true
		case kind == loadgen.Invalidate:
			text = ""
		case o.Outcome == loadgen.OK && there:
			o.Reply.Text = text
		case o.Outcome == loadgen.OK:
			o.Reply = loadgen.Reply{Status: 404}
		}
		if there {
			gone = x.at + e.TTL + time.Duration(random.Int64N(int64(e.Slack)))
		}
	}
	return history
}

// breakSession lets one access find something else.
func breakSession(random *rand.Rand, history []loadgen.Observation) {
	o := &history[random.IntN(len(history))]
	if o.Operation.Kind != loadgen.Access || o.Outcome != loadgen.OK {
		return
	}
	switch random.IntN(4) {
	case 0:
		o.Reply = loadgen.Reply{Status: 404}
	case 1:
		o.Reply = loadgen.Reply{Status: 200, Allowed: true, Text: "invented"}
	default:
		for j := random.IntN(len(history)); j >= 0; j-- { // what was created some time before, or was not yet
			if other := &history[j]; other.Operation.Kind == loadgen.Create {
				o.Reply = loadgen.Reply{Status: 200, Allowed: true, Text: other.Operation.Text}
				return
			}
		}
	}
}

func TestSessionsAreJudgedTheSameAsTheyGo(t *testing.T) {
	verdicts, doubts := make(map[check.Ruling]int), 0
	expiry := check.Expiry{TTL: 100 * ms, Slack: 20 * ms}
	for seed := range uint64(4000) {
		random := rand.New(rand.NewPCG(seed, 12))
		history := sessionHistory(random, 5+random.IntN(80), 0.04*random.Float64(), expiry)
		lawful := seed%4 == 0
		for range random.IntN(4) {
			if !lawful {
				breakSession(random, history)
			}
		}
		whole, pieces := lawsOf(t, "session", check.Params{Least: 1, Expiry: expiry})
		got := asItGoes(pieces, history)
		for i, law := range whole {
			want := law.Check(history)
			if lawful && want.Ruling == check.Violated {
				t.Fatalf("seed %d: lawful, yet %s\n   history %s", seed, want, check.Verdict{Witness: history})
			}
			// What was replaced long ago is as good as never created; then two of the laws cannot tell.
			if got[i].Ruling == check.Unknown && (i == 1 || i == 3) && got[0].Ruling == check.Violated {
				doubts++
				continue
			}
			if got[i].Ruling != want.Ruling {
				t.Fatalf("seed %d:\nas it goes %s\nat the end %s\n   history %s", seed, got[i], want, check.Verdict{Witness: history})
			}
			verdicts[want.Ruling]++
		}
	}
	if verdicts[check.OK] < 3000 || verdicts[check.Violated] < 1000 || doubts > 3000 {
		t.Errorf("verdicts %v, %d in doubt: the histories prove little", verdicts, doubts)
	}
}

// A judge of sessions keeps no more of a long run than of a short one.
func TestSessionsAreJudgedInBoundedMemory(t *testing.T) {
	expiry := check.Expiry{TTL: 100 * ms, Slack: 20 * ms}
	laws, err := check.For("session", check.Params{Expiry: expiry, Keep: 100})
	if err != nil {
		t.Fatal(err)
	}
	court := check.Open(laws)
	history := sessionHistory(rand.New(rand.NewPCG(1, 13)), 20_000, 0, expiry)
	most := 0
	for i := range history {
		history[i].Seq, history[i].Scheduled = uint64(i), history[i].Sent
		court.Hear(&history[i])
		court.Settle(history[i].Sent)
		most = max(most, court.Kept())
	}
	if most > 300 {
		t.Errorf("%d observations kept of %d", most, len(history))
	}
	for _, v := range court.Verdicts() {
		if v.Ruling != check.OK {
			t.Error(v)
		}
	}
}
