package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

const home regions.ID = "first-region"

// owner is a session with the leases it believes in.
type owner struct {
	store.Session
	t      T
	slots  int
	leases map[store.Slot]store.Lease
}

func begin(t T, s store.Store, node string) *owner { return beginIn(t, s, node, home) }

func beginIn(t T, s store.Store, node string, region regions.ID) *owner {
	t.Helper()
	session, err := s.Open(t.Context(), store.Owner{Region: region, Node: node})
	if err != nil {
		t.Fatalf("open session of %s: %v", node, err)
	}
	return &owner{session, t, s.Slots(), make(map[store.Slot]store.Lease)}
}

// take acquires slots and returns what was granted.
func (o *owner) take(slots ...store.Slot) []store.Lease {
	o.t.Helper()
	leases, err := o.Acquire(o.t.Context(), slots)
	if err != nil {
		o.t.Fatalf("acquire %v: %v", slots, err)
	}
	for _, lease := range leases {
		o.leases[lease.Slot] = lease
	}
	return leases
}

// takeAll acquires every slot and insists on having them all.
func (o *owner) takeAll() *owner {
	o.t.Helper()
	if got := o.take(allSlots(o.slots)...); len(got) != o.slots {
		o.t.Fatalf("acquired %d slots, want all %d", len(got), o.slots)
	}
	return o
}

func (o *owner) give(slots ...store.Slot) {
	o.t.Helper()
	if err := o.Release(o.t.Context(), slots); err != nil {
		o.t.Fatalf("release %v: %v", slots, err)
	}
}

func (o *owner) end() {
	if err := o.Close(); err != nil {
		o.t.Errorf("close session: %v", err)
	}
}

// covered gives a batch the leases of all it touches.
func (o *owner) covered(batch store.Batch) *store.Batch {
	seen := make(map[store.Slot]bool)
	cover := func(id object.ID) {
		if slot := store.SlotOf(id, o.slots); !seen[slot] {
			seen[slot] = true
			batch.Leases = append(batch.Leases, o.leases[slot])
		}
	}
	for _, id := range batch.Wipes {
		cover(id)
	}
	for _, write := range batch.Writes {
		cover(write.Object)
	}
	for _, alarm := range batch.Alarms {
		cover(alarm.Object)
	}
	return &batch
}

func (o *owner) commit(batch store.Batch) {
	o.t.Helper()
	if err := o.Commit(o.t.Context(), o.covered(batch)); err != nil {
		o.t.Fatalf("commit: %v", err)
	}
}

func (o *owner) put(writes ...store.Write) {
	o.t.Helper()
	o.commit(store.Batch{Writes: writes})
}

func (o *owner) setAlarm(id object.ID, at time.Time) {
	o.t.Helper()
	o.commit(store.Batch{Alarms: []store.AlarmWrite{{Object: id, Slot: store.SlotOf(id, o.slots), At: at}}})
}

func (o *owner) load(ids ...object.ID) []store.Snapshot {
	o.t.Helper()
	snapshots, err := o.Load(o.t.Context(), ids)
	if err != nil {
		o.t.Fatalf("load: %v", err)
	}
	if len(snapshots) != len(ids) {
		o.t.Fatalf("loaded %d snapshots, want %d", len(snapshots), len(ids))
	}
	return snapshots
}

// holds compares what is stored of an object with key, value, key, value …
func (o *owner) holds(id object.ID, want ...string) {
	o.t.Helper()
	got := o.load(id)[0]
	if got.Object != id {
		o.t.Errorf("loaded object %.12s…, want %.12s…", got.Object, id)
	}
	same := 2*len(got.Entries) == len(want)
	for i := 0; same && i < len(got.Entries); i++ {
		entry := got.Entries[i]
		same = entry.Key == want[2*i] && string(entry.Value.Data) == want[2*i+1]
	}
	if !same {
		o.t.Errorf("object holds %s, want %s", printed(got.Entries), abridged(want))
	}
}

func printed(entries []object.Entry) string {
	var flat []string
	for _, entry := range entries {
		flat = append(flat, entry.Key, string(entry.Value.Data))
	}
	return abridged(flat)
}

func abridged(flat []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(flat); i += 2 {
		fmt.Fprintf(&b, " %.40q=%.40q(%d)", flat[i], flat[i+1], len(flat[i+1]))
	}
	return "[" + strings.TrimSpace(b.String()) + "]"
}

func set(id object.ID, key, value string) store.Write {
	return store.Write{Object: id, Key: key, Value: object.Value{Data: []byte(value)}}
}

func unset(id object.ID, key string) store.Write {
	return store.Write{Object: id, Key: key, Deleted: true}
}

// named makes an ID from a label; IDs are as uniform as real ones.
func named(label string) object.ID { return sha256.Sum256([]byte(label)) }

// apart finds an object in another slot than that of id.
func apart(id object.ID, slots int) object.ID {
	for n := 0; ; n++ {
		other := named(fmt.Sprint("apart ", n))
		if store.SlotOf(other, slots) != store.SlotOf(id, slots) {
			return other
		}
	}
}

func allSlots(n int) []store.Slot {
	slots := make([]store.Slot, n)
	for i := range slots {
		slots[i] = store.Slot(i)
	}
	return slots
}

func wantError(t T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func sameBytes(t T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got %d bytes, want %d, and they differ", what, len(got), len(want))
	}
}
