package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/live"
)

// networkLimit is how far off the 99th percentile of the emulated round trips
// may be before a run's latencies mean nothing.
const networkLimit = 10 * time.Millisecond

// runLive runs an experiment on servers, sockets and a database, in real time.
func (b *bench) runLive(ctx context.Context, e *experiment, p *progress) (*seen, error) {
	source, err := e.workload(b.prefix + fmt.Sprint(b.done))
	if err != nil {
		return nil, err
	}
	p.say("starting the world")
	world, err := live.Start(ctx, e.liveWorld(b))
	if err != nil {
		return nil, fmt.Errorf("start world of %q: %w", e.name(), err)
	}
	writer, err := b.output.section(e)
	if err != nil {
		return nil, errors.Join(err, stopWorld(world))
	}
	heard, err := e.newHearing("live")
	if err != nil {
		return nil, errors.Join(err, stopWorld(world))
	}
	recorder := loadgen.NewRecorder(writer, heard.hear)
	p.count(recorder, e.flags.For)
	if err := world.Apply(ctx, e.faults); err != nil {
		return nil, errors.Join(err, recorder.Close(), stopWorld(world))
	}
	began := time.Now()
	e.dawn.Store(began.UnixNano())
	load, loadErr := e.loadLive(ctx, source, world.Edges(), recorder)
	network := networkOf(world)
	if err := errors.Join(recorder.Close(), stopWorld(world), loadErr); err != nil {
		return nil, fmt.Errorf("run %q: %w", e.name(), err)
	}
	return &seen{engine: "live", source: source, hearing: heard, load: load, network: network, moves: world.Moves(), began: began}, nil
}

// stopWorld does not heed an interrupt: what was acknowledged is to be made durable.
func stopWorld(world *live.World) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	return world.Stop(ctx)
}

func (e *experiment) liveWorld(b *bench) live.Config {
	config := live.Config{
		Map: b.places, Homes: e.homes, Edges: e.edges, Directory: e.directory,
		Place: e.place, Within: e.borders(), Jitter: e.jitter, Seed: e.flags.Seed,
		Classes: e.classes(), Storage: b.storage, Cores: e.flags.Cores,
		Clock: refimpl.SystemClock(),
		Log:   slog.New(slog.NewTextHandler(b.stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	if bug := e.misplaced; bug != nil {
		if bug.Stores != nil {
			config.Storage = bentStorage{b.storage, bug.Stores()}
		}
		if bug.Tamper != nil {
			config.Tamper = func() refimpl.Tamper { return bug.Tamper() }
		}
	}
	return config
}

// bentStorage is a storage with a bug in each home's store.
type bentStorage struct {
	live.Storage
	bend func(store.Store) store.Store
}

func (s bentStorage) Store(home regions.ID) store.Store { return s.bend(s.Storage.Store(home)) }

// loadLive sends the operations and waits until all of them are observed.
func (e *experiment) loadLive(ctx context.Context, source workload.Workload, edges []loadgen.Edge, recorder *loadgen.Recorder) (loadgen.Load, error) {
	start := time.Now()
	if chat, ok := source.(workload.Peopled); ok {
		return loadgen.Chat{
			Source: chat, Members: chat.Members(), Edges: edges, Schedule: e.schedule(),
			For: e.flags.For, Seed: e.flags.Seed, Record: recorder.Record,
		}.Run(ctx, start)
	}
	return loadgen.HTTP{
		Source: source, Edges: edges, Schedule: e.schedule(),
		For: e.flags.For, Seed: e.flags.Seed, Record: recorder.Record,
	}.Run(ctx, start)
}

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
