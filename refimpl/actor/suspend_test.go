package actor_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// begin runs a request with a number of its own, until it is over or has to wait.
func (r *rig) begin(turn actor.TurnID, body func(object.State) *object.Response) actor.Yielded {
	r.class.fetch = body
	return r.run(&actor.Work{Turn: turn, Kind: actor.Fetch, Request: &object.Request{}})
}

func (r *rig) goOn(turn actor.TurnID, answer *actor.Answer) actor.Yielded {
	return r.run(&actor.Work{Turn: turn, Kind: actor.Continue, Answer: answer})
}

func spoken(y actor.Yielded) string { return describeOutputs(y.Outputs) }

// A call leaves with what was written before it; the rest of the turn is another unit.
func TestCallEndsASegment(t *testing.T) {
	r := scriptedRig(t, &scripted{}, actor.Origin{})
	first := r.begin(1, func(s object.State) *object.Response {
		_ = s.Storage().Put("before", value("1"))
		response, err := s.Stub(identityOf("b"), "weur").Call(&object.Request{Path: "/x"})
		if err != nil {
			t.Error(err)
		}
		_ = s.Storage().Put("after", value("2"))
		return response
	})
	if got := spoken(first) + "; " + changes(first); got != "call c1 of b, for 1; before=1" || first.Pause.Wait != actor.ForAnswer {
		t.Errorf("before the answer: %s, pause %+v", got, first.Pause)
	}
	call := first.Outputs[0].Call
	if call.Hint != "weur" || call.Stub != 1 || call.Sequence != 1 || call.From != idOf("a") {
		t.Errorf("called %+v", call)
	}
	second := r.goOn(1, &actor.Answer{Response: &object.Response{Body: []byte("hello")}})
	if got := spoken(second) + "; " + changes(second); got != "reply 1 hello; after=2" || second.Pause.Wait != actor.Over {
		t.Errorf("after it: %s, pause %+v", got, second.Pause)
	}
}

// Other turns run meanwhile, and see what it wrote.
func TestTurnsInterleaveAtCalls(t *testing.T) {
	r := scriptedRig(t, &scripted{}, actor.Origin{})
	n := ""
	r.begin(1, func(s object.State) *object.Response {
		_ = s.Storage().Put("k", value("1"))
		s.Sleep(time.Second)
		v, _ := s.Storage().Get("k")
		n = string(v.Data)
		return &object.Response{}
	})
	r.begin(2, func(s object.State) *object.Response {
		v, _ := s.Storage().Get("k")
		_ = s.Storage().Put("k", value(string(v.Data)+"+1"))
		return &object.Response{}
	})
	if r.goOn(1, nil); n != "1+1" {
		t.Errorf("the first turn reads %q; want what the second made of its write", n)
	}
}

// An error from between the objects breaks the stub; one of the other's code does not.
func TestBrokenStubs(t *testing.T) {
	lost := &object.CallError{Object: idOf("b"), Retryable: true, Message: "connection lost"}
	for _, row := range []struct {
		story  string
		cause  *object.CallError
		broken bool
	}{
		{"the other object threw", &object.CallError{Remote: true, Message: "no"}, false},
		{"the way was lost", lost, true},
	} {
		r := scriptedRig(t, &scripted{}, actor.Origin{})
		var stub object.Stub
		var first, second error
		r.begin(1, func(s object.State) *object.Response {
			stub = s.Stub(identityOf("b"), "")
			_, first = stub.Call(&object.Request{})
			_, second = stub.Call(&object.Request{})
			return &object.Response{}
		})
		var beside error
		r.begin(2, func(object.State) *object.Response {
			_, beside = stub.Call(&object.Request{})
			return &object.Response{}
		})
		y := r.goOn(1, &actor.Answer{Cause: row.cause})
		if first != error(row.cause) || (second == error(row.cause)) != row.broken || (y.Pause.Wait == actor.Over) != row.broken {
			t.Errorf("%s: the calls give %v and %v", row.story, first, second)
		}
		r.goOn(2, &actor.Answer{Response: &object.Response{}})
		if (beside == error(row.cause)) != row.broken {
			t.Errorf("%s: a call in flight on the same stub gives %v", row.story, beside)
		}
	}
}

// What a transaction wrote is not part of any commit before it ends, though it waits.
func TestTransactionSpansACall(t *testing.T) {
	for _, failure := range []error{nil, errors.New("no")} {
		r := scriptedRig(t, &scripted{}, actor.Origin{})
		first := r.begin(1, func(s object.State) *object.Response {
			_ = s.Storage().Put("before", value("1"))
			_ = s.Storage().Transaction(func() error {
				_ = s.Storage().Put("in", value("2"))
				_ = s.Storage().SetAlarm(epochOfTests.Add(time.Hour))
				s.Sleep(time.Second)
				_ = s.Storage().Put("in", value("3"))
				s.Sleep(time.Second)
				return failure
			})
			return &object.Response{}
		})
		wrote := []string{changes(first)} // now: the memory is the next segment's
		second := r.goOn(1, nil)
		wrote = append(wrote, changes(second), changes(r.goOn(1, nil)))
		want := "in=2 in=3 alarm 1h0m"
		if failure != nil {
			want = ""
		}
		if !slices.Equal(wrote, []string{"before=1", "", want}) {
			t.Errorf("ends with %v: wrote %q; want before=1, nothing, %q", failure, wrote, want)
		}
		if first.Pause.Section == 0 || first.Pause.Section != second.Pause.Section {
			t.Errorf("sections %d and %d; want the same one", first.Pause.Section, second.Pause.Section)
		}
	}
}

// Sixty-four sections nest; the next is refused, and nothing else happens.
func TestSectionsNest(t *testing.T) {
	deepest, refused := 0, error(nil)
	var nest func(s object.State, depth int) error
	nest = func(s object.State, depth int) error {
		err := s.BlockConcurrency(func() error {
			deepest = depth
			return nest(s, depth+1)
		})
		if err != nil {
			refused = err
		}
		return nil
	}
	_, y := inTurn(t, actor.Origin{}, func(s object.State) { _ = nest(s, 1) })
	if deepest != object.MaxSections || !errors.Is(refused, object.ErrTooDeep) || y.Reset != nil {
		t.Errorf("%d deep, then %v; reset %v", deepest, refused, y.Reset)
	}
}

// Nothing that a class does saves it from what resets it, and nothing it wrote since
// it was last suspended stands.
func TestUncatchable(t *testing.T) {
	no := errors.New("no")
	for story, body := range map[string]func(object.State){
		"abort":                        func(s object.State) { s.Abort(no, object.RetryAlarm) },
		"a failed section":             func(s object.State) { _ = s.BlockConcurrency(func() error { return no }) },
		"a panic in a section":         func(s object.State) { _ = s.BlockConcurrency(func() error { panic("no") }) },
		"abort in a transaction":       func(s object.State) { _ = s.Storage().Transaction(func() error { s.Abort(no, 0); return nil }) },
		"a panic, caught and repeated": func(object.State) { panic("no") },
	} {
		r := scriptedRig(t, &scripted{}, actor.Origin{})
		reached := false
		y := r.begin(1, func(s object.State) *object.Response {
			defer func() {
				if fault := recover(); fault != nil && strings.Contains(story, "repeated") {
					panic(fault)
				}
				_ = s.Storage().Put("k", value("1"))
				s.Sleep(time.Second)
				reached = true
			}()
			body(s)
			return &object.Response{}
		})
		if y.Reset == nil || len(y.Writes) > 0 || reached {
			t.Errorf("%s: reset %v, %d writes, went on afterwards: %v", story, y.Reset, len(y.Writes), reached)
		}
	}
}

// Tasks run in the order given, after the turn or when it is suspended.
func TestTasks(t *testing.T) {
	r := scriptedRig(t, &scripted{}, actor.Origin{})
	var ran []string
	task := func(name string) func() error {
		return func() error { ran = append(ran, name); return errors.New(name) }
	}
	first := r.begin(1, func(s object.State) *object.Response {
		s.WaitUntil(task("one"))
		s.Sleep(0)
		s.WaitUntil(task("two"))
		s.WaitUntil(task("three"))
		return &object.Response{}
	})
	second := r.goOn(1, nil)
	for turn := range 3 {
		y := r.run(&actor.Work{Kind: actor.Task, Turn: actor.OwnTurns + actor.TurnID(turn)})
		if y.Failed == nil {
			t.Error("a task's error is lost")
		}
	}
	if got := strings.Join(ran, " "); got != "one two three" || first.Tasks != 1 || second.Tasks != 2 {
		t.Errorf("%d and %d tasks, which ran as %s", first.Tasks, second.Tasks, got)
	}
}

// What is sent on a socket before its upgrade follows it, though the turn is suspended
// in between; what is sent on others does not wait.
func TestUpgradeOfASuspendedTurn(t *testing.T) {
	r := scriptedRig(t, &scripted{}, actor.Origin{})
	accept := func(turn actor.TurnID, id actor.SocketID, body func(object.State, object.Socket)) actor.Yielded {
		r.class.fetch = func(s object.State) *object.Response {
			socket, err := s.Sockets().Accept()
			if err != nil {
				t.Error(err)
			}
			body(s, socket)
			return &object.Response{Status: 101, Body: []byte("up")}
		}
		work := &actor.Work{Turn: turn, Kind: actor.Fetch, Request: &object.Request{Upgrade: true}, Socket: &actor.Socket{ID: id}}
		return r.run(work)
	}
	accept(1, 1, func(object.State, object.Socket) {})
	first := accept(2, 2, func(s object.State, socket object.Socket) {
		for _, other := range s.Sockets().All("") {
			_ = other.Send(object.Text([]byte("joins")))
		}
		s.Sleep(time.Second)
		_ = socket.Send(object.Text([]byte("welcome")))
	})
	between := r.begin(3, func(s object.State) *object.Response {
		for _, other := range s.Sockets().All("") {
			_ = other.Send(object.Text([]byte("between")))
		}
		return &object.Response{Body: []byte("ok")}
	})
	second := r.goOn(2, nil)
	if got := spoken(first) + "; " + spoken(between) + "; " + spoken(second); got != "send s1 joins; reply 3 ok, send s1 between; reply 2 up, send s2 joins, send s2 welcome" {
		t.Errorf("said %s", got)
	}
}

// Dropping an instance unwinds what is suspended: deferred calls run, and get nowhere.
func TestDropUnwinds(t *testing.T) {
	r := scriptedRig(t, &scripted{}, actor.Origin{})
	unwound := 0
	for turn := actor.TurnID(1); turn <= 3; turn++ {
		r.begin(turn, func(s object.State) *object.Response {
			defer func() { unwound++; s.Sleep(time.Second); t.Error("it sleeps on") }()
			s.Sleep(time.Second)
			t.Error("it went on")
			return &object.Response{}
		})
	}
	if r.Drop(&r.runners); unwound != 3 {
		t.Errorf("%d of 3 turns unwound", unwound)
	}
}

// A turn may go on from another goroutine than it began on: a slow one keeps its own,
// and the driver goes on elsewhere.
func TestTurnsChangeGoroutines(t *testing.T) {
	r := scriptedRig(t, &scripted{}, actor.Origin{})
	elsewhere := func(run func() actor.Yielded) actor.Yielded {
		done := make(chan actor.Yielded)
		go func() { done <- run() }()
		return <-done
	}
	n := 0
	elsewhere(func() actor.Yielded {
		return r.begin(1, func(s object.State) *object.Response {
			for ; n < 3; n++ {
				s.Sleep(0)
			}
			return &object.Response{Body: []byte("done")}
		})
	})
	for range 2 {
		elsewhere(func() actor.Yielded { return r.goOn(1, nil) })
	}
	if y := r.goOn(1, nil); n != 3 || spoken(y) != "reply 1 done" {
		t.Errorf("after %d sleeps: %s", n, spoken(y))
	}
}
