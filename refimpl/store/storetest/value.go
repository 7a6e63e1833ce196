package storetest

import (
	"bytes"
	"slices"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

func valueChecks() []Check {
	return []Check{
		{"keys are bytes, in byte order", ordersKeysByBytes},
		{"values come back as they were", keepsValues},
		{"objects load in the order asked; the never written are empty", loadsInOrder},
		{"only objects of owned slots load", loadsOwnedOnly},
	}
}

func ordersKeysByBytes(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	id := named("one")
	want := []string{
		"", "\x00", "\x00\x00", "\x00a", "\x01", " ", "A", "Z", "_", "a", "a\x00", "a\x00b", "aa", "b",
		"z", "\x7f", "\x80", "~\xff", "ä", "é", "日本", "🙂", "\xff", "\xff\x00", "\xff\xff",
	}
	slices.Sort(want) // Go compares strings by their bytes
	var writes []store.Write
	for i := range want {
		writes = append(writes, set(id, want[len(want)-1-i], "v"))
	}
	a.put(writes...)
	var got []string
	for _, entry := range a.load(id)[0].Entries {
		got = append(got, entry.Key)
	}
	if !slices.Equal(got, want) {
		t.Errorf("keys %q,\nwant %q", got, want)
	}
	a.put(unset(id, "a\x00"))
	if got := len(a.load(id)[0].Entries); got != len(want)-1 {
		t.Errorf("after deleting one key of %d, %d are left", len(want), got)
	}
}

func keepsValues(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	values := []object.Value{
		{Codec: object.Raw, Data: []byte{}},
		{Codec: object.JSON, Data: []byte(`{"a": 1, "a": "\u0000"}`)},
		{Codec: object.Raw, Data: every},
		{Codec: object.JSON, Data: bytes.Repeat(every, object.MaxEntryBytes/len(every))},
	}
	for i, value := range values {
		a.put(store.Write{Object: named("one"), Key: string(rune('a' + i)), Value: value})
	}
	entries := a.load(named("one"))[0].Entries
	if len(entries) != len(values) {
		t.Fatalf("loaded %d entries, want %d", len(entries), len(values))
	}
	for i, entry := range entries {
		if entry.Value.Codec != values[i].Codec {
			t.Errorf("value %d: codec %d, want %d", i, entry.Value.Codec, values[i].Codec)
		}
		sameBytes(t, "value "+entry.Key, entry.Value.Data, values[i].Data)
	}
}

func loadsInOrder(t T, h Harness) {
	a := begin(t, h.Store, "a").takeAll()
	defer a.end()
	names := []string{"d", "a", "never", "c", "b", "a"}
	for _, name := range []string{"a", "b", "c", "d"} {
		a.put(set(named(name), "name", name))
	}
	var ids []object.ID
	for _, name := range names {
		ids = append(ids, named(name))
	}
	for i, got := range a.load(ids...) {
		if got.Object != ids[i] {
			t.Errorf("snapshot %d is of %.12s…, want %.12s…", i, got.Object, ids[i])
		}
		if names[i] == "never" {
			if len(got.Entries) != 0 || !got.Alarm.IsZero() {
				t.Errorf("an object never written has %s and alarm %v", printed(got.Entries), got.Alarm)
			}
			continue
		}
		if len(got.Entries) != 1 || string(got.Entries[0].Value.Data) != names[i] {
			t.Errorf("snapshot %d holds %s, want name=%s", i, printed(got.Entries), names[i])
		}
	}
	if got := a.load(); len(got) != 0 {
		t.Errorf("loading nothing gave %d snapshots", len(got))
	}
}

func loadsOwnedOnly(t T, h Harness) {
	a, b := begin(t, h.Store, "a").takeAll(), begin(t, h.Rival, "b")
	defer a.end()
	defer b.end()
	_, err := b.Load(t.Context(), []object.ID{named("one")})
	wantError(t, "load of another's object", err, store.ErrFenced)
}
