package actor_test

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// scripted is a class made of functions.
type scripted struct {
	fetch func(object.State) *object.Response
	alarm func(object.State) error
}

func (s *scripted) Fetch(state object.State, _ *object.Request) (*object.Response, error) {
	return s.fetch(state), nil
}

func (s *scripted) Alarm(state object.State, _ object.AlarmInfo) error { return s.alarm(state) }

func construct(t *testing.T, alarm time.Time, sockets *actor.SocketSet, create func(object.State) (object.Object, error)) (*actor.Instance, error) {
	t.Helper()
	class := object.Class{Name: "scripted", New: create}
	snapshot := store.Snapshot{Object: idOf("a"), Alarm: alarm}
	return actor.NewInstance(epochOfTests, actor.Origin{
		Class: class, Identity: identityOf("a"), Snapshot: snapshot, Sockets: sockets, Random: rand.New(rand.NewPCG(1, 1)),
	})
}

// The alarm that a handler sees: not its own, the old one between retries, none after the last.
func TestAlarmAsTheClassSeesIt(t *testing.T) {
	set := func(s object.State) bool { _, is := s.Storage().Alarm(); return is }
	for _, row := range []struct {
		story string
		retry int
		alarm func(object.State) error
		want  bool // set afterwards
	}{
		{"it ran well", 0, func(object.State) error { return nil }, false},
		{"it failed and will be retried", 0, func(object.State) error { return errors.New("no") }, true},
		{"it failed for the seventh time and is given up", 6, func(object.State) error { return errors.New("no") }, false},
		{"it set a new one", 0, func(s object.State) error { return s.Storage().SetAlarm(s.Now()) }, true},
		{"it failed for the last time, and set a new one", 6, func(s object.State) error {
			_ = s.Storage().SetAlarm(s.Now())
			return errors.New("no")
		}, true},
	} {
		var inside, afterwards bool
		class := &scripted{
			fetch: func(s object.State) *object.Response { afterwards = set(s); return &object.Response{} },
			alarm: func(s object.State) error { inside = set(s); return row.alarm(s) },
		}
		instance, err := construct(t, epochOfTests, &actor.SocketSet{}, func(object.State) (object.Object, error) { return class, nil })
		if err != nil {
			t.Fatal(err)
		}
		yielded := instance.Run(epochOfTests, 1, &actor.Work{Kind: actor.Alarm, Alarm: object.AlarmInfo{Retry: row.retry}})
		if want := strings.Contains(row.story, "failed"); (yielded.Failed != nil) != want {
			t.Errorf("%s: the turn's error is %v", row.story, yielded.Failed)
		}
		instance.Run(epochOfTests, 1, &actor.Work{Kind: actor.Fetch, Request: &object.Request{}})
		if inside || afterwards != row.want {
			t.Errorf("%s: set inside %v, afterwards %v; want false, %v", row.story, inside, afterwards, row.want)
		}
	}
}

// What a constructor wrote would be read from memory and never be durable.
func TestConstructorThatWritesFails(t *testing.T) {
	for story, write := range map[string]func(object.Storage){
		"put":     func(s object.Storage) { _ = s.Put("k", object.Value{}) },
		"wipe":    func(s object.Storage) { _ = s.DeleteAll() },
		"alarm":   func(s object.Storage) { _ = s.SetAlarm(epochOfTests) },
		"nothing": func(object.Storage) {},
	} {
		_, err := construct(t, time.Time{}, &actor.SocketSet{}, func(s object.State) (object.Object, error) {
			write(s.Storage())
			return &scripted{}, nil
		})
		if (err == nil) != (story == "nothing") {
			t.Errorf("constructor that did %s: %v", story, err)
		}
	}
}

// A hibernating socket keeps its connection in memory, and nothing of the object.
func TestHibernationFreesTheInstance(t *testing.T) {
	sockets := &actor.SocketSet{}
	dropped := func() weak.Pointer[actor.Instance] {
		class := &scripted{fetch: func(s object.State) *object.Response {
			if _, err := s.Sockets().Accept(); err != nil {
				t.Error(err)
			}
			return &object.Response{Status: 101}
		}}
		instance, err := construct(t, time.Time{}, sockets, func(object.State) (object.Object, error) { return class, nil })
		if err != nil {
			t.Fatal(err)
		}
		work := &actor.Work{Kind: actor.Fetch, Request: &object.Request{Upgrade: true}, Socket: &actor.Socket{ID: 1}}
		instance.Run(epochOfTests, 1, work)
		return weak.Make(instance)
	}()
	runtime.GC()
	if dropped.Value() != nil || sockets.Len() != 1 {
		t.Errorf("the instance is still in memory, held by its %d sockets", sockets.Len())
	}
	runtime.KeepAlive(sockets)
}

// An entry over the store's limits fails its Put, and no more: the store would
// refuse the batch, and the object would be reset for it.
func TestPutOverTheLimits(t *testing.T) {
	for _, row := range []struct {
		story      string
		key, value int // bytes
		fits       bool
	}{
		{"the longest key", store.MaxKeyBytes, 1, true},
		{"a key too long", store.MaxKeyBytes + 1, 1, false},
		{"the largest entry", 10, object.MaxEntryBytes - 10, true},
		{"an entry too large", 10, object.MaxEntryBytes - 9, false},
	} {
		var put error
		class := &scripted{fetch: func(s object.State) *object.Response {
			put = s.Storage().Put(strings.Repeat("k", row.key), object.Value{Data: make([]byte, row.value)})
			return &object.Response{}
		}}
		instance, err := construct(t, time.Time{}, &actor.SocketSet{}, func(object.State) (object.Object, error) { return class, nil })
		if err != nil {
			t.Fatal(err)
		}
		yielded := instance.Run(epochOfTests, 1, &actor.Work{Kind: actor.Fetch, Request: &object.Request{}})
		if fits := put == nil; fits != row.fits || len(yielded.Writes) > 0 != row.fits || !fits && !errors.Is(put, object.ErrTooLarge) {
			t.Errorf("%s: %v, %d writes; want fits=%v", row.story, put, len(yielded.Writes), row.fits)
		}
	}
}
