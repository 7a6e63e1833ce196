package explore_test

import (
	"context"
	"errors"
	"slices"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/sim/virtual"
)

// bent is a store whose sessions are wrapped.
type bent struct {
	store.Store
	wrap func(store.Session) store.Session
}

func (b bent) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	s, err := b.Store.Open(ctx, owner)
	if err != nil {
		return nil, err
	}
	return b.wrap(s), nil
}

// sessions plants a bug in every session. What the sessions of one home share is
// made by bug.
func sessions(bug func() func(store.Session) store.Session) func(*virtual.Config) {
	return func(c *virtual.Config) {
		c.Store = func(inner store.Store) store.Store { return bent{inner, bug()} }
	}
}

// private makes a bug whose sessions share nothing.
func private(wrap func(store.Session) store.Session) func() func(store.Session) store.Session {
	return func() func(store.Session) store.Session { return wrap }
}

func copyOf(b *store.Batch) *store.Batch {
	return &store.Batch{
		Leases: slices.Clone(b.Leases), Wipes: slices.Clone(b.Wipes),
		Writes: slices.Clone(b.Writes), Alarms: slices.Clone(b.Alarms),
	}
}

// writeBehind says that a batch is durable, and makes it so with the next.
type writeBehind struct {
	store.Session
	pending *store.Batch
}

func (s *writeBehind) flush(ctx context.Context) error {
	if s.pending == nil {
		return nil
	}
	batch := s.pending
	s.pending = nil
	return s.Session.Commit(ctx, batch)
}

func (s *writeBehind) Commit(ctx context.Context, batch *store.Batch) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	s.pending = copyOf(batch)
	return s.Session.Beat(ctx)
}

func (s *writeBehind) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	return s.Session.Load(ctx, ids)
}

// forgetful loses one batch in twenty-five.
type forgetful struct {
	store.Session
	count int
}

func (s *forgetful) Commit(ctx context.Context, batch *store.Batch) error {
	if s.count++; s.count%25 == 0 {
		return s.Session.Beat(ctx)
	}
	return s.Session.Commit(ctx, batch)
}

// torn keeps only some of a batch: not the last of several writes.
type torn struct{ store.Session }

func (s torn) Commit(ctx context.Context, batch *store.Batch) error {
	if n := len(batch.Writes); n > 1 {
		batch = copyOf(batch)
		batch.Writes = batch.Writes[:n-1]
	}
	return s.Session.Commit(ctx, batch)
}

// deafSession takes the loss of its session, in a commit, for success.
type deafSession struct{ store.Session }

func (s deafSession) Commit(ctx context.Context, batch *store.Batch) error {
	err := s.Session.Commit(ctx, batch)
	if errors.Is(err, store.ErrLost) {
		return nil
	}
	return err
}

// lyingBeat proves nothing: it succeeds whatever became of the session.
type lyingBeat struct{ store.Session }

func (s lyingBeat) Beat(context.Context) error { return nil }

// unfenced is a store that takes the writes of whoever comes: those of a dead
// session land on top of what its successor wrote.
type unfenced struct {
	store.Session
	zombie map[object.ID]map[string]store.Write // written by the dead, by object and key
}

func newUnfenced() func(store.Session) store.Session {
	zombie := make(map[object.ID]map[string]store.Write)
	return func(s store.Session) store.Session { return unfenced{s, zombie} }
}

func (s unfenced) Commit(ctx context.Context, batch *store.Batch) error {
	err := s.Session.Commit(ctx, batch)
	for _, w := range batch.Writes {
		if err == nil {
			delete(s.zombie[w.Object], w.Key)
			continue
		}
		if s.zombie[w.Object] == nil {
			s.zombie[w.Object] = make(map[string]store.Write)
		}
		s.zombie[w.Object][w.Key] = w
	}
	return nil
}

func (s unfenced) Beat(context.Context) error { return nil }

func (s unfenced) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	snapshots, err := s.Session.Load(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range snapshots {
		for key, w := range s.zombie[snapshots[i].Object] {
			entries := slices.DeleteFunc(snapshots[i].Entries, func(e object.Entry) bool { return e.Key == key })
			snapshots[i].Entries = append(entries, object.Entry{Key: key, Value: w.Value})
		}
	}
	return snapshots, nil
}

// sameEpoch raises no epoch: all owners of a slot act under the first.
type sameEpoch struct {
	store.Session
	real map[store.Slot]uint64
}

func (s sameEpoch) Acquire(ctx context.Context, slots []store.Slot) ([]store.Lease, error) {
	leases, err := s.Session.Acquire(ctx, slots)
	for i := range leases {
		s.real[leases[i].Slot] = leases[i].Epoch
		leases[i].Epoch = 1
	}
	return leases, err
}

func (s sameEpoch) Commit(ctx context.Context, batch *store.Batch) error {
	batch = copyOf(batch)
	for i := range batch.Leases {
		batch.Leases[i].Epoch = s.real[batch.Leases[i].Slot]
	}
	return s.Session.Commit(ctx, batch)
}

// replica loads, one time in three, what was there a commit ago.
type replica struct {
	store.Session
	lag *lag
}

type lag struct {
	count  int
	before map[object.ID]store.Snapshot
}

func newReplica() func(store.Session) store.Session {
	shared := &lag{before: make(map[object.ID]store.Snapshot)}
	return func(s store.Session) store.Session { return replica{s, shared} }
}

func (s replica) Commit(ctx context.Context, batch *store.Batch) error {
	for _, w := range batch.Writes {
		if now, err := s.Session.Load(ctx, []object.ID{w.Object}); err == nil {
			s.lag.before[w.Object] = now[0]
		}
	}
	return s.Session.Commit(ctx, batch)
}

func (s replica) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	snapshots, err := s.Session.Load(ctx, ids)
	for i := range snapshots {
		if old, known := s.lag.before[snapshots[i].Object]; known {
			if s.lag.count++; s.lag.count%3 == 0 {
				snapshots[i] = old
			}
		}
	}
	return snapshots, err
}

// hasty reads objects before it has the lock: what it loads is what was there when
// the session was opened.
type hasty struct {
	store.Session
	seen map[object.ID]store.Snapshot // when the session was opened
	all  map[object.ID]store.Snapshot // what is there, of all sessions
}

func newHasty() func(store.Session) store.Session {
	all := make(map[object.ID]store.Snapshot)
	return func(s store.Session) store.Session {
		seen := make(map[object.ID]store.Snapshot, len(all))
		for id, snapshot := range all {
			seen[id] = snapshot
		}
		return hasty{s, seen, all}
	}
}

func (s hasty) Commit(ctx context.Context, batch *store.Batch) error {
	err := s.Session.Commit(ctx, batch)
	for _, w := range batch.Writes {
		if now, e := s.Session.Load(ctx, []object.ID{w.Object}); e == nil {
			s.all[w.Object], s.seen[w.Object] = now[0], now[0]
		}
	}
	return err
}

func (s hasty) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	snapshots, err := s.Session.Load(ctx, ids)
	for i := range snapshots {
		if _, written := s.all[snapshots[i].Object]; written {
			old := s.seen[snapshots[i].Object]
			old.Object = snapshots[i].Object
			snapshots[i] = old
		}
	}
	return snapshots, err
}
