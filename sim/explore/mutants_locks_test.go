package explore_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/explore"
	"github.com/durabench/durabench/sim/virtual"
)

// stubLocks grants every lock to everybody: all sessions of a home write through one.
func stubLocks(c *virtual.Config) {
	c.Store = func(inner store.Store) store.Store {
		return &stubStore{Store: inner, hubs: make(map[regions.ID]store.Session)}
	}
}

type stubStore struct {
	store.Store
	hubs   map[regions.ID]store.Session
	epochs uint64
}

func (s *stubStore) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	hub := s.hubs[owner.Region]
	if hub == nil {
		var err error
		if hub, err = s.Store.Open(ctx, owner); err != nil {
			return nil, err
		}
		s.hubs[owner.Region] = hub
	}
	return &stubSession{Session: hub, store: s, real: make(map[store.Slot]uint64)}, nil
}

type stubSession struct {
	store.Session
	store *stubStore
	real  map[store.Slot]uint64
	dead  bool
}

func (s *stubSession) Acquire(ctx context.Context, slots []store.Slot) ([]store.Lease, error) {
	granted, err := s.Session.Acquire(ctx, slots)
	for _, l := range granted {
		s.real[l.Slot] = l.Epoch
	}
	s.store.epochs++
	var leases []store.Lease
	for _, slot := range slots {
		leases = append(leases, store.Lease{Slot: slot, Epoch: s.store.epochs, Clean: true})
	}
	return leases, err
}

func (s *stubSession) alive() error {
	if s.dead {
		return store.ErrLost
	}
	return nil
}

func (s *stubSession) Commit(ctx context.Context, batch *store.Batch) error {
	batch = copyOf(batch)
	for i := range batch.Leases {
		batch.Leases[i].Epoch = 1 // of the one session that there really is
	}
	return errors.Join(s.alive(), s.Session.Commit(ctx, batch))
}

func (s *stubSession) Beat(context.Context) error { return s.alive() }

func (s *stubSession) Close() error {
	s.dead = true
	return nil
}

// fenceCounter counts the batches and the loads that a fence had to stop.
type fenceCounter struct {
	store.Session
	stopped *atomic.Int64
}

func (s fenceCounter) count(err error) error {
	if errors.Is(err, store.ErrFenced) {
		s.stopped.Add(1)
	}
	return err
}

func (s fenceCounter) Commit(ctx context.Context, batch *store.Batch) error {
	return s.count(s.Session.Commit(ctx, batch))
}

func (s fenceCounter) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	snapshots, err := s.Session.Load(ctx, ids)
	return snapshots, s.count(err)
}

// TestNobodyNeedsTheFence: it is a tripwire. What was asked of a session that is
// lost must not be asked of the next one, which would be lost by it in turn.
func TestNobodyNeedsTheFence(t *testing.T) {
	var stopped atomic.Int64
	plant := sessions(private(func(s store.Session) store.Session { return fenceCounter{s, &stopped} }))
	_, err := explore.Explore(context.Background(), explore.Options{World: world(t), First: 1, Seeds: *seeds, Trouble: true, Plant: plant})
	if err != nil {
		t.Fatal(err)
	}
	if n := stopped.Load(); n > 0 {
		t.Errorf("fences stopped %d calls in %d worlds", n, *seeds)
	}
}
