package postgres

import (
	"errors"
	"fmt"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// blame finds the object whose writes the server refuses, by halving the batch
// and trying each half in a transaction that is rolled back.
func (s *Session) blame(batch *store.Batch, refusal error) error {
	suspects := objectsOf(batch)
	for len(suspects) > 0 {
		half := suspects[:(len(suspects)+1)/2]
		err := s.rehearse(only(batch, half))
		switch {
		case err == nil:
			suspects = suspects[len(half):]
		case !refusedRow(err):
			return s.lose("commit", errors.Join(refusal, err))
		case len(half) == 1:
			return &store.RejectedError{Object: half[0], Cause: err}
		default:
			suspects = half
		}
	}
	return s.lose("commit", fmt.Errorf("refused together, though each object alone is not: %w", refusal))
}

// rehearse runs a batch and undoes it; its error is the server's refusal.
func (s *Session) rehearse(batch *store.Batch) error {
	s.command("begin")
	s.write(batch)
	s.command("rollback")
	err := s.link.send(nil)
	if codeOf(err) != "" && s.link.inBlock {
		// After an error the server skips all to the end of what was sent.
		s.command("rollback")
		if undo := s.link.send(nil); undo != nil {
			return undo
		}
	}
	return err
}

func (s *Session) command(name string) {
	s.link.bind(name, 0)
	s.link.run()
}

// objectsOf lists the objects a batch touches, each once.
func objectsOf(batch *store.Batch) []object.ID {
	var ids []object.ID
	seen := make(map[object.ID]bool)
	note := func(id object.ID) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, id := range batch.Wipes {
		note(id)
	}
	for i := range batch.Writes {
		note(batch.Writes[i].Object)
	}
	for i := range batch.Alarms {
		note(batch.Alarms[i].Object)
	}
	return ids
}

// only is the part of a batch that touches the given objects.
func only(batch *store.Batch, ids []object.ID) *store.Batch {
	chosen := make(map[object.ID]bool, len(ids))
	for _, id := range ids {
		chosen[id] = true
	}
	part := &store.Batch{Leases: batch.Leases}
	for _, id := range batch.Wipes {
		if chosen[id] {
			part.Wipes = append(part.Wipes, id)
		}
	}
	for _, write := range batch.Writes {
		if chosen[write.Object] {
			part.Writes = append(part.Writes, write)
		}
	}
	for _, alarm := range batch.Alarms {
		if chosen[alarm.Object] {
			part.Alarms = append(part.Alarms, alarm)
		}
	}
	return part
}
