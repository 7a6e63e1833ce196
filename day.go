package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// ownDay lets a rule that goes by the clock take the run for a day from midnight to midnight, UTC: its users go around
// the earth in it, too.
type ownDay struct {
	placement.MovingRule
	day  time.Duration
	dawn *atomic.Int64 // when the load began, in nanoseconds since 1970; worlds of one run have each their own
}

// Observe is the rule's, at the hour of the run's day. What is answered after the end is so at the last hour.
func (r ownDay) Observe(s *placement.State, a placement.Access) placement.Home {
	a.At = r.hour(a.At)
	return r.MovingRule.Observe(s, a)
}

// Put is the rule's, at the same hour.
func (r ownDay) Put(b placement.Birth) placement.Home {
	b.At = r.hour(b.At)
	return r.MovingRule.Put(b)
}

// hour is an instant's on the run's day.
func (r ownDay) hour(at time.Duration) time.Duration {
	passed := float64(at-time.Duration(r.dawn.Load())) / float64(r.day)
	return time.Duration(min(max(passed, 0), 0.999999) * float64(24*time.Hour))
}

// Within is the rule's jurisdiction.
func (r ownDay) Within() regions.Jurisdiction { return placement.Jurisdiction(r.MovingRule) }

// inOwnDay is a rule as a run has it whose load begins at dawn.
func (e *experiment) inOwnDay(rule placement.Rule, dawn *atomic.Int64) placement.Rule {
	if mover, moves := rule.(placement.MovingRule); moves && e.followsUsers() {
		return ownDay{mover, e.flags.For, dawn}
	}
	return rule
}

// bare is a strategy's name and what follows it, without its jurisdiction.
func bare(strategy string) (name, argument string) {
	if strings.HasPrefix(strategy, "jurisdiction:") {
		_, strategy, _ = strings.Cut(strategy, "/")
	}
	name, argument, _ = strings.Cut(strings.TrimSpace(strategy), ":")
	return name, argument
}

// followsUsers says that the sun of the strategy rises with that of the run's users.
func (e *experiment) followsUsers() bool {
	name, _ := bare(e.flags.Place)
	return name == "sun" && e.flags.Users == "sun"
}

// tooShort says what the run is over before: faults, and strategies that go by the clock.
func (e *experiment) tooShort() (over []string) {
	if late := e.lateFault(0); late != "" {
		over = append(over, fmt.Sprintf("fault %s begins when nothing is sent any more: the run is --for %v", late, e.flags.For))
	}
	if still := e.stands(); still != "" {
		over = append(over, still)
	}
	return over
}

// stands says why a strategy that goes by the clock moves nothing in the run; empty if it may.
func (e *experiment) stands() string {
	name, argument := bare(e.place.String())
	switch {
	case name == "volley":
		period, err := placement.ParseTime(argument)
		if err != nil || period <= e.flags.For {
			return ""
		}
		return fmt.Sprintf("volley moves objects at the end of each %s, and the run is over after %v: they stay where they are; give a shorter period, as in --place volley:%v",
			argument, e.flags.For, max(e.flags.For/5, time.Millisecond).Round(time.Millisecond))
	case name == "sun" && !e.followsUsers() && e.flags.For < 24*time.Hour:
		return fmt.Sprintf("sun moves objects by the hours of a day, UTC, of which the run has %v; with --users sun its day is the run, as that of its users is", e.flags.For)
	}
	return ""
}
