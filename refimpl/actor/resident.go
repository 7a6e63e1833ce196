package actor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// defaultStorageBytes bounds an object's keys and values.
const defaultStorageBytes = 128 << 20

// resident is an object's storage in memory, with the changes that the driver has
// not been told of. Reads see writes at once; they become durable when the core says so.
type resident struct {
	instance *Instance
	entries  map[string]object.Value
	bytes    int // of all keys and values
	limit    int // of bytes
	alarm    residentAlarm

	changes
	given []store.Write // with the last segment; its memory is for the next
	undo  undoLog
}

// changes are what a segment did so far.
type changes struct {
	writes    []store.Write
	wiped     bool
	moved     AlarmChange
	confirmed bool // output waits for them
}

// residentAlarm is the alarm as the class sees it.
type residentAlarm struct {
	at      time.Time
	running bool      // its handler began, and has not ended
	before  time.Time // at, until then
	touched bool      // set or deleted since
}

func (r *resident) restore(i *Instance, snapshot store.Snapshot, limit int) {
	r.instance, r.limit = i, orDefault(limit, defaultStorageBytes)
	r.alarm.at = snapshot.Alarm
	r.entries = make(map[string]object.Value, len(snapshot.Entries))
	for _, e := range snapshot.Entries {
		r.entries[e.Key] = e.Value
		r.bytes += sizeOf(e.Key, e.Value)
	}
}

// ring begins an alarm's turn: until it ends the alarm counts as not set.
func (a *residentAlarm) ring() {
	*a = residentAlarm{running: true, before: a.at}
}

// rang ends it. One that will be retried, because its handler failed and nobody
// touched it, is set again.
func (a *residentAlarm) rang(retried bool) {
	if retried && !a.touched {
		a.at = a.before
	}
	a.running = false
}

// flush gives what the segment did, but for what an open transaction may still
// take back. It is valid until the next flush.
func (r *resident) flush() Yielded {
	done := r.changes
	r.changes = changes{}
	clear(r.given) // let go of the values
	kept := r.given[:0]
	if len(r.undo.marks) > 0 {
		outer := &r.undo.marks[0]
		kept = append(kept, done.writes[outer.writes:]...)
		r.moved, r.confirmed = done.moved, done.confirmed
		done.writes = done.writes[:outer.writes]
		done.moved, done.confirmed = outer.moved, outer.confirmed
		r.undo.flushed()
	}
	r.given, r.writes = done.writes, kept
	return Yielded{Wiped: done.wiped, Writes: done.writes, Alarm: done.moved, Unconfirmed: !done.confirmed}
}

func sizeOf(key string, value object.Value) int { return len(key) + len(value.Data) }

func (r *resident) Get(key string) (object.Value, bool) {
	v, ok := r.entries[key]
	return v, ok
}

func (r *resident) GetMany(keys ...string) ([]object.Entry, error) {
	if err := checkCount("get", len(keys)); err != nil {
		return nil, err
	}
	found := make([]object.Entry, 0, len(keys))
	for _, key := range keys {
		if value, ok := r.entries[key]; ok {
			found = append(found, object.Entry{Key: key, Value: value})
		}
	}
	slices.SortFunc(found, byKey)
	return slices.CompactFunc(found, func(a, b object.Entry) bool { return a.Key == b.Key }), nil
}

func (r *resident) List(in object.Range) ([]object.Entry, error) {
	switch {
	case in.Limit < 0:
		return nil, fmt.Errorf("list %d entries: %w", in.Limit, object.ErrBadRange)
	case in.Start != "" && in.StartAfter != "":
		return nil, fmt.Errorf("list from %.40q and after %.40q: %w", in.Start, in.StartAfter, object.ErrBadRange)
	}
	var found []object.Entry
	for key, value := range r.entries {
		if holds(&in, key) {
			found = append(found, object.Entry{Key: key, Value: value})
		}
	}
	slices.SortFunc(found, byKey)
	if in.Reverse {
		slices.Reverse(found)
	}
	if in.Limit > 0 && len(found) > in.Limit {
		found = found[:in.Limit]
	}
	return found, nil
}

func holds(in *object.Range, key string) bool {
	return key >= in.Start && (in.StartAfter == "" || key > in.StartAfter) &&
		(in.End == "" || key < in.End) && strings.HasPrefix(key, in.Prefix)
}

func byKey(a, b object.Entry) int { return strings.Compare(a.Key, b.Key) }

func (r *resident) Alarm() (time.Time, bool) { return r.alarm.at, !r.alarm.at.IsZero() }

func checkCount(verb string, n int) error {
	if n > object.MaxBatchKeys {
		return fmt.Errorf("%s %d keys, at most %d: %w", verb, n, object.MaxBatchKeys, object.ErrTooMany)
	}
	return nil
}
