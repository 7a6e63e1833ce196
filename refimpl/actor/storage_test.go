package actor_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

func value(text string) object.Value { return object.Value{Data: []byte(text)} }

func entry(key, text string) object.Entry { return object.Entry{Key: key, Value: value(text)} }

// inTurn runs a body as one request, on storage that holds some entries.
func inTurn(t *testing.T, origin actor.Origin, body func(object.State)) (*rig, actor.Yielded) {
	t.Helper()
	class := &scripted{fetch: func(s object.State) *object.Response { body(s); return &object.Response{} }, alarm: func(object.State) error { return nil }}
	r := scriptedRig(t, class, origin)
	return r, r.fetch()
}

// changes is what a segment's changes are, as one line.
func changes(y actor.Yielded) string {
	var said []string
	for _, w := range y.Writes {
		if w.Deleted {
			said = append(said, "-"+w.Key)
		} else {
			said = append(said, w.Key+"="+string(w.Value.Data))
		}
	}
	if y.Alarm.Changed {
		said = append(said, "alarm "+since(y.Alarm.At))
	}
	return strings.Join(said, " ")
}

// Keys are compared as bytes: U+FF5E comes before U+1F600, though its UTF-16 code unit is greater.
func TestList(t *testing.T) {
	stored := store.Snapshot{Entries: []object.Entry{
		entry("a", "1"), entry("a\x00", "2"), entry("ab", "3"), entry("b", "4"), entry("～", "5"), entry("😀", "6"),
	}}
	for _, row := range []struct {
		story string
		in    object.Range
		want  string // keys, or an error
	}{
		{"everything", object.Range{}, `"a" "a\x00" "ab" "b" "～" "😀"`},
		{"from a key, inclusive, to one, exclusive", object.Range{Start: "a\x00", End: "b"}, `"a\x00" "ab"`},
		{"after a key: NUL is the next byte", object.Range{StartAfter: "a", Limit: 1}, `"a\x00"`},
		{"by prefix", object.Range{Prefix: "a"}, `"a" "a\x00" "ab"`},
		{"backwards: the bounds stay what they are", object.Range{Start: "ab", Reverse: true, Limit: 2}, `"😀" "～"`},
		{"a range that holds nothing", object.Range{Start: "c", End: "b"}, ``},
		{"prefix and range together", object.Range{Prefix: "a", StartAfter: "a", End: "ab"}, `"a\x00"`},
		{"a start too many", object.Range{Start: "a", StartAfter: "a"}, object.ErrBadRange.Error()},
		{"less than nothing", object.Range{Limit: -1}, object.ErrBadRange.Error()},
	} {
		var got []string
		inTurn(t, actor.Origin{Snapshot: stored}, func(s object.State) {
			entries, err := s.Storage().List(row.in)
			if errors.Is(err, object.ErrBadRange) {
				got = append(got, object.ErrBadRange.Error())
			}
			for _, e := range entries {
				got = append(got, fmt.Sprintf("%q", e.Key))
			}
		})
		if text := strings.Join(got, " "); text != row.want {
			t.Errorf("%s: %s, want %s", row.story, text, row.want)
		}
	}
}

func TestBatches(t *testing.T) {
	many := make([]string, object.MaxBatchKeys+1)
	entries := make([]object.Entry, len(many))
	stored := store.Snapshot{Entries: []object.Entry{entry("b", "2"), entry("a", "1")}}
	_, y := inTurn(t, actor.Origin{Snapshot: stored}, func(s object.State) {
		found, err := s.Storage().GetMany("b", "x", "a", "b")
		if err != nil || !slices.EqualFunc(found, []object.Entry{entry("a", "1"), entry("b", "2")}, func(x, y object.Entry) bool { return x.Key == y.Key }) {
			t.Errorf("get b, x, a, b: %v, %v; want a and b, once, in order", found, err)
		}
		deleted, err := s.Storage().DeleteMany([]string{"a", "x", "a"})
		if deleted != 1 || err != nil {
			t.Errorf("delete a, x, a: %d existed, %v", deleted, err)
		}
		err = s.Storage().PutMany([]object.Entry{entry("c", "3"), entry(strings.Repeat("k", store.MaxKeyBytes+1), "")})
		if _, ok := s.Storage().Get("c"); ok || !errors.Is(err, object.ErrTooLarge) {
			t.Errorf("put of two, one of them too large: %v, and the other is there: %v", err, ok)
		}
		_, tooManyGets := s.Storage().GetMany(many...)
		_, tooManyDeletes := s.Storage().DeleteMany(many)
		for _, err := range []error{tooManyGets, tooManyDeletes, s.Storage().PutMany(entries)} {
			if !errors.Is(err, object.ErrTooMany) {
				t.Errorf("%d keys: %v", len(many), err)
			}
		}
		if err := s.Storage().PutMany([]object.Entry{entry("d", "4"), entry("d", "5")}); err != nil {
			t.Error(err)
		}
	})
	if got, want := changes(y), "-a d=4 d=5"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

// A full object refuses what would make it larger, and lives on: less is always allowed.
func TestStorageFull(t *testing.T) {
	origin := actor.Origin{StorageBytes: 10, Snapshot: store.Snapshot{Entries: []object.Entry{entry("a", "12345678")}}}
	_, y := inTurn(t, origin, func(s object.State) {
		storage := s.Storage()
		if err := storage.Put("b", value("1")); err != nil { // 9 + 2 = 11
			if !errors.Is(err, object.ErrStorageFull) {
				t.Error(err)
			}
		} else {
			t.Error("11 bytes fit into 10")
		}
		if err := storage.PutMany([]object.Entry{entry("a", "1"), entry("b", "123456789")}); !errors.Is(err, object.ErrStorageFull) {
			t.Errorf("12 bytes at once: %v", err)
		}
		if err := storage.Put("a", value("123456789")); err != nil {
			t.Errorf("10 bytes: %v", err)
		}
		storage.Delete("a")
		if err := storage.Put("c", value("123456789")); err != nil {
			t.Errorf("10 bytes after a delete: %v", err)
		}
		_ = storage.DeleteAll()
		if err := storage.Put("d", value("123456789")); err != nil {
			t.Errorf("10 bytes after all was deleted: %v", err)
		}
	})
	if got, want := changes(y), "d=123456789 alarm never"; got != want || !y.Wiped {
		t.Errorf("wrote %q, wiped %v; want %q", got, y.Wiped, want)
	}
}

func TestTransactions(t *testing.T) {
	no := errors.New("no")
	tomorrow := epochOfTests.Add(24 * time.Hour)
	for _, row := range []struct {
		story string
		body  func(object.Storage) error
		err   error
		want  string // written
	}{
		{"kept", func(s object.Storage) error {
			return s.Transaction(func() error { return s.Put("k", value("new")) })
		}, nil, "k=new"},
		{"failed: nothing is left, and the error is given", func(s object.Storage) error {
			return s.Transaction(func() error {
				s.Delete("k")
				_ = s.Put("l", value("new"))
				_ = s.SetAlarm(tomorrow)
				return no
			})
		}, no, ""},
		{"rolled back: nothing is left, and that is no error", func(s object.Storage) error {
			return s.Transaction(func() error { _ = s.Put("k", value("new")); return object.ErrRollback })
		}, nil, ""},
		{"what was written before stays", func(s object.Storage) error {
			_ = s.Put("k", value("before"))
			_ = s.SetAlarm(tomorrow)
			return s.Transaction(func() error { _ = s.Put("k", value("in")); s.DeleteAlarm(); return no })
		}, no, "k=before alarm 24h0m"},
		{"an inner one is undone, the outer kept", func(s object.Storage) error {
			return s.Transaction(func() error {
				_ = s.Put("k", value("outer"))
				_ = s.Transaction(func() error { _ = s.Put("k", value("inner")); _ = s.SetAlarm(tomorrow); return no })
				if v, _ := s.Get("k"); string(v.Data) != "outer" {
					return fmt.Errorf("k is %q", v.Data)
				}
				return nil
			})
		}, nil, "k=outer"},
		{"the outer takes a kept inner one with it", func(s object.Storage) error {
			return s.Transaction(func() error {
				_ = s.Transaction(func() error { return s.Put("k", value("inner")) })
				return no
			})
		}, no, ""},
		{"DeleteAll is not for transactions", func(s object.Storage) error {
			return s.Transaction(func() error { return s.DeleteAll() })
		}, object.ErrInTransaction, ""},
		{"a panic that somebody catches undoes it", func(s object.Storage) error {
			defer func() { _ = recover() }()
			return s.Transaction(func() error { _ = s.Put("k", value("new")); panic("no") })
		}, nil, ""},
	} {
		stored := store.Snapshot{Entries: []object.Entry{entry("k", "old")}}
		var err error
		r, y := inTurn(t, actor.Origin{Snapshot: stored}, func(s object.State) { err = row.body(s.Storage()) })
		if got := changes(y); got != row.want || !errors.Is(err, row.err) || y.Reset != nil {
			t.Errorf("%s: wrote %q, error %v, reset %v; want %q, %v", row.story, got, err, y.Reset, row.want, row.err)
		}
		if row.want == "" {
			r.class.fetch = func(s object.State) *object.Response {
				expectOld(t, row.story, s.Storage())
				return &object.Response{}
			}
			r.fetch()
		}
	}
}

func expectOld(t *testing.T, story string, storage object.Storage) {
	t.Helper()
	held, _ := storage.List(object.Range{})
	if _, set := storage.Alarm(); len(held) != 1 || string(held[0].Value.Data) != "old" || set {
		t.Errorf("%s: afterwards storage holds %v, alarm %v", story, held, set)
	}
}

func TestAlarmRules(t *testing.T) {
	at := func(d time.Duration) time.Time { return epochOfTests.Add(d) }
	for _, row := range []struct {
		story string
		set   []time.Time
		want  string
		err   error
	}{
		{"in the future", []time.Time{at(time.Second)}, "alarm 1s", nil},
		{"the past is raised to now", []time.Time{at(-time.Hour)}, "alarm 0s", nil},
		{"what is less than a millisecond is rounded up: never early", []time.Time{at(time.Second + 1)}, "alarm 1.001s", nil},
		{"the last one counts", []time.Time{at(time.Second), at(time.Minute)}, "alarm 1m", nil},
		{"not before 1970", []time.Time{time.UnixMilli(0)}, "", object.ErrBadAlarm},
	} {
		var err error
		_, y := inTurn(t, actor.Origin{}, func(s object.State) {
			for _, when := range row.set {
				err = errors.Join(err, s.Storage().SetAlarm(when))
			}
		})
		if got := changes(y); got != row.want || !errors.Is(err, row.err) {
			t.Errorf("%s: %q, %v; want %q, %v", row.story, got, err, row.want, row.err)
		}
	}
	_, y := inTurn(t, actor.Origin{Snapshot: store.Snapshot{Alarm: at(time.Minute)}}, func(s object.State) {
		_ = s.Storage().SetAlarm(at(time.Minute))
	})
	if y.Alarm.Changed {
		t.Error("an alarm set for the time that it is set for already is written")
	}
}

// deaf is a class without an alarm handler.
type deaf struct{ err *error }

func (d deaf) Fetch(s object.State, _ *object.Request) (*object.Response, error) {
	*d.err = s.Storage().SetAlarm(s.Now())
	return &object.Response{}, nil
}

// Its constructor cannot know; a later call is a mistake.
func TestAlarmNeedsAHandler(t *testing.T) {
	var inside error
	r := newRig(t, actor.Origin{Class: object.Class{New: func(s object.State) (object.Object, error) {
		return deaf{&inside}, s.Storage().SetAlarm(s.Now())
	}}})
	r.fetch()
	if r.born.Failed != nil || !errors.Is(inside, object.ErrNoAlarmHandler) {
		t.Errorf("in the constructor: %v; afterwards: %v", r.born.Failed, inside)
	}
}

func TestUnconfirmedOnlyIfAllIs(t *testing.T) {
	for _, row := range []struct {
		story string
		body  func(object.Storage)
		want  bool
	}{
		{"one unconfirmed write", func(s object.Storage) { _ = s.Put("k", value("1"), object.AllowUnconfirmed) }, true},
		{"a confirmed one with it", func(s object.Storage) {
			_ = s.Put("k", value("1"), object.AllowUnconfirmed)
			s.DeleteAlarm()
		}, false},
		{"a confirmed one that was undone", func(s object.Storage) {
			_ = s.Put("k", value("1"), object.AllowUnconfirmed)
			_ = s.Transaction(func() error { _ = s.Put("k", value("2")); return object.ErrRollback })
		}, true},
		{"a confirmed one in a transaction that was kept", func(s object.Storage) {
			_ = s.Put("k", value("1"), object.AllowUnconfirmed)
			_ = s.Transaction(func() error { return s.Put("k", value("2")) })
		}, false},
		{"everything deleted", func(s object.Storage) { _ = s.DeleteAll() }, false},
	} {
		if _, y := inTurn(t, actor.Origin{}, func(s object.State) { row.body(s.Storage()) }); y.Unconfirmed != row.want {
			t.Errorf("%s: unconfirmed %v, want %v", row.story, y.Unconfirmed, row.want)
		}
	}
}
