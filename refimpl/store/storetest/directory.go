package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

func directoryChecks() []Check {
	return []Check{
		{"homes come in the order asked", placesInOrder},
		{"the first to place an object decides, for all", firstPlaceWins},
	}
}

func closeDirectory(t T, d store.Directory) {
	if err := d.Close(); err != nil {
		t.Errorf("close directory: %v", err)
	}
}

func placesInOrder(t T, h Harness) {
	directory := h.Directory(t)
	defer closeDirectory(t, directory)
	asks := []store.Placement{
		{Object: named("b"), Class: "room", Name: "b", Want: "rb"},
		{Object: named("a"), Class: "room", Name: "a", Want: "ra"},
		{Object: named("c"), Class: "room", Name: "", Want: "rc"},
		{Object: named("a"), Class: "room", Name: "a", Want: "too late"},
	}
	want := []regions.ID{"rb", "ra", "rc", "ra"}
	if got, err := directory.Place(t.Context(), asks); err != nil || !slices.Equal(got, want) {
		t.Errorf("placed in %v (error %v), want %v", got, err, want)
	}
	if got, err := directory.Place(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("placing nothing gave %v (error %v)", got, err)
	}
}

func firstPlaceWins(t T, h Harness) {
	first, second := h.Directory(t), h.Directory(t)
	defer closeDirectory(t, first)
	defer closeDirectory(t, second)
	const callers, objects = 16, 40
	homes := make(chan placed, callers*objects)
	for caller := range callers {
		go func() {
			d := []store.Directory{first, second}[caller%2]
			for i := range objects {
				ask := store.Placement{Object: named(fmt.Sprint("object ", i)), Class: "c", Want: regions.ID(fmt.Sprint("home ", caller))}
				got, err := d.Place(t.Context(), []store.Placement{ask})
				homes <- placed{ask.Object, got, err}
			}
		}()
	}
	decided := make(map[object.ID]regions.ID)
	for range callers * objects {
		got := <-homes
		if got.err != nil || len(got.homes) != 1 {
			t.Errorf("place: homes %v, error %v", got.homes, got.err)
			continue
		}
		if before, ok := decided[got.object]; ok && before != got.homes[0] {
			t.Errorf("object %.12s… lives in %q and in %q", got.object, before, got.homes[0])
		}
		decided[got.object] = got.homes[0]
	}
}

type placed struct {
	object object.ID
	homes  []regions.ID
	err    error
}

func moveChecks() []Check {
	return []Check{
		{"a move changes home and alarm together", moveTakesTheAlarm},
		{"only the home of an object can give it away", movesOfOthersAreRefused},
		{"what lives elsewhere is told when loaded", loadsSayElsewhere},
	}
}

const away regions.ID = "second-region"

// settled is a session at home that owns all slots, and an object that lives there.
func settled(t T, h Harness, label string) (*owner, object.ID) {
	t.Helper()
	directory := h.Directory(t)
	defer closeDirectory(t, directory)
	id := named(label)
	if _, err := directory.Place(t.Context(), []store.Placement{{Object: id, Class: "c", Name: label, Want: home}}); err != nil {
		t.Fatalf("place: %v", err)
	}
	return begin(t, h.Store, "a").takeAll(), id
}

func homeOf(t T, h Harness, id object.ID) regions.ID {
	t.Helper()
	directory := h.Directory(t)
	defer closeDirectory(t, directory)
	homes, err := directory.Place(t.Context(), []store.Placement{{Object: id, Class: "c", Want: "nowhere"}})
	if err != nil {
		t.Fatalf("place: %v", err)
	}
	return homes[0]
}

func moveTakesTheAlarm(t T, h Harness) {
	a, id := settled(t, h, "moves")
	defer a.end()
	at := time.Now().Add(time.Minute).Truncate(time.Millisecond)
	a.put(set(id, "k", "v"))
	a.setAlarm(id, at)
	if err := a.Move(t.Context(), id, away); err != nil {
		t.Fatalf("move: %v", err)
	}
	if got := homeOf(t, h, id); got != away {
		t.Errorf("the object lives in %q, want %q", got, away)
	}
	b := beginIn(t, h.Rival, "b", away).takeAll()
	defer b.end()
	b.holds(id, "k", "v")
	for session, want := range map[*owner]int{a: 0, b: 1} {
		due, err := session.Alarms(t.Context(), at.Add(time.Hour), 10)
		if err != nil || len(due) != want {
			t.Errorf("alarms: %v (error %v), want %d", due, err, want)
		}
	}
}

func movesOfOthersAreRefused(t T, h Harness) {
	a, id := settled(t, h, "stays")
	defer a.end()
	b := beginIn(t, h.Rival, "b", away).takeAll()
	defer b.end()
	if err := b.Move(t.Context(), id, "third-region"); !errors.Is(err, store.ErrElsewhere) {
		t.Errorf("move from where it does not live: %v, want %v", err, store.ErrElsewhere)
	}
	if err := a.Move(t.Context(), named("nobody placed it"), away); !errors.Is(err, store.ErrElsewhere) {
		t.Errorf("move of what the directory does not know: %v, want %v", err, store.ErrElsewhere)
	}
	a.give(store.SlotOf(id, h.Store.Slots()))
	if err := a.Move(t.Context(), id, away); !errors.Is(err, store.ErrFenced) {
		t.Errorf("move from a slot that was released: %v, want %v", err, store.ErrFenced)
	}
	if got := homeOf(t, h, id); got != home {
		t.Errorf("the object lives in %q, want %q", got, home)
	}
}

func loadsSayElsewhere(t T, h Harness) {
	a, id := settled(t, h, "moves")
	defer a.end()
	b := beginIn(t, h.Rival, "b", away).takeAll()
	defer b.end()
	unplaced := named("nobody placed it")
	check := func(o *owner, id object.ID, want regions.ID) {
		t.Helper()
		if got := o.load(id)[0].Elsewhere; got != want {
			t.Errorf("loaded in a region, it lives in %q, want %q", got, want)
		}
	}
	check(a, id, "")
	check(b, id, home)
	check(a, unplaced, "")
	if err := a.Move(t.Context(), id, away); err != nil {
		t.Fatalf("move: %v", err)
	}
	check(a, id, away)
	check(b, id, "")
	if err := b.Move(t.Context(), id, home); err != nil { // and back
		t.Fatalf("move back: %v", err)
	}
	check(a, id, "")
}
