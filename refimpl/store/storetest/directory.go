package storetest

import (
	"fmt"
	"slices"

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
