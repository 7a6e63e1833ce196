package actor

import (
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// ownership is what the core may write, and how sure it is of that.
type ownership struct {
	slots        []slotState
	trustedUntil time.Time
	probing      bool
	waiting      []*entry // their gates wait for proof
	// contestedUntil is the latest of the slots'.
	contestedUntil time.Time
}

type slotState struct {
	held           bool
	epoch          uint64
	contestedUntil time.Time
}

// contest is how long after an unclean take-over nothing is written: the old
// owner's trust, and a hundredth for clocks that run apart.
//
// It is not enough to hide new writes for so long. If this owner is lost as well,
// the next one finds them in the store, takes them for what everybody knows, and
// shows them while the owner before the last still answers from memory.
const contest = store.ReadTrust + store.ReadTrust/100

func (c *Core) acquired(a Acquired) {
	for _, lease := range a.Leases {
		s := slotState{held: true, epoch: lease.Epoch}
		if !lease.Clean {
			s.contestedUntil = c.now.Add(contest)
			c.contest(s.contestedUntil)
		}
		c.owned.slots[lease.Slot] = s
	}
	c.confirmed(a.Sent)
	c.scan()
}

// contest sees to it that the core looks again when the owner before is silent.
func (c *Core) contest(until time.Time) {
	if until.After(c.owned.contestedUntil) {
		c.owned.contestedUntil = until
		c.timers.push(timer{at: until, kind: contestTimer})
	}
}

// contested says whether the owner before may still answer for a slot of the unit.
func (c *Core) contested(u *unit) bool {
	if !c.owned.contestedUntil.After(c.now) {
		return false
	}
	for slot := range u.slots {
		if c.owned.slots[slot].contestedUntil.After(c.now) {
			return true
		}
	}
	return false
}

// confirmed extends trust from the instant the proof was asked for: counted from
// its answer, a slow answer would stretch it past the truth.
func (c *Core) confirmed(sent time.Time) {
	c.owned.probing = false
	if until := sent.Add(store.ReadTrust - c.config.TrustMargin); until.After(c.owned.trustedUntil) {
		c.owned.trustedUntil = until
	}
	waiting := c.owned.waiting
	c.owned.waiting = nil
	for _, e := range waiting {
		e.gate.waiting = false
		if c.objects[e.identity.ID] == e {
			c.openGate(e)
		}
	}
}

func (c *Core) probe() {
	if !c.owned.probing {
		c.owned.probing = true
		c.emit(Probe{})
	}
}

// lost drops everything: without ownership there is no object, and what was not
// confirmed durable may be so or not.
func (c *Core) lost(cause error) {
	sent := c.commits.sent()
	for _, e := range c.inOrder() {
		c.refuseHeld(e, sent, nil)
		c.refuseAll(e, cause)
		c.emit(Break{Object: e.identity.ID, Cause: cause})
		if e.moving {
			c.emit(Moved{Object: e.identity.ID, Cause: cause})
		}
	}
	clear(c.objects)
	c.last = nil
	clear(c.owned.slots)
	c.owned = ownership{slots: c.owned.slots}
	c.commits = commits{number: c.commits.number, durable: c.commits.number, watched: c.commits.watched}
	c.rested = restList{}
	clear(c.alarms.known)
	c.alarms = scanner{known: c.alarms.known}
}

// inOrder lists the objects by activation, so that equal histories have equal effects.
func (c *Core) inOrder() []*entry {
	entries := make([]*entry, 0, len(c.objects))
	for _, e := range c.objects {
		entries = append(entries, e)
	}
	sortEntries(entries)
	return entries
}

// lease gives the epoch that a batch asserts of a slot.
func (o *ownership) lease(slot store.Slot) store.Lease {
	return store.Lease{Slot: slot, Epoch: o.slots[slot].epoch}
}

// Epoch is the epoch at which the core owns the object's slot; 0 if it does not.
func (c *Core) Epoch(id object.ID) uint64 {
	return c.owned.slots[store.SlotOf(id, c.config.Slots)].epoch
}

func (c *Core) owns(id object.ID) bool {
	return c.owned.slots[store.SlotOf(id, c.config.Slots)].held
}
