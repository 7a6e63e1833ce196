package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// Load reads objects of owned slots. It goes over the session's own connection:
// another one could be of another server.
func (s *Session) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	const verb = "load objects"
	if err := s.enter(ctx, verb); err != nil {
		return nil, err
	}
	for i := range ids {
		if slot := store.SlotOf(ids[i], len(s.epochs)); !s.holds(slot) {
			return nil, fmt.Errorf("load object %.12s… of slot %d: %w", ids[i], slot, store.ErrFenced)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	for _, statement := range []string{"load", "alarmed"} {
		s.link.bind(statement, 1)
		s.link.objects(ids)
		s.link.run()
	}
	s.link.bind("elsewhere", 2)
	s.link.objects(ids)
	s.link.text(string(s.owner.Region))
	s.link.run()
	found := make(map[object.ID]*store.Snapshot, len(ids))
	err := s.link.send(func(statement int, columns [][]byte) {
		id := object.ID(columns[0])
		one := found[id]
		if one == nil {
			one = &store.Snapshot{}
			found[id] = one
		}
		switch statement {
		case 1:
			one.Alarm = instantOf(columns[1])
			return
		case 2:
			one.Elsewhere = regions.ID(columns[1])
			return
		}
		data := append(make([]byte, 0, len(columns[3])), columns[3]...)
		value := object.Value{Codec: object.Codec(columns[2][1]), Data: data}
		one.Entries = append(one.Entries, object.Entry{Key: string(columns[1]), Value: value})
	})
	if err != nil {
		return nil, s.lose(verb, err)
	}
	snapshots := make([]store.Snapshot, len(ids))
	for i, id := range ids {
		if one := found[id]; one != nil {
			snapshots[i] = *one
		}
		snapshots[i].Object = id
	}
	return snapshots, nil
}

// Move gives an object to another region, in one transaction.
func (s *Session) Move(ctx context.Context, id object.ID, to regions.ID) error {
	const verb = "move object"
	if err := s.enter(ctx, verb); err != nil {
		return err
	}
	if slot := store.SlotOf(id, len(s.epochs)); !s.holds(slot) {
		return fmt.Errorf("move object %.12s… of slot %d: %w", id, slot, store.ErrFenced)
	}
	s.link.bind("move", 4)
	s.link.int8(s.id)
	s.link.bytes(id[:])
	s.link.text(string(s.owner.Region))
	s.link.text(string(to))
	s.link.run()
	moved := false
	err := s.link.send(func(int, [][]byte) { moved = true })
	switch {
	case fenced(err):
		return fmt.Errorf("move object %.12s…: %w", id, store.ErrFenced)
	case err != nil:
		return s.lose(verb, err)
	case !moved:
		return fmt.Errorf("move object %.12s…: %w", id, store.ErrElsewhere)
	}
	return nil
}

// Alarms lists owned slots' alarms due before until, earliest first.
func (s *Session) Alarms(ctx context.Context, until time.Time, limit int) ([]store.Alarm, error) {
	const verb = "list alarms"
	if err := s.enter(ctx, verb); err != nil {
		return nil, err
	}
	var owned []store.Slot
	for slot, epoch := range s.epochs {
		if epoch != 0 {
			owned = append(owned, store.Slot(slot))
		}
	}
	if len(owned) == 0 || limit <= 0 {
		return nil, nil
	}
	s.link.bind("due", 4)
	s.link.text(string(s.owner.Region))
	s.link.instant(until)
	s.link.slots(owned)
	s.link.int8(int64(limit))
	s.link.run()
	var alarms []store.Alarm
	err := s.link.send(func(_ int, columns [][]byte) {
		alarms = append(alarms, store.Alarm{
			Object: object.ID(columns[0]),
			At:     instantOf(columns[1]),
			Class:  string(columns[2]),
			Name:   string(columns[3]),
		})
	})
	if err != nil {
		return nil, s.lose(verb, err)
	}
	return alarms, nil
}
