package place

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// TestNoTraceBreaksAProof holds the movers of the theory to what is proved of them, trace by trace: on each random one
// they cost at most so many times the clairvoyant, and what a phase and a move may cost at the beginning. For Coin-Flip
// that is so in the mean over its coins. What follows everybody has no such bound, and the traces show it.
func TestNoTraceBreaksAProof(t *testing.T) {
	homes := []regions.ID{"LHR", "IAD", "SIN", "NRT"}
	table, err := placement.NewTable(tableOf(t, homes...).Map, homes, append(homes, "FRA", "GRU", "BOM", "SYD"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rule  string
		ratio float64
		coins uint64
	}{{"move-to-min", 7, 1}, {"mtlm", 4.086, 1}, {"coin-flip", 3, 60}} {
		for _, d := range []float64{1, 3, 10} {
			worst := 0.0
			for seed := range uint64(40) {
				r := rand.New(rand.NewPCG(seed, 11))
				mover, seer := costsOf(t, table, history(r, table, 20+r.IntN(100)), d, test.rule, test.coins)
				worst = max(worst, (mover-slackOf(table, d))/seer)
			}
			if worst > test.ratio {
				t.Errorf("%s, D = %v: %.3f times the clairvoyant, proved is %.3f", test.rule, d, worst, test.ratio)
			}
		}
	}
	swing := swinging(table, 400)
	if mover, seer := costsOf(t, table, swing, 10, "follow", 1); (mover-slackOf(table, 10))/seer < 7 {
		t.Errorf("to follow everybody costs %.1f times the clairvoyant: the test has no eyes", mover/seer)
	}
	for rule, ratio := range map[string]float64{"move-to-min": 7, "mtlm": 4.086, "coin-flip": 3} {
		if mover, seer := costsOf(t, table, swing, 10, rule, 60); (mover-slackOf(table, 10))/seer > ratio {
			t.Errorf("%s between two users: %.3f times the clairvoyant", rule, mover/seer)
		}
	}
}

// costsOf is what a mover and the clairvoyant pay for a trace, the mover in the mean over its coins.
func costsOf(t *testing.T, table *placement.Table, trace []Access, d float64, text string, coins uint64) (mover, seer float64) {
	t.Helper()
	for coin := range coins {
		rule, err := placement.ParseRule(text, placement.Setting{Table: table, D: d, Seed: coin + 1})
		if err != nil {
			t.Fatal(err)
		}
		source := &listed{objects: []Object{{Key: 1, Born: trace[0].Edge}}, all: [][]Access{trace}}
		result, err := Evaluate(t.Context(), source, Plan{Table: table, Rules: []placement.Rule{rule}, D: d, Every: 1})
		if err != nil {
			t.Fatal(err)
		}
		mover += float64(result.entries[0].cost) / float64(coins)
		seer = float64(result.entries[2].cost)
	}
	return mover, seer
}

// slackOf is a phase of the longest kind and a move, all the way.
func slackOf(table *placement.Table, d float64) float64 {
	longest := time.Duration(0)
	for g := range table.Homes {
		for h := range table.Homes {
			longest = max(longest, table.Between(placement.Home(g), placement.Home(h)))
		}
	}
	return (1 + 1.841) * d * float64(longest.Microseconds())
}

// swinging is two users far apart who take turns.
func swinging(table *placement.Table, n int) []Access {
	fra, _ := table.Edge("FRA")
	sin, _ := table.Edge("SIN")
	all := make([]Access, n)
	for i := range all {
		all[i] = Access{At: start + time.Duration(i)*time.Hour, Edge: fra}
		if i%2 == 1 {
			all[i].Edge = sin
		}
	}
	return all
}
