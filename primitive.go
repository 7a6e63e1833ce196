package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/primitive"
	"github.com/durabench/durabench/sim/virtual"
)

const durableObject = "do"

// checkPrimitive refuses what cannot be: only objects exist outside the model.
func (f runFlags) checkPrimitive() error {
	switch {
	case f.isObject() && f.Variant != "":
		return fmt.Errorf("--variant %s: the object has no variants; it belongs to --primitive kv, d1, r2 or do+kv", f.Variant)
	case f.isObject():
		return nil
	case f.Engine != "virtual":
		return fmt.Errorf("--primitive %s is a model: it needs --engine virtual", f.Primitive)
	case f.Plant != "":
		return errors.New("--plant puts a bug into an object: it needs --primitive do")
	case f.Poll < 100*time.Millisecond:
		return fmt.Errorf("--poll %s: want 100ms or more", f.Poll)
	}
	_, err := f.program(primitive.Limit{Tokens: 1, Refill: time.Second})
	return flagError("variant", err)
}

func (f runFlags) program(limit primitive.Limit) (*primitive.Program, error) {
	return primitive.NewProgram(f.Class, f.Primitive, f.Variant, primitive.Options{
		Limit: limit, Bank: loadgen.Bank{Accounts: f.Accounts, Opening: classes.DefaultBank().Opening}, Random: rand.New(rand.NewPCG(f.Seed, 0x776f726b)),
	})
}

func (f runFlags) isObject() bool { return f.Primitive == "" || f.Primitive == durableObject }

func (e *experiment) isObject() bool { return e.flags.isObject() }

// ceiling is how many writes a second one counter or one key takes at the most:
// as many as are good when far too many are asked for. Rooms have none measured.
func (e *experiment) ceiling(ctx context.Context, b *bench) (float64, error) {
	if e.flags.Class == "chat" {
		return 0, nil
	}
	flood := *e
	flood.flags.Objects, flood.flags.Reads, flood.flags.For = 1, 0, 5*time.Second
	flood.homes, flood.edges = e.homes[:1], e.homes[:1] // distance is not what is asked for either
	flood.place = placement.Fixed{Home: e.homes[0]}
	flood.faults = nil // nor what goes wrong
	flood.rate = 2_000
	flood.limit = classes.Limit{Tokens: 1_000_000_000, Refill: time.Second} // admission is not what is asked for
	if flood.isObject() {
		flood.rate, flood.flags.For = 36_000, 2*time.Second // a little more than one core carries: a flood is refused, which costs time too
	}
	source, err := flood.workload("v")
	if err != nil {
		return 0, err
	}
	good := 0
	config := flood.virtualWorld(b, source)
	config.Record = func(o *loadgen.Observation) {
		if o.Outcome == loadgen.OK && o.Done <= flood.flags.For {
			good++
		}
	}
	if flood.isObject() {
		_, err = virtual.Run(ctx, config)
	} else {
		err = flood.runWorkers(ctx, config, &seen{source: source})
	}
	return float64(good) / flood.flags.For.Seconds(), err
}

// services are the models' assumptions, with the data where the run's homes are.
func (e *experiment) services() primitive.Params {
	p := primitive.Default()
	p.D1.Primary, p.R2.Bucket = e.homes[0], e.homes[0]
	return p
}

// toldBy is what a primitive's programs know and no client does.
type toldBy struct {
	reads, stale int64
	ages         []time.Duration
	after        virtual.Aftermath
}

func (t *toldBy) take(done primitive.Done) {
	t.reads++
	if done.Stale > 0 {
		t.stale++
		t.ages = append(t.ages, done.Stale)
	}
}

// runWorkers carries out a run on another primitive.
func (e *experiment) runWorkers(ctx context.Context, config virtual.Config, s *seen) error {
	program, err := e.flags.program(primitive.Limit(e.limit))
	if err != nil {
		return badUsage(err)
	}
	s.told, s.hybrid = &toldBy{}, e.flags.Primitive == "do+kv"
	config.Primitive = &virtual.Primitive{
		Name: e.flags.Primitive, Program: program, Params: e.services(), Poll: e.flags.Poll,
		Linger: e.grace() + 10*time.Second, Told: s.told.take,
	}
	s.load, s.told.after, err = virtual.RunPrimitive(ctx, config, s.source.Objects())
	s.variant, s.assumptions = program.Variant(), conditionsOf(program.Conditions(), e.services().Conditions(e.flags.Primitive))
	return err
}

// grace is how long a text may take to reach everybody before it counts as
// lost: objects push, KV keeps what it has for twice its TTL.
func (e *experiment) grace() time.Duration {
	if e.flags.Class != "chat" || e.isObject() {
		return 0
	}
	return 130 * time.Second
}

func conditionsOf(lists ...[]primitive.Condition) reports.Conditions {
	var all reports.Conditions
	for _, list := range lists {
		for _, c := range list {
			all = all.With(c.Name, c.Value+" ("+c.Source+")")
		}
	}
	return all
}
