package actor

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// Work is what a driver gives a turn to do. It belongs to the turn until that is over.
type Work struct {
	Turn    TurnID
	Kind    Kind
	Request *object.Request  // of Fetch
	Socket  *Socket          // of Message and Closed; of Fetch with Upgrade, the socket to accept
	Message object.Message   // of Message
	Closing object.Closing   // of Closed
	Fault   error            // of Closed, if the peer broke the protocol; Closing.Code is what it is told
	Alarm   object.AlarmInfo // of Alarm
	Answer  *Answer          // of Continue
}

// Answer is what a suspended turn goes on with: the response to its call, or the
// error; neither after Sleep and Sync.
type Answer struct {
	Response *object.Response
	Cause    *object.CallError
}

// Origin is what an instance is made from.
type Origin struct {
	Class    object.Class
	Identity object.Identity
	Snapshot store.Snapshot
	// Sockets is the object's set, which outlives the instance.
	Sockets *SocketSet
	Random  *rand.Rand
	// Namespaces are those of all classes, by class. Instances share the map.
	Namespaces map[string]object.Namespace
	// StorageBytes bounds the object's keys and values; default 128 MiB.
	StorageBytes int
}

// Instance is one activation of an object: the user's instance with its resident
// storage. Drivers make it when the core says Load, run it when the core says
// Resume (the first time to construct it), and drop it on Evict and Break. Its
// methods are called by one goroutine at a time.
type Instance struct {
	from       Origin
	activation Activation
	object     object.Object // nil while it is constructed
	storage    resident
	sockets    turnSockets // of the turn that runs
	now        time.Time

	current *running
	parked  map[TurnID]*running
	spare   *running // the last one that ended, for its memory
	tasks   []func() error
	added   int // of tasks, by this segment
	serials serials
}

// serials number what an instance made.
type serials struct {
	stubs    uint64
	calls    CallID
	sections uint64
}

// NewInstance makes an instance of what the store holds. Its constructor runs as its first turn.
func NewInstance(from Origin) *Instance {
	i := &Instance{from: from}
	i.storage.restore(i, from.Snapshot, from.StorageBytes)
	i.from.Snapshot = store.Snapshot{}
	i.sockets.set = from.Sockets
	return i
}

// Run runs a turn until it is over or has to wait, on a coroutine that was lent
// for it, and tells what it did. The writes in the answer are valid until the next Run.
func (i *Instance) Run(on *Runner, now time.Time, activation Activation, work *Work) Yielded {
	i.now, i.activation = now, activation
	var t *running
	if work.Kind == Continue {
		t = i.unpark(work)
	} else {
		t = i.begin(on, work)
	}
	i.current = t
	t.runner.turn = t
	t.runner.next()
	i.current = nil
	defer i.sockets.end()
	y := i.report(t)
	y.Object, y.Activation = i.from.Identity.ID, activation
	return y
}

func (i *Instance) begin(on *Runner, work *Work) *running {
	t := i.spare
	i.spare = nil
	if t == nil {
		t = &running{instance: i}
	}
	t.work, t.runner, t.over = work, on, false
	if work.Kind == Alarm {
		i.storage.alarm.ring()
	}
	i.sockets.begin(work)
	return t
}

func (i *Instance) unpark(work *Work) *running {
	t := i.parked[work.Turn]
	delete(i.parked, work.Turn)
	i.sockets, t.sockets, t.answer = t.sockets, turnSockets{}, work.Answer
	i.sockets.set.turn = &i.sockets
	if socket := i.sockets.accepted; socket != nil {
		i.sockets.set.open = append(i.sockets.set.open, socket)
	}
	return t
}

// report tells what the segment did.
func (i *Instance) report(t *running) Yielded {
	switch {
	case t.doomed != nil:
		return Yielded{Reset: t.doomed, runner: t.runner}
	case !t.over:
		return i.parkedWith(t)
	case t.work.Kind == Construct && t.failed != nil:
		return Yielded{Failed: t.failed, runner: t.runner}
	case t.work.Kind == Alarm:
		i.storage.alarm.rang(t.failed != nil && t.work.Alarm.Retry < alarmRetries)
	}
	y := i.storage.flush()
	y.Outputs, y.Failed, y.Tasks, y.runner = i.sockets.outputs, t.failed, i.added, t.runner
	i.added = 0
	t.work, t.runner, t.answer, t.failed = nil, nil, nil, nil // as new, but for its memory
	i.spare = t
	return y
}

// parkedWith keeps the suspended turn, and back what must follow its reply: the
// reply's place, and words on the socket that it accepts. Other turns do not see that
// socket before.
func (i *Instance) parkedWith(t *running) Yielded {
	y := i.storage.flush()
	y.Pause, y.Tasks = t.pause, i.added
	i.added = 0
	var kept []Output
	for at, o := range i.sockets.outputs {
		reply := at == 0 && t.work.Kind == Fetch
		if reply || i.sockets.accepted != nil && o.Socket == i.sockets.accepted.ID {
			kept = append(kept, o)
		} else {
			y.Outputs = append(y.Outputs, o)
		}
	}
	i.sockets.outputs = kept
	t.sockets = i.sockets
	if socket := i.sockets.accepted; socket != nil {
		i.sockets.set.Remove(socket)
	}
	if i.parked == nil {
		i.parked = make(map[TurnID]*running)
	}
	i.parked[t.work.Turn] = t
	return y
}

// Drop unwinds the turns that are suspended, and gives back what they ran on. The
// instance is of no use afterwards.
func (i *Instance) Drop(to *Runners) {
	turns := slices.SortedFunc(maps.Values(i.parked), func(a, b *running) int { return cmp.Compare(a.work.Turn, b.work.Turn) })
	for _, t := range turns {
		t.doomed = errDropped
		i.current = t
		t.runner.next()
		i.current = nil
		to.put(t.runner)
	}
	clear(i.parked)
}

// rings says whether the class handles alarms; while it is constructed nobody knows.
func (i *Instance) rings() bool {
	_, ok := i.object.(object.AlarmHandler)
	return ok || i.object == nil
}

// dispatch calls the handler. A handler that the class does not have is no error: the event is dropped.
func (i *Instance) dispatch(work *Work) (err error) {
	switch work.Kind {
	case Fetch:
		response, err := i.object.Fetch(state{i}, work.Request)
		i.reply(work, response, err)
		return err
	case Message:
		if h, ok := i.object.(object.MessageHandler); ok {
			return h.WebSocketMessage(state{i}, work.Socket, work.Message)
		}
	case Closed:
		return i.ended(state{i}, work)
	case Alarm:
		if h, ok := i.object.(object.AlarmHandler); ok {
			return h.Alarm(state{i}, work.Alarm)
		}
	case Construct:
		i.object, err = i.from.Class.New(state{i})
	case Task:
		task := i.tasks[0]
		i.tasks = slices.Delete(i.tasks, 0, 1)
		return task()
	}
	return err
}

// reply is said first: what a handler sent on the socket it accepted follows the
// upgrade. An error goes to this caller only; what the handler wrote stands.
func (i *Instance) reply(work *Work, response *object.Response, err error) {
	accepted := i.sockets.accepted
	switch {
	case err != nil:
		response = &object.Response{Status: http.StatusInternalServerError, Body: []byte(err.Error())}
	case response == nil:
		response = &object.Response{Status: http.StatusInternalServerError, Body: []byte("the object gave no response")}
	case (response.Status == http.StatusSwitchingProtocols) != (accepted != nil):
		response = &object.Response{Status: http.StatusInternalServerError, Body: []byte("status 101 and an accepted WebSocket go together")}
	}
	said := Output{Turn: work.Turn, Reply: response, Failed: err}
	if accepted != nil && response.Status == http.StatusSwitchingProtocols {
		said.Accept = accepted.ID
	} else if accepted != nil {
		i.sockets.set.Remove(accepted)
	}
	i.sockets.outputs[0] = said
}
