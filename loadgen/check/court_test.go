package check_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

// asItGoes judges a history in the smallest pieces: it hears observations when
// they are done, and is told after each how far the run has been heard.
func asItGoes(laws []check.Checker, history []loadgen.Observation) []check.Verdict {
	heard := slices.Clone(history)
	slices.SortStableFunc(heard, func(a, b loadgen.Observation) int { return cmp.Compare(a.Done, b.Done) })
	horizons := make([]time.Duration, len(heard)+1)
	horizons[len(heard)] = math.MaxInt64 - 1
	for i := len(heard) - 1; i >= 0; i-- {
		at := heard[i].Sent
		if heard[i].Operation.Kind == loadgen.Deliver {
			at = heard[i].Done
		}
		horizons[i] = min(horizons[i+1], at)
	}
	court := check.Open(laws)
	for i := range heard {
		court.Hear(&heard[i])
		court.Settle(horizons[i+1])
	}
	return court.Verdicts()
}

func agree(t *testing.T, seed uint64, laws, pieces []check.Checker, history []loadgen.Observation, verdicts map[check.Ruling]int) {
	t.Helper()
	for i, got := range asItGoes(pieces, history) {
		want := laws[i].Check(history)
		if got.Ruling != want.Ruling {
			t.Fatalf("seed %d:\nas it goes %s\nat the end %s\n   history %s", seed, got, want, check.Verdict{Witness: history})
		}
		verdicts[got.Ruling]++
	}
}

func lawsOf(t *testing.T, class string, p check.Params) (whole, pieces []check.Checker) {
	t.Helper()
	whole, err := check.For(class, p)
	if err != nil {
		t.Fatal(err)
	}
	p.Keep = 1
	pieces, _ = check.For(class, p)
	return whole, pieces
}

// A history decided piece by piece, with as little kept as possible, must be
// judged as the same history at its end.
func TestCountersAreJudgedTheSameAsTheyGo(t *testing.T) {
	verdicts := make(map[check.Ruling]int)
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 8))
		history := counterHistory(random, 2+random.IntN(60), 0.4*random.Float64(), 0.2*random.Float64())
		if seed%3 > 0 {
			mutate(random, history)
		}
		whole, pieces := lawsOf(t, "counter", check.Params{Least: 1})
		agree(t, seed, whole[:1], pieces[:1], history, verdicts)
	}
	if verdicts[check.OK] < 600 || verdicts[check.Violated] < 600 {
		t.Errorf("verdicts %v: the histories prove little", verdicts)
	}
}

// A decrement is not foreseen by what was decided before it: then nobody can tell,
// but nobody is convicted for it either.
func TestALateDecrementConvictsNobody(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 9))
		history := counterHistory(random, 60, 0.3, 0)
		count := int64(0)
		slices.SortFunc(history, func(a, b loadgen.Observation) int { return cmp.Compare(a.Sent, b.Sent) })
		for i := range history { // one after the other, with a decrement now and then
			o := &history[i]
			o.Sent, o.Done = time.Duration(i)*ms, time.Duration(i)*ms+ms/2
			switch {
			case i > 20 && random.IntN(5) == 0:
				o.Operation.Kind = loadgen.Decrement
				count = max(0, count-1)
			case o.Operation.Kind == loadgen.Increment:
				count++
			}
			o.Reply.Value = count
		}
		_, pieces := lawsOf(t, "counter", check.Params{Least: 1})
		if got := asItGoes(pieces[:1], history)[0]; got.Ruling == check.Violated {
			t.Fatalf("seed %d: %s", seed, got)
		}
	}
}

func TestLimitersAreJudgedTheSameAsTheyGo(t *testing.T) {
	verdicts := make(map[check.Ruling]int)
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 10))
		limit := check.Limit{Capacity: float64(1 + random.IntN(6)), Refill: 60 * random.Float64()}
		history := limiterHistory(random, 5+random.IntN(100), limit, 0.1*random.Float64())
		for range random.IntN(4) {
			if o := &history[random.IntN(len(history))]; o.Outcome == loadgen.OK {
				o.Reply.Allowed = !o.Reply.Allowed
				o.Reply.Status = map[bool]int{true: 200, false: 429}[o.Reply.Allowed]
			}
		}
		whole, pieces := lawsOf(t, "limiter", check.Params{Least: 1, Limit: limit})
		agree(t, seed, whole, pieces, history, verdicts)
	}
	if verdicts[check.OK] < 600 || verdicts[check.Violated] < 600 {
		t.Errorf("verdicts %v: the histories prove little", verdicts)
	}
}

// breakChat changes one thing about the deliveries of a room.
func breakChat(random *rand.Rand, history []loadgen.Observation) []loadgen.Observation {
	var deliveries []int
	for i := range history {
		if history[i].Operation.Kind == loadgen.Deliver {
			deliveries = append(deliveries, i)
		}
	}
	i, j := deliveries[random.IntN(len(deliveries))], deliveries[random.IntN(len(deliveries))]
	switch random.IntN(6) {
	case 0: // lost
		return slices.Delete(history, i, i+1)
	case 1: // twice, soon
		history = append(history, history[i])
		history[len(history)-1].Done += ms
	case 2: // invented
		history[i].Operation.Text = fmt.Sprint("never said ", i)
	case 3: // exchanged with one nearby of the same member
		for n := i + 1; n < len(history); n++ {
			if o := &history[n]; o.Operation.Kind == loadgen.Deliver && o.Client == history[i].Client {
				o.Done, history[i].Done = history[i].Done, o.Done
				break
			}
		}
	case 4: // another message
		history[j].Reply.Text = "[other]"
	case 5: // the end of an order: nobody gets it any more
		text := history[i].Operation.Text
		return slices.DeleteFunc(history, func(o loadgen.Observation) bool {
			return o.Operation.Kind == loadgen.Deliver && o.Operation.Text == text && o.Client > 1
		})
	}
	return history
}

func receivedBeforeSent(history []loadgen.Observation) bool {
	sent := make(map[string]time.Duration)
	for _, o := range history {
		if o.Operation.Kind == loadgen.Send {
			sent[o.Operation.Text] = o.Sent
		}
	}
	return slices.ContainsFunc(history, func(o loadgen.Observation) bool {
		return o.Operation.Kind == loadgen.Deliver && o.Done < sent[o.Operation.Text]
	})
}

func TestChatsAreJudgedTheSameAsTheyGo(t *testing.T) {
	verdicts := make(map[check.Ruling]int)
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 11))
		history := chatHistory(random, 2+random.IntN(5), 20+random.IntN(60))
		for range random.IntN(4) {
			history = breakChat(random, history)
		}
		for i := range history {
			if history[i].Seq = uint64(i); seed%4 == 0 && history[i].Operation.Kind == loadgen.Join {
				history[i].Reply.Status = 200 // it polls
			}
		}
		if receivedBeforeSent(history) {
			continue // whether it was sent at all cannot be known yet as it goes
		}
		whole, pieces := lawsOf(t, "chat", check.Params{Least: 1, Grace: 150 * ms})
		agree(t, seed, whole, pieces, history, verdicts)
	}
	if verdicts[check.OK] < 600 || verdicts[check.Violated] < 600 {
		t.Errorf("verdicts %v: the histories prove little", verdicts)
	}
}
