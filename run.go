package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
)

// runCmd is the verb run.
type runCmd struct {
	runFlags
	storageFlags
	profileFlags
	outputFlags
}

// Help is what `durabench run --help` teaches.
func (runCmd) Help() string {
	return `One experiment: a world of edges and homes, a load, and verdicts.

  durabench run --class counter --objects 1 --rate 300/s     a hot counter
  durabench run --class chat --objects 4 --members 24        four chat rooms
  durabench run --class limiter --limit 100/1m               a rate limiter
  durabench run --class account --accounts 16                transfers between accounts
  durabench run --class session --ttl 2s                     sessions that expire
  durabench run --place fixed:IAD --edges FRA,BOM,GRU        a home far from its users
  durabench run --plant lost-update                          see a law convict`
}

// Run carries it out.
func (r runCmd) Run(ctx context.Context, c console) error {
	places, err := regions.Load()
	if err != nil {
		return err
	}
	args := append([]string{"run"}, withoutPlace(c.args)...)
	e, err := r.understand(places, args)
	if err != nil {
		return badUsage(err)
	}
	if err := r.storageFlags.check(); err != nil {
		return err
	}
	if err := c.given.refuse(append(e.idle(), r.idle()...)); err != nil {
		return badUsage(err)
	}
	return c.bench(ctx, benchOrder{
		places: places, experiments: []*experiment{e}, title: e.name(), args: args,
		storage: r.storageFlags, profile: r.profileFlags, output: r.outputFlags,
	})
}

// benchOrder is what a verb asks to be run and reported.
type benchOrder struct {
	places      *regions.Map
	experiments []*experiment
	title       string
	suite       string
	args        []string
	storage     storageFlags
	profile     profileFlags
	output      outputFlags
}

// bench runs experiments on one storage and writes one report.
func (c console) bench(ctx context.Context, order benchOrder) (err error) {
	if err := order.storage.check(); err != nil {
		return err
	}
	out, err := order.output.create(order.title, time.Now())
	if err != nil {
		return err
	}
	starting := c.newProgress("starting")
	b := &bench{
		console: c, places: order.places, output: out, total: len(order.experiments),
		prefix: "r" + strconv.FormatInt(out.started.UnixMilli(), 36),
	}
	err = b.prepare(ctx, order, starting.say)
	starting.stop()
	if err != nil {
		out.discard()
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	report := b.newReport(order)
	runErr := b.runAll(ctx, order.experiments, report)
	if len(report.Runs) == 0 {
		out.discard()
		return runErr
	}
	return errors.Join(runErr, b.conclude(report))
}

// prepare gets what the experiments run on: a database if one of them is live,
// a profile if one is not.
func (b *bench) prepare(ctx context.Context, order benchOrder, say func(string)) (err error) {
	if b.profile, err = order.profile.read(); err != nil {
		return badUsage(err)
	}
	if slices.ContainsFunc(order.experiments, (*experiment).isLive) {
		b.storage, err = order.storage.open(ctx, say)
	}
	return err
}

func (b *bench) close() error {
	if b.storage == nil {
		return nil
	}
	return b.storage.Close()
}

func (b *bench) newReport(order benchOrder) *reports.Report {
	conditions := reports.Conditions{}.
		With("durabench", strings.TrimSpace(version+" "+commit())).
		With("machine", machine()+"; all parts of a live world share it")
	if b.storage != nil {
		for _, f := range b.storage.facts() {
			conditions = conditions.With(f.Key, f.Value)
		}
	}
	names := make(map[string]string)
	for _, place := range b.places.Edges() {
		names[string(place.ID)] = place.City
	}
	return &reports.Report{
		Title: order.title, Suite: order.suite, Program: "durabench", Args: order.args,
		Conditions: conditions, Places: names, Credits: b.places.Credits(),
	}
}

// runAll stops at an interrupt, after the run that it interrupted.
func (b *bench) runAll(ctx context.Context, experiments []*experiment, report *reports.Report) error {
	for i, e := range experiments {
		b.done = i
		if ctx.Err() != nil {
			report.Warnings = append(report.Warnings, fmt.Sprintf("interrupted: %d of %d runs were not made", len(experiments)-i, len(experiments)))
			return failure{code: exitNotRun}
		}
		runs, err := b.run(ctx, e)
		report.Runs = append(report.Runs, runs...)
		b.evidence(e, runs)
		if err != nil {
			return err
		}
	}
	return nil
}

// conclude writes the report and turns its ruling into an exit code.
func (b *bench) conclude(report *reports.Report) error {
	report.Claims = judgeClaims(b.claims)
	if err := b.output.finish(report); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := reports.TerminalOf(b.width())(b.stdout, report); err != nil {
		return fmt.Errorf("print summary: %w", err)
	}
	fmt.Fprintf(b.stdout, "\nReport: %s\n", filepath.Join(b.output.dir, "report.html"))
	return exitOf(report)
}

func exitOf(report *reports.Report) error {
	switch ruling, _ := report.Ruling(); ruling {
	case reports.OK:
		return nil
	case reports.Violated:
		return failure{code: exitViolated}
	default:
		return failure{code: exitNotRun}
	}
}

// withoutPlace takes the flags away that say where results go, for they are no
// part of what makes a run again.
func withoutPlace(args []string) []string {
	var kept []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-o" || args[i] == "--out":
			i++
		case strings.HasPrefix(args[i], "--out=") || strings.HasPrefix(args[i], "-o"):
		default:
			kept = append(kept, args[i])
		}
	}
	return kept
}
