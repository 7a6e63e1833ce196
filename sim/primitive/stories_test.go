package primitive_test

import (
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/primitive"
)

func kvReads() []story {
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
	}
}

func kvWrites() []story {
	return []story{
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
		{"what has expired is absent, in every cache, and absence is kept like a value", "kv", nil, []asked{
			{0, "LHR", primitive.Op{Verb: primitive.Put, Key: "k", TTL: 60 * sec, Value: primitive.Value{Number: 1}}, "kept"},
			{50 * sec, "IAD", get(0), "1"},
			{50 * sec, "SYD", get(0), "1"},
			{63 * sec, "SYD", get(0), "absent"},
			{65 * sec, "LHR", put(2), "kept"},
			{70 * sec, "IAD", get(0), "2"},
			{70 * sec, "SYD", get(0), "absent"},
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
			{200 * sec, "LHR", take, "true, 1 left"},
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

// exact makes R2 take 500 ms to write and 50 ms to read, as often as it is asked.
func exact(p *primitive.Params) {
	p.R2.WriteEvery = 0
	p.R2.Write = primitive.Latency{P50: 500 * ms, P99: 500 * ms, Max: 500 * ms}
	p.R2.Read = primitive.Latency{P50: 50 * ms, P99: 50 * ms, Max: 50 * ms}
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
		{"the last to complete wins, not the last to begin", "r2", exact, []asked{
			{0, "SYD", put(1), "kept"}, // 40 ms away
			{10 * ms, "LHR", put(2), "kept"},
			{2 * sec, "LHR", get(0), "1"},
		}},
		{"a write is seen when it completes, not when it begins", "r2", exact, []asked{
			{0, "LHR", put(1), "kept"},
			{300 * ms, "LHR", get(0), "absent"},
			{500 * ms, "LHR", get(0), "1"},
		}},
		{"of two conditional writes under way one is kept", "r2", exact, []asked{
			{0, "LHR", putIf(1, 0), "kept"},
			{100 * ms, "LHR", putIf(2, 0), "not kept"},
			{2 * sec, "LHR", get(0), "1"},
		}},
		{"a list is current, and without texts", "r2", nil, []asked{
			{0, "LHR", keep("b"), "kept"},
			{0, "LHR", keep("a"), "kept"},
			{5 * sec, "SYD", list(10), "a  b "},
			{5 * sec, "SYD", primitive.Op{Verb: primitive.GetAll, Key: "room", Names: []string{"a", "b", "c"}}, "a b"},
		}},
	}
}
