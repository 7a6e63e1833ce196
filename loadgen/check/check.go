// Package check judges what clients saw against the law their objects promise.
//
// A checker reads a history of observations and gives a verdict: the law held,
// it was violated (and here is the witness), or nobody can tell. It convicts
// only when no run of a lawful object could have looked like this: an operation
// whose outcome is unknown may have taken effect at any instant after it was
// sent, or never. A history too small to prove anything is void, which is not a
// pass.
//
// Instants come from one clock, the load generator's, cut to microseconds. Two
// operations are ordered when one was done strictly before the other was sent.
package check

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Ruling is what a checker decided.
type Ruling string

// The rulings.
const (
	OK       Ruling = "ok"
	Violated Ruling = "violated"
	Unknown  Ruling = "unknown" // too little evidence, or too much to search
)

// Verdict is the judgement of one law.
type Verdict struct {
	Law    string `json:"law"`
	Ruling Ruling `json:"verdict"`
	// Why is one sentence: what was broken, or on how much evidence it held.
	Why string `json:"why"`
	// Witness is the two to six observations that show a violation, in the
	// order in which they should be read.
	Witness []loadgen.Observation `json:"-"`
}

// Checker holds histories against one law. Its methods are pure, so one checker
// may judge many histories at the same time.
type Checker interface {
	Law() string
	Check(history []loadgen.Observation) Verdict
}

// Params are what the laws need to know of a run. A zero takes the default.
type Params struct {
	// Least is the evidence below which a run is void: answered operations
	// or deliveries (chat, document).
	Least  int
	Limit  Limit         // limiter
	Grace  time.Duration // chat, document: how long an acknowledged text may take to reach everybody
	Search Search        // counter, account
	Bank   loadgen.Bank  // account
	Expiry Expiry        // session
	// Keep is how many observations a judge keeps until it decides what it can, so
	// as to forget them; a shorter history is judged in one piece, with the best witnesses.
	Keep int
}

// Defaults of Params.
const (
	DefaultLeast = 50
	DefaultGrace = 2 * time.Second
	DefaultKeep  = 1 << 13
)

// For returns the laws of a class, by which all its histories are judged.
func For(class string, p Params) ([]Checker, error) {
	if p.Least == 0 {
		p.Least = DefaultLeast
	}
	switch class {
	case "counter":
		return []Checker{Counter(p), CounterSearch(p)}, nil
	case "chat":
		return []Checker{ChatOrder(p), ChatFIFO(p), ChatGap(p), ChatOnce(p), ChatReach(p)}, nil
	case "limiter":
		if err := p.Limit.check(); err != nil {
			return nil, err
		}
		return []Checker{OverAdmission(p), UnderAdmission(p)}, nil
	case "account":
		if err := p.Bank.Check(); err != nil {
			return nil, err
		}
		return []Checker{AccountSum(p), AccountOnce(p), AccountOrder(p), AccountSearch(p)}, nil
	case "session":
		if err := p.Expiry.check(); err != nil {
			return nil, err
		}
		return []Checker{SessionReads(p), SessionFinal(p), SessionLives(p), SessionExpires(p)}, nil
	case loadgen.DocumentClass:
		return []Checker{DocumentConverges(p), DocumentOrder(p), DocumentReach(p)}, nil
	}
	return nil, fmt.Errorf("laws of class %q: none; there are laws for counter, chat, limiter, account, session and document", class)
}

// finding is what a law's judge found, before the evidence is weighed.
type finding struct {
	ruling   Ruling
	why      string
	witness  []loadgen.Observation
	evidence int
}

// law is the one implementation of Checker. It judges as it hears, if open is
// given, or else whole histories.
type law struct {
	name  string
	least int
	unit  string // of evidence, such as "operations answered"
	judge func([]loadgen.Observation) finding

	open   func() docket
	shares string // laws that share a docket have the same
}

// Law is the law's name.
func (l law) Law() string { return l.name }

// Check judges a history: it hears all of it, and then decides.
func (l law) Check(history []loadgen.Observation) Verdict {
	if l.open == nil {
		return l.weigh(l.judge(history))
	}
	d := l.open()
	horizons := horizonsOf(history)
	for i := range history {
		d.hear(&history[i])
		if (i+1)%settleEvery == 0 {
			d.settle(horizons[i/settleEvery])
		}
	}
	return l.weigh(d.rule(l.name))
}

// weigh makes a verdict of a finding. A conviction stands on any evidence, an
// acquittal needs enough of it.
func (l law) weigh(f finding) Verdict {
	v := Verdict{Law: l.name, Ruling: f.ruling, Why: f.why, Witness: f.witness}
	if f.ruling == OK && f.evidence < l.least {
		v.Ruling = Unknown
		v.Why = fmt.Sprintf("void: %d %s, at least %d are needed", f.evidence, l.unit, l.least)
	}
	return v
}

// Lines renders a witness, an observation to a line.
func (v Verdict) Lines() []string {
	lines := make([]string, len(v.Witness))
	for i := range v.Witness {
		lines[i] = Line(&v.Witness[i])
	}
	return lines
}

// String is the verdict with its witness, as for a terminal.
func (v Verdict) String() string {
	text := fmt.Sprintf("%s: %s: %s", v.Law, v.Ruling, v.Why)
	for _, line := range v.Lines() {
		text += "\n    " + line
	}
	return text
}

// answered says that the object did what was asked: other answers, such as a
// refused name, had no effect. A virtual world may have no status.
func answered(o *loadgen.Observation) bool {
	return o.Outcome == loadgen.OK && (o.Reply.Status == 0 || o.Reply.Status/100 == 2)
}

// fault is a violation: a sentence and the observations that show it.
type fault struct {
	why     string
	witness []loadgen.Observation
}

// convict turns the faults of several objects into a finding: the first one is
// shown, the others counted.
func convict(faults []fault, things string) finding {
	f := finding{ruling: Violated, why: faults[0].why, witness: faults[0].witness}
	if more := len(faults) - 1; more > 0 {
		f.why += fmt.Sprintf(" (and in %d more %s)", more, things)
	}
	return f
}

// pick copies observations out of a history.
func pick(history []loadgen.Observation, indexes ...int32) []loadgen.Observation {
	picked := make([]loadgen.Observation, 0, len(indexes))
	for _, i := range indexes {
		if i >= 0 {
			picked = append(picked, history[i])
		}
	}
	return picked
}
