package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/durabench/durabench/loadgen"
)

// Answers counts what became of what clients asked for, to find the run that shows nothing because hardly anything of
// it succeeded: no law is broken where nothing happens. Its zero value is not usable.
type Answers struct {
	rooms   bool   // what counts is what members send
	service bool   // a model of a service says no with a status, and that is its answer
	spared  []Span // what is lost then was meant to be

	asked, lost int64
	reasons     map[string]int64 // of what was lost
}

// maxReasons bounds the reasons that are told apart; those that come first are what is wrong.
const maxReasons = 256

// leastAsked is what must have been asked for outside of faults before what was lost there says anything.
const leastAsked = 50

// NewAnswers begins a run of a class. Of a model of a service (KV, D1, R2), what it refuses is answered: one write a second
// for each key is a fact about it. What was to be sent while something went wrong on purpose does not count.
func NewAnswers(class string, service bool, spared []Span) *Answers {
	return &Answers{rooms: class == "chat" || class == "document", service: service, spared: spared, reasons: map[string]int64{}}
}

// Add takes one observation in and keeps no part of it but the reason.
func (a *Answers) Add(o *loadgen.Observation) {
	if !scheduled(o) || a.rooms && o.Operation.Kind != loadgen.Send || a.isSpared(o) {
		return
	}
	a.asked++
	if o.Outcome == loadgen.OK || a.service && o.Outcome == loadgen.Failed && o.Reply.Status > 0 {
		return
	}
	a.lost++
	why := o.Reply.Error
	if why == "" {
		why = fmt.Sprintf("status %d", o.Reply.Status)
	}
	if _, known := a.reasons[why]; known || len(a.reasons) < maxReasons {
		a.reasons[strings.Clone(why)]++
	}
}

func (a *Answers) isSpared(o *loadgen.Observation) bool {
	return slices.ContainsFunc(a.spared, func(s Span) bool { return Micros(o.Scheduled) >= s.From && Micros(o.Scheduled) <= s.To })
}

// Void says why the run shows nothing, or nothing if more than half of it succeeded.
func (a *Answers) Void() string {
	if 2*a.lost <= a.asked || len(a.spared) > 0 && a.asked < leastAsked {
		return ""
	}
	what, when := "operations", ""
	if a.rooms {
		what = "sends"
	}
	if len(a.spared) > 0 {
		when = " outside of faults"
	}
	why, most := "", int64(0)
	for _, reason := range slices.Sorted(maps.Keys(a.reasons)) {
		if a.reasons[reason] > most {
			why, most = reason, a.reasons[reason]
		}
	}
	return fmt.Sprintf("more than half of what was asked for came to nothing: %s of %s %s%s failed or have an unknown outcome, the commonest reason, of %s: %s",
		count(a.lost), count(a.asked), what, when, count(most), why)
}
