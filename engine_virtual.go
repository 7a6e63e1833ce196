package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/sim/live"
	"github.com/durabench/durabench/sim/relocate"
	"github.com/durabench/durabench/sim/virtual"
)

// runVirtual runs an experiment in virtual time. Its objects have the same names
// in every run: nothing of one run outlives it.
func (b *bench) runVirtual(ctx context.Context, e *experiment, p *progress) (*seen, error) {
	source, err := e.workload("v")
	if err != nil {
		return nil, err
	}
	p.say("in virtual time")
	writer, err := b.output.section(e)
	if err != nil {
		return nil, err
	}
	s := &seen{engine: "virtual", source: source, began: virtual.Epoch()}
	if s.hearing, err = e.newHearing(s.engine); err != nil {
		return nil, err
	}
	// Judging, writing and compressing take as long as the world itself: another core does them.
	recorder := loadgen.NewRecorder(writer, s.hearing.hear)
	if os.Getenv("GOGC") == "" {
		// What a world keeps is small, and what it throws away is much: collecting
		// garbage less often costs some memory and saves time.
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	e.dawn.Store(s.began.UnixNano())
	config := e.virtualWorld(b, source)
	config.Record = recorder.Take
	config.Moved = func(m relocate.Move) { s.moves = append(s.moves, m) }
	if e.isObject() {
		s.load, err = virtual.Run(ctx, config)
	} else {
		err = e.runWorkers(ctx, config, s)
	}
	if err := errors.Join(err, recorder.Close()); err != nil {
		return nil, fmt.Errorf("run %q: %w", e.name(), err)
	}
	s.digest = writer.Digest()
	return s, nil
}

// slowed is the profile with the handlers' extra time.
func (e *experiment) slowed(p *virtual.Profile) *virtual.Profile {
	slow := *p
	slow.Service = append(virtual.Distribution(nil), p.Service...)
	for i := range slow.Service {
		slow.Service[i] += micros(e.flags.Handler)
	}
	return &slow
}

func (e *experiment) virtualWorld(b *bench, source workload.Workload) virtual.Config {
	config := virtual.Config{
		Map: b.places, Homes: e.homes, Edges: e.edges, Directory: e.directory,
		Place: e.place, Within: e.borders(), Jitter: e.jitter, Seed: e.flags.Seed, Classes: e.classes(),
		Cores: e.flags.Cores, Warm: live.WarmConnections, Profile: e.slowed(b.profile),
		Source: source, Schedule: e.schedule(), For: e.flags.For,
		Faults: e.faults, Standby: e.flags.Standby, Log: slog.New(slog.DiscardHandler),
	}
	if chat, ok := source.(workload.Peopled); ok {
		config.Members = chat.Members()
	}
	if bug := e.misplaced; bug != nil {
		if bug.Stores != nil {
			config.Store = bug.Stores()
		}
		if bug.Tamper != nil {
			config.Tamper = func() virtual.Tamper { return bug.Tamper() }
		}
	}
	return config
}
