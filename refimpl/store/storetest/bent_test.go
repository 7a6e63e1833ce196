package storetest_test

import (
	"context"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/storetest"
	"github.com/durabench/durabench/regions"
)

// bug is a store that is wrong in one way, and the law that must say so.
type bug struct {
	story string
	law   string
	plant func(storetest.Harness) storetest.Harness
}

// bent wraps a session; the methods that are set replace its own.
type bent struct {
	store.Session
	acquire func(context.Context, []store.Slot) ([]store.Lease, error)
	release func(context.Context, []store.Slot) error
	load    func(context.Context, []object.ID) ([]store.Snapshot, error)
	commit  func(context.Context, *store.Batch) error
	move    func(context.Context, object.ID, regions.ID) error
	beat    func(context.Context) error
	alarms  func(context.Context, time.Time, int) ([]store.Alarm, error)
	close   func() error
}

func (b *bent) Acquire(ctx context.Context, slots []store.Slot) ([]store.Lease, error) {
	if b.acquire != nil {
		return b.acquire(ctx, slots)
	}
	return b.Session.Acquire(ctx, slots)
}

func (b *bent) Release(ctx context.Context, slots []store.Slot) error {
	if b.release != nil {
		return b.release(ctx, slots)
	}
	return b.Session.Release(ctx, slots)
}

func (b *bent) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	if b.load != nil {
		return b.load(ctx, ids)
	}
	return b.Session.Load(ctx, ids)
}

func (b *bent) Commit(ctx context.Context, batch *store.Batch) error {
	if b.commit != nil {
		return b.commit(ctx, batch)
	}
	return b.Session.Commit(ctx, batch)
}

func (b *bent) Move(ctx context.Context, id object.ID, to regions.ID) error {
	if b.move != nil {
		return b.move(ctx, id, to)
	}
	return b.Session.Move(ctx, id, to)
}

func (b *bent) Beat(ctx context.Context) error {
	if b.beat != nil {
		return b.beat(ctx)
	}
	return b.Session.Beat(ctx)
}

func (b *bent) Alarms(ctx context.Context, until time.Time, limit int) ([]store.Alarm, error) {
	if b.alarms != nil {
		return b.alarms(ctx, until, limit)
	}
	return b.Session.Alarms(ctx, until, limit)
}

func (b *bent) Close() error {
	if b.close != nil {
		return b.close()
	}
	return b.Session.Close()
}

// bending is a store whose sessions are bent as they are opened.
type bending struct {
	store.Store
	bend func(*bent, store.Owner)
}

func (s *bending) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	inner, err := s.Store.Open(ctx, owner)
	if err != nil {
		return nil, err
	}
	session := &bent{Session: inner}
	s.bend(session, owner)
	return session, nil
}

// sessions plants a bug in all sessions of both stores.
func sessions(bend func(*bent)) func(storetest.Harness) storetest.Harness {
	return func(h storetest.Harness) storetest.Harness {
		bendOne := func(b *bent, _ store.Owner) { bend(b) }
		h.Store, h.Rival = &bending{h.Store, bendOne}, &bending{h.Rival, bendOne}
		return h
	}
}

// leases plants a bug in what acquisitions say; commits still speak the truth.
func leases(lie func([]store.Lease) []store.Lease) func(storetest.Harness) storetest.Harness {
	return sessions(func(b *bent) {
		b.acquire = func(ctx context.Context, slots []store.Slot) ([]store.Lease, error) {
			got, err := b.Session.Acquire(ctx, slots)
			return lie(got), err
		}
	})
}

// batches plants a bug in what commits do with a batch.
func batches(bend func(context.Context, store.Session, *store.Batch) error) func(storetest.Harness) storetest.Harness {
	return sessions(func(b *bent) {
		b.commit = func(ctx context.Context, batch *store.Batch) error { return bend(ctx, b.Session, batch) }
	})
}

// writes plants a bug in single writes.
func writes(bend func(*store.Write)) func(storetest.Harness) storetest.Harness {
	return batches(func(ctx context.Context, s store.Session, batch *store.Batch) error {
		changed := *batch
		changed.Writes = slices.Clone(batch.Writes)
		for i := range changed.Writes {
			bend(&changed.Writes[i])
		}
		return s.Commit(ctx, &changed)
	})
}

// snapshots plants a bug in what is loaded.
func snapshots(bend func([]store.Snapshot)) func(storetest.Harness) storetest.Harness {
	return sessions(func(b *bent) {
		b.load = func(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
			got, err := b.Session.Load(ctx, ids)
			bend(got)
			return got, err
		}
	})
}

// listings plants a bug in the listing of alarms.
func listings(bend func(context.Context, store.Session, time.Time, int) ([]store.Alarm, error)) func(storetest.Harness) storetest.Harness {
	return sessions(func(b *bent) {
		b.alarms = func(ctx context.Context, until time.Time, limit int) ([]store.Alarm, error) {
			return bend(ctx, b.Session, until, limit)
		}
	})
}
