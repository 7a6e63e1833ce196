// Package store is the contract of durable storage: who may write an object,
// what a commit is, and how an object is read back.
//
// # Ownership
//
// An object belongs to one slot of its home region. A Session owns slots; the
// session that owns a slot is the only one that can commit writes of that
// slot's objects. Whoever acquires a slot next sees every commit the session
// before it will ever make. Each acquisition raises the slot's epoch; a batch
// carries the epochs it believes in, and a store refuses it whole (ErrFenced)
// if one is not current.
//
// # Outcomes
//
// A Commit that returns nil is durable. ErrFenced and *RejectedError mean that
// nothing of the batch was kept. Any other error means that the session is dead
// and the outcome unknown: the batch may be durable or not, and the session's
// owner must drop all it holds in memory.
package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

var (
	// ErrLost means that the session is dead and all its slots are gone; a commit
	// that was under way has an unknown outcome.
	ErrLost = errors.New("session lost")
	// ErrFenced is returned by Commit for a batch with an epoch that is not
	// current: another session owns the slot now. Nothing was kept.
	ErrFenced = errors.New("slot owned by another epoch")
	// ErrUnsafe is returned when a store is opened on a server where ownership
	// would not be safe (a pooler, a standby, stub locks). Its text says which.
	ErrUnsafe = errors.New("server unsafe for single-writer ownership")
	// ErrElsewhere is returned by Session.Move for an object that the directory does
	// not have in the session's region. Nothing was changed.
	ErrElsewhere = errors.New("object lives elsewhere")
)

// MaxKeyBytes bounds a key; every engine refuses a longer one (*RejectedError).
// An index of keys cannot hold longer ones on Postgres.
const MaxKeyBytes = 2048

// RejectedError is returned by Commit when the server refused the writes of one
// object (and would refuse them again). Nothing of the batch was kept.
type RejectedError struct {
	Object object.ID
	Cause  error
}

// Error names the object and the cause.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("commit object %.12s…: %v", e.Object, e.Cause)
}

// Unwrap gives the cause.
func (e *RejectedError) Unwrap() error { return e.Cause }

// Slot is a share of a region's objects; ownership is per slot.
type Slot uint16

// SlotOf places an object in one of n slots. The identity half of an ID is
// uniform, so slots fill evenly.
func SlotOf(id object.ID, n int) Slot {
	return Slot(binary.BigEndian.Uint64(id[:8]) % uint64(n))
}

// Owner says who opens a session.
type Owner struct {
	Region regions.ID
	Node   string
}

// Lease is the right to write a slot.
type Lease struct {
	Slot  Slot
	Epoch uint64
	// Clean says that the owner before released the slot itself. If not, it may
	// still be answering reads from memory, for at most ReadTrust.
	Clean bool
}

// ReadTrust is how long an owner answers from memory after it last had proof
// that it still owns its slots, counted from when the proof was asked for. A new
// owner of a slot that was not released cleanly commits no write for as long.
const ReadTrust = time.Second

// Write sets or deletes one key of one object.
type Write struct {
	Object  object.ID
	Key     string
	Value   object.Value
	Deleted bool
}

// AlarmWrite sets or clears (zero At) an object's alarm. Engines keep at least
// its microseconds, and never an earlier time.
type AlarmWrite struct {
	Object object.ID
	Slot   Slot
	At     time.Time
}

// Batch is what one transaction makes durable: whole turns of any number of
// objects. Wipes (all entries of an object) apply before Writes; a key appears
// at most once in Writes, and an object at most once in Alarms.
type Batch struct {
	Leases []Lease // epochs asserted; one for every slot touched
	Wipes  []object.ID
	Writes []Write
	Alarms []AlarmWrite
}

// Snapshot is an object as it was last committed, its entries in byte order of
// their keys. An object that was never written has no entries, and its Alarm is
// zero.
type Snapshot struct {
	Object  object.ID
	Entries []object.Entry
	Alarm   time.Time
	// Elsewhere is the object's home if the directory is kept with the objects and
	// has it in another region than the session's: it must not run here.
	Elsewhere regions.ID
}

// Alarm is one pending alarm. Name is what the directory knows the object by
// ("" if it does not), so that an alarm that wakes an object can tell it.
type Alarm struct {
	Object object.ID
	Class  string
	Name   string
	At     time.Time
}

// Session owns slots and commits their writes. It is used by one goroutine at a
// time. Every method may return ErrLost, after which all others do. A context
// that is done ends the session too: there is no half of a call.
type Session interface {
	// Acquire takes those of the slots that are free and returns their leases,
	// in slot order. Slots that are held, by others or by this session, are left
	// out, without waiting.
	Acquire(ctx context.Context, slots []Slot) ([]Lease, error)
	// Release gives slots up cleanly; slots not owned are passed over. The caller
	// has no commit in flight.
	Release(ctx context.Context, slots []Slot) error
	// Load reads objects of owned slots, in the order asked; for an object of
	// another slot it returns ErrFenced.
	Load(ctx context.Context, ids []object.ID) ([]Snapshot, error)
	// Commit makes a batch durable, all or nothing.
	Commit(ctx context.Context, batch *Batch) error
	// Beat proves, by a durable write, that the session still owns its slots.
	Beat(ctx context.Context) error
	// Alarms lists the owned slots' alarms due before until, earliest first, at
	// most limit of them.
	Alarms(ctx context.Context, until time.Time, limit int) ([]Alarm, error)
	// Move gives an object of an owned slot to another region: its home in the
	// directory and its alarm change together, or neither does. Whoever acquires the
	// slot next sees it, as with a commit. The caller has no commit of the object in
	// flight, and runs it no more. The directory and both regions share one server.
	Move(ctx context.Context, id object.ID, to regions.ID) error
	// Close ends the session; slots not released are left unclean.
	Close() error
}

// Placement asks the directory where an object lives, and where it should live
// if it lives nowhere yet.
type Placement struct {
	Object object.ID
	Class  string
	Name   string
	Want   regions.ID
}

// Directory knows every object's home. The first Place of an object decides it,
// for all callers; only Session.Move changes it.
type Directory interface {
	// Place returns the homes of the objects asked for, in that order.
	Place(ctx context.Context, asks []Placement) ([]regions.ID, error)
	Close() error
}

// Store opens sessions and directories. It may be used by many goroutines.
type Store interface {
	// Slots is the number of slots of each region; fixed for a store's life.
	Slots() int
	Open(ctx context.Context, owner Owner) (Session, error)
	// Facts are the conditions that a report prints: engine, version and the
	// settings that decide durability.
	Facts() map[string]string
	Close() error
}
