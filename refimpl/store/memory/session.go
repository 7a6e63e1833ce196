package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// Session owns slots of a Server. Its fields are guarded by the server's mutex,
// so that Close may come from elsewhere: that is how a test cuts a session off.
type Session struct {
	server *Server
	owner  store.Owner
	epochs []uint64 // by slot; 0 is not owned
	lost   error    // why the session is dead; nil while it lives

	batches uint64   // that it was given
	covered []uint64 // by slot: the last batch with a lease of it
}

var _ store.Session = (*Session)(nil)

// enter locks the server for one call of a living session. A context that is
// done ends the session, as it does where a connection would be torn.
func (s *Session) enter(ctx context.Context, verb string) error {
	s.server.mu.Lock()
	if s.lost == nil && ctx.Err() != nil {
		s.lose(ctx.Err())
	}
	if s.lost != nil {
		s.server.mu.Unlock()
		return fmt.Errorf("%s: %w: %w", verb, store.ErrLost, s.lost)
	}
	return nil
}

func (s *Session) lose(cause error) {
	s.lost = cause
	for slot, epoch := range s.epochs {
		if epoch != 0 {
			held := s.server.lease(s.place(store.Slot(slot)))
			held.owner, held.dirty = nil, true
		}
	}
	clear(s.epochs)
}

func (s *Session) place(slot store.Slot) place { return place{s.owner.Region, slot} }

// Acquire takes those of the slots that nobody owns.
func (s *Session) Acquire(ctx context.Context, slots []store.Slot) ([]store.Lease, error) {
	if err := s.enter(ctx, "acquire slots"); err != nil {
		return nil, err
	}
	defer s.server.mu.Unlock()
	var leases []store.Lease
	for _, slot := range slices.Compact(slices.Sorted(slices.Values(slots))) {
		if int(slot) >= s.server.slots {
			panic(fmt.Sprintf("acquire slot %d: the store has %d", slot, s.server.slots))
		}
		free := s.server.lease(s.place(slot))
		if free.owner != nil {
			continue
		}
		free.owner = s
		free.epoch++
		s.epochs[slot] = free.epoch
		leases = append(leases, store.Lease{Slot: slot, Epoch: free.epoch, Clean: !free.dirty})
	}
	return leases, nil
}

// Release gives slots up cleanly; slots that are not owned are passed over.
func (s *Session) Release(ctx context.Context, slots []store.Slot) error {
	if err := s.enter(ctx, "release slots"); err != nil {
		return err
	}
	defer s.server.mu.Unlock()
	for _, slot := range slots {
		if s.holds(slot) {
			held := s.server.lease(s.place(slot))
			held.owner, held.dirty = nil, false
			s.epochs[slot] = 0
		}
	}
	return nil
}

func (s *Session) holds(slot store.Slot) bool {
	return int(slot) < len(s.epochs) && s.epochs[slot] != 0
}

// Load reads objects of owned slots.
func (s *Session) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	if err := s.enter(ctx, "load objects"); err != nil {
		return nil, err
	}
	defer s.server.mu.Unlock()
	snapshots := make([]store.Snapshot, len(ids))
	for i, id := range ids {
		if !s.holds(store.SlotOf(id, s.server.slots)) {
			return nil, fmt.Errorf("load object %.12s…: %w", id, store.ErrFenced)
		}
		snapshots[i] = store.Snapshot{Object: id, Alarm: s.server.alarms[id].at}
		if known, ok := s.server.homes[id]; ok && known.Want != s.owner.Region {
			snapshots[i].Elsewhere = known.Want
		}
		for key, value := range s.server.objects[id] {
			snapshots[i].Entries = append(snapshots[i].Entries, object.Entry{Key: key, Value: value})
		}
		slices.SortFunc(snapshots[i].Entries, func(a, b object.Entry) int { return cmp.Compare(a.Key, b.Key) })
	}
	return snapshots, nil
}

// Move gives an object to another region.
func (s *Session) Move(ctx context.Context, id object.ID, to regions.ID) error {
	if err := s.enter(ctx, "move object"); err != nil {
		return err
	}
	defer s.server.mu.Unlock()
	known, ok := s.server.homes[id]
	switch {
	case !s.holds(store.SlotOf(id, s.server.slots)):
		return fmt.Errorf("move object %.12s…: %w", id, store.ErrFenced)
	case !ok || known.Want != s.owner.Region:
		return fmt.Errorf("move object %.12s…: %w", id, store.ErrElsewhere)
	}
	known.Want = to
	s.server.homes[id] = known
	if set, ok := s.server.alarms[id]; ok {
		set.region = to
		s.server.alarms[id] = set
	}
	return nil
}

// Beat succeeds while the session lives.
func (s *Session) Beat(ctx context.Context) error {
	if err := s.enter(ctx, "beat"); err != nil {
		return err
	}
	s.server.mu.Unlock()
	return nil
}

// Alarms lists owned slots' alarms due before until, earliest first.
func (s *Session) Alarms(ctx context.Context, until time.Time, limit int) ([]store.Alarm, error) {
	if err := s.enter(ctx, "list alarms"); err != nil {
		return nil, err
	}
	defer s.server.mu.Unlock()
	var due []store.Alarm
	for id, set := range s.server.alarms {
		if set.region == s.owner.Region && s.holds(set.slot) && set.at.Before(until) {
			known := s.server.homes[id]
			due = append(due, store.Alarm{Object: id, Class: known.Class, Name: known.Name, At: set.at})
		}
	}
	slices.SortFunc(due, func(a, b store.Alarm) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.Object[:]), string(b.Object[:])))
	})
	return due[:min(limit, len(due))], nil
}

// Close ends the session. It may be called at any time, also while the session
// is used: what a connection that breaks does.
func (s *Session) Close() error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.lost == nil {
		s.lose(errClosed)
	}
	return nil
}
