package primitive_test

import (
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/primitive"
)

// unread counts the reads of clients that had been answered a higher count of their own before.
func unread(history []loadgen.Observation) (missed int) {
	for i := range history {
		read := &history[i]
		if read.Operation.Kind != loadgen.Read {
			continue
		}
		for j := range history {
			own := &history[j]
			if own.Client == read.Client && own.Outcome == loadgen.OK && own.Done <= read.Sent && own.Reply.Value > read.Reply.Value {
				missed++
				break
			}
		}
	}
	return missed
}

func TestBookmarksReadYourWrites(t *testing.T) {
	without := 0
	for seed := range uint64(40) {
		tr := counter("d1", "one-statement+bookmark", 50*time.Millisecond, 300, 5)
		tr.seed = seed
		if missed := unread(tr.run(t).history); missed > 0 {
			t.Fatalf("%s: %d reads went behind what their own client had seen", tr, missed)
		}
		tr.variant = "one-statement+replica"
		without += unread(tr.run(t).history)
	}
	if without == 0 {
		t.Error("no read without a bookmark went back: the test proves nothing")
	}
}

// TestABookmarkTravels: who reads at one replica and then, with its bookmark, at another never goes back.
func TestABookmarkTravels(t *testing.T) {
	without := 0
	for seed := range uint64(60) {
		for _, carried := range []bool{true, false} {
			h := newHost(t, "d1", primitive.Default(), seed)
			for n := range 40 {
				h.at(time.Duration(n)*20*ms, func() { h.call("LHR", add(1), func(primitive.Result, error) {}) })
			}
			h.at(sec, func() {
				h.call("IAD", choose(anywhere), func(first primitive.Result, _ error) {
					session := anywhere
					if carried {
						session.Bookmark = first.Bookmark
					}
					h.call("SYD", choose(session), func(second primitive.Result, _ error) {
						switch {
						case second.Value.Number >= first.Value.Number:
						case carried:
							t.Errorf("seed %d: %d at the first replica, then %d", seed, first.Value.Number, second.Value.Number)
						default:
							without++
						}
					})
				})
			})
			h.drain()
		}
	}
	if without == 0 {
		t.Error("no read without a bookmark went back: the test proves nothing")
	}
}

// TestAnswersTakeTheirWay: 1 ms one way within a place, 40 ms between two; services take what exact and these parameters say.
func TestAnswersTakeTheirWay(t *testing.T) {
	p := primitive.Default()
	exact(&p)
	steady := func(d time.Duration) primitive.Range { return primitive.Range{Min: d, Max: d} }
	p.D1.ReadService, p.D1.WriteService, p.D1.Commit = steady(ms), steady(2*ms), steady(10*ms)
	p.KV.Hot, p.KV.Tier = steady(ms), steady(20*ms)
	p.KV.Read = primitive.Latency{P50: 100 * ms, P99: 100 * ms, Max: 100 * ms}
	p.KV.Write = primitive.Latency{P50: 200 * ms, P99: 200 * ms, Max: 200 * ms}
	p.KV.Tiers = []regions.ID{"LHR"}
	machines := make(map[string]*host)
	write, read := add(1), choose(primary)
	write.Session, read.Session = anywhere, anywhere
	for _, row := range []struct {
		story, service string
		from           regions.ID
		op             primitive.Op
		want           time.Duration
	}{
		{"a KV write, there and back", "kv", "IAD", put(1), 200 * ms},
		{"a KV read at the centre", "kv", "SYD", get(0), 100 * ms},
		{"… at the location that it filled", "kv", "SYD", get(0), ms},
		{"… at the tier that it filled", "kv", "SIN", get(0), 20 * ms},
		{"a KV list", "kv", "SIN", list(10), 100 * ms},
		{"a write beside the primary", "d1", "LHR", add(1), 14 * ms},
		{"a write far from it", "d1", "GRU", add(1), 92 * ms},
		{"a write in a session, forwarded by a replica", "d1", "SYD", write, 94 * ms},
		{"a read at the primary, far away", "d1", "SYD", choose(primary), 81 * ms},
		{"a read at a replica", "d1", "SYD", read, 3 * ms},
		{"an R2 get far away", "r2", "SYD", get(0), 130 * ms},
		{"an R2 put beside the bucket", "r2", "LHR", put(1), 502 * ms},
		{"all messages of a page at once", "r2", "LHR", primitive.Op{Verb: primitive.GetAll, Key: "room", Names: []string{"a", "b"}}, 52 * ms},
	} {
		m, ok := machines[row.service]
		if !ok {
			m = newHost(t, row.service, p, 1)
			machines[row.service] = m
		}
		m.after(5*sec, func() {
			asked := m.now
			m.call(row.from, row.op, func(_ primitive.Result, err error) {
				if took := m.now - asked; took != row.want || err != nil {
					t.Errorf("%s: took %v, %v, want %v", row.story, took, err, row.want)
				}
			})
		})
		m.drain()
	}
}

func TestABookmarkIsWaitedFor(t *testing.T) {
	for _, row := range []struct {
		story    string
		bookmark primitive.Bookmark
		least    time.Duration
		most     time.Duration
	}{
		{"nothing to wait for: there and back, and a read's service", 0, 2 * ms, 10 * ms},
		{"the write of 100 ms ago comes in 900 ms and its commit", 1, 900 * ms, 960 * ms},
		{"a bookmark of no write is as good as the last write", 99, 900 * ms, 960 * ms},
	} {
		p := primitive.Default()
		p.D1.Lag = primitive.Latency{P50: sec, P99: sec, Max: sec}
		h := newHost(t, "d1", p, 1)
		h.call("LHR", add(1), func(primitive.Result, error) {})
		h.at(100*ms, func() {
			h.call("IAD", choose(after(row.bookmark)), func(r primitive.Result, _ error) {
				if took := h.now - 100*ms; took < row.least || took > row.most {
					t.Errorf("%s: took %v, want %v to %v", row.story, took, row.least, row.most)
				}
			})
		})
		h.drain()
	}
}
