package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// judgeSum compares all sums of a version.
func (d *page) judgeSum(o *loadgen.Observation) {
	switch v := d.at(o.Reply.Value); {
	case o.Reply.Text == "": // the receiver had no text then
		return
	case o.Reply.Text == loadgen.Misfit:
		d.wrong(documentConverges, "client %d could not apply edit %.40q as version %d to its text of %s",
			[]any{o.Client, o.Operation.Text, o.Reply.Value, d.name}, o)
	case v.sum == nil:
		v.sum = o
	case v.sum.Reply.Text != o.Reply.Text:
		d.wrong(documentConverges, "version %d of %s is two texts: %s and %s",
			[]any{o.Reply.Value, d.name, holder(v.sum), holder(o)}, v.sum, o)
	}
	d.texts++
}

// holder says whose text was summed.
func holder(o *loadgen.Observation) string {
	if o.Operation.Kind == loadgen.Look {
		return o.Reply.Text + " at the object"
	}
	return fmt.Sprintf("%s with client %d", o.Reply.Text, o.Client)
}

// judgeStep: a socket keeps its order, so a member hears of each version after
// the one before, and the object's text is of the version heard last.
func (d *page) judgeStep(o *loadgen.Observation) {
	before := d.present[o.Client]
	if before == nil {
		return
	}
	want, what := before.Reply.Value+1, "an edit"
	if o.Operation.Kind == loadgen.Look {
		want, what = before.Reply.Value, "the text"
	}
	if o.Reply.Value != want {
		d.wrong(documentOrder, "client %d in %s was at version %d and received %s as version %d, not %d",
			[]any{o.Client, d.name, before.Reply.Value, what, o.Reply.Value, want}, before, o)
	}
}

// part is the end of a connection. A member that has a version may come back.
func (d *page) part(o *loadgen.Observation) {
	last := d.present[o.Client]
	if last == nil {
		last = d.away[o.Client].last // it was told nothing since it came back
	}
	delete(d.present, o.Client)
	delete(d.away, o.Client)
	if last != nil && o.Outcome == loadgen.Failed {
		d.away[o.Client] = absent{last, o.Sent}
	}
}

// judgeReturn holds the first that a member hears which has come back against what it
// had: it is told from that version on, or given the text at it or a later one.
func (d *page) judgeReturn(o *loadgen.Observation) {
	gone, was := d.away[o.Client]
	if !was || d.present[o.Client] != nil {
		return
	}
	delete(d.away, o.Client)
	had := gone.last.Reply.Value
	switch {
	case o.Done > gone.since+loadgen.RejoinWithin: // a new member
	case o.Operation.Kind == loadgen.Resume && o.Reply.Value != had:
		d.wrong(documentOrder, "client %d came back to %s at version %d and was told what came after version %d",
			[]any{o.Client, d.name, had, o.Reply.Value}, gone.last, o)
	case o.Operation.Kind == loadgen.Look && o.Reply.Value < had:
		d.wrong(documentOrder, "client %d came back to %s, of which it had version %d, and was given the text of version %d: the object went back",
			[]any{o.Client, d.name, had, o.Reply.Value}, gone.last, o)
	}
}

// judgeEdit: one edit, one version, and somebody wrote it.
func (d *page) judgeEdit(o *loadgen.Observation) {
	name := o.Operation.Text
	send, v, first := d.sends[name], d.at(o.Reply.Value), d.byEdit[name]
	switch {
	case send == nil && o.Sent > 0 && o.Sent <= d.forgotten.sent:
		d.wrong(documentOrder, "client %d in %s received edit %.40q as version %d, long after everybody had it",
			[]any{o.Client, d.name, name, o.Reply.Value}, o)
	case send == nil:
		d.wrong(documentOrder, "client %d in %s received edit %.40q, which nobody wrote", []any{o.Client, d.name, name}, o)
	case send.Outcome == loadgen.Failed:
		d.wrong(documentOrder, "client %d in %s received edit %.40q, which had been refused", []any{o.Client, d.name, name}, send, o)
	case v.edit != nil && v.edit.Operation.Text != name:
		d.wrong(documentOrder, "version %d of %s is two edits, %.40q and %.40q", []any{o.Reply.Value, d.name, v.edit.Operation.Text, name}, v.edit, o)
	case first != nil && first.Reply.Value != o.Reply.Value:
		d.wrong(documentOrder, "edit %.40q of %s was applied twice, as version %d and %d", []any{name, d.name, first.Reply.Value, o.Reply.Value}, first, o)
	case first == nil:
		v.edit, d.byEdit[name] = o, o
	}
}

// judgeRealTime: what was sent after an edit was acknowledged comes after it. All
// that was sent before the horizon has been heard, and so has all that was
// acknowledged before that was sent.
func (d *page) judgeRealTime(horizon time.Duration) {
	slices.SortFunc(d.asked, func(a, b loadgen.Observation) int {
		return cmp.Or(cmp.Compare(a.Sent, b.Sent), cmp.Compare(a.Seq, b.Seq))
	})
	slices.SortFunc(d.acked, func(a, b loadgen.Observation) int {
		return cmp.Or(cmp.Compare(a.Done, b.Done), cmp.Compare(a.Seq, b.Seq))
	})
	judged, passed := 0, 0
	for ; judged < len(d.asked) && d.asked[judged].Sent < horizon; judged++ {
		o := &d.asked[judged]
		for ; passed < len(d.acked) && d.acked[passed].Done < o.Sent; passed++ {
			if a := &d.acked[passed]; d.highest == nil || a.Reply.Value > d.highest.Reply.Value {
				d.highest = detached(a)
			}
		}
		d.judgeAnswer(o)
	}
	d.asked, d.acked = slices.Clone(d.asked[judged:]), slices.Clone(d.acked[passed:])
}

func (d *page) judgeAnswer(o *loadgen.Observation) {
	if d.highest == nil {
		return
	}
	least := d.highest.Reply.Value
	if o.Operation.Kind == loadgen.Send {
		least++
	}
	if o.Reply.Value < least {
		d.wrong(documentOrder, "%s had acknowledged version %d before client %d asked, and answered with version %d",
			[]any{d.name, d.highest.Reply.Value, o.Client, o.Reply.Value}, d.highest, o)
	}
}
