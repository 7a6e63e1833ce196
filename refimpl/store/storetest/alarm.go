package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/store"
)

var noon = time.Date(2030, 6, 15, 12, 0, 0, 123456000, time.UTC)

func alarmChecks() []Check {
	return []Check{
		{"alarms due are listed earliest first, up to the limit", listsDueAlarms},
		{"an alarm is replaced, cleared, and loaded with its object", replacesAlarms},
		{"only owned slots' alarms are listed", listsOwnedAlarms},
		{"a listed alarm knows its object's class and name", namesAlarms},
		{"an alarm is never kept earlier than it was set", neverEarly},
	}
}

// due gives the labels of the listed alarms' objects.
func due(o *owner, until time.Time, limit int, labels []string) []string {
	o.t.Helper()
	alarms, err := o.Alarms(o.t.Context(), until, limit)
	if err != nil {
		o.t.Fatalf("list alarms: %v", err)
	}
	var got []string
	for _, alarm := range alarms {
		i := slices.IndexFunc(labels, func(l string) bool { return named(l) == alarm.Object })
		if i < 0 {
			o.t.Fatalf("alarm of an object nobody set: %.12s…", alarm.Object)
		}
		got = append(got, fmt.Sprintf("%s@%v", labels[i], alarm.At.Sub(noon)))
	}
	return got
}

func listsDueAlarms(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	labels := []string{"third", "first", "later", "second"}
	for i, after := range []time.Duration{3, 1, 100, 2} {
		a.setAlarm(named(labels[i]), noon.Add(after*time.Second))
	}
	for _, row := range []struct {
		story string
		until time.Duration
		limit int
		want  []string
	}{
		{"none is due yet", time.Second, 10, nil},
		{"due means before, to the microsecond", time.Second + time.Microsecond, 10, []string{"first@1s"}},
		{"earliest first", 10 * time.Second, 10, []string{"first@1s", "second@2s", "third@3s"}},
		{"no more than asked for", 10 * time.Second, 2, []string{"first@1s", "second@2s"}},
		{"all of them", time.Hour, 10, []string{"first@1s", "second@2s", "third@3s", "later@1m40s"}},
	} {
		if got := due(a, noon.Add(row.until), row.limit, labels); !slices.Equal(got, row.want) {
			t.Errorf("%s: alarms %v, want %v", row.story, got, row.want)
		}
	}
}

func replacesAlarms(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	id := named("one")
	a.setAlarm(id, noon.Add(time.Hour))
	a.setAlarm(id, noon)
	if got := a.load(id)[0].Alarm; !got.Equal(noon) {
		t.Errorf("alarm loaded is %v, want %v", got, noon)
	}
	if got, want := due(a, noon.Add(2*time.Hour), 10, []string{"one"}), []string{"one@0s"}; !slices.Equal(got, want) {
		t.Errorf("alarms %v, want %v", got, want)
	}
	a.setAlarm(id, time.Time{})
	if got := due(a, noon.Add(2*time.Hour), 10, nil); len(got) != 0 {
		t.Errorf("alarms %v after it was cleared", got)
	}
	if got := a.load(id)[0].Alarm; !got.IsZero() {
		t.Errorf("alarm loaded after it was cleared is %v", got)
	}
}

func listsOwnedAlarms(t T, h Harness) {
	one := named("one")
	other := apart(one, h.Store.Slots())
	a, b := begin(t, h.Store, "a"), begin(t, h.Rival, "b")
	defer a.end()
	defer b.end()
	a.take(store.SlotOf(one, a.slots))
	b.take(store.SlotOf(other, b.slots))
	a.setAlarm(one, noon)
	b.setAlarm(other, noon)
	alarms, err := a.Alarms(t.Context(), noon.Add(time.Hour), 10)
	if err != nil || len(alarms) != 1 || alarms[0].Object != one {
		t.Errorf("alarms %v (error %v), want the one of the owned slot", alarms, err)
	}
	elsewhere := beginIn(t, h.Store, "c", "second-region").takeAll()
	defer elsewhere.end()
	alarms, err = elsewhere.Alarms(t.Context(), noon.Add(time.Hour), 10)
	if err != nil || len(alarms) != 0 {
		t.Errorf("alarms of another region's slots: %v (error %v), want none", alarms, err)
	}
}

func namesAlarms(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	directory := h.Directory(t)
	defer closeDirectory(t, directory)
	known, unknown := named("known"), named("unknown")
	ask := store.Placement{Object: known, Class: "counter", Name: "caf\xc3\xa9 \x01 \xff", Want: home}
	if _, err := directory.Place(t.Context(), []store.Placement{ask}); err != nil {
		t.Fatalf("place: %v", err)
	}
	a.setAlarm(known, noon)
	a.setAlarm(unknown, noon.Add(time.Second))
	alarms, err := a.Alarms(t.Context(), noon.Add(time.Hour), 10)
	want := []store.Alarm{
		{Object: known, Class: ask.Class, Name: ask.Name, At: noon},
		{Object: unknown, At: noon.Add(time.Second)},
	}
	same := func(a, b store.Alarm) bool {
		at := a.At.Equal(b.At)
		a.At, b.At = time.Time{}, time.Time{}
		return at && a == b
	}
	if err != nil || !slices.EqualFunc(alarms, want, same) {
		t.Errorf("alarms %+v (error %v), want %+v", alarms, err, want)
	}
}

func neverEarly(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	for _, at := range []time.Time{noon, noon.Add(time.Nanosecond), noon.Add(999 * time.Nanosecond), time.Unix(-1, 1)} {
		a.setAlarm(named("one"), at)
		if got := a.load(named("one"))[0].Alarm; got.Before(at) || got.Sub(at) > time.Microsecond {
			t.Errorf("alarm set for %v is kept as %v", at, got)
		}
	}
}
