package storetest_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/refimpl/store/storetest"
)

// recorder is a storetest.T that keeps verdicts to itself.
type recorder struct {
	context.Context
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// T.Context is named as the embedded field, so it is spelt out.
type recording struct{ *recorder }

func (r recording) Context() context.Context { return r.recorder.Context }

// verdict runs one check and returns what it found wrong.
func verdict(ctx context.Context, check storetest.Check, h storetest.Harness) []string {
	r := &recorder{Context: ctx}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		check.Run(recording{r}, h)
	}()
	<-ended
	return r.failures
}

func sound() storetest.Harness {
	server := memory.NewServer(16)
	return storetest.Harness{
		Store:     memory.New(server),
		Rival:     memory.New(server),
		Directory: func(storetest.T) store.Directory { return memory.NewDirectory(server) },
		Cut:       func(_ storetest.T, session store.Session) { _ = session.Close() },
	}
}

func TestEveryLawConvictsAPlantedBug(t *testing.T) {
	convicted := make(map[string]int)
	for _, bug := range bugs() {
		var caught []string
		for _, check := range storetest.Checks() {
			if found := verdict(t.Context(), check, bug.plant(sound())); len(found) > 0 {
				caught = append(caught, check.Law)
				convicted[check.Law]++
			}
		}
		if len(caught) == 0 {
			t.Errorf("a store that %s passes every check", bug.story)
		}
		if !slices.Contains(caught, bug.law) {
			t.Errorf("a store that %s is not caught by %q, only by:\n  %s", bug.story, bug.law, strings.Join(caught, "\n  "))
		}
	}
	for _, check := range storetest.Checks() {
		if convicted[check.Law] == 0 {
			t.Errorf("no planted bug was caught by %q", check.Law)
		}
	}
}

func TestSoundStoreIsNotConvicted(t *testing.T) {
	for _, check := range storetest.Checks() {
		if found := verdict(t.Context(), check, sound()); len(found) > 0 {
			t.Errorf("%s: %v", check.Law, found)
		}
	}
}
