package actor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// resident is an object's storage in memory, with the changes of the turn that
// runs. Reads see writes at once; they become durable when the core says so.
type resident struct {
	object  object.ID
	entries map[string]object.Value
	alarm   time.Time

	writes []store.Write
	wiped  bool
	change AlarmChange
	before time.Time // the alarm that a running alarm handler does not see
}

func (r *resident) restore(id object.ID, snapshot store.Snapshot) {
	r.object, r.alarm = id, snapshot.Alarm
	r.entries = make(map[string]object.Value, len(snapshot.Entries))
	for _, e := range snapshot.Entries {
		r.entries[e.Key] = e.Value
	}
}

// begin starts a turn. In an alarm's turn the alarm counts as not set.
func (r *resident) begin(alarm bool) {
	clear(r.writes) // let go of the values
	r.writes, r.wiped, r.change = r.writes[:0], false, AlarmChange{}
	r.before = r.alarm
	if alarm {
		r.alarm = time.Time{}
	}
}

func (r *resident) changed() bool { return r.wiped || len(r.writes) > 0 || r.change.Changed }

// end gives the turn's changes. An alarm that will be retried, because its handler
// failed and did not touch it, is set again.
func (r *resident) end(retried bool) Yielded {
	if retried && !r.change.Changed {
		r.alarm = r.before
	}
	return Yielded{Wiped: r.wiped, Writes: r.writes, Alarm: r.change}
}

func (r *resident) Get(key string) (object.Value, bool) {
	v, ok := r.entries[key]
	return v, ok
}

func (r *resident) Put(key string, value object.Value) error {
	if size := len(key) + len(value.Data); size > object.MaxEntryBytes {
		return fmt.Errorf("put %.40q: %d bytes, at most %d: %w", key, size, object.MaxEntryBytes, object.ErrTooLarge)
	}
	if len(key) > store.MaxKeyBytes { // the store would refuse it, and the object would be reset
		return fmt.Errorf("put %.40q: key of %d bytes, at most %d: %w", key, len(key), store.MaxKeyBytes, object.ErrTooLarge)
	}
	r.entries[key] = value
	r.writes = append(r.writes, store.Write{Object: r.object, Key: key, Value: value})
	return nil
}

func (r *resident) Delete(key string) bool {
	if _, ok := r.entries[key]; !ok {
		return false
	}
	delete(r.entries, key)
	r.writes = append(r.writes, store.Write{Object: r.object, Key: key, Deleted: true})
	return true
}

func (r *resident) List(in object.Range) []object.Entry {
	var found []object.Entry
	for key, value := range r.entries {
		if key >= in.Start && (in.End == "" || key < in.End) && strings.HasPrefix(key, in.Prefix) {
			found = append(found, object.Entry{Key: key, Value: value})
		}
	}
	slices.SortFunc(found, func(a, b object.Entry) int { return strings.Compare(a.Key, b.Key) })
	if in.Reverse {
		slices.Reverse(found)
	}
	if in.Limit > 0 && len(found) > in.Limit {
		found = found[:in.Limit]
	}
	return found
}

func (r *resident) DeleteAll() {
	clear(r.entries)
	r.writes, r.wiped = r.writes[:0], true
	r.DeleteAlarm()
}

func (r *resident) Alarm() (time.Time, bool) { return r.alarm, !r.alarm.IsZero() }

// SetAlarm keeps milliseconds, which is what an alarm is counted in.
func (r *resident) SetAlarm(at time.Time) {
	at = at.Truncate(time.Millisecond)
	r.alarm, r.change = at, AlarmChange{Changed: true, At: at}
}

func (r *resident) DeleteAlarm() {
	r.alarm, r.change = time.Time{}, AlarmChange{Changed: true}
}
