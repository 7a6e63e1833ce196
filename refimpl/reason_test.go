package refimpl

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestReasonsFitIntoACloseFrame(t *testing.T) {
	for _, cause := range []string{"short", "panic: planted\ngoroutine 1 [running]:", strings.Repeat("é", 100), "é" + strings.Repeat("é", 61)} {
		got := reasonOf(errors.New(cause))
		if len(got) > 123 || !utf8.ValidString(got) || strings.Contains(got, "\n") || got == "" {
			t.Errorf("reason of %.20q: %q (%d bytes)", cause, got, len(got))
		}
	}
}
