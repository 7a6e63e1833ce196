// Command durabench measures stateful objects that live in one place: how fast
// they are for users around the world, how consistent, and where they should be.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by releases; a build of a checkout says so.
const version = "0.1.0-dev"

// The exit codes of every verb.
const (
	exitGood     = 0
	exitViolated = 1 // a law was violated
	exitUsage    = 2 // the arguments, or a file that was named, make no sense
	exitNotRun   = 3 // it could not run, or showed too little for a verdict
)

const description = `Measure single-homed stateful objects (Durable Objects and their like).

How fast are they for users around the world, and on what do they wait? Do they
keep their promises while that happens? durabench runs a reference runtime on a
real Postgres, puts real distances between users and objects, records what each
client saw, and judges it.

Start here, and open the report.html that is named at the end:

  durabench suite quick

Exit codes: 0 good, 1 a law was violated, 2 the arguments or a file make no sense, 3
could not run, or showed too little for a verdict.`

type cli struct {
	Run     runCmd     `cmd:"" help:"Run one experiment and report on it."`
	Suite   suiteCmd   `cmd:"" help:"Run every line of a suite into one report."`
	Place   placeCmd   `cmd:"" help:"Compare placement strategies over a population of objects or a trace."`
	Serve   serveCmd   `cmd:"" help:"Serve objects over HTTP and WebSockets, to develop against or to measure."`
	Check   checkCmd   `cmd:"" help:"Judge the observations of an earlier run."`
	Report  reportCmd  `cmd:"" help:"Render the report of an earlier run again."`
	Regions regionsCmd `cmd:"" help:"List places, the distances between them, and how far the model is from what was measured."`

	Version kong.VersionFlag `help:"Print the version."`
}

// console is where a verb writes and what it may ask of its surroundings.
type console struct {
	stdout, stderr io.Writer
	terminal       bool // stderr is a terminal: progress may redraw its line
	columns        int  // of stdout, if it is a terminal; 0: as many as are wanted
	getenv         func(string) string
	args           []string // of the verb
	given          given    // its flags that were written
}

// failure is an error with the exit code that it calls for. Without an error,
// what there was to say has been said.
type failure struct {
	code  int
	cause error
}

func (f failure) Error() string { return fmt.Sprint(f.cause) }

func (f failure) Unwrap() error { return f.cause }

// badUsage marks an error as the caller's to mend.
func badUsage(err error) error {
	if err == nil {
		return nil
	}
	return failure{exitUsage, err}
}

func main() {
	c := console{stdout: os.Stdout, stderr: os.Stderr, terminal: isTerminal(os.Stderr), columns: columnsOf(os.Stdout), getenv: os.Getenv}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, c, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute is the whole command as a function of its arguments.
func execute(ctx context.Context, c console, args []string) int {
	var verbs cli
	exited := -1 // set by --help and --version
	parser, err := kong.New(&verbs,
		kong.Name("durabench"), kong.Description(description),
		kong.Writers(c.stdout, c.stderr), kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"version": version, "classes": classNames(), "strategies": strategyForms(), "suites": suiteNames()},
	)
	if err != nil {
		panic("durabench: the command line is declared wrongly: " + err.Error())
	}
	args = joined(helping(args))
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		if err.Error() == "unexpected argument "+args[0] {
			err = fmt.Errorf("there is no verb %s: there are %s", args[0], verbsOf(parser))
		}
		return c.fail(badUsage(plainly(err)))
	}
	c.args, c.given = args[1:], givenIn(parsed)
	parsed.BindTo(ctx, (*context.Context)(nil))
	return c.fail(parsed.Run(c))
}

// verbsOf are what may come first.
func verbsOf(parser *kong.Kong) string {
	var verbs []string
	for _, verb := range parser.Model.Children {
		verbs = append(verbs, verb.Name)
	}
	return strings.Join(verbs, ", ")
}

// helping takes help, help VERB, and nothing at all as a question.
func helping(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

// fail says what went wrong in one sentence, and gives the exit code.
func (c console) fail(err error) int {
	if err == nil {
		return exitGood
	}
	code := exitNotRun
	var f failure
	if errors.As(err, &f) {
		code = f.code
		if f.cause == nil {
			return code
		}
	}
	fmt.Fprintf(c.stderr, "durabench: %v\n", err)
	return code
}
