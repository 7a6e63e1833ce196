package check_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

const ms = time.Millisecond

// op is an operation of a told history: who asked for what, from when to when.
func op(client int, kind loadgen.Kind, sent, done int, value int64) loadgen.Observation {
	return loadgen.Observation{
		Client: client, Object: "x", Operation: loadgen.Operation{Kind: kind},
		Scheduled: time.Duration(sent) * ms, Sent: time.Duration(sent) * ms, Done: time.Duration(done) * ms,
		Outcome: loadgen.OK, Reply: loadgen.Reply{Status: 200, Value: value},
	}
}

func inc(client, sent, done int, value int64) loadgen.Observation {
	return op(client, loadgen.Increment, sent, done, value)
}

func read(client, sent, done int, value int64) loadgen.Observation {
	return op(client, loadgen.Read, sent, done, value)
}

// lost makes an operation's outcome unknown.
func lost(o loadgen.Observation) loadgen.Observation {
	o.Outcome, o.Reply = loadgen.Unknown, loadgen.Reply{Error: "no reply"}
	return o
}

// failed makes an operation one that certainly had no effect.
func failed(o loadgen.Observation) loadgen.Observation {
	o.Outcome, o.Reply = loadgen.Failed, loadgen.Reply{Status: 503, Error: "overloaded"}
	return o
}

// on moves an operation to another object.
func on(object string, o loadgen.Observation) loadgen.Observation {
	o.Object = object
	return o
}

// told is a history with its story and the verdict it deserves.
type told struct {
	story   string
	history []loadgen.Observation
	want    check.Ruling
	why     string // part of the sentence
	witness int    // how many observations show it; 0 is any
}

// judgeAll holds each told history against a law, in the order told and reversed:
// the order of a file is no evidence.
func judgeAll(t *testing.T, law check.Checker, rows []told) {
	t.Helper()
	for _, row := range rows {
		for seq := range row.history {
			row.history[seq].Seq = uint64(seq)
		}
		reversed := slices.Clone(row.history)
		slices.Reverse(reversed)
		for _, history := range [][]loadgen.Observation{row.history, reversed} {
			got := law.Check(history)
			if got.Ruling != row.want || !strings.Contains(got.Why, row.why) {
				t.Errorf("%s:\n got %s\nwant %s: …%s…", row.story, got, row.want, row.why)
			}
			if row.want == check.Violated && (len(got.Witness) == 0 || len(got.Witness) > 6) {
				t.Errorf("%s: %d observations as witness, want 1 to 6", row.story, len(got.Witness))
			}
			if row.witness > 0 && len(got.Witness) != row.witness {
				t.Errorf("%s: got %d observations as witness, want %d:\n%s", row.story, len(got.Witness), row.witness, got)
			}
		}
	}
}

// counterHistory is what clients of a lawful counter may see: each operation
// takes effect at one instant between sent and done, or, of the unknown share,
// at some instant after it was sent, or never.
func counterHistory(random *rand.Rand, operations int, reads, unknown float64) []loadgen.Observation {
	type effect struct {
		at    time.Duration
		index int
	}
	history := make([]loadgen.Observation, operations)
	var effects []effect
	sent := time.Duration(0)
	for i := range history {
		sent += time.Duration(random.IntN(30)) * time.Microsecond
		took := time.Duration(random.IntN(200)) * time.Microsecond
		o := &history[i]
		*o = loadgen.Observation{
			Seq: uint64(i), Client: random.IntN(8), Object: "x", Operation: loadgen.Operation{Kind: loadgen.Increment},
			Scheduled: sent, Sent: sent, Done: sent + took, Outcome: loadgen.OK,
		}
		if random.Float64() < reads {
			o.Operation.Kind = loadgen.Read
		}
		at := sent + time.Duration(random.Int64N(int64(took)+1))
		if o.Operation.Kind == loadgen.Increment && random.Float64() < unknown {
			*o = lost(*o)
			at += time.Duration(random.IntN(500)) * time.Microsecond
			if random.IntN(2) == 0 {
				continue // it never takes effect
			}
		}
		effects = append(effects, effect{at: at, index: i})
	}
	slices.SortFunc(effects, func(a, b effect) int { return int(a.at - b.at) })
	count := int64(0)
	for _, e := range effects {
		o := &history[e.index]
		if o.Operation.Kind == loadgen.Increment {
			count++
		}
		if o.Outcome == loadgen.OK {
			o.Reply = loadgen.Reply{Status: 200, Value: count}
		}
	}
	return history
}
