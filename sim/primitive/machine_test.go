package primitive_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/primitive"
)

// asked is one call of a story: when, from where, what, and what came back.
type asked struct {
	at   time.Duration
	from regions.ID
	op   primitive.Op
	want string
}

const (
	ms  = time.Millisecond
	sec = time.Second
)

func put(n int64) primitive.Op {
	return primitive.Op{Verb: primitive.Put, Key: "k", Value: primitive.Value{Number: n}}
}

func get(ttl time.Duration) primitive.Op {
	return primitive.Op{Verb: primitive.Get, Key: "k", TTL: ttl}
}

func keep(id string) primitive.Op {
	return primitive.Op{Verb: primitive.Put, Key: "room", Message: primitive.Message{ID: id, Text: "text of " + id}}
}

func list(count int) primitive.Op {
	return primitive.Op{Verb: primitive.List, Key: "room", Count: count}
}

func putIf(n int64, etag uint64) primitive.Op {
	op := put(n)
	op.Guard = primitive.Guard{On: true, ETag: etag}
	return op
}

func add(n int64) primitive.Op {
	return primitive.Op{Verb: primitive.Add, Key: "k", Value: primitive.Value{Number: n}}
}

func choose(s primitive.Session) primitive.Op {
	return primitive.Op{Verb: primitive.Select, Key: "k", Session: s}
}

var (
	primary  = primitive.Session{}
	anywhere = primitive.Session{Anywhere: true}
)

func after(b primitive.Bookmark) primitive.Session {
	return primitive.Session{Anywhere: true, Bookmark: b}
}

func show(op primitive.Op, r primitive.Result, err error) string {
	var texts []string
	for _, m := range r.Value.Messages {
		texts = append(texts, strings.TrimPrefix(m.ID+" "+m.Text, m.ID+" text of "))
	}
	switch {
	case errors.Is(err, primitive.ErrTooManyRequests):
		return "429"
	case errors.Is(err, primitive.ErrOverloaded):
		return "overloaded"
	case err != nil:
		return err.Error()
	case op.Verb == primitive.Put && !r.Kept:
		return "not kept"
	case op.Verb == primitive.Put:
		return "kept"
	case op.Verb == primitive.Take:
		return fmt.Sprintf("%v, %.0f left", r.Kept, r.Value.Tokens)
	case op.Verb == primitive.List && texts == nil:
		return "nothing"
	case texts != nil:
		return strings.Join(texts, " ")
	case !r.Found:
		return "absent"
	}
	return fmt.Sprint(r.Value.Number)
}

// story is a sequence of calls of one service.
type story struct {
	story   string
	service string
	params  func(*primitive.Params)
	calls   []asked
}

func (s story) tell(t *testing.T, seed uint64) {
	t.Helper()
	p := primitive.Default()
	p.KV.Local = 1 // certain, unless the story is about it
	if s.params != nil {
		s.params(&p)
	}
	h := newHost(t, s.service, p, seed)
	for n, c := range s.calls {
		h.at(c.at, func() {
			h.call(c.from, c.op, func(r primitive.Result, err error) {
				if got := show(c.op, r, err); got != c.want {
					t.Errorf("%s (seed %d): call %d, asked at %v from %s: got %s, want %s", s.story, seed, n+1, c.at, c.from, got, c.want)
				}
			})
		})
	}
	h.drain()
	if len(h.waiting) != 0 {
		t.Errorf("%s: %d calls were never answered", s.story, len(h.waiting))
	}
}

func TestStories(t *testing.T) {
	for _, s := range append(append(kvStories(), d1Stories()...), r2Stories()...) {
		for seed := range uint64(20) {
			s.tell(t, seed)
		}
	}
}

func kvStories() []story {
	return []story{
		{"a write is at once in its own location's cache, and elsewhere a minute later at most if nothing lies between", "kv", nil, []asked{
			{0, "LHR", put(1), "kept"},
			{5 * sec, "LHR", get(0), "1"},
			{5 * sec, "IAD", get(0), "1"},
			{10 * sec, "LHR", put(2), "kept"},
			{15 * sec, "LHR", get(0), "2"},
			{15 * sec, "IAD", get(0), "1"},
			{70 * sec, "IAD", get(0), "2"},
		}},
		{"a write may miss its own location's cache: its writer reads what was there before", "kv", func(p *primitive.Params) { p.KV.Local = 0 }, []asked{
			{0, "LHR", put(1), "kept"},
			{5 * sec, "LHR", get(0), "1"},
			{10 * sec, "LHR", put(2), "kept"},
			{15 * sec, "LHR", get(0), "1"},
		}},
		{"absence is cached too: a new key is not seen where it was missed", "kv", nil, []asked{
			{0, "IAD", get(0), "absent"},
			{5 * sec, "LHR", put(1), "kept"},
			{55 * sec, "IAD", get(0), "absent"},
			{70 * sec, "IAD", get(0), "1"},
		}},
		{"a tier hands on what it holds, so a location may be two lifetimes behind", "kv", oneTier, []asked{
			{0, "LHR", put(1), "kept"},
			{5 * sec, "IAD", get(0), "1"},    // fills the tier, until 65 s
			{6 * sec, "LHR", put(2), "kept"}, //
			{64 * sec, "SJC", get(0), "1"},   // of the same tier: keeps the old value for another minute
			{123 * sec, "SJC", get(0), "1"},
			{126 * sec, "SJC", get(0), "2"},
		}},
		{"a shorter cacheTtl shortens the life of what is there", "kv", nil, []asked{
			{0, "LHR", put(1), "kept"}, // in LHR's cache for a minute
			{5 * sec, "IAD", put(2), "kept"},
			{29 * sec, "LHR", get(30 * sec), "1"},
			{31 * sec, "LHR", get(0), "2"},
		}},
		{"a cacheTtl below the least is refused", "kv", nil, []asked{
			{0, "IAD", get(sec), "kv get k: cacheTtl 1s: want at least 30s"},
		}},
		{"a key takes one write a second", "kv", nil, []asked{
			{0, "LHR", put(1), "kept"},
			{500 * ms, "LHR", put(2), "429"},
			{10 * sec, "LHR", get(0), "1"},
			{11 * sec, "LHR", put(3), "kept"},
		}},
		{"the last write to arrive wins", "kv", func(p *primitive.Params) { p.KV.WriteEvery = 0 }, []asked{
			{0, "LHR", put(1), "kept"},
			{3 * sec, "IAD", put(2), "kept"},
			{10 * sec, "SYD", get(0), "2"},
		}},
		{"what was written with an expirationTtl is gone in time", "kv", nil, []asked{
			{0, "LHR", primitive.Op{Verb: primitive.Put, Key: "k", TTL: 60 * sec, Value: primitive.Value{Number: 1}}, "kept"},
			{50 * sec, "IAD", get(0), "1"},
			{63 * sec, "IAD", get(0), "absent"},
			{64 * sec, "LHR", primitive.Op{Verb: primitive.Put, Key: "k", TTL: sec}, "kv put: expirationTtl 1s: want at least 1m0s"},
		}},
		{"a list shows a new key in its own time, and then all in order", "kv", func(p *primitive.Params) {
			p.KV.ListLag = primitive.Latency{P50: 20 * sec, P99: 20 * sec, Max: 20 * sec}
		}, []asked{
			{0, "LHR", keep("b"), "kept"},
			{10 * sec, "LHR", keep("a"), "kept"},
			{15 * sec, "LHR", list(10), "nothing"},
			{25 * sec, "LHR", list(10), "b"},
			{35 * sec, "LHR", list(10), "a b"},
			{36 * sec, "LHR", list(1), "b"},
		}},
	}
}

func oneTier(p *primitive.Params) { p.KV.Tiers = []regions.ID{"IAD"} }

func d1Stories() []story {
	// Lag of one second, always.
	lag := func(p *primitive.Params) { p.D1.Lag = primitive.Latency{P50: sec, P99: sec, Max: sec} }
	return []story{
		{"without a session everything is at the primary, and current", "d1", lag, []asked{
			{0, "SYD", choose(primary), "absent"},
			{1 * sec, "SYD", add(1), "1"},
			{1*sec + 200*ms, "IAD", choose(primary), "1"},
		}},
		{"a replica is late; the primary is not", "d1", lag, []asked{
			{0, "SYD", add(1), "1"},
			{500 * ms, "IAD", choose(anywhere), "absent"},
			{500 * ms, "LHR", choose(anywhere), "1"},
			{2 * sec, "IAD", choose(anywhere), "1"},
		}},
		{"a replica waits for the bookmark", "d1", lag, []asked{
			{0, "SYD", add(1), "1"},
			{100 * ms, "SYD", choose(after(1)), "1"},
			{100 * ms, "IAD", choose(after(0)), "absent"},
		}},
		{"a statement is one step: two at the same instant count twice", "d1", nil, []asked{
			{0, "SYD", add(1), "1"},
			{0, "SYD", add(1), "2"},
			{200 * ms, "SYD", add(-5), "0"},
		}},
		{"a bucket gives what it holds and what came in", "d1", nil, []asked{
			{0, "LHR", take, "true, 1 left"},
			{10 * ms, "LHR", take, "true, 0 left"},
			{20 * ms, "LHR", take, "false, 0 left"},
			{11 * sec, "LHR", take, "true, 0 left"},
		}},
		{"a full queue refuses", "d1", func(p *primitive.Params) { p.D1.Queue = 1 }, []asked{
			{0, "LHR", add(1), "1"}, // served
			{0, "LHR", add(1), "2"}, // waits
			{0, "LHR", add(1), "overloaded"},
			{sec, "LHR", add(1), "3"},
		}},
		{"a wait beyond the longest is refused", "d1", func(p *primitive.Params) {
			p.D1.WriteService = primitive.Range{Min: 20 * sec, Max: 20 * sec}
		}, []asked{
			{0, "LHR", add(1), "1"},
			{0, "LHR", add(1), "2"},
			{0, "LHR", add(1), "overloaded"},
		}},
		{"rows are numbered by the primary", "d1", nil, []asked{
			{0, "LHR", insert("a"), "1 a"},
			{sec, "SYD", insert("b"), "2 b"},
			{2 * sec, "IAD", primitive.Op{Verb: primitive.Latest, Key: "room", Count: 5}, "1 a 2 b"},
			{2 * sec, "IAD", primitive.Op{Verb: primitive.Latest, Key: "room", Count: 1}, "2 b"},
		}},
	}
}

var take = primitive.Op{Verb: primitive.Take, Key: "k", Limit: primitive.Limit{Tokens: 2, Refill: 20 * sec}}

func insert(text string) primitive.Op {
	return primitive.Op{Verb: primitive.Insert, Key: "room", Message: primitive.Message{Text: text}}
}

func r2Stories() []story {
	return []story{
		{"once a write has been answered everybody reads it", "r2", nil, []asked{
			{0, "LHR", get(0), "absent"},
			{sec, "LHR", put(1), "kept"},
			{5 * sec, "SYD", get(0), "1"},
			{5 * sec, "LHR", get(0), "1"},
		}},
		{"a key takes one write a second", "r2", nil, []asked{
			{0, "LHR", put(1), "kept"},
			{900 * ms, "LHR", put(2), "429"},
			{1100 * ms, "LHR", put(2), "kept"},
		}},
		{"a conditional write is kept only if nobody wrote since", "r2", nil, []asked{
			{0, "LHR", putIf(1, 0), "kept"},
			{4 * sec, "LHR", putIf(2, 0), "not kept"},
			{8 * sec, "LHR", putIf(2, 1), "kept"},
			{12 * sec, "LHR", get(0), "2"},
		}},
		{"the last to complete wins, not the last to begin", "r2", func(p *primitive.Params) {
			p.R2.WriteEvery = 0
		}, []asked{
			{0, "SYD", put(1), "kept"}, // 40 ms away
			{0, "LHR", put(2), "kept"},
		}},
		{"a list is current, and without texts", "r2", nil, []asked{
			{0, "LHR", keep("b"), "kept"},
			{0, "LHR", keep("a"), "kept"},
			{5 * sec, "SYD", list(10), "a  b "},
			{5 * sec, "SYD", primitive.Op{Verb: primitive.GetAll, Key: "room", Names: []string{"a", "b", "c"}}, "a b"},
		}},
	}
}
