package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/relocate"
	"github.com/durabench/durabench/sim/virtual"
)

// bench is what all experiments of one command share.
type bench struct {
	console
	places  *regions.Map
	storage *storage // nil if no experiment is live
	profile *virtual.Profile
	output  *output
	prefix  string // of object names in live worlds, so that runs never meet
	done    int    // experiments before this one
	total   int
	claims  map[string][]reports.Run // evidence, by claim
}

func (b *bench) evidence(e *experiment, runs []reports.Run) {
	if e.flags.Claim == "" {
		return
	}
	if b.claims == nil {
		b.claims = make(map[string][]reports.Run)
	}
	b.claims[e.flags.Claim] = append(b.claims[e.flags.Claim], runs...)
}

// stopPatience is how long a world may take to end in good order.
const stopPatience = 20 * time.Second

// seen is what an engine gives to be judged.
type seen struct {
	engine  string
	source  workload.Workload
	hearing *hearing
	load    loadgen.Load
	network *reports.Network // of a live world
	digest  string
	moves   []relocate.Move
	began   time.Time // the load, by the world's clock

	// Of a run on another primitive.
	told        *toldBy
	hybrid      bool // it writes to the object
	variant     string
	assumptions reports.Conditions
}

// run carries out one experiment, in one world or both.
func (b *bench) run(ctx context.Context, e *experiment) ([]reports.Run, error) {
	progress := b.startProgress(e)
	defer progress.stop()
	var runs []reports.Run
	for _, engine := range e.engines() {
		s, err := engine(b)(ctx, e, progress)
		if err != nil {
			return runs, err
		}
		progress.say("judging")
		run, err := e.judge(ctx, b, s)
		if err != nil {
			return runs, err
		}
		runs = append(runs, run)
	}
	if len(runs) == 2 {
		runs[1].Predicted = reports.Compare(&runs[0], &runs[1])
	}
	return runs, nil
}

// engine makes a world for an experiment, loads it, and gives what was seen.
type engine func(context.Context, *experiment, *progress) (*seen, error)

func (e *experiment) engines() []func(*bench) engine {
	live := func(b *bench) engine { return b.runLive }
	virtual := func(b *bench) engine { return b.runVirtual }
	switch e.flags.Engine {
	case "virtual":
		return []func(*bench) engine{virtual}
	case "both":
		return []func(*bench) engine{live, virtual}
	}
	return []func(*bench) engine{live}
}

// isLive says whether the experiment needs a database.
func (e *experiment) isLive() bool { return e.flags.Engine != "virtual" }

func (e *experiment) workload(prefix string) (workload.Workload, error) {
	f := e.flags
	w, err := workload.New(f.Class, workload.Options{
		Run: prefix, Clients: f.Clients, Objects: f.Objects, Reads: f.Reads,
		Members: f.Members, Senders: f.Senders,
		Rate: float64(e.rate), Refill: e.refillPerSecond(),
		Accounts: e.bank().Accounts, Opening: e.bank().Opening, TTL: f.TTL,
	})
	if err != nil {
		return nil, badUsage(err)
	}
	if w, err = e.used(w); err != nil {
		return nil, err
	}
	return e.split(w), nil
}

func (e *experiment) refillPerSecond() float64 {
	return float64(e.limit.Tokens) / e.limit.Refill.Seconds()
}

func (e *experiment) classes() []object.Class {
	all := []object.Class{
		classes.Counter(), classes.Chat(), classes.Limiter(e.limit), classes.Account(e.bank(), e.puts()), classes.Session(e.flags.TTL), classes.Document(),
	}
	if e.bug != nil {
		all = e.bug.In(all)
	}
	return all
}

// bank is what account objects are born with.
func (e *experiment) bank() classes.Bank {
	bank := classes.DefaultBank()
	bank.Accounts = e.flags.Accounts
	return bank
}

func (e *experiment) puts() classes.Puts {
	switch e.flags.Puts {
	case "single":
		return classes.Single
	case "synced":
		return classes.Synced
	}
	return classes.Batched
}

// schedule is made anew for each world: it may serve one goroutine only.
func (e *experiment) schedule() loadgen.Schedule {
	if e.flags.Arrivals == "poisson" {
		return loadgen.Poisson(e.rate, e.flags.Seed)
	}
	return loadgen.Constant(e.rate)
}

func (e *experiment) laws() ([]check.Checker, error) {
	params := check.Params{
		Least: e.flags.Least,
		Limit: check.Limit{
			Capacity: float64(e.limit.Tokens), Refill: e.refillPerSecond(),
			// A home whose clock jumps refills by the jump; zero is the judge's own tolerance.
			Tolerance: e.faults.Jumps(),
		},
		Grace:  e.graceOfRun(),
		Bank:   loadgen.Bank(e.bank()),
		Expiry: e.expiry(),
	}
	laws, err := check.For(e.flags.Class, params)
	if err == nil && e.within != "" {
		laws = append(laws, check.Border(params, e.within, e.allowed()))
	}
	return laws, badUsage(err)
}

// expiry is when sessions end. Faults hold up the object that is to run its alarm,
// and the store that it is read from.
func (e *experiment) expiry() check.Expiry {
	expiry := check.Expiry{TTL: e.flags.TTL, Tolerance: e.faults.Jumps()}
	if held := e.faults.Held(); held > 0 || len(e.faults) > 0 {
		expiry.Slack = check.DefaultSlack + held + takeover
	}
	return expiry
}

// sessions are nil for other classes.
func (e *experiment) sessions(court *check.Court) *reports.Sessions {
	seen, heard := court.Expired()
	if !heard {
		return nil
	}
	return &reports.Sessions{
		TTL: reports.Micros(e.flags.TTL), Expired: int64(seen.N), Earliest: reports.Micros(seen.Earliest), Latest: reports.Micros(seen.Latest),
	}
}

// takeover is how long an object may be nobody's after a fault: a session that is
// gone is missed, its slots are taken, and leases are waited out.
const takeover = 10 * time.Second

// graceOfRun is how late a text may reach a member: faults hold messages back,
// which is not the room's doing. Zero is the judge's own.
func (e *experiment) graceOfRun() time.Duration {
	held := e.faults.Held()
	if held == 0 {
		return e.grace()
	}
	return max(e.grace(), check.DefaultGrace) + held
}

// reportLimit tells the report how much a limiter may admit; nil for other classes.
func (e *experiment) reportLimit() *reports.Limit {
	if e.flags.Class != "limiter" {
		return nil
	}
	return &reports.Limit{Capacity: float64(e.limit.Tokens), RefillPerS: e.refillPerSecond()}
}

func (e *experiment) warnings(s *seen) []string {
	warnings := slices.Concat(s.load.Warnings(), e.tooShort(), s.hearing.second.warnings(e.place.String()))
	if s.load.Cancelled {
		warnings = append(warnings, fmt.Sprintf("interrupted: load was sent for %v of %v", s.load.Elapsed.Round(time.Second), e.flags.For))
	}
	return warnings
}

// judge makes the report's run of what was heard.
func (e *experiment) judge(ctx context.Context, b *bench, s *seen) (reports.Run, error) {
	if s.told != nil {
		s.hearing.tally.Billed(e.flags.Primitive, s.told.after.Bill)
	}
	run := s.hearing.tally.Run()
	run.Void = s.hearing.answers.Void()
	run.Network, run.Conditions = s.network, e.conditions(b, s)
	if s.hearing.moves != nil {
		run.Moves = s.hearing.moves.Moves(e.place.String(), e.flags.Cost, s.moves)
		if e.within != "" {
			run.Verdicts = append(run.Verdicts, run.Moves.Stray(string(e.within), e.allowed(), s.moves))
		}
	}
	run.Sessions = e.sessions(s.hearing.court)
	run.Variant, run.Assumptions = s.variant, s.assumptions
	run.Warnings = append(e.warnings(s), run.Warnings...)
	for _, v := range s.hearing.court.Verdicts() {
		run.Verdicts = append(run.Verdicts, reports.Verdict{
			Law: v.Law, Verdict: reports.Ruling(v.Ruling), Why: v.Why, Witness: v.Lines(),
		})
	}
	if e.flags.Primitive != "" {
		run.Harm, run.Price = e.harm(s, &run), e.price(&run)
	}
	if e.compared() != "" {
		var err error
		if run.CeilingPerS, err = e.ceiling(ctx, b); err != nil {
			return run, err
		}
	}
	var err error
	if run.Confirmed, err = e.onPaper(ctx, s); err != nil {
		return run, err
	}
	if s.network != nil {
		run.Verdicts = append(run.Verdicts, s.network.Verdict())
	}
	return run, nil
}

// compared is the primitive by which the run stands in a table beside others. The
// evidence for a claim has loads of its own, which compare with nothing.
func (e *experiment) compared() string {
	if e.flags.Claim != "" {
		return ""
	}
	return e.flags.Primitive
}

// argsOf is the line that makes the run of one engine again.
func (e *experiment) argsOf(engine string) []string {
	if e.flags.Engine != "both" {
		return e.args
	}
	return append(append([]string(nil), e.args...), fmt.Sprintf("--engine=%s", engine))
}
