package actor_test

import (
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// books are kept of turns.
type books struct {
	turns   map[actor.TurnID]*turn
	queues  map[object.ID][]actor.TurnID // accepted, not begun, in order of arrival
	running map[actor.Activation]actor.Resume
	latest  actor.Resume      // that ended
	serial  int               // of the newest turn's run
	spoken  map[object.ID]int // the run whose words left last
}

// proofs are what the core may rest on.
type proofs struct {
	inFlight bool
	proof    time.Time             // the newest proof of ownership was asked for then; zero is none
	unclean  [worldSlots]time.Time // when the slot was taken over so; zero is clean
}

// turn is one that the world asked for.
type turn struct {
	object  object.ID
	kind    actor.Kind
	path    string
	socket  *actor.Socket
	upgrade bool
	call    *actor.Call // that asked for it
	arrived time.Time

	ran     bool
	refused bool
	replied bool
	wrote   *state
}

// bells are alarms, and how they fare.
type bells struct {
	alarms  map[alarmRun]*attempts
	ringing map[actor.TurnID]alarmRun // that runs
	touched map[object.ID]bool        // set or deleted since the last run began
	due     map[object.ID]time.Time   // set, and not begun to run; zero is deleted
}

// alarmRun is one alarm; attempts are its failed runs.
type alarmRun struct {
	object    object.ID
	scheduled int64
}

type attempts struct {
	failed    int
	last      time.Time
	succeeded bool
}
