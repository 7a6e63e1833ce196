// Package placement decides where an object lives: which of a run's homes it is created in.
//
// A [Strategy] is a value that answers one [Ask] per new object, without memory, clock or I/O. Strategies that need
// chance take it from the name of the object and a seed they were made with, so that an object asked for twice at once
// is placed twice in the same home. Strategies that move objects will refine Strategy by a method that observes accesses.
//
// Strategies are written in the text form that [Parse] reads and String prints, so that a report's line can be run again.
package placement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/durabench/durabench/regions"
)

// Strategy places new objects.
type Strategy interface {
	// Place returns one of the homes of the ask, or nothing if none of them will do. Equal asks get equal answers.
	Place(ask Ask) regions.ID

	// String is the strategy as Parse reads it.
	String() string
}

// Ask is what is known when an object is first asked for.
type Ask struct {
	Object string       // its id as text; only strategies that draw look at it
	Edge   regions.ID   // where the first request came in
	Homes  []regions.ID // where it may live: the run's homes, already limited by jurisdiction; not kept, not changed
}

// Parse reads a strategy for a run with these homes: "first", or "fixed:HOME" with a place or a hint. The error is a
// [*regions.NameError].
func Parse(text string, m *regions.Map, homes []regions.ID) (Strategy, error) {
	name, argument, has := strings.Cut(strings.TrimSpace(text), ":")
	switch name {
	case "first":
		if has {
			return nil, &regions.NameError{Kind: "strategy", Name: text, Why: "first takes no home"}
		}
		return FirstRequest{Map: m}, nil
	case "fixed":
		if argument == "" {
			return nil, &regions.NameError{Kind: "strategy", Name: text, Why: "it needs a home, as in fixed:LHR"}
		}
		return parseFixed(argument, m, homes)
	}
	return nil, &regions.NameError{Kind: "strategy", Name: text, Near: near(name, argument)}
}

func near(name, argument string) string {
	known := regions.Spelling(name, []string{"first", "fixed"})
	if known == "fixed" {
		return "fixed:" + cmp.Or(argument, "LHR")
	}
	return known
}

// parseFixed reads a hint as the run's home that lies there, if the one the hint stands for is not among the run's.
func parseFixed(name string, m *regions.Map, homes []regions.ID) (Strategy, error) {
	home, err := m.Home(name)
	if err != nil {
		return nil, err
	}
	if slices.Contains(homes, home.ID) {
		return Fixed{Home: home.ID}, nil
	}
	if hint, err := m.Hint(name); err == nil {
		for _, site := range hint.Sites {
			if slices.Contains(homes, site.Home) {
				return Fixed{Home: site.Home}, nil
			}
		}
	}
	return nil, &regions.NameError{Kind: "home", Name: name, Why: fmt.Sprintf("it is not among the run's homes %v", homes)}
}
