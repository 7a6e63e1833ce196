package actor_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl/actor"
)

// Retryable and overloaded exclude each other; what may have had an effect says so.
func TestCallFailure(t *testing.T) {
	both := func(a, b error) error { return fmt.Errorf("%w: %w", a, b) }
	for _, row := range []struct {
		story string
		cause error
		want  string
	}{
		{"its queue is full", actor.ErrOverloaded, "overloaded"},
		{"its node goes away", actor.ErrRetryable, "retryable"},
		{"it lives elsewhere", actor.ErrNotOwner, "retryable"},
		{"it moves", actor.ErrMoved, "retryable"},
		{"it was lost while it ran", actor.ErrUnknownOutcome, "retryable reset"},
		{"it panicked", both(actor.ErrReset, errors.New("no\nstack")), "reset"},
		{"its gate stayed shut", both(actor.ErrUnknownOutcome, actor.ErrOverloaded), "overloaded reset"},
		{"its constructor failed", both(actor.ErrConstructor, errors.New("no")), "remote reset"},
	} {
		e := actor.CallFailure(idOf("b"), row.cause)
		var got []string
		if e.Remote {
			got = append(got, "remote")
		}
		if e.Overloaded {
			got = append(got, "overloaded")
		}
		if e.Retryable {
			got = append(got, "retryable")
		}
		if e.Reset {
			got = append(got, "reset")
		}
		if text := strings.Join(got, " "); text != row.want || strings.Contains(e.Message, "stack") {
			t.Errorf("%s: %q, message %q; want %q", row.story, text, e.Message, row.want)
		}
	}
}
