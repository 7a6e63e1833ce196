package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/storetest"
)

func bugs() []bug {
	return slices.Concat(ownershipBugs(), fenceBugs(), commitBugs(), valueBugs(), alarmBugs(), directoryBugs(), moveBugs())
}

func ownershipBugs() []bug {
	return []bug{
		{"has no name", "a store says what it is", func(h storetest.Harness) storetest.Harness {
			h.Store = &nameless{h.Store}
			return h
		}},
		{"does not raise epochs", "each acquisition raises the epoch", leases(func(got []store.Lease) []store.Lease {
			for i := range got {
				got[i].Epoch = 1
			}
			return got
		})},
		{"calls every slot clean", "only a release leaves a slot clean", leases(func(got []store.Lease) []store.Lease {
			for i := range got {
				got[i].Clean = true
			}
			return got
		})},
		{"gives leases backwards", "free slots are granted in slot order, clean at first, and once", leases(func(got []store.Lease) []store.Lease {
			slices.Reverse(got)
			return got
		})},
		{"grants what others hold", "two sessions never own one slot", sessions(grantAll)},
		{"grants what others hold", "many sessions at once share slots out without overlap", sessions(grantAll)},
		{"mixes regions up", "a slot belongs to its region", func(h storetest.Harness) storetest.Harness {
			oneRegion := func(inner store.Store) store.Store { return &everywhere{inner} }
			h.Store, h.Rival = oneRegion(h.Store), oneRegion(h.Rival)
			return h
		}},
		{"has no pulse", "a living session beats", sessions(func(b *bent) {
			b.beat = func(context.Context) error { return errors.New("no") }
		})},
		{"never lets go of a lost session's slots", "a lost session frees its slots", func(h storetest.Harness) storetest.Harness {
			h.Cut = func(storetest.T, store.Session) {}
			return h
		}},
		{"releases on close, so that all looks clean", "a closed session frees its slots", sessions(func(b *bent) {
			b.close = func() error {
				for slot := range store.Slot(16) {
					_ = b.Session.Release(context.Background(), []store.Slot{slot})
				}
				return b.Session.Close()
			}
		})},
		{"swallows the loss of its session", "a dead session says so, whatever is asked", sessions(func(b *bent) {
			b.beat = func(context.Context) error { return nil }
		})},
		{"connects again in silence", "a dead session says so, whatever is asked", batches(
			func(ctx context.Context, s store.Session, batch *store.Batch) error {
				if err := s.Commit(ctx, batch); !errors.Is(err, store.ErrLost) {
					return err
				}
				return nil
			})},
		{"lives on though its context is done", "a context that is done ends the session", sessions(func(b *bent) {
			b.commit = func(ctx context.Context, batch *store.Batch) error {
				return b.Session.Commit(context.WithoutCancel(ctx), batch)
			}
		})},
	}
}

type nameless struct{ store.Store }

func (*nameless) Facts() map[string]string { return nil }

func grantAll(b *bent) {
	b.acquire = func(ctx context.Context, slots []store.Slot) ([]store.Lease, error) {
		got, err := b.Session.Acquire(ctx, slots)
		for _, slot := range slots {
			if !slices.ContainsFunc(got, func(l store.Lease) bool { return l.Slot == slot }) {
				got = append(got, store.Lease{Slot: slot, Epoch: 1})
			}
		}
		return got, err
	}
}

// everywhere is a store that knows one region only.
type everywhere struct{ store.Store }

func (e *everywhere) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	owner.Region = "the only one"
	return e.Store.Open(ctx, owner)
}

func fenceBugs() []bug {
	return []bug{
		{"believes any epoch", "a batch with a stale epoch is fenced, whole", sessions(func(b *bent) {
			current := make(map[store.Slot]store.Lease)
			b.acquire = func(ctx context.Context, slots []store.Slot) ([]store.Lease, error) {
				got, err := b.Session.Acquire(ctx, slots)
				for _, lease := range got {
					current[lease.Slot] = lease
				}
				return got, err
			}
			b.commit = func(ctx context.Context, batch *store.Batch) error {
				changed := *batch
				changed.Leases = nil
				for _, lease := range batch.Leases {
					changed.Leases = append(changed.Leases, current[lease.Slot])
				}
				return b.Session.Commit(ctx, &changed)
			}
		})},
		{"does not miss a lease", "a write without a lease is fenced", sessions(func(b *bent) {
			var all []store.Lease
			b.acquire = func(ctx context.Context, slots []store.Slot) ([]store.Lease, error) {
				got, err := b.Session.Acquire(ctx, slots)
				all = append(all, got...)
				return got, err
			}
			b.commit = func(ctx context.Context, batch *store.Batch) error {
				changed := *batch
				changed.Leases = all
				return b.Session.Commit(ctx, &changed)
			}
		})},
		{"reads what it does not own", "only objects of owned slots load", sessions(func(b *bent) {
			b.load = func(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
				got, err := b.Session.Load(ctx, ids)
				if errors.Is(err, store.ErrFenced) {
					return make([]store.Snapshot, len(ids)), nil
				}
				return got, err
			}
		})},
	}
}

func commitBugs() []bug {
	return []bug{
		{"acknowledges and forgets", "what was committed outlives its session", batches(
			func(context.Context, store.Session, *store.Batch) error { return nil })},
		{"commits row by row", "a batch is kept whole or not at all", batches(
			func(ctx context.Context, s store.Session, batch *store.Batch) error {
				for i := range batch.Writes {
					row := &store.Batch{Leases: batch.Leases, Writes: batch.Writes[i : i+1]}
					if err := s.Commit(ctx, row); err != nil {
						return err
					}
				}
				return s.Commit(ctx, &store.Batch{Leases: batch.Leases, Wipes: batch.Wipes, Alarms: batch.Alarms})
			})},
		{"blames the first object", "a refused write names its object", batches(
			func(ctx context.Context, s store.Session, batch *store.Batch) error {
				err := s.Commit(ctx, batch)
				if rejected := (*store.RejectedError)(nil); errors.As(err, &rejected) {
					rejected.Object = batch.Writes[1].Object
				}
				return err
			})},
		{"wipes last", "wipes come before writes", batches(
			func(ctx context.Context, s store.Session, batch *store.Batch) error {
				first := *batch
				first.Wipes = nil
				if err := s.Commit(ctx, &first); err != nil {
					return err
				}
				return s.Commit(ctx, &store.Batch{Leases: batch.Leases, Wipes: batch.Wipes})
			})},
		{
			"forgets to wipe", "a wipe takes every entry of its object and of no other, and leaves the alarm",
			batches(func(ctx context.Context, s store.Session, batch *store.Batch) error {
				changed := *batch
				changed.Wipes = nil
				return s.Commit(ctx, &changed)
			}),
		},
		{"does not delete", "writes replace and delete", writes(func(w *store.Write) {
			if w.Deleted {
				*w = store.Write{Object: w.Object, Key: w.Key}
			}
		})},
		{"loses all rows after the thousandth", "a big batch is one batch", batches(
			func(ctx context.Context, s store.Session, batch *store.Batch) error {
				changed := *batch
				changed.Writes = batch.Writes[:min(1000, len(batch.Writes))]
				return s.Commit(ctx, &changed)
			})},
	}
}

func valueBugs() []bug {
	return []bug{
		{"orders keys without regard to case", "keys are bytes, in byte order", snapshots(func(got []store.Snapshot) {
			for _, one := range got {
				slices.SortFunc(one.Entries, func(a, b object.Entry) int {
					return strings.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key))
				})
			}
		})},
		{"ends keys at a NUL", "keys are bytes, in byte order", writes(func(w *store.Write) {
			w.Key, _, _ = strings.Cut(w.Key, "\x00")
		})},
		{"forgets codecs", "values come back as they were", writes(func(w *store.Write) { w.Value.Codec = object.Raw })},
		{"cuts values at a mebibyte", "values come back as they were", writes(func(w *store.Write) {
			w.Value.Data = w.Value.Data[:min(len(w.Value.Data), 1<<20)]
		})},
		{"gives objects in its own order", "objects load in the order asked; the never written are empty", snapshots(func(got []store.Snapshot) {
			slices.SortFunc(got, func(a, b store.Snapshot) int { return bytes.Compare(a.Object[:], b.Object[:]) })
		})},
	}
}
