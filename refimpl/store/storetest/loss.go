package storetest

import (
	"context"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

func lossChecks() []Check {
	return []Check{
		{"a living session beats", beats},
		{"a lost session frees its slots", freesSlotsOfTheLost},
		{"a closed session frees its slots", freesSlotsOfTheClosed},
		{"a dead session says so, whatever is asked", staysDead},
		{"a context that is done ends the session", endsWithItsContext},
		{"what was committed outlives its session", keepsCommits},
	}
}

func beats(t T, h Harness) {
	a := begin(t, h.Store, "a")
	defer a.end()
	for range 3 {
		if err := a.Beat(t.Context()); err != nil {
			t.Errorf("beat: %v", err)
		}
	}
}

func freesSlotsOfTheLost(t T, h Harness) {
	a, b := begin(t, h.Store, "a").takeAll(), begin(t, h.Rival, "b")
	defer a.end()
	defer b.end()
	h.Cut(t, a.Session)
	b.takeAll()
}

func freesSlotsOfTheClosed(t T, h Harness) {
	a, b := begin(t, h.Store, "a").takeAll(), begin(t, h.Rival, "b")
	defer b.end()
	a.end()
	// The server may notice a moment later: asking again is how owners wait.
	for deadline := time.Now().Add(5 * time.Second); len(b.leases) < b.slots && time.Now().Before(deadline); {
		b.take(allSlots(b.slots)...)
	}
	if len(b.leases) != b.slots {
		t.Errorf("rival got %d of %d slots of a closed session", len(b.leases), b.slots)
	}
	for _, lease := range b.leases {
		if lease.Clean {
			t.Fatalf("slot %d is clean, but was not released", lease.Slot)
		}
	}
}

func staysDead(t T, h Harness) {
	a, b := begin(t, h.Store, "a").takeAll(), begin(t, h.Rival, "b")
	defer a.end()
	defer b.end()
	id := named("one")
	a.put(set(id, "k", "before"))
	h.Cut(t, a.Session)
	b.takeAll()
	wantError(t, "commit", a.Commit(t.Context(), a.covered(store.Batch{Writes: []store.Write{set(id, "k", "after")}})), store.ErrLost)
	allLost(t, a, id)
	b.holds(id, "k", "before")
}

func allLost(t T, a *owner, id object.ID) {
	t.Helper()
	_, err := a.Acquire(t.Context(), []store.Slot{0})
	wantError(t, "acquire", err, store.ErrLost)
	wantError(t, "release", a.Release(t.Context(), []store.Slot{0}), store.ErrLost)
	_, err = a.Load(t.Context(), []object.ID{id})
	wantError(t, "load", err, store.ErrLost)
	wantError(t, "beat", a.Beat(t.Context()), store.ErrLost)
	_, err = a.Alarms(t.Context(), time.Now(), 1)
	wantError(t, "alarms", err, store.ErrLost)
	wantError(t, "commit", a.Commit(t.Context(), &store.Batch{}), store.ErrLost)
}

func endsWithItsContext(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	id := named("one")
	err := a.Commit(done, a.covered(store.Batch{Writes: []store.Write{set(id, "k", "v")}}))
	wantError(t, "commit under a context that is done", err, store.ErrLost)
	allLost(t, a, id)
}

func keepsCommits(t T, h Harness) {
	id := named("one")
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	a.put(set(id, "count", "1"))
	a.put(set(id, "count", "2"))
	h.Cut(t, a.Session)
	b := begin(t, h.Rival, "b").takeAll()
	defer b.end()
	b.holds(id, "count", "2")
	b.put(set(id, "count", "3"))
	b.give(allSlots(b.slots)...)
	c := begin(t, h.Store, "c").takeAll()
	defer c.end()
	c.holds(id, "count", "3")
}
