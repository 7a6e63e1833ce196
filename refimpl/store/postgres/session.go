package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

var errClosed = errors.New("session closed")

// Session is one connection and the slots it owns. It is used by one goroutine
// at a time.
type Session struct {
	link  *link
	owner store.Owner
	id    int64 // its row in the sessions table
	locks int64 // the base of its region's lock keys
	lost  error // why it is dead; nil while it lives

	epochs   []uint64 // by slot; 0 is not owned
	asserted []uint64 // by slot: the last batch that asserted it
	batches  uint64   // counts batches, to tell one's assertions from another's
}

var _ store.Session = (*Session)(nil)

func newSession(l *link, owner store.Owner, locks int64, slots int) *Session {
	return &Session{
		link: l, owner: owner, locks: locks,
		epochs: make([]uint64, slots), asserted: make([]uint64, slots),
	}
}

// enrol gives the session its row, which beats rewrite.
func (s *Session) enrol() error {
	s.link.bind("tidy", 0)
	s.link.run()
	s.link.bind("open", 2)
	s.link.text(string(s.owner.Region))
	s.link.text(s.owner.Node)
	s.link.run()
	return s.link.send(func(_ int, columns [][]byte) { s.id = int64(binary.BigEndian.Uint64(columns[0])) })
}

// enter begins a call. From here on ctx is not heard any more: what is on the
// wire has the link's own deadline. A context that is done already ends the
// session, because the caller cannot tell that from one that ended underway.
func (s *Session) enter(ctx context.Context, verb string) error {
	if s.lost == nil && ctx.Err() != nil {
		return s.lose(verb, context.Cause(ctx))
	}
	if s.lost != nil {
		return fmt.Errorf("%s: %w: %w", verb, store.ErrLost, s.lost)
	}
	return nil
}

// lose ends the session. The connection is cut before anything else happens, so
// that the server lets go of the slots.
func (s *Session) lose(verb string, cause error) error {
	s.link.drop()
	s.lost = cause
	clear(s.epochs)
	return fmt.Errorf("%s: %w: %w", verb, store.ErrLost, cause)
}

// holds says whether a slot is owned.
func (s *Session) holds(slot store.Slot) bool {
	return int(slot) < len(s.epochs) && s.epochs[slot] != 0
}

// Acquire takes those of the slots that are free: first their locks, then, in a
// statement of its own, their rows.
func (s *Session) Acquire(ctx context.Context, slots []store.Slot) ([]store.Lease, error) {
	const verb = "acquire slots"
	if err := s.enter(ctx, verb); err != nil {
		return nil, err
	}
	wanted := slices.Compact(slices.Sorted(slices.Values(slots)))
	if n := len(wanted); n > 0 && int(wanted[n-1]) >= len(s.epochs) {
		panic(fmt.Sprintf("acquire slot %d: the store has %d", wanted[n-1], len(s.epochs)))
	}
	// A lock that is held would be granted again, and need a second unlock.
	wanted = slices.DeleteFunc(wanted, s.holds)
	if len(wanted) == 0 {
		return nil, nil
	}
	locked, err := s.lock(wanted)
	if err != nil {
		return nil, s.lose(verb, err)
	}
	if len(locked) == 0 {
		return nil, nil
	}
	leases, err := s.raise(locked)
	if err == nil && len(leases) != len(locked) {
		err = fmt.Errorf("%d epochs for %d locks", len(leases), len(locked))
	}
	if err != nil {
		return nil, s.lose(verb, err)
	}
	for _, lease := range leases {
		s.epochs[lease.Slot] = lease.Epoch
	}
	return leases, nil
}

func (s *Session) lock(wanted []store.Slot) ([]store.Slot, error) {
	var locked []store.Slot
	s.link.bind("lock", 2)
	s.link.int8(s.locks)
	s.link.slots(wanted)
	s.link.run()
	err := s.link.send(func(_ int, columns [][]byte) {
		if columns[1][0] == 1 {
			locked = append(locked, slotOf(columns[0]))
		}
	})
	return locked, err
}

func (s *Session) raise(locked []store.Slot) ([]store.Lease, error) {
	var leases []store.Lease
	s.link.bind("raise", 3)
	s.link.text(string(s.owner.Region))
	s.link.int8(s.id)
	s.link.slots(locked)
	s.link.run()
	s.link.bind("fence", 2)
	s.link.text(string(s.owner.Region))
	s.link.slots(locked)
	s.link.run()
	err := s.link.send(func(_ int, columns [][]byte) {
		leases = append(leases, store.Lease{
			Slot:  slotOf(columns[0]),
			Epoch: binary.BigEndian.Uint64(columns[1]),
			Clean: columns[2][0] == 1,
		})
	})
	slices.SortFunc(leases, func(a, b store.Lease) int { return int(a.Slot) - int(b.Slot) })
	return leases, err
}

// Release gives slots up: first they are marked clean and that is committed,
// then they are unlocked. An unlock would take effect even if its transaction
// failed, so it has a transaction of its own, after the other's end.
func (s *Session) Release(ctx context.Context, slots []store.Slot) error {
	const verb = "release slots"
	if err := s.enter(ctx, verb); err != nil {
		return err
	}
	given := slices.Compact(slices.Sorted(slices.Values(slots)))
	given = slices.DeleteFunc(given, func(slot store.Slot) bool { return !s.holds(slot) })
	if len(given) == 0 {
		return nil
	}
	s.link.bind("clean", 3)
	s.link.text(string(s.owner.Region))
	s.link.slots(given)
	s.link.int8(s.id)
	s.link.run()
	err := s.link.send(nil)
	if err == nil && s.link.tags[0] != int64(len(given)) {
		err = fmt.Errorf("%d of %d slots are this session's", s.link.tags[0], len(given))
	}
	if err != nil {
		return s.lose(verb, err)
	}
	for _, slot := range given {
		s.epochs[slot] = 0
	}
	s.link.bind("unlock", 2)
	s.link.int8(s.locks)
	s.link.slots(given)
	s.link.run()
	if err := s.link.send(nil); err != nil {
		return s.lose(verb, err)
	}
	return nil
}

// Beat is a write on the session's own connection, durable when it returns: a
// server that is cut off from its standby still answers reads, but not this.
func (s *Session) Beat(ctx context.Context) error {
	if err := s.enter(ctx, "beat"); err != nil {
		return err
	}
	s.link.bind("beat", 1)
	s.link.int8(s.id)
	s.link.run()
	err := s.link.send(nil)
	if err == nil && s.link.tags[0] != 1 {
		err = errors.New("the session's row is gone")
	}
	if err != nil {
		return s.lose("beat", err)
	}
	return nil
}

// Close ends the session. Slots that were not released are free as soon as the
// server notices, which is at once.
func (s *Session) Close() error {
	if s.lost != nil {
		return nil
	}
	s.link.bind("leave", 1)
	s.link.int8(s.id)
	s.link.run()
	_ = s.link.send(nil) // if it stays it is tidied up some day
	s.link.close()
	s.lost = errClosed
	clear(s.epochs)
	return nil
}

func slotOf(column []byte) store.Slot { return store.Slot(binary.BigEndian.Uint32(column)) }

// slots writes an array argument.
func (l *link) slots(slots []store.Slot) {
	l.arrayOf(oidInt4, len(slots))
	for _, slot := range slots {
		l.int4(int32(slot))
	}
	l.arrayEnd()
}

// objects writes an array argument.
func (l *link) objects(ids []object.ID) {
	l.arrayOf(oidBytea, len(ids))
	for i := range ids {
		l.bytes(ids[i][:])
	}
	l.arrayEnd()
}
