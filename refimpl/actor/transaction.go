package actor

import (
	"errors"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// undoLog is how a transaction is taken back: what keys held before, and where
// each open transaction began.
type undoLog struct {
	old   []undone
	marks []mark
}

type undone struct {
	key   string
	value object.Value
	had   bool
}

// mark is the beginning of a transaction.
type mark struct {
	old       int
	writes    int
	bytes     int
	alarm     time.Time
	touched   bool
	moved     AlarmChange
	confirmed bool
}

// note remembers what a key held, if it may have to be put back.
func (u *undoLog) note(key string, value object.Value, had bool) {
	if len(u.marks) > 0 {
		u.old = append(u.old, undone{key, value, had})
	}
}

func (u *undoLog) begin(r *resident) {
	u.marks = append(u.marks, mark{
		old: len(u.old), writes: len(r.writes), bytes: r.bytes,
		alarm: r.alarm.at, touched: r.alarm.touched, moved: r.moved, confirmed: r.confirmed,
	})
	r.moved, r.confirmed = AlarmChange{}, false
}

// end closes the innermost transaction.
func (u *undoLog) end() mark {
	last := len(u.marks) - 1
	m := u.marks[last]
	u.marks = u.marks[:last]
	return m
}

func (u *undoLog) keep(r *resident) {
	m := u.end()
	if !r.moved.Changed {
		r.moved = m.moved
	}
	r.confirmed = r.confirmed || m.confirmed
	u.forget()
}

func (u *undoLog) rollback(r *resident) {
	m := u.end()
	for i := len(u.old) - 1; i >= m.old; i-- {
		if o := u.old[i]; o.had {
			r.entries[o.key] = o.value
		} else {
			delete(r.entries, o.key)
		}
	}
	u.old = u.old[:m.old]
	clear(r.writes[m.writes:])
	r.writes, r.bytes = r.writes[:m.writes], m.bytes
	r.alarm.at, r.alarm.touched = m.alarm, m.touched
	r.moved, r.confirmed = m.moved, m.confirmed
	u.forget()
}

// forget empties the log once no transaction is open.
func (u *undoLog) forget() {
	if len(u.marks) == 0 {
		clear(u.old)
		u.old = u.old[:0]
	}
}

// flushed: what was written before the outermost transaction is out of our hands.
func (u *undoLog) flushed() {
	before := u.marks[0].writes
	for i := range u.marks {
		u.marks[i].writes -= before
	}
	u.marks[0].moved, u.marks[0].confirmed = AlarmChange{}, false
}

// Transaction is a section whose writes can be taken back. A panic takes them back
// too, lest a handler that catches it goes on in the middle of a transaction.
func (r *resident) Transaction(body func() error) error {
	t, err := r.instance.enter()
	if err != nil {
		return err
	}
	r.undo.begin(r)
	kept := false
	defer func() {
		t.leave()
		if !kept {
			r.undo.rollback(r)
		}
	}()
	if err := body(); err != nil {
		if errors.Is(err, object.ErrRollback) {
			return nil
		}
		return err
	}
	r.undo.keep(r)
	kept = true
	return nil
}
