package fault

import (
	"strings"
	"time"
)

// Kind is what goes wrong.
type Kind uint8

// The kinds of fault.
const (
	Partition Kind = iota + 1 // A and B cannot reach each other
	Slow                      // each way between A and B takes By longer
	Kill                      // the nodes of A die, and are started again after For
	Pause                     // the nodes of A stand still
	Clock                     // the wall clocks of A jump by By
	Outage                    // the database of A (none is all) is silent
	LateAcks                  // answers to commits of A (none is all) come By later
	LostAck                   // the answer to the next commit of A (none is any) never comes
	Sever                     // the database ends the sessions of A
)

// Fault is one thing that goes wrong. Which fields it has depends on its kind.
type Fault struct {
	Kind Kind
	// A and B are places and hints, as they were written.
	A, B   []string
	OneWay bool // only what goes from A to B
	By     time.Duration
	At     time.Duration // since the start of the run
	For    time.Duration // zero for what happens at one instant
}

// Schedule is all that goes wrong in a run.
type Schedule []Fault

// form is how a kind of fault is written: verb, groups, state, by, at, for.
type form struct {
	kind     Kind
	verb     string
	groups   int
	optional bool   // the group may be left out
	state    string // a word after the groups
	by       bool
	lasts    bool
}

// forms are all there are, the likelier of two with one verb first.
func forms() []form {
	return []form{
		{kind: Partition, verb: "partition", groups: 2, lasts: true},
		{kind: Slow, verb: "slow", groups: 2, by: true, lasts: true},
		{kind: Kill, verb: "kill", groups: 1, lasts: true},
		{kind: Pause, verb: "pause", groups: 1, lasts: true},
		{kind: Clock, verb: "clock", groups: 1, by: true},
		{kind: Outage, verb: "postgres", groups: 1, optional: true, state: "down", lasts: true},
		{kind: LateAcks, verb: "ack", groups: 1, optional: true, state: "late", by: true, lasts: true},
		{kind: LostAck, verb: "ack", groups: 1, optional: true, state: "lost"},
		{kind: Sever, verb: "session", groups: 1, state: "killed"},
	}
}

func formOf(k Kind) form { return forms()[k-1] }

// String is what Parse reads.
func (f Fault) String() string {
	how := formOf(f.Kind)
	words := []string{how.verb}
	if len(f.A) > 0 {
		words = append(words, f.groups())
	}
	if how.state != "" {
		words = append(words, how.state)
	}
	if how.by {
		by := f.By.String()
		if f.Kind == Clock && f.By > 0 {
			by = "+" + by
		}
		words = append(words, "by", by)
	}
	words = append(words, "at", f.At.String())
	if how.lasts {
		words = append(words, "for", f.For.String())
	}
	return strings.Join(words, " ")
}

func (f Fault) groups() string {
	text := strings.Join(f.A, ",")
	if len(f.B) == 0 {
		return text
	}
	if f.OneWay {
		return text + ">" + strings.Join(f.B, ",")
	}
	return text + "|" + strings.Join(f.B, ",")
}

// String is what Parse reads: the faults, parted by semicolons.
func (s Schedule) String() string {
	texts := make([]string, len(s))
	for i := range s {
		texts[i] = s[i].String()
	}
	return strings.Join(texts, "; ")
}

// Span is when something went wrong, for a report.
type Span struct {
	Name     string
	From, To time.Duration
}

// Spans are the times of all faults, in their order.
func (s Schedule) Spans() []Span {
	spans := make([]Span, len(s))
	for i, f := range s {
		spans[i] = Span{Name: f.String(), From: f.At, To: f.At + f.For}
	}
	return spans
}

// Held is how much later than usual something may come because of the faults, in
// all: how long they last and how much they add.
func (s Schedule) Held() time.Duration {
	var sum time.Duration
	for _, f := range s {
		sum += f.For
		if f.Kind != Clock {
			sum += f.By
		}
	}
	return sum
}

// Jumps is how far a wall clock may be off because of the faults.
func (s Schedule) Jumps() time.Duration {
	var sum time.Duration
	for _, f := range s {
		if f.Kind == Clock {
			sum += f.By.Abs()
		}
	}
	return sum
}
