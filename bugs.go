package main

import (
	"fmt"
	"strings"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/plant"
	"github.com/durabench/durabench/sim/plant/moving"
)

// findBug is the one to plant, of a class or of moves.
func (e *experiment) findBug() error {
	if e.flags.Plant == "" {
		return nil
	}
	if bug, ok := moving.Find(e.flags.Plant); ok {
		e.misplaced = &bug
		if e.flags.Class != "counter" || e.flags.Primitive != "" {
			return fmt.Errorf("%s is a bug of moves: want the class counter, and no --primitive", bug.Name)
		}
		return nil
	}
	bug, ok := plant.Find(e.flags.Plant)
	switch {
	case !ok:
		if near := regions.Spelling(e.flags.Plant, bugNames()); near != "" {
			return fmt.Errorf("unknown bug %q; did you mean %s?", e.flags.Plant, near)
		}
		return fmt.Errorf("unknown bug %q; %s", e.flags.Plant, bugList())
	case bug.Class != e.flags.Class:
		return fmt.Errorf("%s is a bug of the class %s, the run's class is %s", bug.Name, bug.Class, e.flags.Class)
	}
	e.bug = &bug
	return nil
}

// bugNames are those of all bugs that can be planted.
func bugNames() []string {
	names := plant.Names()
	for _, b := range moving.Bugs() {
		names = append(names, b.Name)
	}
	return names
}

// bugList shows what can be planted, and where.
func bugList() string {
	lines := []string{"bugs that can be planted:"}
	for _, b := range plant.Bugs() {
		lines = append(lines, fmt.Sprintf("  %-18s %-8s %s", b.Name, b.Class, b.What))
	}
	lines = append(lines, "bugs of moves, for counters that a --place moves (outlaw: within a jurisdiction):")
	for _, b := range moving.Bugs() {
		lines = append(lines, fmt.Sprintf("  %-18s %-8s %s", b.Name, "counter", b.What))
	}
	return strings.Join(lines, "\n")
}
