package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// DocumentConverges is the law that a version of a document is one text: every
// member that received the same edits has the same, and it is the object's own.
// A member's text holds its own edits where it made them, so what all agree on
// has the edits of all.
func DocumentConverges(p Params) Checker {
	return document("document converges", p.Least, (*page).judgeText, func(n, documents int) string {
		return fmt.Sprintf("%d texts of %d documents, each the only one of its version", n, documents)
	})
}

// DocumentOrder is the law that a document has one order of edits without a gap:
// each edit has one version and each version one edit, every member hears of them
// one after the other, and what was sent after an answer comes after it.
func DocumentOrder(p Params) Checker {
	return document("document one order", p.Least, (*page).judgeOrder, func(n, documents int) string {
		return fmt.Sprintf("%d versions heard of %d documents, in one order each", n, documents)
	})
}

// DocumentReach is the law that an acknowledged edit reaches everybody who was
// there, in time.
func DocumentReach(p Params) Checker {
	reach := ChatReach(p).(law)
	open := reach.open
	reach.name, reach.shares = "document reach", "readers"
	reach.open = func() docket { return readers{open()} }
	return reach
}

// readers are those of documents; edits reach them as texts reach rooms.
type readers struct{ docket }

func (r readers) rule(string) finding { return r.docket.rule(chatReach) }

// page is the history of one document.
type page struct {
	history []loadgen.Observation
	name    string
	at      []int32 // in the order in which each member heard
}

// newPage brings the observations into the order in which each member heard.
// Instants are too coarse for two frames at once: of those, the version decides,
// and an edit comes before the text that has it.
func newPage(history []loadgen.Observation, g group) *page {
	rank := func(o *loadgen.Observation) int {
		return slices.Index([]loadgen.Kind{loadgen.Join, loadgen.Deliver, loadgen.Look}, o.Operation.Kind)
	}
	slices.SortFunc(g.at, func(i, j int32) int {
		a, b := &history[i], &history[j]
		joined := func(o *loadgen.Observation) int { return min(1, max(0, rank(o))) }
		return cmp.Or(cmp.Compare(a.Done, b.Done), cmp.Compare(joined(a), joined(b)),
			cmp.Compare(a.Reply.Value, b.Reply.Value), cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Seq, b.Seq))
	})
	return &page{history, g.object, g.at}
}

// document makes a law of a judge of one document, which also says how much it saw.
func document(name string, least int, judge func(*page) (*fault, int), why func(n, documents int) string) Checker {
	return law{
		name: name, least: least, unit: "deliveries",
		judge: func(history []loadgen.Observation) finding {
			var faults []fault
			seen, documents := 0, 0
			for _, g := range byObject(history, isDocumentKind) {
				documents++
				f, n := judge(newPage(history, g))
				seen += n
				if f != nil {
					faults = append(faults, *f)
				}
			}
			if len(faults) > 0 {
				return convict(faults, "documents")
			}
			return finding{ruling: OK, why: why(seen, documents), evidence: seen}
		},
	}
}

func isDocumentKind(k loadgen.Kind) bool {
	switch k {
	case loadgen.Join, loadgen.Send, loadgen.Deliver, loadgen.Look:
		return true
	}
	return false
}

// judgeText compares all sums of a version.
func (d *page) judgeText() (*fault, int) {
	first := make(map[int64]int32)
	seen := 0
	for _, i := range d.at {
		o := &d.history[i]
		kind := o.Operation.Kind
		if kind != loadgen.Deliver && kind != loadgen.Look || o.Outcome != loadgen.OK || o.Reply.Text == "" {
			continue
		}
		seen++
		if o.Reply.Text == loadgen.Misfit {
			return d.wrong("client %d could not apply edit %.40q as version %d to its text of %s", []any{o.Client, o.Operation.Text, o.Reply.Value, d.name}, i), seen
		}
		one, known := first[o.Reply.Value]
		if !known {
			first[o.Reply.Value] = i
			continue
		}
		if d.history[one].Reply.Text != o.Reply.Text {
			return d.wrong("version %d of %s is two texts: %s and %s", []any{o.Reply.Value, d.name, holder(&d.history[one]), holder(o)}, one, i), seen
		}
	}
	return nil, seen
}

// holder says whose text was summed.
func holder(o *loadgen.Observation) string {
	if o.Operation.Kind == loadgen.Look {
		return o.Reply.Text + " at the object"
	}
	return fmt.Sprintf("%s with client %d", o.Reply.Text, o.Client)
}

func (d *page) wrong(story string, of []any, witness ...int32) *fault {
	return &fault{why: fmt.Sprintf(story, of...), witness: pick(d.history, witness...)}
}

// judgeOrder holds each member's versions against its last, and against everybody's.
func (d *page) judgeOrder() (*fault, int) {
	sends, seen := d.sends(), 0
	byVersion, byEdit := make(map[int64]int32), make(map[string]int32)
	last := make(map[int]int32) // by client: what it heard last
	for _, i := range d.at {
		o := &d.history[i]
		if o.Outcome != loadgen.OK {
			continue
		}
		switch o.Operation.Kind {
		case loadgen.Join:
			delete(last, o.Client)
			continue
		case loadgen.Deliver, loadgen.Look:
		default:
			continue
		}
		seen++
		if f := d.judgeStep(last, i); f != nil {
			return f, seen
		}
		last[o.Client] = i
		if o.Operation.Kind == loadgen.Look {
			continue
		}
		if f := d.judgeEdit(sends, byVersion, byEdit, i); f != nil {
			return f, seen
		}
	}
	return d.judgeRealTime(), seen
}

func (d *page) sends() map[string]int32 {
	sends := make(map[string]int32)
	for _, i := range d.at {
		if d.history[i].Operation.Kind == loadgen.Send {
			sends[d.history[i].Operation.Text] = i
		}
	}
	return sends
}

// judgeStep: a socket keeps its order, so a member hears of each version after
// the one before, and the object's text is of the version heard last.
func (d *page) judgeStep(last map[int]int32, i int32) *fault {
	before, known := last[d.history[i].Client]
	if !known {
		return nil
	}
	a, b := &d.history[before], &d.history[i]
	want, what := a.Reply.Value+1, "an edit"
	if b.Operation.Kind == loadgen.Look {
		want, what = a.Reply.Value, "the text"
	}
	if b.Reply.Value == want {
		return nil
	}
	return d.wrong("client %d in %s was at version %d and received %s as version %d, not %d",
		[]any{b.Client, d.name, a.Reply.Value, what, b.Reply.Value, want}, before, i)
}

// judgeEdit: one edit, one version, and somebody wrote it.
func (d *page) judgeEdit(sends map[string]int32, byVersion map[int64]int32, byEdit map[string]int32, i int32) *fault {
	o := &d.history[i]
	send, written := sends[o.Operation.Text]
	switch {
	case !written:
		return d.wrong("client %d in %s received edit %.40q, which nobody wrote", []any{o.Client, d.name, o.Operation.Text}, i)
	case d.history[send].Outcome == loadgen.Failed:
		return d.wrong("client %d in %s received edit %.40q, which had been refused", []any{o.Client, d.name, o.Operation.Text}, send, i)
	}
	if one, known := byVersion[o.Reply.Value]; known && d.history[one].Operation.Text != o.Operation.Text {
		return d.wrong("version %d of %s is two edits, %.40q and %.40q", []any{o.Reply.Value, d.name, d.history[one].Operation.Text, o.Operation.Text}, one, i)
	}
	if one, known := byEdit[o.Operation.Text]; known && d.history[one].Reply.Value != o.Reply.Value {
		return d.wrong("edit %.40q of %s was applied twice, as version %d and %d", []any{o.Operation.Text, d.name, d.history[one].Reply.Value, o.Reply.Value}, one, i)
	}
	byVersion[o.Reply.Value], byEdit[o.Operation.Text] = i, i
	return nil
}

// judgeRealTime: what was sent after an edit was acknowledged comes after it.
func (d *page) judgeRealTime() *fault {
	var sent, done []int32
	for _, i := range d.at {
		o := &d.history[i]
		kind := o.Operation.Kind
		if o.Outcome != loadgen.OK || o.Operation.Text == "" || kind != loadgen.Send && kind != loadgen.Look {
			continue // the text that comes without being asked for has no instant at which it was
		}
		sent = append(sent, i)
		if kind == loadgen.Send {
			done = append(done, i)
		}
	}
	order := func(of []int32, at func(*loadgen.Observation) time.Duration) {
		slices.SortStableFunc(of, func(a, b int32) int { return cmp.Compare(at(&d.history[a]), at(&d.history[b])) })
	}
	order(sent, func(o *loadgen.Observation) time.Duration { return o.Sent })
	order(done, func(o *loadgen.Observation) time.Duration { return o.Done })
	highest := int32(-1)
	for _, i := range sent {
		o := &d.history[i]
		for len(done) > 0 && d.history[done[0]].Done < o.Sent {
			if highest < 0 || d.history[done[0]].Reply.Value > d.history[highest].Reply.Value {
				highest = done[0]
			}
			done = done[1:]
		}
		if highest < 0 {
			continue
		}
		least := d.history[highest].Reply.Value
		if o.Operation.Kind == loadgen.Send {
			least++
		}
		if o.Reply.Value < least {
			return d.wrong("%s had acknowledged version %d before client %d asked, and answered with version %d",
				[]any{d.name, d.history[highest].Reply.Value, o.Client, o.Reply.Value}, highest, i)
		}
	}
	return nil
}
