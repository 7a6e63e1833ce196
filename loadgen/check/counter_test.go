package check_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

func ExampleCounter() {
	history := []loadgen.Observation{
		inc(1, 0, 10, 1),
		inc(2, 12, 20, 2),
		read(3, 30, 35, 1),
	}
	fmt.Println(check.Counter(check.Params{}).Check(history))
	// Output:
	// counter linearizable: violated: x gave a stale read: client 2 had been answered 2 by 20.000 ms, yet what client 3 sent at 30.000 ms was answered 1
	//     12.000 ms … 20.000 ms  client 2  increment x → 2
	//     30.000 ms … 35.000 ms  client 3  value x → 1
}

func counterRows() []told {
	return []told{
		{"one after the other", list(inc(1, 0, 1, 1), inc(2, 2, 3, 2), read(1, 4, 5, 2)), check.OK, "3 operations on 1 counters", 0},
		{"two at once may be answered in either order", list(inc(1, 0, 10, 2), inc(2, 5, 9, 1)), check.OK, "", 0},
		{"touching intervals overlap", list(inc(1, 0, 10, 2), inc(2, 10, 12, 1)), check.OK, "", 0},
		{"a read before anything", list(read(1, 0, 1, 0), inc(1, 2, 3, 1)), check.OK, "", 0},
		{"a read during an increment sees it or not", list(inc(1, 0, 10, 1), read(2, 1, 3, 1), read(3, 1, 9, 0)), check.OK, "", 0},
		{"two reads during one increment, new before old", list(inc(1, 0, 10, 1), read(2, 1, 3, 1), read(3, 4, 9, 0)), check.Violated, "stale read", 2},
		{"lost update: two were given the same value", list(inc(1, 0, 10, 1), inc(2, 1, 9, 1)), check.Violated, "both answered 1", 2},
		{"stale read: it began after the increment was done", list(inc(1, 0, 1, 1), read(2, 2, 3, 0)), check.Violated, "stale read", 2},
		{"the count went back between increments", list(inc(1, 0, 1, 2), inc(2, 2, 3, 1)), check.Violated, "went back", 2},
		{"a value was given to nobody", list(inc(1, 0, 1, 1), inc(2, 2, 3, 3), inc(3, 2, 3, 4), read(4, 5, 6, 4)), check.Violated, "allow only 1 to 3", 1},
		{"a gap although enough was sent in all", list(inc(1, 0, 1, 2), lost(inc(2, 5, 6, 0))), check.Violated, "skipped 1", 0},
		{"a read of what nobody made", list(inc(1, 0, 1, 1), read(2, 2, 3, 2)), check.Violated, "allow only 1 to 1", 1},
		{"the increment of unknown outcome did happen", list(inc(1, 0, 1, 1), lost(inc(2, 2, 3, 0)), inc(3, 4, 5, 3)), check.OK, "1 increments of unknown outcome", 0},
		{"the increment of unknown outcome never happened", list(inc(1, 0, 1, 1), lost(inc(2, 2, 3, 0)), inc(3, 4, 5, 2)), check.OK, "", 0},
		{"it happened long after its client gave up", list(lost(inc(1, 0, 1, 0)), inc(2, 2, 3, 1), read(3, 4, 5, 1), read(3, 50, 51, 2)), check.OK, "", 0},
		{"it cannot have happened before it was sent", list(inc(1, 0, 1, 2), lost(inc(2, 2, 3, 0))), check.Violated, "sent only at 2.000 ms", 2},
		{"one unknown cannot fill two gaps", list(lost(inc(1, 0, 1, 0)), inc(2, 2, 3, 3)), check.Violated, "allow only 1 to 2", 1},
		{"the second of two gaps closed too early for the second unknown", list(
			lost(inc(1, 0, 1, 0)), lost(inc(2, 8, 9, 0)), inc(3, 2, 3, 2), inc(4, 4, 5, 4)), check.Violated, "skipped 3", 3},
		{"two gaps, two unknowns, in time", list(
			lost(inc(1, 0, 1, 0)), lost(inc(2, 4, 9, 0)), inc(3, 2, 3, 2), inc(4, 4, 5, 4)), check.OK, "", 0},
		{"a failed increment had no effect", list(inc(1, 0, 1, 1), failed(inc(2, 2, 3, 0)), inc(3, 4, 5, 2)), check.OK, "", 0},
		{"a failed increment must not have had an effect", list(inc(1, 0, 1, 1), failed(inc(2, 2, 3, 0)), read(3, 4, 5, 2)), check.Violated, "was answered 2", 1},
		{"an increment cannot be answered zero", list(inc(1, 0, 1, 0)), check.Violated, "was answered 0", 1},
		{"counters do not share a count", list(on("a", inc(1, 0, 1, 1)), on("b", inc(2, 2, 3, 1))), check.OK, "2 counters", 0},
		{"two broken counters are counted", list(on("a", inc(1, 0, 1, 2)), on("b", inc(2, 2, 3, 2))), check.Violated, "in 1 more", 0},
	}
}

func list(history ...loadgen.Observation) []loadgen.Observation { return history }

func TestCounter(t *testing.T) { judgeAll(t, check.Counter(check.Params{}), counterRows()) }

// The search must agree with the special judge on every story.
func TestCounterSearchAgreesOnStories(t *testing.T) {
	rows := counterRows()
	for i := range rows {
		rows[i].why, rows[i].witness = "", 0
	}
	judgeAll(t, check.CounterSearch(check.Params{}), rows)
}

func TestCounterWithDecrementsAndResets(t *testing.T) {
	dec := func(client, sent, done int, value int64) loadgen.Observation {
		return op(client, loadgen.Decrement, sent, done, value)
	}
	reset := func(client, sent, done int) loadgen.Observation { return op(client, loadgen.Reset, sent, done, 0) }
	judgeAll(t, check.Counter(check.Params{}), []told{
		{"down as well as up", list(inc(1, 0, 1, 1), inc(1, 2, 3, 2), dec(2, 4, 5, 1)), check.OK, "", 0},
		{"not below zero", list(inc(1, 0, 1, 1), dec(2, 2, 3, 0), dec(2, 4, 5, 0), inc(1, 6, 7, 1)), check.OK, "", 0},
		{"a reset is seen", list(inc(1, 0, 1, 1), reset(2, 2, 3), read(1, 4, 5, 1)), check.Violated, "no order explains the answer 1", 3},
		{"a lost decrement", list(inc(1, 0, 1, 1), inc(1, 2, 3, 2), dec(2, 4, 5, 1), read(1, 6, 7, 2)), check.Violated, "no order", 4},
		{"a decrement of unknown outcome may come late", list(inc(1, 0, 1, 1), lost(dec(2, 2, 3, 0)), read(1, 4, 5, 1), read(1, 6, 7, 0)), check.OK, "", 0},
	})
	var long []loadgen.Observation
	for i := range 3000 {
		long = append(long, inc(1, 10*i, 10*i+1, int64(i+1)))
	}
	long = append(long, reset(1, 40_000, 40_001))
	judgeAll(t, check.Counter(check.Params{}), []told{
		{"too long to search is not a pass", long, check.Unknown, "only the first 2000 of its 3001", 0},
	})
}

func TestTooLittleEvidenceIsVoid(t *testing.T) {
	judgeAll(t, check.Counter(check.Params{Least: 3}), []told{
		{"two operations of three", list(inc(1, 0, 1, 1), inc(1, 2, 3, 2)), check.Unknown, "void: 2 operations answered, at least 3", 0},
		{"unanswered ones are no evidence", list(inc(1, 0, 1, 1), inc(1, 2, 3, 2), lost(inc(1, 4, 5, 0))), check.Unknown, "void", 0},
		{"a conviction needs no minimum", list(inc(1, 0, 1, 1), inc(1, 2, 3, 1)), check.Violated, "", 0},
		{"nothing at all", nil, check.Unknown, "void", 0},
	})
}

func TestLawfulCountersAreAcquitted(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		history := counterHistory(random, 1+random.IntN(400), random.Float64(), random.Float64()*0.3)
		if got := check.Counter(check.Params{}).Check(history); got.Ruling != check.OK {
			t.Fatalf("seed %d: %s", seed, got)
		}
	}
}

// Small histories with one answer or instant changed: some stay lawful, most do
// not, and the special judge must say what the search of all orders says.
// Reads that overlap can stand in any order, so searching many of them side by
// side takes for ever. Some are left out: the rest must still convict and acquit.
func TestSearchBearsManyReadsAtOnce(t *testing.T) {
	var history []loadgen.Observation
	at := time.Duration(0)
	for round := range 40 {
		at += time.Millisecond
		history = append(history, loadgen.Observation{
			Seq: uint64(len(history)), Object: "x", Operation: loadgen.Operation{Kind: loadgen.Increment},
			Sent: at, Done: at + 100*time.Microsecond, Outcome: loadgen.OK, Reply: loadgen.Reply{Value: int64(round + 1)},
		})
		for range 40 {
			history = append(history, loadgen.Observation{
				Seq: uint64(len(history)), Object: "x", Operation: loadgen.Operation{Kind: loadgen.Read},
				Sent: at + 200*time.Microsecond, Done: at + 2*time.Millisecond, Outcome: loadgen.OK, Reply: loadgen.Reply{Value: int64(round + 1)},
			})
		}
	}
	search := check.CounterSearch(check.Params{Least: 50})
	if got := search.Check(history); got.Ruling != check.OK {
		t.Errorf("a lawful history with many reads at once: %v", got)
	}
	history[41*10].Reply.Value++ // the 11th increment answers what the 12th does
	if got := search.Check(history); got.Ruling != check.Violated {
		t.Errorf("a double answer among many reads: %v", got)
	}
}

func TestCounterAgreesWithSearchOnMutants(t *testing.T) {
	special, search := check.Counter(check.Params{}), check.CounterSearch(check.Params{Search: check.Search{Overlap: 50, Reads: 50}})
	verdicts := make(map[check.Ruling]int)
	for seed := range uint64(4000) {
		random := rand.New(rand.NewPCG(seed, 2))
		history := counterHistory(random, 2+random.IntN(14), 0.4, 0.2)
		mutate(random, history)
		got, want := special.Check(history), search.Check(history)
		if got.Ruling != want.Ruling {
			t.Fatalf("seed %d:\nspecial %s\n search %s\nhistory %s", seed, got, want, check.Verdict{Witness: history})
		}
		verdicts[got.Ruling]++
	}
	if verdicts[check.OK] < 400 || verdicts[check.Violated] < 400 {
		t.Errorf("verdicts %v: the mutants prove little", verdicts)
	}
}

func mutate(random *rand.Rand, history []loadgen.Observation) {
	o := &history[random.IntN(len(history))]
	switch random.IntN(5) {
	case 0: // an answer that is off by a little
		if o.Outcome == loadgen.OK {
			o.Reply.Value = max(0, o.Reply.Value+int64(random.IntN(3)-1))
		}
	case 1: // an operation that took place elsewhen
		shift := time.Duration(random.IntN(300)-150) * time.Microsecond
		o.Sent, o.Done = o.Sent+shift, o.Done+shift
	case 2: // a reply that was lost
		*o = lost(*o)
	case 3: // an effect that is denied
		*o = failed(*o)
	case 4: // two answers exchanged
		other := &history[random.IntN(len(history))]
		if o.Outcome == loadgen.OK && other.Outcome == loadgen.OK {
			o.Reply, other.Reply = other.Reply, o.Reply
		}
	}
}

func TestSearchOfALongHistoryCutsItsBeginning(t *testing.T) {
	history := counterHistory(rand.New(rand.NewPCG(5, 5)), 20_000, 0.2, 0.0005)
	got := check.CounterSearch(check.Params{Least: 50}).Check(history)
	if got.Ruling != check.OK {
		t.Errorf("got %s, want ok", got)
	}
	history[100].Reply.Value += 40
	got = check.CounterSearch(check.Params{Least: 50}).Check(history)
	if got.Ruling != check.Violated || len(got.Witness) != 6 {
		t.Errorf("got %s, want a violation with 6 observations", got)
	}
}

func TestSearchThatDoesNotEndIsUnknown(t *testing.T) {
	// Twenty-odd increments and decrements of unknown order, and a read that no
	// order explains: every order has to be tried.
	var history []loadgen.Observation
	for i := range 14 {
		history = append(history, lost(inc(i, i, 100, 0)), lost(op(i, loadgen.Decrement, i, 100, 0)), lost(op(i, loadgen.Reset, i, 100, 0)))
	}
	for i := range 12 {
		history = append(history, read(50+i, 101, 102, int64(i%7)))
	}
	history = append(history, read(99, 101, 102, 1000))
	p := check.Params{Search: check.Search{Overlap: 100, Timeout: time.Nanosecond}}
	for _, law := range []check.Checker{check.Counter(p), check.CounterSearch(p)} {
		judgeAll(t, law, []told{{"a time-out is not a pass", history, check.Unknown, "did not end within 1ns", 0}})
	}
}

func BenchmarkCounterMillion(b *testing.B) {
	history := counterHistory(rand.New(rand.NewPCG(1, 1)), 1_000_000, 0.1, 0.001)
	for b.Loop() {
		if got := check.Counter(check.Params{}).Check(history); got.Ruling != check.OK {
			b.Fatal(got)
		}
	}
}
