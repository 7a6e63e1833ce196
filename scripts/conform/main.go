// Command conform tells Cloudflare's workerd and `durabench serve` the same stories, and compares what
// they answer: status, headers that an object's code decides, bodies, messages and their order, and
// what is in storage afterwards.
//
//	npm install workerd
//	go run ./scripts/conform [--only NAME] [--seed 1] [--table FILE] [--verbose]
//
// The stories are the files in scenarios, and seeded random sequences for the classes that durabench
// serves. Answers that differ end the run with exit code 1, unless a scenario says why they are meant
// to. Where workerd or a Postgres is not to be had, one sentence says so and the exit code is 0.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Exit codes, as those of durabench itself.
const (
	exitDiffers     = 1
	exitUsage       = 2
	exitCouldNotRun = 3
)

// options are the flags.
type options struct {
	Only      string // scenarios whose group/name contains it
	Seed      uint64 // of the random sequences
	Seeds     int    // how many sequences of each class
	Steps     int    // length of each
	Together  int    // scenarios that are played at the same time
	Verbose   bool   // print every transcript
	Table     string // file for the table of behaviours; empty: none
	Record    string // file for workerd's answers; empty: none
	Workerd   string // path of the workerd binary; empty: looked for
	Durabench string // path of a durabench binary; empty: built from this module
	Postgres  string // where to get a Postgres
	Self      bool   // compare workerd with itself, which proves the scenarios and not the systems
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opt, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "conform:", err)
		return exitUsage
	}
	failed, err := run(ctx, opt, stdout, stderr)
	switch {
	case errors.Is(err, errAbsent):
		fmt.Fprintln(stderr, "conform:", err)
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "conform:", err)
		return exitCouldNotRun
	case failed > 0:
		return exitDiffers
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("conform", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.Only, "only", "", "play the scenarios whose group/name contains this")
	fs.Uint64Var(&o.Seed, "seed", 1, "first seed of the random sequences")
	fs.IntVar(&o.Seeds, "seeds", 5, "random sequences of each class")
	fs.IntVar(&o.Steps, "steps", 40, "length of each random sequence")
	fs.IntVar(&o.Together, "together", 12, "scenarios played at the same time")
	fs.BoolVar(&o.Verbose, "verbose", false, "print every transcript")
	fs.StringVar(&o.Table, "table", "", "write the table of behaviours to this file")
	fs.StringVar(&o.Record, "record", "", "write workerd's answers to this file")
	fs.StringVar(&o.Workerd, "workerd", "", "workerd binary (default: PATH, then node_modules here and above)")
	fs.StringVar(&o.Durabench, "durabench", "", "durabench binary (default: built from this module)")
	fs.StringVar(&o.Postgres, "postgres", "auto", "where to get a Postgres, as for durabench serve")
	fs.BoolVar(&o.Self, "self", false, "compare workerd with a second workerd: a scenario that differs there says nothing")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	switch {
	case fs.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q: everything is said with flags", fs.Arg(0))
	case o.Seeds < 0 || o.Steps < 1 || o.Together < 1:
		return o, errors.New("--seeds, --steps and --together count something: they cannot be below 0, 1 and 1")
	}
	return o, nil
}

// run owns the scratch directory and the servers: they are gone when it returns.
func run(ctx context.Context, opt options, stdout, stderr io.Writer) (failed int, err error) {
	all, err := chosen(opt)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "durabench-conform-")
	if err != nil {
		return 0, fmt.Errorf("make a scratch directory: %w", err)
	}
	defer os.RemoveAll(dir)
	theirs, err := newWorkerd(ctx, opt.Workerd, filepath.Join(dir, "workerd"))
	if err != nil {
		return 0, err
	}
	ours, stop, err := second(ctx, opt, dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	for _, s := range []*system{theirs, ours} {
		defer func() { err = errors.Join(err, s.stop()) }()
		if err := s.start(ctx); err != nil {
			return 0, err
		}
	}
	fmt.Fprintf(stderr, "conform: %d scenarios on %s and %s\n", len(all), theirs.Version, ours.Name)
	outcomes := playAll(ctx, all, theirs, ours, opt.Together)
	if ctx.Err() != nil {
		return 0, errors.New("interrupted")
	}
	return report(opt, outcomes, theirs.Version, stdout)
}

// second is the system that is judged; stop stops what it stands on.
func second(ctx context.Context, opt options, dir string) (ours *system, stop func() error, err error) {
	if opt.Self {
		ours, err = newWorkerd(ctx, opt.Workerd, filepath.Join(dir, "self"))
		return ours, func() error { return nil }, err
	}
	server, err := newPostgres(ctx, opt.Postgres)
	if err != nil {
		return nil, nil, err
	}
	ours, err = newDurabench(ctx, opt.Durabench, dir, server.DSN)
	if err != nil {
		return nil, nil, errors.Join(err, server.Stop())
	}
	return ours, server.Stop, nil
}

// chosen are the written scenarios and the random ones, as far as they are asked for.
func chosen(opt options) ([]scenario, error) {
	all, err := written()
	if err != nil {
		return nil, err
	}
	all = append(all, random(opt.Seed, opt.Seeds, opt.Steps)...)
	all = slices.DeleteFunc(all, func(s scenario) bool { return !strings.Contains(s.Group+"/"+s.Name, opt.Only) })
	if len(all) == 0 {
		return nil, fmt.Errorf("--only %q: no scenario is called so", opt.Only)
	}
	return all, nil
}

// playAll plays the scenarios side by side, the longest first, and those that restart a system one by one at the end.
func playAll(ctx context.Context, all []scenario, theirs, ours stage, together int) []outcome {
	nonce := newNonce(time.Now())
	outcomes := make([]outcome, len(all))
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(all[b].lasts() - all[a].lasts()) })
	free := make(chan struct{}, together)
	var wait sync.WaitGroup
	playOne := func(i int) {
		outcomes[i] = outcome{scenario: all[i]}
		outcomes[i].theirs, outcomes[i].ours = both(ctx, all[i], theirs, ours, nonce)
	}
	for _, i := range order {
		if all[i].restarts() {
			continue
		}
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			playOne(i)
		})
	}
	wait.Wait()
	for _, i := range order {
		if all[i].restarts() {
			playOne(i)
		}
	}
	return outcomes
}

// report prints what differs and the table, and says how many scenarios failed.
func report(opt options, all []outcome, version string, stdout io.Writer) (failed int, err error) {
	for _, o := range all {
		if opt.Verbose {
			fmt.Fprintf(stdout, "%s/%s\n", o.scenario.Group, o.scenario.Name)
			for _, line := range o.theirs {
				fmt.Fprintf(stdout, "    %s\n", strings.ReplaceAll(line, "\t", "  =>  "))
			}
		}
		if v := o.verdict(); v.fails() || v == mended || opt.Verbose && v != equal {
			o.show(stdout)
		}
		if o.verdict().fails() {
			failed++
		}
	}
	table(stdout, all)
	if opt.Table != "" {
		err = writeFile(opt.Table, func(w io.Writer) { writeTable(w, all, version) })
	}
	if opt.Record != "" {
		err = errors.Join(err, writeFile(opt.Record, func(w io.Writer) { writeRecord(w, all) }))
	}
	return failed, err
}

func writeFile(path string, write func(io.Writer)) error {
	var b strings.Builder
	write(&b)
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
