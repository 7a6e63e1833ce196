package memory

import (
	"context"
	"errors"
	"fmt"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

var errClosed = errors.New("session closed")

// Commit applies a batch, all or nothing.
func (s *Session) Commit(ctx context.Context, batch *store.Batch) error {
	if err := s.enter(ctx, "commit"); err != nil {
		return err
	}
	defer s.server.mu.Unlock()
	if err := s.fence(batch); err != nil {
		return err
	}
	for i := range batch.Writes {
		write := &batch.Writes[i]
		if !write.Deleted && len(write.Key) > store.MaxKeyBytes {
			cause := fmt.Errorf("key of %d bytes, at most %d", len(write.Key), store.MaxKeyBytes)
			return &store.RejectedError{Object: write.Object, Cause: cause}
		}
	}
	s.server.apply(s.owner, batch)
	return nil
}

// fence asks of every lease that it is current, and of everything the batch
// touches that a lease covers it.
func (s *Session) fence(batch *store.Batch) error {
	s.batches++
	for _, believed := range batch.Leases {
		if !s.holds(believed.Slot) || s.epochs[believed.Slot] != believed.Epoch {
			return fmt.Errorf("commit at epoch %d of slot %d: %w", believed.Epoch, believed.Slot, store.ErrFenced)
		}
		s.covered[believed.Slot] = s.batches
	}
	for i := range batch.Wipes {
		if err := s.covers(&batch.Wipes[i]); err != nil {
			return err
		}
	}
	for i := range batch.Writes {
		if err := s.covers(&batch.Writes[i].Object); err != nil {
			return err
		}
	}
	for i := range batch.Alarms {
		if err := s.covers(&batch.Alarms[i].Object); err != nil {
			return err
		}
	}
	return nil
}

// covers asks that a lease of the latest batch covers an object.
func (s *Session) covers(id *object.ID) error {
	if slot := store.SlotOf(*id, s.server.slots); s.covered[slot] != s.batches {
		return fmt.Errorf("commit object %.12s… of slot %d without a lease: %w", *id, slot, store.ErrFenced)
	}
	return nil
}

func (s *Server) apply(owner store.Owner, batch *store.Batch) {
	for _, id := range batch.Wipes {
		delete(s.objects, id)
	}
	for i := range batch.Writes {
		write := &batch.Writes[i]
		if write.Deleted {
			delete(s.objects[write.Object], write.Key)
			continue
		}
		entries := s.objects[write.Object]
		if entries == nil {
			entries = make(map[string]object.Value)
			s.objects[write.Object] = entries
		}
		entries[write.Key] = write.Value
	}
	for _, set := range batch.Alarms {
		if set.At.IsZero() {
			delete(s.alarms, set.Object)
			continue
		}
		s.alarms[set.Object] = alarm{place{owner.Region, set.Slot}, set.At}
	}
}
