package primitive

import (
	"time"

	"github.com/durabench/durabench/loadgen"
)

// Service names who is called.
type Service string

// The services.
const (
	ServiceKV Service = "kv"
	ServiceD1 Service = "d1"
	ServiceR2 Service = "r2"
	Object    Service = "object" // the durable object: the driver answers
)

// Verb is what a call asks of its service.
type Verb uint8

// The verbs. A verb that a service does not have is a programmer's error.
const (
	Get    Verb = iota + 1 // KV, R2: the value of Key
	Put                    // KV, R2: Value under Key, or Message in the list Key
	List                   // KV, R2: the last Count messages of the list Key, in order of their IDs; R2 without their texts
	GetAll                 // R2: the messages Names of the list Key, with their texts

	Select   // D1: SELECT the row Key
	Upsert   // D1: INSERT the row Key with Value, or UPDATE it
	Add      // D1: UPDATE the row Key SET n = max(0, n + Value.Number) RETURNING n
	Take     // D1: UPDATE the bucket Key, if it holds a token by Limit, RETURNING what it holds
	Insert   // D1: INSERT Message into the table's room Key, RETURNING its number
	Transfer // D1: one transaction that does Move to the bank Key, if there is enough, RETURNING its balances
	Latest   // D1: SELECT the last Count messages of the room Key, in order of their numbers

	Forward // Object: Ask, as the client asked it
)

// Op is one call of a service. Fields that a verb does not name are ignored.
type Op struct {
	Service Service
	Verb    Verb
	Key     string
	Value   Value
	Message Message
	Names   []string
	Count   int
	// TTL of a KV Get is its cacheTtl (zero is the default), of a KV Put its expirationTtl (zero is never).
	TTL     time.Duration
	Guard   Guard   // R2 Put
	Session Session // D1
	Limit   Limit   // D1 Take
	Move    Move    // D1 Transfer
	Ask     *loadgen.Ask
}

// Guard makes an R2 Put conditional: it is kept only if, when it completes, the
// object still has the ETag. A zero ETag means that there must be no object.
type Guard struct {
	On   bool
	ETag uint64
}

// Session says where D1 may run a statement. The zero value is no session:
// everything runs at the primary.
type Session struct {
	Anywhere bool     // the nearest instance may answer a read
	Bookmark Bookmark // … which waits until it has seen this
}

// Bookmark is a version of a D1 database. It travels with a client. Zero is the empty database.
type Bookmark uint64

// Value is what a key, an object or a row holds; each class has its part of it.
type Value struct {
	Number   int64         // counter; account: of the last transfer, or the balance of one key
	Balances []int64       // account in one value; never changed in place
	Tokens   float64       // limiter: tokens …
	At       time.Duration // … at this instant of the run, in whole milliseconds
	Messages []Message     // chat in one value, oldest first; never changed in place
	// Origin is the state of the object that a hybrid's cached value shows; nil elsewhere.
	Origin *Origin
}

// Origin is one state of an object. All copies of it share it, so a copy knows for how long the
// object has moved on. A driver keeps one for each object that is read through KV.
type Origin struct{ replaced time.Duration }

// Replace ends a state, now, and returns the next one's origin.
func (o *Origin) Replace(now time.Duration) *Origin {
	if o != nil {
		o.replaced = max(1, now)
	}
	return &Origin{}
}

// Message is one text of a room.
type Message struct {
	ID     string // the service's own; its order is a room's order where each message has a key
	Client int    // who sent it
	Text   string
}

// Result is what a service answers. A driver that answers a call of [Object]
// sets Reply and Outcome to what a client would have seen, and Value to what the
// object holds after it (counter: Number; chat: Messages; both: Origin), which it sends along so that it may be cached.
type Result struct {
	Value    Value
	Found    bool   // a read found something
	Kept     bool   // a write took effect; not so if its condition did not hold
	ETag     uint64 // R2
	Bookmark Bookmark
	// Stale is how long before the call was asked the value it saw had been
	// replaced where writes go (of a hybrid: at the object); zero if the value was current then.
	Stale   time.Duration
	Reply   loadgen.Reply
	Outcome loadgen.Outcome
}

// version is one state of a key. Whoever keeps a copy shares it, so a copy knows
// when it was replaced, however long ago it was made.
type version struct {
	value    Value
	found    bool
	serial   uint64
	expires  time.Duration // zero is never
	replaced time.Duration // where writes go; 0 is not yet
}

// stale is how long a version, or what it is a copy of, had been replaced at an instant.
func (v *version) stale(at time.Duration) (stale time.Duration) {
	if v.replaced != 0 {
		stale = max(0, at-v.replaced)
	}
	if o := v.value.Origin; o != nil && o.replaced != 0 {
		stale = max(stale, at-o.replaced)
	}
	return stale
}

// alive says that a version has not expired.
func (v *version) alive(now time.Duration) bool { return v.expires == 0 || now < v.expires }

// result is a read's answer that saw the version.
func (v *version) result(now, asked time.Duration) Result {
	r := Result{Stale: v.stale(asked)}
	if v.found && v.alive(now) {
		r.Value, r.Found, r.ETag = v.value, true, v.serial
	}
	return r
}
