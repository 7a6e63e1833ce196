package actor

import (
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

func (r *resident) Put(key string, value object.Value, options ...object.WriteOption) error {
	size := sizeOf(key, value)
	if size > object.MaxEntryBytes {
		return fmt.Errorf("put %.40q: %d bytes, at most %d: %w", key, size, object.MaxEntryBytes, object.ErrTooLarge)
	}
	if len(key) > store.MaxKeyBytes { // the store would refuse it, and the object would be reset
		return fmt.Errorf("put %.40q: key of %d bytes, at most %d: %w", key, len(key), store.MaxKeyBytes, object.ErrTooLarge)
	}
	old, had := r.entries[key]
	grown := r.bytes + size
	if had {
		grown -= sizeOf(key, old)
	}
	if grown > r.limit && grown > r.bytes {
		return fmt.Errorf("put %.40q: %d bytes in all, at most %d: %w", key, grown, r.limit, object.ErrStorageFull)
	}
	r.undo.note(key, old, had)
	r.entries[key], r.bytes = value, grown
	r.write(store.Write{Object: r.instance.from.Identity.ID, Key: key, Value: value}, options)
	return nil
}

// PutMany takes back what it put if one of the entries cannot be.
func (r *resident) PutMany(entries []object.Entry, options ...object.WriteOption) error {
	if err := checkCount("put", len(entries)); err != nil {
		return err
	}
	r.undo.begin(r)
	for _, e := range entries {
		if err := r.Put(e.Key, e.Value, options...); err != nil {
			r.undo.rollback(r)
			return err
		}
	}
	r.undo.keep(r)
	return nil
}

func (r *resident) Delete(key string, options ...object.WriteOption) bool {
	old, had := r.entries[key]
	if !had {
		return false
	}
	r.undo.note(key, old, had)
	delete(r.entries, key)
	r.bytes -= sizeOf(key, old)
	r.write(store.Write{Object: r.instance.from.Identity.ID, Key: key, Deleted: true}, options)
	return true
}

func (r *resident) DeleteMany(keys []string, options ...object.WriteOption) (int, error) {
	if err := checkCount("delete", len(keys)); err != nil {
		return 0, err
	}
	deleted := 0
	for _, key := range keys {
		if r.Delete(key, options...) {
			deleted++
		}
	}
	return deleted, nil
}

func (r *resident) write(w store.Write, options []object.WriteOption) {
	r.writes = append(r.writes, w)
	r.confirm(options)
}

// confirm holds output, unless the options say otherwise. One confirmed write is
// enough: what is written together becomes durable together.
func (r *resident) confirm(options []object.WriteOption) {
	r.confirmed = r.confirmed || !slices.Contains(options, object.AllowUnconfirmed)
}

func (r *resident) DeleteAll() error {
	if len(r.undo.marks) > 0 {
		return fmt.Errorf("delete all: %w", object.ErrInTransaction)
	}
	clear(r.entries)
	r.bytes, r.writes, r.wiped = 0, r.writes[:0], true
	r.DeleteAlarm()
	return nil
}

// SetAlarm never makes an alarm earlier than asked: what is less than a millisecond is rounded up.
func (r *resident) SetAlarm(at time.Time, options ...object.WriteOption) error {
	if at.UnixMilli() <= 0 {
		return fmt.Errorf("set alarm for %s: %w", at.UTC().Format(time.RFC3339), object.ErrBadAlarm)
	}
	if !r.instance.rings() {
		return fmt.Errorf("set alarm of %s: %w", r.instance.from.Identity.Class, object.ErrNoAlarmHandler)
	}
	at = later(at, r.instance.now)
	if whole := at.Truncate(time.Millisecond); whole.Before(at) {
		at = whole.Add(time.Millisecond)
	}
	if at.Equal(r.alarm.at) {
		return nil
	}
	r.moveAlarm(at, options)
	return nil
}

func (r *resident) DeleteAlarm(options ...object.WriteOption) { r.moveAlarm(time.Time{}, options) }

func (r *resident) moveAlarm(at time.Time, options []object.WriteOption) {
	r.alarm.at, r.alarm.touched = at, true
	r.moved = AlarmChange{Changed: true, At: at}
	r.confirm(options)
}
