package placement

import "github.com/durabench/durabench/regions"

// limited keeps a rule within the homes that a jurisdiction allows: a limit, never a preference. Where it allows none of
// a run's homes, nothing is placed.
type limited struct {
	Rule
	jurisdiction regions.Jurisdiction
	allowed      Set
}

// limit wraps a rule so that it still moves or splits if it did.
func limit(t *Table, j regions.Jurisdiction, rule Rule) Rule {
	l := limited{rule, j, t.Allowed(j)}
	switch r := rule.(type) {
	case MovingRule:
		return limitedMover{l, r}
	case SplitRule:
		return limitedSplitter{l, r}
	}
	return l
}

func (r limited) Put(b Birth) Home {
	if b.Homes &= r.allowed; b.Homes == 0 {
		return None
	}
	return r.Rule.Put(b)
}

func (r limited) String() string {
	return "jurisdiction:" + string(r.jurisdiction) + "/" + r.Rule.String()
}

// Within is the jurisdiction.
func (r limited) Within() regions.Jurisdiction { return r.jurisdiction }

// Jurisdiction is the one that a rule was limited to, or says that it is; empty for others.
func Jurisdiction(rule Rule) regions.Jurisdiction {
	if r, ok := rule.(interface{ Within() regions.Jurisdiction }); ok {
		return r.Within()
	}
	return ""
}

type limitedMover struct {
	limited
	mover MovingRule
}

func (r limitedMover) Observe(s *State, a Access) Home {
	if a.Homes &= r.allowed; a.Homes == 0 {
		return a.Home
	}
	return r.mover.Observe(s, a)
}

type limitedSplitter struct {
	limited
	splitter SplitRule
}

func (r limitedSplitter) Serve(e Edge, homes Set) Home {
	if homes &= r.allowed; homes == 0 {
		return None
	}
	return r.splitter.Serve(e, homes)
}
