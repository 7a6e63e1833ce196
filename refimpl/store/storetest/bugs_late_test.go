package storetest_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/storetest"
	"github.com/durabench/durabench/regions"
)

func alarmBugs() []bug {
	return []bug{
		{"lists alarms latest first", "alarms due are listed earliest first, up to the limit", listings(
			func(ctx context.Context, s store.Session, until time.Time, limit int) ([]store.Alarm, error) {
				got, err := s.Alarms(ctx, until, limit)
				slices.Reverse(got)
				return got, err
			})},
		{"lists alarms before they are due", "alarms due are listed earliest first, up to the limit", listings(
			func(ctx context.Context, s store.Session, until time.Time, limit int) ([]store.Alarm, error) {
				return s.Alarms(ctx, until.Add(time.Microsecond), limit)
			})},
		{"lists all alarms", "only owned slots' alarms are listed", func(h storetest.Harness) storetest.Harness {
			list := listAll()
			h.Store, h.Rival = &bending{h.Store, list}, &bending{h.Rival, list}
			return h
		}},
		{"never replaces an alarm", "an alarm is replaced, cleared, and loaded with its object", sessions(func(b *bent) {
			set := make(map[object.ID]bool)
			b.commit = func(ctx context.Context, batch *store.Batch) error {
				changed := *batch
				changed.Alarms = slices.DeleteFunc(slices.Clone(batch.Alarms), func(a store.AlarmWrite) bool { return set[a.Object] })
				for _, alarm := range batch.Alarms {
					set[alarm.Object] = true
				}
				return b.Session.Commit(ctx, &changed)
			}
		})},
		{"lists alarms without names", "a listed alarm knows its object's class and name", listings(
			func(ctx context.Context, s store.Session, until time.Time, limit int) ([]store.Alarm, error) {
				got, err := s.Alarms(ctx, until, limit)
				for i := range got {
					got[i].Name = ""
				}
				return got, err
			})},
		{"cuts alarms down to the microsecond", "an alarm is never kept earlier than it was set", batches(
			func(ctx context.Context, s store.Session, batch *store.Batch) error {
				changed := *batch
				changed.Alarms = slices.Clone(batch.Alarms)
				for i := range changed.Alarms {
					if at := &changed.Alarms[i].At; !at.IsZero() {
						*at = at.Truncate(time.Microsecond)
					}
				}
				return s.Commit(ctx, &changed)
			})},
	}
}

// listAll lets every session list the alarms that any session set.
func listAll() func(*bent, store.Owner) {
	seen := make(map[object.ID]time.Time)
	return func(b *bent, _ store.Owner) {
		b.commit = func(ctx context.Context, batch *store.Batch) error {
			for _, alarm := range batch.Alarms {
				seen[alarm.Object] = alarm.At
			}
			return b.Session.Commit(ctx, batch)
		}
		b.alarms = func(context.Context, time.Time, int) ([]store.Alarm, error) {
			var all []store.Alarm
			for id, at := range seen {
				all = append(all, store.Alarm{Object: id, At: at})
			}
			return all, nil
		}
	}
}

func directoryBugs() []bug {
	directories := func(wrap func(store.Directory) store.Directory) func(storetest.Harness) storetest.Harness {
		return func(h storetest.Harness) storetest.Harness {
			inner := h.Directory
			h.Directory = func(t storetest.T) store.Directory { return wrap(inner(t)) }
			return h
		}
	}
	return []bug{
		{"says what was wanted, not what is", "the first to place an object decides, for all", directories(
			func(d store.Directory) store.Directory { return &agreeable{d} })},
		{"gives homes backwards", "homes come in the order asked", directories(
			func(d store.Directory) store.Directory { return &backwards{d} })},
	}
}

type agreeable struct{ store.Directory }

func (*agreeable) Place(_ context.Context, asks []store.Placement) ([]regions.ID, error) {
	homes := make([]regions.ID, len(asks))
	for i, ask := range asks {
		homes[i] = ask.Want
	}
	return homes, nil
}

type backwards struct{ store.Directory }

func (b *backwards) Place(ctx context.Context, asks []store.Placement) ([]regions.ID, error) {
	homes, err := b.Directory.Place(ctx, asks)
	slices.Reverse(homes)
	return homes, err
}

func moveBugs() []bug {
	return []bug{
		{"does not move at all", "a move changes home and alarm together", sessions(func(b *bent) {
			b.move = func(context.Context, object.ID, regions.ID) error { return nil }
		})},
		{"leaves the alarm behind", "a move changes home and alarm together", func(h storetest.Harness) storetest.Harness {
			lose := func(b *bent, of store.Owner) {
				if of.Node == "b" {
					b.alarms = func(context.Context, time.Time, int) ([]store.Alarm, error) { return nil, nil }
				}
			}
			h.Rival = &bending{h.Rival, lose}
			return h
		}},
		{"gives away what others have", "only the home of an object can give it away", sessions(func(b *bent) {
			b.move = func(ctx context.Context, id object.ID, to regions.ID) error {
				if err := b.Session.Move(ctx, id, to); !errors.Is(err, store.ErrElsewhere) {
					return err
				}
				return nil
			}
		})},
		{"does not say who has it", "what lives elsewhere is told when loaded", snapshots(func(got []store.Snapshot) {
			for i := range got {
				got[i].Elsewhere = ""
			}
		})},
	}
}
