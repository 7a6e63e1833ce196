package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/live"
)

// conditions are what a run's numbers hold for.
func (e *experiment) conditions(b *bench, s *seen) reports.Conditions {
	c := reports.Conditions{}.
		With("workload", s.source.String()).
		With("rate", e.rate.String()+", "+e.flags.Arrivals+" arrivals, open loop").
		With("for", e.flags.For.String())
	if e.flags.Handler > 0 {
		c = c.With("handlers", e.flags.Handler.String()+" longer than the profile says")
	}
	if e.flags.Class == "limiter" {
		c = c.With("limit", e.flags.Limit+" for each key")
	}
	if e.flags.Class == "account" {
		c = c.With("accounts", fmt.Sprintf("%d of %d in each object", e.bank().Accounts, e.bank().Opening)).With("puts", e.flags.Puts)
	}
	if e.flags.Class == "session" {
		c = c.With("ttl", e.flags.TTL.String()+" after the last access")
	}
	c = c.With("homes", join(e.homes)).
		With("edges", join(e.edges)+", clients in proportion to users").
		With("placement", e.placed()).
		With("directory of homes", string(e.directory)).
		With("delays", "injected: measured round trips where there are, else a model of distance; jitter "+e.jitter.String()).
		With("connections", fmt.Sprintf("%d open from each edge to each home when load begins; a further one costs a round trip", live.WarmConnections))
	if s.engine == "virtual" {
		c = c.With("database", "in memory, with the latencies of the profile").
			With("profile", b.profileConditions()).
			With("history", s.digest+", the same for the same seed on any machine")
	} else {
		c = c.With("database", "beside each home: no distance between home and its Postgres")
	}
	if len(e.faults) > 0 {
		c = c.With("faults", e.faults.String())
	}
	if e.bug != nil {
		c = c.With("planted bug", e.bug.Name+": "+e.bug.What)
	}
	return c
}

// placed is the strategy, and by which day it goes if it goes by one.
func (e *experiment) placed() string {
	if e.followsUsers() {
		return e.place.String() + ", whose day is the run"
	}
	return e.place.String()
}

func (b *bench) profileConditions() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(b.profile.Conditions)) {
		parts = append(parts, name+": "+b.profile.Conditions[name])
	}
	return strings.Join(parts, "; ")
}

func join(ids []regions.ID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return strings.Join(words, " ")
}
