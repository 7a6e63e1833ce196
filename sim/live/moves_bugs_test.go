package live_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/live"
)

// forgetful loses at a move what its object wrote last: batches are written with
// whatever is asked next, and a move is not.
type forgetful struct {
	store.Session
	mu      sync.Mutex
	pending *store.Batch
}

func (s *forgetful) take() *store.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := s.pending
	s.pending = nil
	return batch
}

func (s *forgetful) Commit(ctx context.Context, batch *store.Batch) error {
	if last := s.take(); last != nil {
		if err := s.Session.Commit(ctx, last); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = &store.Batch{
		Leases: slices.Clone(batch.Leases), Wipes: slices.Clone(batch.Wipes),
		Writes: slices.Clone(batch.Writes), Alarms: slices.Clone(batch.Alarms),
	}
	return nil
}

func (s *forgetful) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	if last := s.take(); last != nil {
		if err := s.Session.Commit(ctx, last); err != nil {
			return nil, err
		}
	}
	return s.Session.Load(ctx, ids)
}

func (s *forgetful) Move(ctx context.Context, id object.ID, to regions.ID) error {
	s.take()
	return s.Session.Move(ctx, id, to)
}

type forgetfulStore struct{ store.Store }

func (s forgetfulStore) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	inner, err := s.Store.Open(ctx, owner)
	if err != nil {
		return nil, err
	}
	return &forgetful{Session: inner}, nil
}

type forgetfulStorage struct{ inMemory }

func (s forgetfulStorage) Store(home regions.ID) store.Store {
	return forgetfulStore{s.inMemory.Store(home)}
}

// A running system that loses a write at a hand-over is convicted, as a virtual one is.
func TestAWriteLostAtAHandOverIsFound(t *testing.T) {
	world := worldOn(t, wander{placement.Fixed{Home: "LHR"}, 12}, func(s inMemory) live.Storage { return forgetfulStorage{s} })
	history := ask(t, world, "counter", 200)
	laws, err := check.For("counter", check.Params{})
	if err != nil {
		t.Fatal(err)
	}
	for _, law := range laws {
		if v := law.Check(history); v.Ruling == check.Violated {
			t.Log(v)
			return
		}
	}
	t.Errorf("%d moves lost what was written last, and no law is broken", len(world.Moves()))
}
