package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// What one statement carries at most; a larger batch is more statements of the
// same transaction, so that neither side needs much memory at once.
const (
	statementRows  = 1000
	statementBytes = 32 << 20
)

// attempts bounds how often a batch that the server rolled back for a reason of
// its own (a serialization failure, a deadlock) is sent again.
const attempts = 3

// Commit makes a batch durable in one transaction and one round trip.
func (s *Session) Commit(ctx context.Context, batch *store.Batch) error {
	const verb = "commit"
	if err := s.enter(ctx, verb); err != nil {
		return err
	}
	if err := s.fence(batch); err != nil {
		return err
	}
	var err error
	for range attempts {
		if !s.write(batch) {
			return nil
		}
		if err = s.link.send(nil); err == nil {
			return nil
		}
		if !transient(err) {
			break
		}
	}
	switch {
	case fenced(err):
		return fmt.Errorf("commit at epochs that are not current: %w", store.ErrFenced)
	case refusedRow(err):
		return s.blame(batch, err)
	default:
		return s.lose(verb, err)
	}
}

// fence refuses at once what this session cannot own: epochs that are not those
// it was given, and writes that no lease of the batch covers. Whether the epochs
// it was given are still current is asserted on the server.
func (s *Session) fence(batch *store.Batch) error {
	s.batches++
	for i := range batch.Leases {
		lease := &batch.Leases[i]
		if !s.holds(lease.Slot) || s.epochs[lease.Slot] != lease.Epoch {
			return fmt.Errorf("commit at epoch %d of slot %d: %w", lease.Epoch, lease.Slot, store.ErrFenced)
		}
		s.asserted[lease.Slot] = s.batches
	}
	for i := range batch.Wipes {
		if err := s.covered(&batch.Wipes[i]); err != nil {
			return err
		}
	}
	for i := range batch.Writes {
		if err := s.covered(&batch.Writes[i].Object); err != nil {
			return err
		}
	}
	for i := range batch.Alarms {
		if err := s.covered(&batch.Alarms[i].Object); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) covered(id *object.ID) error {
	if slot := store.SlotOf(*id, len(s.epochs)); s.asserted[slot] != s.batches {
		return fmt.Errorf("commit object %.12s… of slot %d without a lease: %w", *id, slot, store.ErrFenced)
	}
	return nil
}

// write puts a batch's statements on the link, and says whether there are any.
// That the session is not fenced is asserted by the upsert where that comes
// first, which is nearly always, and else by a statement of its own.
func (s *Session) write(batch *store.Batch) bool {
	var deletes, clears int
	for i := range batch.Writes {
		if batch.Writes[i].Deleted {
			deletes++
		}
	}
	for i := range batch.Alarms {
		if batch.Alarms[i].At.IsZero() {
			clears++
		}
	}
	upserts, sets := len(batch.Writes)-deletes, len(batch.Alarms)-clears
	if len(batch.Wipes)+len(batch.Writes)+len(batch.Alarms) == 0 {
		return false
	}
	if upserts == 0 || len(batch.Wipes) > 0 {
		s.link.bind("assert", 1)
		s.link.int8(s.id)
		s.link.run()
	}
	if len(batch.Wipes) > 0 {
		s.link.bind("wipe", 1)
		s.link.objects(batch.Wipes)
		s.link.run()
	}
	if upserts > 0 {
		s.upserts(batch.Writes, upserts)
	}
	if deletes > 0 {
		s.deletes(batch.Writes, deletes)
	}
	if sets > 0 {
		s.sets(batch.Alarms, sets)
	}
	if clears > 0 {
		s.clears(batch.Alarms, clears)
	}
	return true
}

// upserts writes all entries that are set, a bounded chunk per statement.
func (s *Session) upserts(writes []store.Write, left int) {
	for at := 0; left > 0; {
		rows, bytes, end := 0, 0, at
		for ; end < len(writes) && rows < min(left, statementRows) && bytes < statementBytes; end++ {
			if w := &writes[end]; !w.Deleted {
				rows++
				bytes += len(w.Key) + len(w.Value.Data)
			}
		}
		if rows == 1 {
			s.upsertOne(writes[at:end])
		} else {
			s.upsertRows(writes[at:end], rows)
		}
		at, left = end, left-rows
	}
}

// upsertOne is for the one entry that is set among writes: a hot object's commit
// is rarely more, and without arrays it costs the server a tenth less.
func (s *Session) upsertOne(writes []store.Write) {
	l := s.link
	for i := range writes {
		if w := &writes[i]; !w.Deleted {
			l.bind("upsert one", 5)
			l.int8(s.id)
			l.bytes(w.Object[:])
			l.text(w.Key)
			l.int2(int16(w.Value.Codec))
			l.bytes(w.Value.Data)
			l.run()
		}
	}
}

func (s *Session) upsertRows(writes []store.Write, rows int) {
	l := s.link
	l.bind("upsert", 5)
	l.int8(s.id)
	l.column(oidBytea, writes, rows, func(w *store.Write) { l.bytes(w.Object[:]) })
	l.column(oidBytea, writes, rows, func(w *store.Write) { l.text(w.Key) })
	l.column(oidInt2, writes, rows, func(w *store.Write) { l.int2(int16(w.Value.Codec)) })
	l.column(oidBytea, writes, rows, func(w *store.Write) { l.bytes(w.Value.Data) })
	l.run()
}

// column writes one array argument with an element per entry that is set.
func (l *link) column(element uint32, writes []store.Write, rows int, cell func(*store.Write)) {
	l.arrayOf(element, rows)
	for i := range writes {
		if !writes[i].Deleted {
			cell(&writes[i])
		}
	}
	l.arrayEnd()
}

func (s *Session) deletes(writes []store.Write, rows int) {
	l := s.link
	l.bind("delete", 2)
	l.arrayOf(oidBytea, rows)
	for i := range writes {
		if writes[i].Deleted {
			l.bytes(writes[i].Object[:])
		}
	}
	l.arrayEnd()
	l.arrayOf(oidBytea, rows)
	for i := range writes {
		if writes[i].Deleted {
			l.text(writes[i].Key)
		}
	}
	l.arrayEnd()
	l.run()
}

func (s *Session) sets(alarms []store.AlarmWrite, rows int) {
	l := s.link
	each := func(element uint32, cell func(*store.AlarmWrite)) {
		l.arrayOf(element, rows)
		for i := range alarms {
			if !alarms[i].At.IsZero() {
				cell(&alarms[i])
			}
		}
		l.arrayEnd()
	}
	l.bind("alarm", 4)
	l.text(string(s.owner.Region))
	each(oidBytea, func(a *store.AlarmWrite) { l.bytes(a.Object[:]) })
	each(oidInt4, func(a *store.AlarmWrite) { l.int4(int32(a.Slot)) })
	each(oidInstant, func(a *store.AlarmWrite) { l.instant(a.At) })
	l.run()
}

func (s *Session) clears(alarms []store.AlarmWrite, rows int) {
	l := s.link
	l.bind("unalarm", 1)
	l.arrayOf(oidBytea, rows)
	for i := range alarms {
		if alarms[i].At.IsZero() {
			l.bytes(alarms[i].Object[:])
		}
	}
	l.arrayEnd()
	l.run()
}

// codeOf is the SQLSTATE of what a living server said, else empty. A fatal
// refusal is the server's last word: nothing is known of the transaction then.
func codeOf(err error) string {
	refusal := (*pgconn.PgError)(nil)
	if !errors.As(err, &refusal) || refusal.SeverityUnlocalized != "ERROR" {
		return ""
	}
	return refusal.Code
}

// fenced: only the assertion of epochs divides by zero.
func fenced(err error) bool { return codeOf(err) == "22012" }

func transient(err error) bool {
	code := codeOf(err)
	return code == "40001" || code == "40P01"
}

// refusedRow: bad data (22), a violated constraint (23), or a row too large (54).
func refusedRow(err error) bool {
	code := codeOf(err)
	return !fenced(err) && (strings.HasPrefix(code, "22") || strings.HasPrefix(code, "23") || strings.HasPrefix(code, "54"))
}
