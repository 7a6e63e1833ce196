package actor_test

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
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

// rig runs one instance, as a driver would.
type rig struct {
	*actor.Instance
	runners actor.Runners
	born    actor.Yielded // what its constructor did
	class   *scripted
}

func newRig(t *testing.T, origin actor.Origin) *rig {
	t.Helper()
	origin.Identity, origin.Random = identityOf("a"), rand.New(rand.NewPCG(1, 1))
	if origin.Sockets == nil {
		origin.Sockets = &actor.SocketSet{}
	}
	r := &rig{Instance: actor.NewInstance(origin)}
	t.Cleanup(func() { r.Drop(&r.runners); r.runners.Close() })
	r.born = r.run(&actor.Work{Kind: actor.Construct})
	return r
}

// scriptedRig is an instance of a class made of functions.
func scriptedRig(t *testing.T, class *scripted, origin actor.Origin) *rig {
	t.Helper()
	origin.Class = object.Class{Name: "scripted", New: func(object.State) (object.Object, error) { return class, nil }}
	r := newRig(t, origin)
	r.class = class
	return r
}

func (r *rig) run(work *actor.Work) actor.Yielded {
	yielded := r.Run(r.runners.Lend(work.Kind), epochOfTests, 1, work)
	r.runners.Return(&yielded)
	return yielded
}

// fetch runs a request to its end.
func (r *rig) fetch() actor.Yielded {
	return r.run(&actor.Work{Kind: actor.Fetch, Request: &object.Request{}})
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
		r := scriptedRig(t, class, actor.Origin{Snapshot: store.Snapshot{Alarm: epochOfTests}})
		yielded := r.run(&actor.Work{Kind: actor.Alarm, Alarm: object.AlarmInfo{Retry: row.retry}})
		if want := strings.Contains(row.story, "failed"); (yielded.Failed != nil) != want {
			t.Errorf("%s: the turn's error is %v", row.story, yielded.Failed)
		}
		r.fetch()
		if inside || afterwards != row.want {
			t.Errorf("%s: set inside %v, afterwards %v; want false, %v", row.story, inside, afterwards, row.want)
		}
	}
}

// What a constructor wrote becomes durable with it, and is lost if it fails.
func TestConstructorThatWrites(t *testing.T) {
	for _, failure := range []error{nil, errors.New("no")} {
		r := newRig(t, actor.Origin{Class: object.Class{New: func(s object.State) (object.Object, error) {
			_ = s.Storage().Put("k", object.Value{})
			return &scripted{}, errors.Join(failure, s.Storage().SetAlarm(s.Now()))
		}}})
		wrote := len(r.born.Writes) == 1 && r.born.Alarm.Changed
		if wrote != (failure == nil) || (r.born.Failed == nil) != (failure == nil) {
			t.Errorf("constructor that wrote and gave %v: %+v", failure, r.born)
		}
	}
}

// A hibernating socket keeps its connection in memory, and nothing of the object.
func TestHibernationFreesTheInstance(t *testing.T) {
	sockets := &actor.SocketSet{}
	dropped := func() weak.Pointer[actor.Instance] {
		var runners actor.Runners
		defer runners.Close()
		class := &scripted{fetch: func(s object.State) *object.Response {
			if _, err := s.Sockets().Accept(); err != nil {
				t.Error(err)
			}
			return &object.Response{Status: 101}
		}}
		instance := actor.NewInstance(actor.Origin{Sockets: sockets, Class: object.Class{New: func(object.State) (object.Object, error) {
			return class, nil
		}}})
		for _, work := range []*actor.Work{
			{Kind: actor.Construct},
			{Kind: actor.Fetch, Request: &object.Request{Upgrade: true}, Socket: &actor.Socket{ID: 1}},
		} {
			yielded := instance.Run(runners.Lend(work.Kind), epochOfTests, 1, work)
			runners.Return(&yielded)
		}
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
		yielded := scriptedRig(t, class, actor.Origin{}).fetch()
		if fits := put == nil; fits != row.fits || len(yielded.Writes) > 0 != row.fits || !fits && !errors.Is(put, object.ErrTooLarge) {
			t.Errorf("%s: %v, %d writes; want fits=%v", row.story, put, len(yielded.Writes), row.fits)
		}
	}
}
