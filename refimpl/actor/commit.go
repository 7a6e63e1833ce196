package actor

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// commits is the one way to durability: one batch in flight, the rest in line.
//
// With two in flight, the second's confirmation would make the first look durable.
type commits struct {
	number  uint64 // of the newest unit
	durable uint64 // every unit up to this one is durable
	rows    int    // not durable yet
	flying  *unit
	watched bool // a timer looks after what flies
	line    []*unit
	spare   *unit // the last one that landed, for its memory
}

// unit is a batch being gathered.
type unit struct {
	number  uint64
	since   time.Time // its first write
	batch   store.Batch
	rows    int
	index   map[keyOf]int // where a key is in batch.Writes
	alarms  map[object.ID]int
	slots   map[store.Slot]struct{}
	entries []*entry // whose gates wait for it
}

type keyOf struct {
	object object.ID
	key    string
}

func (s *commits) empty() bool { return s.flying == nil && len(s.line) == 0 }

// sent is the newest unit that may have reached the store.
func (s *commits) sent() uint64 {
	if s.flying != nil {
		return s.flying.number
	}
	return s.durable
}

// gathering is the unit that the next turn's writes join.
func (s *commits) gathering(limit int) *unit {
	if n := len(s.line); n > 0 && s.line[n-1].rows < limit {
		return s.line[n-1]
	}
	u := s.spare
	s.spare = nil
	if u == nil {
		u = &unit{index: map[keyOf]int{}, alarms: map[object.ID]int{}, slots: map[store.Slot]struct{}{}}
	}
	s.number++
	u.number = s.number
	s.line = append(s.line, u)
	return u
}

// gather takes a turn's writes, all into one unit: they become durable together.
func (c *Core) gather(e *entry, y *Yielded) {
	if y.Alarm.Changed {
		c.moveAlarm(e, y.Alarm.At)
	}
	if len(y.Writes) == 0 && !y.Wiped && !y.Alarm.Changed {
		return
	}
	u := c.commits.gathering(c.config.BatchRows)
	if u.rows == 0 {
		u.since = c.now
		c.watchGate(u)
	}
	before := u.rows
	if y.Wiped {
		u.wipe(e.identity.ID)
	}
	for i := range y.Writes {
		u.put(y.Writes[i])
	}
	if y.Alarm.Changed {
		u.setAlarm(store.AlarmWrite{Object: e.identity.ID, Slot: e.slot, At: y.Alarm.At})
	}
	u.slots[e.slot] = struct{}{}
	c.commits.rows += u.rows - before
	if e.gate.batch != u.number {
		e.gate.batch = u.number
		u.entries = append(u.entries, e)
	}
	if !y.Unconfirmed {
		e.gate.confirmed = u.number
	}
}

func (u *unit) put(w store.Write) {
	key := keyOf{w.Object, w.Key}
	if at, ok := u.index[key]; ok {
		u.batch.Writes[at] = w
		return
	}
	u.index[key] = len(u.batch.Writes)
	u.batch.Writes = append(u.batch.Writes, w)
	u.rows++
}

func (u *unit) setAlarm(w store.AlarmWrite) {
	if at, ok := u.alarms[w.Object]; ok {
		u.batch.Alarms[at] = w
		return
	}
	u.alarms[w.Object] = len(u.batch.Alarms)
	u.batch.Alarms = append(u.batch.Alarms, w)
	u.rows++
}

// wipe deletes what the store has; the object's earlier writes of this unit go with it.
func (u *unit) wipe(id object.ID) {
	u.dropWrites(id)
	if !slices.Contains(u.batch.Wipes, id) {
		u.batch.Wipes = append(u.batch.Wipes, id)
		u.rows++
	}
}

func (u *unit) dropWrites(id object.ID) {
	kept := u.batch.Writes[:0]
	for _, w := range u.batch.Writes {
		if w.Object == id {
			delete(u.index, keyOf{w.Object, w.Key})
			u.rows--
			continue
		}
		u.index[keyOf{w.Object, w.Key}] = len(kept)
		kept = append(kept, w)
	}
	clear(u.batch.Writes[len(kept):])
	u.batch.Writes = kept
}

// drop takes an object out of the unit altogether.
func (u *unit) drop(id object.ID) {
	u.dropWrites(id)
	without := len(u.batch.Wipes)
	u.batch.Wipes = slices.DeleteFunc(u.batch.Wipes, func(w object.ID) bool { return w == id })
	u.rows -= without - len(u.batch.Wipes)
	if _, ok := u.alarms[id]; !ok {
		return
	}
	u.rows--
	delete(u.alarms, id)
	u.batch.Alarms = slices.DeleteFunc(u.batch.Alarms, func(w store.AlarmWrite) bool { return w.Object == id })
	for i, w := range u.batch.Alarms {
		u.alarms[w.Object] = i
	}
}

func (u *unit) reset() {
	clear(u.index)
	clear(u.alarms)
	clear(u.slots)
	clear(u.batch.Writes) // let go of the values
	clear(u.entries)
	*u = unit{
		index: u.index, alarms: u.alarms, slots: u.slots, entries: u.entries[:0],
		batch: store.Batch{
			Leases: u.batch.Leases[:0], Wipes: u.batch.Wipes[:0],
			Writes: u.batch.Writes[:0], Alarms: u.batch.Alarms[:0],
		},
	}
}

// next is the unit that has waited longest. One that a rejected object left
// empty goes: nobody waits for it, and an empty transaction costs as much as another.
func (s *commits) next() *unit {
	for len(s.line) > 0 && s.line[0].rows == 0 {
		s.line = slices.Delete(s.line, 0, 1)
	}
	if len(s.line) == 0 {
		return nil
	}
	return s.line[0]
}

// startCommit sends the next unit, if none is in flight and nobody else may still
// answer for what it writes.
func (c *Core) startCommit() {
	if c.commits.flying != nil {
		return
	}
	u := c.commits.next()
	if u == nil || c.contested(u) {
		return
	}
	c.commits.line = slices.Delete(c.commits.line, 0, 1)
	c.commits.flying = u
	for slot := range u.slots {
		u.batch.Leases = append(u.batch.Leases, c.owned.lease(slot))
	}
	slices.SortFunc(u.batch.Leases, func(a, b store.Lease) int { return cmp.Compare(a.Slot, b.Slot) })
	c.emit(Commit{Batch: &u.batch})
}

func (c *Core) committed(sent time.Time) {
	if c.commits.flying == nil {
		return // the session that sent it is lost, and all was given up
	}
	c.confirmed(sent)
	c.land()
}

// land opens the gates that waited for the unit in flight.
func (c *Core) land() {
	u := c.commits.flying
	c.commits.flying, c.commits.durable = nil, u.number
	c.commits.rows -= u.rows
	for _, e := range u.entries {
		if c.objects[e.identity.ID] == e {
			c.openGate(e)
		}
	}
	u.reset()
	c.commits.spare = u
}

// commitFailed puts one object's bad writes aside and sends the rest again, if
// the store says whose they are. Any other failure ends the session.
func (c *Core) commitFailed(cause error) {
	var rejected *store.RejectedError
	if !errors.As(cause, &rejected) {
		c.lost(cause)
		return
	}
	u := c.commits.flying
	if u == nil {
		return
	}
	c.reject(rejected.Object, cause)
	if u.rows > 0 {
		c.emit(Commit{Batch: &u.batch})
		return
	}
	c.land() // nothing of it is left to commit
}

// reject drops an object whose writes the store refuses. None of its writes that
// are not durable may follow, for they build on the refused ones.
func (c *Core) reject(id object.ID, cause error) {
	before := c.commits.pendingRows()
	c.commits.flying.drop(id)
	for _, u := range c.commits.line {
		u.drop(id)
	}
	c.commits.rows -= before - c.commits.pendingRows()
	e, ok := c.objects[id]
	if !ok {
		return
	}
	c.refuseHeld(e, c.commits.durable, nil)
	c.refuseAll(e, cause)
	c.emit(Break{Object: id, Cause: cause})
	// Its alarm is found by the next scan. To ask at once would run, without a pause
	// and for ever, an alarm whose own writes are what the store refuses.
	c.forget(e)
}

// pending are the units that are not durable, oldest first.
func (s *commits) pending() []*unit {
	var all []*unit
	if s.flying != nil {
		all = append(all, s.flying)
	}
	return append(all, s.line...)
}

func (s *commits) pendingRows() int {
	rows := 0
	for _, u := range s.pending() {
		rows += u.rows
	}
	return rows
}

func sortEntries(entries []*entry) {
	slices.SortFunc(entries, func(a, b *entry) int { return cmp.Compare(a.activation, b.activation) })
}
