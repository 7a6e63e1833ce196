package memory

import (
	"context"
	"errors"
	"fmt"

	"github.com/durabench/durabench/refimpl/store"
)

// Fault is what befalls a commit.
type Fault int

// The faults. After LostBefore nothing of the batch was kept, after LostAfter
// all of it was; whoever committed cannot tell one from the other.
const (
	None Fault = iota
	LostBefore
	LostAfter
)

var errCut = errors.New("connection cut")

// WithFaults wraps a store so that decide is asked before each commit of its
// sessions. It is called on the goroutine that commits.
func WithFaults(inner store.Store, decide func(store.Owner, *store.Batch) Fault) store.Store {
	return &faulty{Store: inner, decide: decide}
}

type faulty struct {
	store.Store
	decide func(store.Owner, *store.Batch) Fault
}

func (f *faulty) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	session, err := f.Store.Open(ctx, owner)
	if err != nil {
		return nil, err
	}
	return &faultySession{Session: session, owner: owner, decide: f.decide}, nil
}

type faultySession struct {
	store.Session
	owner  store.Owner
	decide func(store.Owner, *store.Batch) Fault
}

func (f *faultySession) Commit(ctx context.Context, batch *store.Batch) error {
	fault := f.decide(f.owner, batch)
	if fault == LostAfter {
		if err := f.Session.Commit(ctx, batch); err != nil {
			return err
		}
	}
	if fault == None {
		return f.Session.Commit(ctx, batch)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return fmt.Errorf("commit: %w: %w", store.ErrLost, errCut)
}
