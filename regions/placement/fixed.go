package placement

import (
	"slices"

	"github.com/durabench/durabench/regions"
)

// Fixed creates every object in one home: the single-region deployment that all others are measured against.
type Fixed struct{ Home regions.ID }

// Place returns the home, or nothing where the ask does not allow it: a jurisdiction is a limit, and no strategy's wish
// is stronger.
func (s Fixed) Place(ask Ask) regions.ID {
	if slices.Contains(ask.Homes, s.Home) {
		return s.Home
	}
	return ""
}

func (s Fixed) String() string { return "fixed:" + string(s.Home) }

// fixed is Fixed as a rule.
type fixed struct {
	home Home
	text string
}

func (r fixed) Put(b Birth) Home {
	if b.Homes.Has(r.home) {
		return r.home
	}
	return None
}

func (r fixed) String() string { return r.text }
