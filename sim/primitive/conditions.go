package primitive

import "fmt"

// Condition is one number behind a result, as a report prints it.
type Condition struct {
	Name   string
	Value  string
	Source string // where the default comes from; Assumed says that it is ours
}

// Assumed is the source of a number that nobody published: sweep it before you rely on it.
const Assumed = "assumption"

// Sources of what is documented.
const (
	kvDocs = "Cloudflare docs: how KV works, KV limits"
	d1Docs = "Cloudflare docs: D1 read replication"
	r2Docs = "Cloudflare docs: R2 limits, R2 consistency"
)

// Conditions are the numbers behind what KV did.
func (p KVParams) Conditions() []Condition {
	return []Condition{
		{"KV regional tiers", join(p.Tiers), Assumed + " (that there are tiers is documented)"},
		{"KV cacheTtl", p.TTL.String(), kvDocs},
		{"KV least cacheTtl", p.LeastTTL.String(), "Cloudflare changelog 2026-01-30"},
		{"KV least expirationTtl", p.LeastLife.String(), kvDocs},
		{"KV one write per key every", p.WriteEvery.String(), kvDocs},
		{"KV write visible at once where made, probability", fmt.Sprint(p.Local), Assumed + " (documented as usual, not sure)"},
		{"KV read answered by the location", p.Hot.String(), Assumed},
		{"KV read answered by the tier", p.Tier.String(), Assumed},
		{"KV read answered by the centre", p.Read.String(), Assumed + ", near the p95 and p99 of the changelog of 2025-08-22"},
		{"KV write", p.Write.String(), Assumed},
		{"KV key missing from lists for", p.ListLag.String(), Assumed + " (documented as eventual)"},
	}
}

// Conditions are the numbers behind what D1 did.
func (p D1Params) Conditions() []Condition {
	return []Condition{
		{"D1 primary", string(p.Primary), Assumed},
		{"D1 replicas", join(p.Replicas), d1Docs + ", regions; the places are ours"},
		{"D1 thread's time for a read", p.ReadService.String(), Assumed},
		{"D1 thread's time for a write", p.WriteService.String(), Assumed},
		{"D1 durable after", p.Commit.String(), Assumed},
		{"D1 statements that may wait", fmt.Sprint(p.Queue), Assumed},
		{"D1 longest wait", p.Longest.String(), Assumed + ", after the limit of a query"},
		{"D1 replica's lag", p.Lag.String(), Assumed + " (documented as arbitrary)"},
	}
}

// Conditions are the numbers behind what R2 did.
func (p R2Params) Conditions() []Condition {
	return []Condition{
		{"R2 bucket", string(p.Bucket), Assumed},
		{"R2 one put per key every", p.WriteEvery.String(), r2Docs},
		{"R2 work on a read", p.Read.String(), Assumed},
		{"R2 work on a put", p.Write.String(), Assumed},
	}
}

// Conditions are the numbers behind a primitive's results; none for a primitive that is not modelled.
func (p Params) Conditions(primitive string) []Condition {
	switch primitive {
	case "kv", "do+kv":
		return p.KV.Conditions()
	case "d1":
		return p.D1.Conditions()
	case "r2":
		return p.R2.Conditions()
	}
	return nil
}
