package check_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

func take(client, sent, done int, allowed bool) loadgen.Observation {
	o := op(client, loadgen.Take, sent, done, 0)
	o.Reply.Allowed = allowed
	if !allowed {
		o.Reply.Status = 429
	}
	return o
}

// three gives three tokens and one more every 100 ms.
var three = check.Params{Limit: check.Limit{Capacity: 3, Refill: 10}}

func admitted(sent, done int) loadgen.Observation { return take(1, sent, done, true) }
func refused(sent, done int) loadgen.Observation  { return take(2, sent, done, false) }

func ExampleOverAdmission() {
	history := []loadgen.Observation{admitted(0, 1), admitted(2, 3), admitted(4, 5), admitted(6, 7)}
	fmt.Println(check.OverAdmission(three).Check(history))
	// Output:
	// limiter never above its limit: violated: x admitted 4 operations within 7ms, from 0.000 ms to 7.000 ms, where at most 3 + 0.07 are allowed
	//     0.000 ms … 1.000 ms  client 1  take x → admitted, 0 left
	//     2.000 ms … 3.000 ms  client 1  take x → admitted, 0 left
	//     4.000 ms … 5.000 ms  client 1  take x → admitted, 0 left
	//     6.000 ms … 7.000 ms  client 1  take x → admitted, 0 left
}

func TestOverAdmission(t *testing.T) {
	judgeAll(t, check.OverAdmission(three), []told{
		{"the capacity at once, the next refused", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), refused(2, 3)), check.OK, "fullest window held 99.7 %", 0},
		{"one more than the capacity at once", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), admitted(0, 1)), check.Violated, "admitted 4", 4},
		{"one more when a token has come", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), admitted(95, 101)), check.OK, "", 0},
		{"one more a little too early", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), admitted(90, 98)), check.Violated, "", 4},
		{"the class counts whole milliseconds: 99 may be 100", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), admitted(90, 99)), check.OK, "", 0},
		{"one more that may have been decided later", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), admitted(2, 200)), check.OK, "", 0},
		{"one more that may have been decided earlier", list(admitted(0, 150), admitted(149, 150), admitted(149, 150), admitted(149, 151)), check.OK, "", 0},
		{"never more than the capacity, however long the rest", list(
			admitted(10_000, 10_001), admitted(10_000, 10_001), admitted(10_000, 10_001), admitted(10_000, 10_001)), check.Violated, "", 4},
		{"an operation of unknown outcome convicts nobody", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), lost(admitted(0, 1)), refused(2, 3)), check.OK, "", 0},
		{"a steady rate at the limit", steady(40, 100, admitted), check.OK, "", 0},
		{"a steady rate above the limit", steady(40, 90, admitted), check.Violated, "", 6},
		{"limiters do not share tokens", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), on("y", admitted(0, 1)), refused(2, 3)), check.OK, "2 limiters", 0},
		{"never asked for more than it holds", list(admitted(0, 1), admitted(0, 1)), check.Unknown, "none was tested", 0},
	})
}

func steady(count, every int, what func(sent, done int) loadgen.Observation) []loadgen.Observation {
	var history []loadgen.Observation
	for n := range count {
		history = append(history, what(n*every, n*every+1))
	}
	return history
}

func TestUnderAdmission(t *testing.T) {
	judgeAll(t, check.UnderAdmission(three), []told{
		{"refused when empty", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), refused(2, 3)), check.OK, "3 operations were admitted of the 3", 0},
		{"refused with a token left", list(admitted(0, 1), admitted(0, 1), refused(2, 3)), check.Violated, "at least 1.00 of its 3 tokens", 3},
		{"refused at first", list(refused(2, 3)), check.Violated, "at least 3.00", 1},
		{"refused although a token had come again", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), refused(103, 104)), check.Violated, "", 4},
		{"refused a moment before it came", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), refused(100, 101)), check.OK, "", 0},
		{"the refusal may have been decided early", list(admitted(0, 1), admitted(0, 1), admitted(0, 1), refused(50, 300)), check.OK, "", 0},
		{"an admission that may have come before it", list(admitted(0, 1), admitted(0, 1), admitted(2, 50), refused(3, 4)), check.OK, "", 0},
		{"an admission that came after it", list(admitted(0, 1), admitted(0, 1), refused(3, 4), admitted(5, 6)), check.Violated, "", 3},
		{"one of unknown outcome may have taken the last token", list(admitted(0, 1), admitted(0, 1), lost(admitted(0, 1)), refused(2, 3)), check.OK, "", 0},
		{"at any later time", list(lost(admitted(0, 1)), admitted(9_000, 9_001), admitted(9_000, 9_001), refused(9_002, 9_003)), check.OK, "", 0},
		{"but only one", list(lost(admitted(0, 1)), admitted(9_000, 9_001), refused(9_002, 9_003)), check.Violated, "", 3},
		{"a failed one took nothing", list(admitted(0, 1), admitted(0, 1), failed(admitted(0, 1)), refused(2, 3)), check.Violated, "", 3},
		{"a long rest does not make more than the capacity", list(
			admitted(9_000, 9_001), admitted(9_000, 9_001), admitted(9_000, 9_001), refused(9_002, 9_003)), check.OK, "", 0},
		{"every second one refused without need", alternating(), check.Violated, "20 operations were admitted of the 40", 0},
	})
}

func alternating() []loadgen.Observation {
	history := steady(40, 200, admitted)
	for n := range history {
		if n%2 == 1 {
			history[n] = refused(n*200, n*200+1)
		}
	}
	return history
}

// limiterHistory is what clients of a lawful bucket may see; its clock shows
// whole milliseconds, as the class's does.
func limiterHistory(random *rand.Rand, operations int, limit check.Limit, unknown float64) []loadgen.Observation {
	history := make([]loadgen.Observation, operations)
	decided := make([]time.Duration, operations)
	order := make([]int, operations)
	sent := time.Duration(0)
	for i := range history {
		sent += time.Duration(random.ExpFloat64() * float64(20*ms))
		took := time.Duration(random.ExpFloat64() * float64(10*ms))
		history[i] = take(i%5, 0, 0, false)
		history[i].Seq, history[i].Sent, history[i].Scheduled = uint64(i), sent.Truncate(time.Microsecond), sent.Truncate(time.Microsecond)
		decided[i] = sent + time.Duration(random.Float64()*float64(took))
		history[i].Done = (sent + took).Truncate(time.Microsecond)
		if random.Float64() < unknown {
			history[i] = lost(history[i])
			decided[i] += time.Duration(random.IntN(100)) * ms
		}
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(decided[a], decided[b]) })
	tokens, last := limit.Capacity, time.Duration(0)
	for n, i := range order {
		now := decided[i].Truncate(ms)
		if n > 0 {
			tokens = min(limit.Capacity, tokens+limit.Refill*(now-last).Seconds())
		}
		if last = now; tokens < 1 {
			continue
		}
		tokens--
		if history[i].Outcome == loadgen.OK {
			history[i].Reply = loadgen.Reply{Status: 200, Allowed: true}
		}
	}
	return history
}

func TestLawfulLimitersAreAcquitted(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 6))
		limit := check.Limit{Capacity: float64(1 + random.IntN(10)), Refill: 60 * random.Float64()}
		history := limiterHistory(random, 400, limit, 0.05*random.Float64())
		for _, law := range []check.Checker{check.OverAdmission(check.Params{Limit: limit}), check.UnderAdmission(check.Params{Limit: limit})} {
			if got := law.Check(history); got.Ruling == check.Violated {
				t.Fatalf("seed %d, limit %+v: %s", seed, limit, got)
			}
		}
	}
}

// The sweeps must find what trying every window finds.
func TestLimiterAgreesWithTryingEveryWindow(t *testing.T) {
	verdicts := make(map[string]int)
	for seed := range uint64(1500) {
		random := rand.New(rand.NewPCG(seed, 7))
		limit := check.Limit{Capacity: float64(1 + random.IntN(4)), Refill: 40 * random.Float64()}
		history := limiterHistory(random, 5+random.IntN(30), limit, 0.1)
		for range random.IntN(3) {
			if o := &history[random.IntN(len(history))]; o.Outcome == loadgen.OK {
				*o = take(o.Client, 0, 0, !o.Reply.Allowed)
				o.Sent = time.Duration(random.IntN(600)) * ms
				o.Done = o.Sent + time.Duration(random.IntN(10))*ms
			}
		}
		p := check.Params{Limit: limit}
		over := check.OverAdmission(p).Check(history).Ruling == check.Violated
		under := check.UnderAdmission(p).Check(history).Ruling == check.Violated
		if want := overByTrying(history, limit); over != want {
			t.Fatalf("seed %d: over-admission %v, want %v\n%s", seed, over, want, check.Verdict{Witness: history})
		}
		if want := underByTrying(history, limit); under != want {
			t.Fatalf("seed %d: under-admission %v, want %v\n%s", seed, under, want, check.Verdict{Witness: history})
		}
		verdicts[fmt.Sprint(over, under)]++
	}
	if len(verdicts) != 4 {
		t.Errorf("verdicts %v: some never occur", verdicts)
	}
}

func overByTrying(history []loadgen.Observation, limit check.Limit) bool {
	for _, first := range history {
		for _, last := range history {
			count := 0.0
			for _, o := range history {
				if o.Outcome == loadgen.OK && o.Reply.Allowed && o.Sent >= first.Sent && o.Done <= last.Done {
					count++
				}
			}
			if count > limit.Capacity+limit.Refill*(last.Done-first.Sent+ms).Seconds()+1e-9 && last.Done >= first.Sent {
				return true
			}
		}
	}
	return false
}

func underByTrying(history []loadgen.Observation, limit check.Limit) bool {
	var starts []time.Duration
	for _, o := range history {
		starts = append(starts, o.Done, o.Sent)
	}
	for _, refusal := range history {
		if refusal.Outcome != loadgen.OK || refusal.Reply.Allowed {
			continue
		}
		level, looked := limit.Capacity, refusal.Sent-ms
		for _, start := range append(starts, looked) {
			if start > looked {
				continue
			}
			held := limit.Capacity + limit.Refill*(looked-start).Seconds()
			for _, o := range history {
				open := o.Outcome == loadgen.Unknown || o.Done >= start
				if (o.Outcome == loadgen.Unknown || o.Reply.Allowed) && o.Sent <= refusal.Done && open {
					held--
				}
			}
			level = min(level, held)
		}
		if level >= 1-1e-9 {
			return true
		}
	}
	return false
}

func TestFor(t *testing.T) {
	laws, err := check.For("limiter", three)
	if err != nil || len(laws) != 2 {
		t.Errorf("got %d laws, %v, want 2", len(laws), err)
	}
	for _, law := range laws {
		if law.Law() == "" || law.Check(nil).Law != law.Law() {
			t.Errorf("law %q gives a verdict on %q", law.Law(), law.Check(nil).Law)
		}
	}
	if _, err := check.For("limiter", check.Params{}); err == nil {
		t.Error("a limiter without a limit is accepted")
	}
	if _, err := check.For("database", check.Params{}); err == nil {
		t.Error("laws for an unknown class")
	}
}

func BenchmarkLimiterMillion(b *testing.B) {
	limit := check.Limit{Capacity: 100, Refill: 40}
	history := limiterHistory(rand.New(rand.NewPCG(1, 1)), 1_000_000, limit, 0.001)
	for b.Loop() {
		for _, law := range []check.Checker{check.OverAdmission(check.Params{Limit: limit}), check.UnderAdmission(check.Params{Limit: limit})} {
			if got := law.Check(history); got.Ruling != check.OK {
				b.Fatal(got)
			}
		}
	}
}
