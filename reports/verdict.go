package reports

import (
	"fmt"
	"strings"
)

// Ruling is how a law was found.
type Ruling string

// The rulings. What nobody could decide is Unknown, which is not a pass; a run
// that shows nothing is Void, which is not one either.
const (
	OK       Ruling = "ok"
	Violated Ruling = "violated"
	Unknown  Ruling = "unknown"
	Void     Ruling = "void"
)

// UnmarshalText reads a ruling in any case. A word it does not know is Unknown:
// never a pass by accident.
func (r *Ruling) UnmarshalText(text []byte) error {
	switch got := Ruling(strings.ToLower(string(text))); got {
	case OK, Violated, Unknown, Void:
		*r = got
	default:
		*r = Unknown
	}
	return nil
}

// String is the ruling as reports shout it.
func (r Ruling) String() string {
	switch r {
	case OK, Violated, Void:
		return strings.ToUpper(string(r))
	}
	return "UNKNOWN"
}

// Verdict is the judgement of one law over one run.
type Verdict struct {
	Law     string   `json:"law"`
	Verdict Ruling   `json:"verdict"`
	Why     string   `json:"why"`
	Witness []string `json:"witness,omitempty"` // lines that show a violation
}

// Ruling is that of the run as a whole, and why, in one sentence.
//
// A violated law outweighs all: it happened. Then comes the lack of evidence.
// Only when every law was judged, and at least one was, is a run good.
func (r *Run) Ruling() (Ruling, string) {
	tally := map[Ruling][]string{}
	for _, v := range r.Verdicts {
		tally[v.Verdict] = append(tally[v.Verdict], v.Law)
	}
	good, bad := len(tally[OK]), tally[Violated]
	switch {
	case len(bad) > 0:
		return Violated, fmt.Sprintf("%s violated: %s", counted(len(bad), "law"), strings.Join(bad, ", "))
	case r.Void != "":
		return Void, r.Void
	case r.N == 0:
		return Void, "nothing was observed"
	case len(r.Verdicts) == 0:
		return Unknown, "no law was judged"
	case len(tally[Void]) > 0:
		return Void, "too little evidence for " + strings.Join(tally[Void], ", ")
	case good < len(r.Verdicts):
		return Unknown, fmt.Sprintf("%s of %d undecided", counted(len(r.Verdicts)-good, "law"), len(r.Verdicts))
	}
	return OK, counted(good, "law") + " held"
}

// Ruling is the worst of the runs', and how many runs had which.
func (r *Report) Ruling() (Ruling, string) {
	if len(r.Runs) == 0 && r.Placement != nil {
		return r.placementRuling()
	}
	if len(r.Runs) == 0 {
		return Void, "nothing was run"
	}
	tally := map[Ruling]int{}
	for i := range r.Runs {
		ruling, _ := r.Runs[i].Ruling()
		tally[ruling]++
	}
	var worst Ruling
	var parts []string
	for _, ruling := range []Ruling{Violated, Void, Unknown, OK} {
		if tally[ruling] == 0 {
			continue
		}
		if worst == "" {
			worst = ruling
		}
		parts = append(parts, fmt.Sprintf("%d %s", tally[ruling], spoken[ruling]))
	}
	return worst, fmt.Sprintf("%s: %s", counted(len(r.Runs), "run"), strings.Join(parts, ", "))
}

var spoken = map[Ruling]string{OK: "good", Violated: "with a violated law", Void: "void", Unknown: "undecided"}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
