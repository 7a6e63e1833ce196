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
	for _, write := range batch.Writes {
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
	covered := make(map[store.Slot]bool, len(batch.Leases))
	for _, believed := range batch.Leases {
		if !s.holds(believed.Slot) || s.epochs[believed.Slot] != believed.Epoch {
			return fmt.Errorf("commit at epoch %d of slot %d: %w", believed.Epoch, believed.Slot, store.ErrFenced)
		}
		covered[believed.Slot] = true
	}
	for _, id := range touched(batch) {
		if slot := store.SlotOf(id, s.server.slots); !covered[slot] {
			return fmt.Errorf("commit object %.12s… of slot %d without a lease: %w", id, slot, store.ErrFenced)
		}
	}
	return nil
}

func touched(batch *store.Batch) []object.ID {
	ids := append([]object.ID(nil), batch.Wipes...)
	for i := range batch.Writes {
		ids = append(ids, batch.Writes[i].Object)
	}
	for i := range batch.Alarms {
		ids = append(ids, batch.Alarms[i].Object)
	}
	return ids
}

func (s *Server) apply(owner store.Owner, batch *store.Batch) {
	for _, id := range batch.Wipes {
		delete(s.objects, id)
	}
	for _, write := range batch.Writes {
		if write.Deleted {
			delete(s.objects[write.Object], write.Key)
			continue
		}
		if s.objects[write.Object] == nil {
			s.objects[write.Object] = make(map[string]object.Value)
		}
		s.objects[write.Object][write.Key] = write.Value
	}
	for _, set := range batch.Alarms {
		if set.At.IsZero() {
			delete(s.alarms, set.Object)
			continue
		}
		s.alarms[set.Object] = alarm{place{owner.Region, set.Slot}, set.At}
	}
}
