package place

import (
	"context"
	"errors"
	"testing"
)

// endless is one object that is asked for until somebody stops it.
type endless struct {
	stop  func()
	reads int
}

func (e *endless) Parts() int               { return 1 }
func (e *endless) Part(int) (Stream, error) { return e, nil }
func (e *endless) Next(o *Object) bool      { *o = Object{Bytes: 1}; return e.reads == 0 }
func (e *endless) Err() error               { return nil }
func (e *endless) Read(into []Access) (n int) {
	if e.reads++; e.reads == 3 {
		e.stop()
	}
	if e.reads > 10 {
		return 0
	}
	return len(into)
}

// TestAnEndIsHeededWithinAnObject: a hot object may have a thousand million accesses.
func TestAnEndIsHeededWithinAnObject(t *testing.T) {
	table := tableOf(t, "LHR", "SIN")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	source := &endless{stop: stop}
	_, err := Evaluate(ctx, source, Plan{Table: table, Rules: rulesOf(t, table, 1, "follow"), D: 1})
	if !errors.Is(err, context.Canceled) || source.reads > 3 {
		t.Errorf("%v after %d reads, stopped in the third", err, source.reads)
	}
}
