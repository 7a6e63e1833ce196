package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Line renders one observation: when it was under way, whose it was, what came of it.
func Line(o *loadgen.Observation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s … ", at(o.Sent))
	if o.Outcome == loadgen.Unknown {
		b.WriteString("?")
	} else {
		b.WriteString(at(o.Done))
	}
	fmt.Fprintf(&b, "  client %d", o.Client)
	if o.Edge != "" {
		fmt.Fprintf(&b, " at %s", o.Edge)
	}
	fmt.Fprintf(&b, "  %s %s", o.Operation.Kind, o.Object)
	if o.Operation.Text != "" {
		fmt.Fprintf(&b, " %.40q", o.Operation.Text)
	}
	if o.Operation.Kind == loadgen.Deliver {
		fmt.Fprintf(&b, " from client %d", o.Operation.Sender)
	}
	fmt.Fprintf(&b, " → %s", came(o))
	if o.Server.Home != "" {
		fmt.Fprintf(&b, "  (home %s, node %s, epoch %d)", o.Server.Home, o.Server.Node, o.Server.Epoch)
	}
	return b.String()
}

// came says what an operation came to.
func came(o *loadgen.Observation) string {
	switch {
	case o.Outcome != loadgen.OK && o.Reply.Error != "":
		return fmt.Sprintf("%s (%.80s)", o.Outcome, o.Reply.Error)
	case o.Outcome != loadgen.OK:
		return string(o.Outcome)
	}
	switch o.Operation.Kind {
	case loadgen.Move, loadgen.Access, loadgen.Read:
		if text := cameWith(o); text != "" {
			return text
		}
	}
	switch o.Operation.Kind {
	case loadgen.Increment, loadgen.Decrement, loadgen.Read, loadgen.Reset:
		return fmt.Sprint(o.Reply.Value)
	case loadgen.Take:
		if o.Reply.Allowed {
			return fmt.Sprintf("admitted, %d left", o.Reply.Value)
		}
		return "refused"
	}
	if o.Reply.Value > 0 {
		return fmt.Sprintf("version %d, text %.16s", o.Reply.Value, o.Reply.Text) // of a document
	}
	return "ok"
}

// cameWith is what a reply of a bank or a session says; empty for others.
func cameWith(o *loadgen.Observation) string {
	switch {
	case o.Operation.Kind == loadgen.Access && !o.Reply.Allowed:
		return "none"
	case o.Operation.Kind == loadgen.Access:
		return fmt.Sprintf("%.40q", o.Reply.Text)
	case o.Reply.Text == "":
		return ""
	case o.Operation.Kind == loadgen.Move && !o.Reply.Allowed:
		return fmt.Sprintf("too little, after transfer %d: %.100s", o.Reply.Value, o.Reply.Text)
	}
	return fmt.Sprintf("after transfer %d: %.100s", o.Reply.Value, o.Reply.Text)
}

// at renders an instant of the run.
func at(d time.Duration) string { return fmt.Sprintf("%.3f ms", float64(d)/float64(time.Millisecond)) }
