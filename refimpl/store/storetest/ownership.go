package storetest

import (
	"slices"
	"sync"

	"github.com/durabench/durabench/refimpl/store"
)

func ownershipChecks() []Check {
	return []Check{
		{"a store says what it is", saysWhatItIs},
		{"free slots are granted in slot order, clean at first, and once", grantsFreeSlots},
		{"each acquisition raises the epoch", raisesEpochs},
		{"only a release leaves a slot clean", tellsCleanFromUnclean},
		{"two sessions never own one slot", keepsSlotsApart},
		{"many sessions at once share slots out without overlap", sharesOutUnderRace},
		{"a slot belongs to its region", keepsRegionsApart},
	}
}

func saysWhatItIs(t T, h Harness) {
	if h.Store.Slots() < 4 || h.Store.Slots() != h.Rival.Slots() {
		t.Errorf("slots: %d and %d, want the same and at least 4", h.Store.Slots(), h.Rival.Slots())
	}
	if h.Store.Facts()["engine"] == "" {
		t.Errorf("facts %v name no engine", h.Store.Facts())
	}
}

func grantsFreeSlots(t T, h Harness) {
	a := begin(t, h.Store, "a")
	defer a.end()
	got := a.take(3, 0, 2, 0)
	var slots []store.Slot
	for _, lease := range got {
		slots = append(slots, lease.Slot)
		if lease.Epoch == 0 || !lease.Clean {
			t.Errorf("lease of a fresh slot is %+v, want an epoch and clean", lease)
		}
	}
	if want := []store.Slot{0, 2, 3}; !slices.Equal(slots, want) {
		t.Errorf("granted %v, want %v", slots, want)
	}
	if again := a.take(0, 2); len(again) != 0 {
		t.Errorf("granted %v again to the session that holds them", again)
	}
	a.give(0, 0, 1) // twice, and one that is not owned: no harm
	if back := a.take(0); len(back) != 1 {
		t.Errorf("a released slot was not granted again")
	}
}

func raisesEpochs(t T, h Harness) {
	var last uint64
	next := func(s store.Store, release bool) {
		o := begin(t, s, "node")
		defer o.end()
		got := o.take(1)
		if len(got) != 1 {
			t.Fatalf("free slot was not granted")
		}
		if got[0].Epoch <= last {
			t.Errorf("epoch %d after %d, want it raised", got[0].Epoch, last)
		}
		last = got[0].Epoch
		if release {
			o.give(1)
		} else {
			h.Cut(t, o.Session)
		}
	}
	next(h.Store, true)
	next(h.Rival, false)
	next(h.Store, false)
	next(h.Store, true)
}

func tellsCleanFromUnclean(t T, h Harness) {
	for _, step := range []struct {
		story string
		cut   bool // how the step's owner goes
		clean bool // what it found
	}{
		{"nobody was there before", true, true},
		{"the owner before was cut off", true, false},
		{"again", false, false},
		{"the owner before released", false, true},
	} {
		o := begin(t, h.Store, "node")
		got := o.take(2)
		if len(got) != 1 || got[0].Clean != step.clean {
			t.Errorf("%s: leases %+v, want one with clean=%v", step.story, got, step.clean)
		}
		if step.cut {
			h.Cut(t, o.Session)
		} else {
			o.give(2)
		}
		o.end()
	}
}

func keepsSlotsApart(t T, h Harness) {
	a, b := begin(t, h.Store, "a"), begin(t, h.Rival, "b")
	defer a.end()
	defer b.end()
	a.take(0, 1)
	if got := b.take(0, 1, 2); len(got) != 1 || got[0].Slot != 2 {
		t.Errorf("rival was granted %+v, want slot 2 alone", got)
	}
	a.give(1)
	if got := b.take(0, 1); len(got) != 1 || got[0].Slot != 1 {
		t.Errorf("after slot 1 was released the rival was granted %+v, want slot 1 alone", got)
	}
	c := begin(t, h.Store, "a") // the same node is no exception
	defer c.end()
	if got := c.take(0, 1, 2); len(got) != 0 {
		t.Errorf("second session of the same node was granted %+v, want nothing", got)
	}
}

func sharesOutUnderRace(t T, h Harness) {
	owners := make([]*owner, 6)
	for i := range owners {
		owners[i] = begin(t, []store.Store{h.Store, h.Rival}[i%2], "racer")
		defer owners[i].end()
	}
	granted := make([][]store.Lease, len(owners))
	errs := make([]error, len(owners))
	var all sync.WaitGroup
	for i, o := range owners {
		all.Go(func() { granted[i], errs[i] = o.Acquire(t.Context(), allSlots(o.slots)) })
	}
	all.Wait()
	times := make([]int, h.Store.Slots())
	for i := range owners {
		if errs[i] != nil {
			t.Errorf("acquire of racer %d: %v", i, errs[i])
		}
		for _, lease := range granted[i] {
			times[lease.Slot]++
		}
	}
	for slot, n := range times {
		if n != 1 {
			t.Errorf("slot %d was granted %d times, want once", slot, n)
		}
	}
}

func keepsRegionsApart(t T, h Harness) {
	here := begin(t, h.Store, "here")
	defer here.end()
	here.take(0)
	there := beginIn(t, h.Rival, "there", "second-region")
	defer there.end()
	if got := there.take(0); len(got) != 1 || !got[0].Clean {
		t.Errorf("slot 0 of another region: %+v, want it granted and clean", got)
	}
}
