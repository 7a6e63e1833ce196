package explore_test

import (
	"context"
	"errors"

	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
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
