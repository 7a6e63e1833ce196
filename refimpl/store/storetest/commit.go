package storetest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

func commitChecks() []Check {
	return []Check{
		{"a batch with a stale epoch is fenced, whole", fencesStaleEpochs},
		{"a write without a lease is fenced", fencesUncoveredWrites},
		{"a batch is kept whole or not at all", keepsBatchesWhole},
		{"a refused write names its object", namesTheRefused},
		{"wipes come before writes", wipesBeforeWrites},
		{"a wipe takes every entry of its object and of no other, and leaves the alarm", wipesOneObject},
		{"writes replace and delete", replacesAndDeletes},
		{"a big batch is one batch", commitsManyRows},
	}
}

func fencesStaleEpochs(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	one := named("one")
	two := apart(one, a.slots)
	a.put(set(one, "k", "kept"), set(two, "k", "kept"))
	stale := a.leases[store.SlotOf(two, a.slots)]
	a.give(stale.Slot)
	a.take(stale.Slot)
	fresh := a.covered(store.Batch{Writes: []store.Write{set(one, "k", "lost"), set(two, "k", "lost")}})
	for i := range fresh.Leases {
		if fresh.Leases[i].Slot == stale.Slot {
			fresh.Leases[i] = stale
		}
	}
	wantError(t, "commit at a stale epoch", a.Commit(t.Context(), fresh), store.ErrFenced)
	a.holds(one, "k", "kept")
	a.holds(two, "k", "kept")
	a.put(set(two, "k", "at the new epoch"))
	a.holds(two, "k", "at the new epoch")
}

func fencesUncoveredWrites(t T, h Harness) {
	one := named("one")
	slot := store.SlotOf(one, h.Store.Slots())
	owner := begin(t, h.Store, "owner").takeAll()
	defer owner.end()
	other := begin(t, h.Rival, "other")
	defer other.end()
	owner.put(set(one, "k", "kept"))
	for story, leases := range map[string][]store.Lease{
		"no lease at all":         nil,
		"a lease of another slot": {owner.leases[store.SlotOf(apart(one, owner.slots), owner.slots)]},
		"a lease that is another's": {
			owner.leases[slot],
		},
	} {
		from := owner
		if strings.HasSuffix(story, "another's") {
			from = other
		}
		batch := &store.Batch{Leases: leases, Writes: []store.Write{set(one, "k", "lost")}}
		wantError(t, "commit with "+story, from.Commit(t.Context(), batch), store.ErrFenced)
	}
	owner.holds(one, "k", "kept")
	if err := other.Beat(t.Context()); err != nil {
		t.Errorf("a fenced session is dead: %v", err)
	}
}

// refused is a write that no engine takes: the same bound for all.
func refused(id object.ID) store.Write {
	return set(id, strings.Repeat("k", store.MaxKeyBytes+1), "v")
}

func keepsBatchesWhole(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	var writes []store.Write
	for i := range 20 {
		writes = append(writes, set(named(fmt.Sprint("object ", i)), "k", "v"))
	}
	writes[13] = refused(named("object 13"))
	batch := store.Batch{Wipes: []object.ID{named("wiped")}, Writes: writes}
	a.put(set(named("wiped"), "k", "kept"))
	err := a.Commit(t.Context(), a.covered(batch))
	if rejected := (*store.RejectedError)(nil); !errors.As(err, &rejected) {
		t.Errorf("commit with one refused write: got error %v, want a *RejectedError", err)
	}
	for i := range 20 {
		a.holds(named(fmt.Sprint("object ", i)))
	}
	a.holds(named("wiped"), "k", "kept")
	writes[13] = set(named("object 13"), "k", "v")
	a.put(writes...)
	a.holds(named("object 13"), "k", "v")
}

func namesTheRefused(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	for _, n := range []int{0, 3, 6} {
		var writes []store.Write
		for i := range 7 {
			writes = append(writes, set(named(fmt.Sprint(i)), "k", "v"))
		}
		writes = append(writes, refused(named(fmt.Sprint(n))))
		err := a.Commit(t.Context(), a.covered(store.Batch{Writes: writes}))
		rejected := (*store.RejectedError)(nil)
		if !errors.As(err, &rejected) {
			t.Fatalf("commit with one refused write: got error %v, want a *RejectedError", err)
		}
		if rejected.Object != named(fmt.Sprint(n)) || rejected.Cause == nil {
			t.Errorf("refused object %.12s… (cause %v), want object %d", rejected.Object, rejected.Cause, n)
		}
	}
	longest := strings.Repeat("k", store.MaxKeyBytes)
	a.put(set(named("0"), longest, "v"))
	a.holds(named("0"), longest, "v")
}

func wipesBeforeWrites(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	id := named("one")
	a.put(set(id, "old", "1"), set(id, "both", "1"))
	a.commit(store.Batch{Wipes: []object.ID{id}, Writes: []store.Write{set(id, "both", "2"), set(id, "new", "2")}})
	a.holds(id, "both", "2", "new", "2")
}

func wipesOneObject(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	id, other := named("one"), named("other")
	a.put(set(id, "a", "1"), set(id, "b", "1"), set(other, "a", "1"))
	a.setAlarm(id, noon)
	a.commit(store.Batch{Wipes: []object.ID{id}})
	a.holds(id)
	a.holds(other, "a", "1")
	if got := a.load(id)[0].Alarm; !got.Equal(noon) {
		t.Errorf("alarm after a wipe is %v, want %v", got, noon)
	}
}

func replacesAndDeletes(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	id, other := named("one"), named("other")
	a.put(set(id, "a", "1"), set(id, "b", "1"), set(id, "c", "1"), set(other, "b", "1"))
	a.put(unset(id, "b"), set(id, "c", "2"), unset(id, "never written"))
	a.holds(id, "a", "1", "c", "2")
	a.holds(other, "b", "1")
	a.put(unset(id, "a"), unset(id, "c"))
	a.holds(id)
}

func commitsManyRows(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	const objects, keys = 50, 60
	var writes []store.Write
	for o := range objects {
		for k := range keys {
			writes = append(writes, set(named(fmt.Sprint(o)), fmt.Sprintf("key %02d", k), fmt.Sprint(o*k)))
		}
	}
	a.put(writes...)
	for o := range objects {
		if got := len(a.load(named(fmt.Sprint(o)))[0].Entries); got != keys {
			t.Errorf("object %d has %d entries, want %d", o, got, keys)
		}
	}
	for i := range writes {
		writes[i].Deleted = true
	}
	a.put(writes...)
	a.holds(named("7"))
}
