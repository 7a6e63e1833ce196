package object

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrTooLarge is returned by Storage.Put for a key and value over MaxEntryBytes together.
var ErrTooLarge = errors.New("entry too large")

// MaxEntryBytes bounds a key and its value together (2 MB, as SQLite-backed objects have it).
const MaxEntryBytes = 2_000_000

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
	Start   string // first key that may be given, if not empty
	End     string // first key that may not, if not empty
	Prefix  string
	Reverse bool // the same range from its end; Start stays the lower bound
	Limit   int  // 0 is no limit
}

// Storage is an object's private, durable map and its one alarm. It is resident
// while the object is live, so reads never wait and see the writes made before
// them. All writes of a turn become durable together or not at all.
type Storage interface {
	Get(key string) (Value, bool)
	Put(key string, value Value) error
	Delete(key string) bool
	List(Range) []Entry
	// DeleteAll removes every entry and the alarm.
	DeleteAll()

	// Alarm is the time set, if one is. It is not set while the alarm runs,
	// unless the handler set a new one.
	Alarm() (time.Time, bool)
	// SetAlarm replaces the alarm; a time in the past fires at once.
	SetAlarm(time.Time)
	DeleteAlarm()
}
