// Command peer measures Cloudflare's workerd and `durabench serve` side by side on this machine, in
// one run, under one load, and prints their ratio.
//
//	npm install workerd
//	go run ./scripts/peer [--rounds 3] [--each 3s] [--only workerd|durabench] [--json FILE]
//
// Both keep every acknowledged write on disk: workerd in one SQLite file per object, durabench in
// Postgres. The load shares the cores with both, so the ratio says more than the rates. Measurements
// alternate between the two systems and each figure is the median of the rounds, so that a machine
// that gets busier or slower meanwhile hurts both.
//
// It measures and does not judge: a missed target is printed plainly and the exit code is still 0.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Exit codes, as those of durabench itself.
const (
	exitUsage       = 2
	exitCouldNotRun = 3
)

// options are the flags.
type options struct {
	Rounds    int
	Each      time.Duration // of one measurement
	Warm      time.Duration // load of the same kind before each measurement, not counted
	Only      string        // measure one system; empty: both
	Measure   string        // measure only what has this in its name; empty: all
	Workerd   string        // path of the workerd binary; empty: looked for
	Durabench string        // path of a durabench binary; empty: built from this module
	Postgres  string        // handed to durabench serve
	HTTP      string        // load generator for HTTP: auto, wrk or own
	Window    int           // messages a chat sender has under way before it waits for its own echo
	JSON      string        // file for the result; empty: none
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
		fmt.Fprintln(stderr, "peer:", err)
		return exitUsage
	}
	if err := run(ctx, opt, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "peer:", err)
		return exitCouldNotRun
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("peer", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.IntVar(&o.Rounds, "rounds", 3, "measurements of each kind on each system")
	fs.DurationVar(&o.Each, "each", 3*time.Second, "length of one measurement, whole seconds")
	fs.DurationVar(&o.Warm, "warm", time.Second, "load before each measurement that is not counted, whole seconds")
	fs.StringVar(&o.Only, "only", "", "measure one system: workerd or durabench")
	fs.StringVar(&o.Measure, "measure", "", "measure only what has this in its name; \"lasting\": what is left alone")
	fs.StringVar(&o.Workerd, "workerd", "", "workerd binary (default: PATH, then node_modules here and above)")
	fs.StringVar(&o.Durabench, "durabench", "", "durabench binary (default: built from this module)")
	fs.StringVar(&o.Postgres, "postgres", "auto", "where durabench serve finds its Postgres")
	fs.StringVar(&o.HTTP, "http", "auto", "HTTP load: wrk, own (a client of this program), or auto: wrk if it is on PATH")
	fs.IntVar(&o.Window, "window", 1, "messages under way per chat sender")
	fs.StringVar(&o.JSON, "json", "", "write the result to this file too")
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fs.SetOutput(stderr)
		fs.Usage()
	}
	if err != nil {
		return o, err
	}
	return o, o.check(fs.Args())
}

func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q: everything is said with flags", rest[0])
	case o.Rounds < 1 || o.Rounds > 100:
		return fmt.Errorf("--rounds %d: want 1 to 100", o.Rounds)
	case o.Each < time.Second || o.Each%time.Second != 0 || o.Each > time.Minute:
		return fmt.Errorf("--each %s: want whole seconds, 1s to 1m", o.Each)
	case o.Warm < 0 || o.Warm%time.Second != 0 || o.Warm > time.Minute:
		return fmt.Errorf("--warm %s: want whole seconds, 0s to 1m", o.Warm)
	case o.Only != "" && o.Only != workerdName && o.Only != durabenchName:
		return fmt.Errorf("--only %q: want %s or %s", o.Only, workerdName, durabenchName)
	case o.HTTP != "auto" && o.HTTP != "wrk" && o.HTTP != "own":
		return fmt.Errorf("--http %q: want auto, wrk or own", o.HTTP)
	case o.Window < 1 || o.Window > 100:
		return fmt.Errorf("--window %d: want 1 to 100", o.Window)
	}
	return nil
}

// run owns the scratch directory and the children: both are gone when it returns.
func run(ctx context.Context, opt options, stdout, stderr io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "durabench-peer-")
	if err != nil {
		return fmt.Errorf("make a scratch directory: %w", err)
	}
	defer os.RemoveAll(dir)

	load, err := newHTTPLoad(opt.HTTP, dir)
	if err != nil {
		return err
	}
	systems, err := startSystems(ctx, opt, dir, stderr)
	defer func() {
		for _, s := range systems {
			err = errors.Join(err, s.child.Stop())
		}
	}()
	if err != nil {
		return err
	}
	m := measurer{opt: opt, systems: systems, load: load, progress: stderr}
	r := result{Conditions: conditions(ctx, opt, systems, load)}
	r.Measures, err = m.all(ctx)
	if err == nil && strings.Contains("lasting", opt.Measure) {
		r.Facts, err = m.lasting(ctx)
	}
	if ctx.Err() != nil {
		err = errors.New("interrupted: the table holds what was measured until then")
	}
	r.writeText(stdout) // after an error too: what was measured is not thrown away
	if err != nil {
		return err
	}
	if opt.JSON == "" {
		return nil
	}
	return r.writeJSON(opt.JSON)
}
