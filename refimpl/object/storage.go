package object

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Errors of Storage. After each of them the object lives on, and nothing of the
// call was kept.
var (
	// ErrTooLarge is returned for a key and value over MaxEntryBytes together.
	ErrTooLarge = errors.New("entry too large")
	// ErrTooMany is returned for more than MaxBatchKeys keys at once.
	ErrTooMany = errors.New("too many keys at once")
	// ErrStorageFull is returned for a write that would take the object over its storage limit.
	ErrStorageFull = errors.New("storage of the object is full")
	// ErrBadRange is returned by List for a Range that contradicts itself.
	ErrBadRange = errors.New("bad range")
	// ErrBadAlarm is returned by SetAlarm for a time that is not after the Unix epoch.
	ErrBadAlarm = errors.New("bad alarm time")
	// ErrNoAlarmHandler is returned by SetAlarm to a class that has no AlarmHandler.
	ErrNoAlarmHandler = errors.New("the class has no alarm handler")
	// ErrInTransaction is returned by DeleteAll inside a transaction.
	ErrInTransaction = errors.New("not allowed in a transaction")
	// ErrRollback is returned by the body of a transaction to undo it without an error.
	ErrRollback = errors.New("transaction rolled back")
)

const (
	// MaxEntryBytes bounds a key and its value together (2 MB, as SQLite-backed objects have it).
	MaxEntryBytes = 2_000_000
	// MaxBatchKeys bounds GetMany, PutMany and DeleteMany.
	MaxBatchKeys = 128
)

// Codec says how the bytes of a Value are to be read.
type Codec uint8

// The codecs. Their numbers are stored and never change meaning.
const (
	Raw  Codec = 0
	JSON Codec = 1
)

// Value is what a key holds. Data is shared, not copied: neither the runtime nor
// a class may change it after it was put.
type Value struct {
	Codec Codec
	Data  []byte
}

// EncodeJSON makes a Value of anything that encoding/json can write.
func EncodeJSON(v any) (Value, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return Value{}, fmt.Errorf("encode value: %w", err)
	}
	return Value{Codec: JSON, Data: data}, nil
}

// DecodeJSON reads a Value that EncodeJSON made.
func DecodeJSON(v Value, into any) error {
	if v.Codec != JSON {
		return fmt.Errorf("decode value: codec %d, want %d (JSON)", v.Codec, JSON)
	}
	if err := json.Unmarshal(v.Data, into); err != nil {
		return fmt.Errorf("decode value: %w", err)
	}
	return nil
}

// Entry is a key with its value.
type Entry struct {
	Key   string
	Value Value
}

// Range chooses entries by key, in byte order. The zero Range is everything.
type Range struct {
	Start      string // first key that may be given, if not empty
	StartAfter string // the last key that may not, if not empty; not together with Start
	End        string // first key that may not, if not empty
	Prefix     string
	Reverse    bool // the same range from its end; Start stays the lower bound
	Limit      int  // 0 is no limit; it may not be negative
}

// WriteOption changes what a write holds up.
type WriteOption uint8

// AllowUnconfirmed lets what the object says leave before the write is durable.
// If the write fails, the object is reset nevertheless.
const AllowUnconfirmed WriteOption = 1

// Storage is an object's private, durable map and its one alarm. It is resident
// while the object is live, so reads never wait and see the writes made before
// them. All that a turn writes without suspending becomes durable together or
// not at all, and a handler that fails afterwards takes none of it back.
type Storage interface {
	Get(key string) (Value, bool)
	// GetMany gives the entries that exist, in byte order, each once.
	GetMany(keys ...string) ([]Entry, error)
	Put(key string, value Value, options ...WriteOption) error
	// PutMany puts all or nothing.
	PutMany(entries []Entry, options ...WriteOption) error
	// Delete says whether the key existed.
	Delete(key string, options ...WriteOption) bool
	// DeleteMany says how many of the keys existed.
	DeleteMany(keys []string, options ...WriteOption) (int, error)
	List(Range) ([]Entry, error)
	// DeleteAll removes every entry and the alarm.
	DeleteAll() error
	// Sync suspends until all that was written before it is durable.
	Sync() error
	// Transaction runs the body and keeps all of its writes or none: an error
	// undoes them, the alarm's too, and is returned; ErrRollback undoes them and is
	// not. Transactions nest, and are sections as BlockConcurrency makes them.
	Transaction(body func() error) error

	// Alarm is the time set, if one is. It is not set while the alarm runs,
	// unless a new one was set meanwhile; it is the old one while a retry waits.
	Alarm() (time.Time, bool)
	// SetAlarm replaces the alarm, in whole milliseconds; a time in the past is
	// raised to now, and one that is set already changes nothing.
	SetAlarm(at time.Time, options ...WriteOption) error
	// DeleteAlarm stops no handler that runs, but its retries.
	DeleteAlarm(options ...WriteOption)
}
