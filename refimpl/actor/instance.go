package actor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// Work is what a driver gives a turn to do.
type Work struct {
	Turn    TurnID
	Kind    Kind
	Request *object.Request  // of Fetch
	Socket  *Socket          // of Message and Closed; of Fetch with Upgrade, the socket to accept
	Message object.Message   // of Message
	Closing object.Closing   // of Closed
	Fault   error            // of Closed, if the peer broke the protocol; Closing.Code is what it is told
	Alarm   object.AlarmInfo // of Alarm
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
// Resume, and drop it on Evict and Break. Its methods are called by one
// goroutine at a time.
type Instance struct {
	identity   object.Identity
	namespaces map[string]object.Namespace
	object     object.Object // nil while it is constructed
	storage    resident
	sockets    turnSockets
	random     *rand.Rand
	now        time.Time
	sections   int // that are open
}

// errConstructorWrote: no turn would make it durable, and every turn would read it.
var errConstructorWrote = errors.New("the constructor wrote; it may only read")

// NewInstance constructs the object from what the store holds. The constructor
// may only read.
func NewInstance(now time.Time, from Origin) (instance *Instance, err error) {
	name := from.Identity.Class
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("construct %s: panic: %v", name, fault)
		}
	}()
	i := &Instance{identity: from.Identity, namespaces: from.Namespaces, random: from.Random, now: now}
	i.storage.restore(i, from.Snapshot, from.StorageBytes)
	i.sockets.set = from.Sockets
	i.object, err = from.Class.New(state{i})
	if err != nil {
		return nil, fmt.Errorf("construct %s: %w", name, err)
	}
	if y := i.storage.flush(); y.Wiped || len(y.Writes) > 0 || y.Alarm.Changed {
		return nil, fmt.Errorf("construct %s: %w", name, errConstructorWrote)
	}
	return i, nil
}

// rings says whether the class handles alarms; while it is constructed nobody knows.
func (i *Instance) rings() bool {
	_, ok := i.object.(object.AlarmHandler)
	return ok || i.object == nil
}

// Run runs one turn to its end and tells what it did. The writes in the answer
// are valid until the next Run.
func (i *Instance) Run(now time.Time, activation Activation, work *Work) (yielded Yielded) {
	i.now = now
	if work.Kind == Alarm {
		i.storage.alarm.ring()
	}
	i.sockets.begin(work)
	defer func() {
		i.sockets.end()
		if fault := recover(); fault != nil {
			yielded = Yielded{
				Object: i.identity.ID, Activation: activation,
				Reset: fmt.Errorf("panic: %v\n%s", fault, debug.Stack()),
			}
		}
	}()
	failed := i.dispatch(work)
	if work.Kind == Alarm {
		i.storage.alarm.rang(failed != nil && work.Alarm.Retry < alarmRetries)
	}
	yielded = i.storage.flush()
	yielded.Object, yielded.Activation = i.identity.ID, activation
	yielded.Outputs, yielded.Failed = i.sockets.outputs, failed
	return yielded
}

// dispatch calls the handler. A handler that the class does not have is no error: the event is dropped.
func (i *Instance) dispatch(work *Work) error {
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
	}
	return nil
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
	said := Output{Turn: work.Turn, Reply: response}
	if accepted != nil && response.Status == http.StatusSwitchingProtocols {
		said.Accept = accepted.ID
	} else if accepted != nil {
		i.sockets.set.Remove(accepted)
	}
	i.sockets.outputs[0] = said
}
