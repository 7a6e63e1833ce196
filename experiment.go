package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/live"
)

// bench is what all experiments of one command share.
type bench struct {
	console
	places  *regions.Map
	storage *storage
	output  *output
	prefix  string // of object names, so that runs never meet
	done    int    // experiments before this one
	total   int
}

// stopPatience is how long a world may take to end in good order.
const stopPatience = 20 * time.Second

// run carries out one experiment: a world, its load, its verdicts.
func (b *bench) run(ctx context.Context, e *experiment) (reports.Run, error) {
	source, err := e.workload(b.prefix + fmt.Sprint(b.done))
	if err != nil {
		return reports.Run{}, badUsage(err)
	}
	progress := b.startProgress(e)
	defer progress.stop()
	world, err := live.Start(ctx, e.world(b))
	if err != nil {
		return reports.Run{}, fmt.Errorf("start world of %q: %w", e.name(), err)
	}
	recorder, err := b.output.record(e)
	if err != nil {
		return reports.Run{}, errors.Join(err, stopWorld(world))
	}
	progress.count(recorder, e.flags.For)
	load, loadErr := e.load(ctx, source, world.Edges(), recorder)
	network := networkOf(world)
	progress.say("judging")
	if err := recorder.Close(); err != nil {
		return reports.Run{}, fmt.Errorf("record: %w", err)
	}
	if err := stopWorld(world); err != nil {
		return reports.Run{}, fmt.Errorf("stop world of %q: %w", e.name(), err)
	}
	if loadErr != nil {
		return reports.Run{}, fmt.Errorf("load of %q: %w", e.name(), loadErr)
	}
	return b.judge(e, source, recorder.History(), load, network)
}

// stopWorld does not heed an interrupt: what was acknowledged is to be made durable.
func stopWorld(world *live.World) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	return world.Stop(ctx)
}

func (e *experiment) workload(prefix string) (workload.Workload, error) {
	f := e.flags
	return workload.New(f.Class, workload.Options{
		Run: prefix, Clients: f.Clients, Objects: f.Objects, Reads: f.Reads,
		Members: f.Members, Senders: f.Senders,
		Rate: float64(e.rate), Refill: e.refillPerSecond(),
	})
}

func (e *experiment) refillPerSecond() float64 {
	return float64(e.limit.Tokens) / e.limit.Refill.Seconds()
}

func (e *experiment) classes() []object.Class {
	all := []object.Class{classes.Counter(), classes.Chat(), classes.Limiter(e.limit)}
	if e.bug != nil {
		all = e.bug.In(all)
	}
	return all
}

func (e *experiment) world(b *bench) live.Config {
	return live.Config{
		Map: b.places, Homes: e.homes, Edges: e.edges, Directory: e.directory,
		Place: e.place, Jitter: e.jitter, Seed: e.flags.Seed,
		Classes: e.classes(), Storage: b.storage, Cores: e.flags.Cores,
		Clock: refimpl.SystemClock(),
		Log:   slog.New(slog.NewTextHandler(b.stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	}
}

// load sends the operations and waits until all of them are observed.
func (e *experiment) load(ctx context.Context, source workload.Workload, edges []loadgen.Edge, recorder *loadgen.Recorder) (loadgen.Load, error) {
	schedule := loadgen.Constant(e.rate)
	if e.flags.Arrivals == "poisson" {
		schedule = loadgen.Poisson(e.rate, e.flags.Seed)
	}
	start := time.Now()
	if chat, ok := source.(*workload.Chat); ok {
		return loadgen.Chat{
			Source: chat, Members: chat.Members(), Edges: edges, Schedule: schedule,
			For: e.flags.For, Seed: e.flags.Seed, Record: recorder.Record,
		}.Run(ctx, start)
	}
	return loadgen.HTTP{
		Source: source, Edges: edges, Schedule: schedule,
		For: e.flags.For, Seed: e.flags.Seed, Record: recorder.Record,
	}.Run(ctx, start)
}

func (e *experiment) laws() ([]check.Checker, error) {
	return check.For(e.flags.Class, check.Params{
		Least: e.flags.Least,
		Limit: check.Limit{Capacity: float64(e.limit.Tokens), Refill: e.refillPerSecond()},
	})
}

// reportLimit tells the report how much a limiter may admit; nil for other classes.
func (e *experiment) reportLimit() *reports.Limit {
	if e.flags.Class != "limiter" {
		return nil
	}
	return &reports.Limit{Capacity: float64(e.limit.Tokens), RefillPerS: e.refillPerSecond()}
}

// judge makes the report's run of what was observed.
func (b *bench) judge(e *experiment, source workload.Workload, history []loadgen.Observation, load loadgen.Load, network *reports.Network) (reports.Run, error) {
	tally := reports.NewTally(reports.Run{
		Name: e.name(), Engine: e.flags.Engine, Class: e.flags.Class, Args: e.args,
		Network: network, Conditions: e.conditions(source), Warnings: load.Warnings(),
		Measured: reports.Measured{Limit: e.reportLimit()},
	})
	for i := range history {
		tally.Add(&history[i])
	}
	run := tally.Run()
	laws, err := e.laws()
	if err != nil {
		return run, badUsage(err)
	}
	for _, law := range laws {
		v := law.Check(history)
		run.Verdicts = append(run.Verdicts, reports.Verdict{
			Law: v.Law, Verdict: reports.Ruling(v.Ruling), Why: v.Why, Witness: v.Lines(),
		})
	}
	if network != nil {
		run.Verdicts = append(run.Verdicts, network.Verdict())
	}
	return run, nil
}
