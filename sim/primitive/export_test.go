package primitive

import "time"

// Bound is for how long after a value was replaced reads with a TTL, asked by
// then, may still be answered with it: a lifetime at the tier, another at the location, and the ways between.
func (p KVParams) Bound(ttl time.Duration) time.Duration {
	return 2*max(ttl, p.LeastTTL) + p.Read.Max/2 + p.Tier.Max + p.Write.Max/2
}
