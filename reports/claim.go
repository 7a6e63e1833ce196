package reports

import (
	"fmt"
	"strings"
)

// Finding is what became of a claim.
type Finding string

// The findings. What was not measured well enough cannot be told.
const (
	Holds  Finding = "holds"
	Fails  Finding = "does not hold"
	Untold Finding = "cannot be told"
)

// UnmarshalText reads a finding; a word it does not know cannot be told.
func (f *Finding) UnmarshalText(text []byte) error {
	switch got := Finding(strings.ToLower(string(text))); got {
	case Holds, Fails:
		*f = got
	default:
		*f = Untold
	}
	return nil
}

// Claim is a sentence somebody wrote, beside what was measured.
type Claim struct {
	Name     string  `json:"name"`
	Claimed  string  `json:"claimed"`
	Measured string  `json:"measured"`
	Holds    Finding `json:"holds"`
	Why      string  `json:"why"`
	// Runs are the names of the runs that it was measured by: their conditions are its.
	Runs []string `json:"runs"`
}

// badge has the colours of a law's ruling.
func (f Finding) badge() badge {
	switch f {
	case Holds:
		return badge{"HOLDS", "✓", string(OK)}
	case Fails:
		return badge{"DOES NOT HOLD", "✕", string(Violated)}
	}
	return badge{"CANNOT BE TOLD", "?", string(Unknown)}
}

// claimsLine counts the findings.
func (r *Report) claimsLine() string {
	tally := map[Finding]int{}
	for _, c := range r.Claims {
		switch c.Holds {
		case Holds, Fails:
			tally[c.Holds]++
		default:
			tally[Untold]++
		}
	}
	var parts []string
	for _, f := range []struct {
		Finding
		one, many string
	}{{Holds, "holds", "hold"}, {Fails, "does not hold", "do not hold"}, {Untold, "cannot be told", "cannot be told"}} {
		switch n := tally[f.Finding]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+f.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, f.many))
		}
	}
	return counted(len(r.Claims), "claim") + ": " + strings.Join(parts, ", ")
}

// claims are the article's sentences as a table, first on the page.
func (r *Report) claims() (chapter, bool) {
	if len(r.Claims) == 0 {
		return chapter{}, false
	}
	s := sheet{
		Title:   "Claimed and measured",
		Caption: "The condition of each measurement is that of the runs it names, further down.",
		Stacked: true,
		Heads:   words("claim", "finding", "claimed", "measured", "why", "runs"),
	}
	s.Heads[1] = head{Name: "finding", Left: true}
	for _, c := range r.Claims {
		found := c.Holds.badge()
		var runs []link
		for _, name := range c.Runs {
			runs = append(runs, link{r.runID(name), name})
		}
		s.Rows = append(s.Rows, []cell{{Text: c.Name}, {Ruling: &found}, {Text: c.Claimed}, {Text: c.Measured}, {Text: c.Why}, {Links: runs}})
	}
	return chapter{ID: "claims", Title: "Claims", Notes: []string{sentence(r.claimsLine())}, Sheets: []sheet{s}}, true
}
