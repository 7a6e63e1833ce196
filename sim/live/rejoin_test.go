package live_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/live"
	"github.com/durabench/durabench/sim/plant/moving"
)

// wanderingRoom is what the members of a room, or the authors of a document, see that
// moves after every so many visits.
func wanderingRoom(t *testing.T, class string, change func(*live.Config)) ([]loadgen.Observation, *live.World) {
	t.Helper()
	world := worldWith(t, wander{placement.Fixed{Home: "LHR"}, 40}, func(c *live.Config) {
		c.Classes = []object.Class{classes.Chat(), classes.Document()}
		change(c)
	})
	source, err := workload.New(class, workload.Options{Run: "t", Objects: 1, Members: 4, Senders: 2})
	if err != nil {
		t.Fatal(err)
	}
	var history []loadgen.Observation
	recorder := loadgen.NewRecorder(nil, func(o *loadgen.Observation) { history = append(history, *o) })
	_, err = loadgen.Chat{
		Source: source, Members: source.(interface{ Members() []loadgen.Member }).Members(), Edges: world.Edges(),
		Schedule: loadgen.Constant(60), For: 3 * time.Second, Drain: 2 * time.Second, Record: recorder.Record,
	}.Run(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	return history, world
}

func verdicts(t *testing.T, class string, history []loadgen.Observation) (all, violated []check.Verdict) {
	t.Helper()
	laws, err := check.For(class, check.Params{})
	if err != nil {
		t.Fatal(err)
	}
	for _, law := range laws {
		v := law.Check(history)
		if all = append(all, v); v.Ruling == check.Violated {
			violated = append(violated, v)
		}
	}
	return all, violated
}

// Rooms and documents wander about while they are used: their members come back, and
// miss nothing.
func TestRoomsWanderWhileTheyAreUsed(t *testing.T) {
	for _, class := range []string{"chat", "document"} {
		history, world := wanderingRoom(t, class, func(*live.Config) {})
		all, _ := verdicts(t, class, history)
		for _, v := range all {
			if v.Ruling != check.OK {
				t.Errorf("%s: %s", class, v)
			}
		}
		lost, back := 0, 0
		for _, o := range history {
			switch {
			case o.Operation.Kind == loadgen.Leave && o.Outcome == loadgen.Failed:
				lost++
			case o.Operation.Kind == loadgen.Resume && o.Reply.Allowed:
				back++
			}
		}
		if moves := len(world.Moves()); moves < 2 || lost < 2*moves || back < lost/2 {
			t.Errorf("%s: %d moves, %d connections lost, %d went on", class, moves, lost, back)
		}
	}
}

// silent is a room that gives nothing to who joins.
type silent struct{ object.Object }

func (s silent) Fetch(state object.State, r *object.Request) (*object.Response, error) {
	return s.Object.Fetch(hushed{state}, r)
}

func (s silent) WebSocketMessage(state object.State, from object.Socket, m object.Message) error {
	return s.Object.(object.MessageHandler).WebSocketMessage(state, from, m)
}

func (s silent) WebSocketClose(state object.State, left object.Socket, c object.Closing) error {
	return s.Object.(object.CloseHandler).WebSocketClose(state, left, c)
}

type hushed struct{ object.State }

func (h hushed) Sockets() object.Sockets { return hushedSockets{h.State.Sockets()} }

type hushedSockets struct{ object.Sockets }

func (h hushedSockets) Accept(tags ...string) (object.Socket, error) {
	socket, err := h.Sockets.Accept(tags...)
	return hushedSocket{socket}, err
}

type hushedSocket struct{ object.Socket }

func (h hushedSocket) Send(m object.Message) error {
	if bytes.HasPrefix(m.Data, []byte(`{"type":"history"`)) {
		return nil
	}
	return h.Socket.Send(m)
}

// Each way to get the return to a room wrong is found in a running system, as in a virtual one.
func TestReturnsGoneWrongAreFoundLive(t *testing.T) {
	handedOver := func(c *live.Config) {
		bug, _ := moving.Find("lost-handover")
		c.Storage = bentStorage{inMemory{memory.NewServer(8)}, bug.Stores()}
	}
	for _, bug := range []struct {
		class, name string
		plant       func(*live.Config)
	}{
		{"chat", "a text acknowledged just before the move is lost", handedOver},
		{"document", "an edit acknowledged just before the move is lost", handedOver},
		{"chat", "who comes back is told nothing", func(c *live.Config) {
			open := c.Classes[0].New
			c.Classes[0].New = func(s object.State) (object.Object, error) {
				inner, err := open(s)
				return silent{inner}, err
			}
		}},
	} {
		history, world := wanderingRoom(t, bug.class, bug.plant)
		all, violated := verdicts(t, bug.class, history)
		if len(violated) == 0 {
			t.Errorf("%s: %s in %d moves, and no law is broken: %v", bug.class, bug.name, len(world.Moves()), all)
			continue
		}
		t.Logf("%s: %s: %.200s", bug.class, bug.name, violated[0])
	}
}
