package main

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/live"
)

// networkLimit is how far off the 99th percentile of the emulated round trips
// may be before a run's latencies mean nothing.
const networkLimit = 10 * time.Millisecond

func networkOf(world *live.World) *reports.Network {
	pairs, overall := world.Network()
	n := &reports.Network{
		Pairs: len(pairs), N: int64(overall.N), Limit: reports.Micros(networkLimit),
		Error: reports.Spread{P50: reports.Micros(overall.P50), P99: reports.Micros(overall.P99), Max: reports.Micros(overall.Max)},
	}
	for _, p := range pairs {
		n.Links = append(n.Links, reports.LinkError{
			Name: p.Link, Edge: string(p.Edge), Home: string(p.Home), N: int64(p.Error.N),
			Injected: reports.Micros(p.Injected.P50), Measured: reports.Micros(p.Measured.P50),
			Error: reports.Spread{P50: reports.Micros(p.Error.P50), P99: reports.Micros(p.Error.P99), Max: reports.Micros(p.Error.Max)},
		})
	}
	return n
}

// conditions are what a run's numbers hold for.
func (e *experiment) conditions(source workload.Workload) reports.Conditions {
	var c reports.Conditions
	c = c.With("workload", source.String())
	c = c.With("rate", e.rate.String()+", "+e.flags.Arrivals+" arrivals, open loop")
	c = c.With("for", e.flags.For.String())
	if e.flags.Class == "limiter" {
		c = c.With("limit", e.flags.Limit+" for each key")
	}
	c = c.With("homes", join(e.homes))
	c = c.With("edges", join(e.edges)+", clients in proportion to users")
	c = c.With("placement", e.place.String())
	c = c.With("directory of homes", string(e.directory))
	c = c.With("delays", "injected: measured round trips where there are, else a model of distance; jitter "+e.jitter.String())
	c = c.With("connections", fmt.Sprintf("%d open from each edge to each home when load begins; a further one costs a round trip", live.WarmConnections))
	c = c.With("database", "beside each home: no distance between home and its Postgres")
	if e.bug != nil {
		c = c.With("planted bug", e.bug.Name+": "+e.bug.What)
	}
	return c
}

func join(ids []regions.ID) string {
	text := ""
	for i, id := range ids {
		if i > 0 {
			text += " "
		}
		text += string(id)
	}
	return text
}
