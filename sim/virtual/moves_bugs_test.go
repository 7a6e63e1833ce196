package virtual_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/virtual"
)

// bentStore gives sessions with a bug.
type bentStore struct {
	store.Store
	bend func(store.Session) store.Session
}

func (s bentStore) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	inner, err := s.Store.Open(ctx, owner)
	if err != nil {
		return nil, err
	}
	return s.bend(inner), nil
}

// hasty says that a batch is durable before it is: it is written with whatever is
// asked next. If that is a move, the object goes first, or what it wrote never comes.
type hasty struct {
	store.Session
	pending *store.Batch
	loses   bool
}

func (s *hasty) write(ctx context.Context) error {
	if s.pending == nil {
		return nil
	}
	batch := s.pending
	s.pending = nil
	return s.Session.Commit(ctx, batch)
}

func (s *hasty) Commit(ctx context.Context, batch *store.Batch) error {
	err := s.write(ctx)
	s.pending = &store.Batch{
		Leases: slices.Clone(batch.Leases), Wipes: slices.Clone(batch.Wipes),
		Writes: slices.Clone(batch.Writes), Alarms: slices.Clone(batch.Alarms),
	}
	return err
}

func (s *hasty) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	if err := s.write(ctx); err != nil {
		return nil, err
	}
	return s.Session.Load(ctx, ids)
}

func (s *hasty) Alarms(ctx context.Context, until time.Time, limit int) ([]store.Alarm, error) {
	if err := s.write(ctx); err != nil {
		return nil, err
	}
	return s.Session.Alarms(ctx, until, limit)
}

func (s *hasty) Beat(ctx context.Context) error {
	if err := s.write(ctx); err != nil {
		return err
	}
	return s.Session.Beat(ctx)
}

func (s *hasty) Move(ctx context.Context, id object.ID, to regions.ID) error {
	if s.loses {
		s.pending = nil
	}
	return s.Session.Move(ctx, id, to)
}

// credulous does not ask the directory whether an object that it loads lives here.
type credulous struct{ store.Session }

func (s credulous) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	snapshots, err := s.Session.Load(ctx, ids)
	for i := range snapshots {
		snapshots[i].Elsewhere = ""
	}
	return snapshots, err
}

// staysBehind is a home that forgets that an object has left it.
func staysBehind() virtual.Tamper {
	return func(now time.Time, event actor.Event, step func(time.Time, actor.Event) []actor.Effect) []actor.Effect {
		all := slices.Clone(step(now, event))
		for _, e := range all {
			if m, ok := e.(actor.Moved); ok {
				all = append(all, step(now, actor.Stay{Object: m.Object})...)
			}
		}
		return all
	}
}

// A verdict that was never seen to convict is none: each way to get a move wrong is found.
func TestMovesGoneWrongAreFound(t *testing.T) {
	for _, bug := range []struct {
		name   string
		tamper func() virtual.Tamper
		bend   func(store.Session) store.Session
	}{
		{"an object moves before its last commit is durable", nil, func(s store.Session) store.Session { return &hasty{Session: s} }},
		{"what it wrote last is lost on the way", nil, func(s store.Session) store.Session { return &hasty{Session: s, loses: true} }},
		{"the old home goes on answering", staysBehind, func(s store.Session) store.Session { return credulous{s} }},
	} {
		found := uint64(0)
		for seed := uint64(1); seed <= 10 && found == 0; seed++ {
			history, _ := wandering(t, "counter", seed, func(c *virtual.Config) {
				c.Tamper = bug.tamper
				c.Store = func(s store.Store) store.Store { return bentStore{s, bug.bend} }
			})
			if why := broken(t, "counter", history); why != "" {
				found = seed
				t.Logf("%s: seed %d: %s", bug.name, seed, why)
			}
		}
		if found == 0 {
			t.Errorf("%s, and no law is broken in 10 worlds", bug.name)
		}
	}
}
