package primitive

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports/price"
)

// KV is a Workers KV namespace: central stores that take the writes, and two
// rows of caches that nobody tells of them.
//
//	Worker -> location's cache -> region's tier -> centre      reads stop at the first that knows
//	Worker -----------------------------------> centre         writes; the last one to arrive wins
//
// An absent key is cached as one that is there. What a read brings back is kept
// for its TTL at the tier and then, from when it is fetched there, at the
// location: a value may be seen for twice the TTL after it was replaced ([KVParams.Bound]).
type KV struct {
	flights
	world  World
	params KVParams
	centre map[string]*register
	lists  map[string]*list
	places map[regions.ID]*location
	tiers  map[regions.ID]cache
	serial uint64
	bill   price.Bill
	read   shape
	write  shape
}

// register is a key where writes go.
type register struct {
	current *version
	next    time.Duration // when it takes another write
}

// location is one place's cache.
type location struct {
	cache
	tier cache
}

// cache is what a place holds on to.
type cache map[string]cached

type cached struct {
	version        *version
	fetched, until time.Duration
}

// fresh finds what a read with a TTL may be answered with. A shorter TTL than
// the entry was made with shortens its life.
func (c cache) fresh(key string, now, ttl time.Duration) *version {
	e, ok := c[key]
	if !ok {
		return nil
	}
	if shorter := e.fetched + ttl; shorter < e.until {
		e.until = shorter
		c[key] = e
	}
	if now >= e.until || !e.version.alive(now) {
		return nil
	}
	return e.version
}

func (c cache) keep(key string, v *version, now, ttl time.Duration) {
	c[key] = cached{version: v, fetched: now, until: now + ttl}
}

// The stages of a call of KV.
const (
	kvAtTier stage = iota
	kvAtCentre
	kvBack
	kvWritten
	kvAcknowledged
	kvListed
	kvHome
)

// NewKV returns an empty namespace.
func NewKV(p KVParams, w World) (*KV, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("kv: %w", err)
	}
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("kv: %w", err)
	}
	k := &KV{
		world: w, params: p,
		centre: make(map[string]*register), lists: make(map[string]*list),
		places: make(map[regions.ID]*location), tiers: make(map[regions.ID]cache),
		read: p.Read.shape(), write: p.Write.shape(),
	}
	for _, t := range p.Tiers {
		k.tiers[t] = make(cache)
	}
	return k, nil
}

// Bill is what was charged: reads whatever they found, writes that were taken, lists.
func (k *KV) Bill() price.Bill { return k.bill }

// Holds is what the centre holds; it does not look at the clock, so what has expired counts until it is asked for.
func (k *KV) Holds(key string) (Value, bool) { return held(k.centre[key]) }

func held(r *register) (Value, bool) {
	if r == nil {
		return Value{}, false
	}
	return r.current.value, r.current.found
}

// Step takes one event.
func (k *KV) Step(now time.Duration, event Event) []Effect {
	k.start()
	switch e := event.(type) {
	case Asked:
		k.ask(now, e)
	case Fired:
		k.fire(now, e.Timer)
	}
	return k.effects
}

func (k *KV) ask(now time.Duration, e Asked) {
	n := k.begin(now, e)
	f := &k.slots[n]
	switch e.Op.Verb {
	case Get:
		k.get(now, n, f)
	case Put:
		if f.cause = k.params.expiry(e.Op.TTL); f.cause != nil {
			k.end(n)
			return
		}
		f.leg = k.write.draw(k.world.Random) / 2
		k.after(f.leg, n, kvWritten)
	case List:
		k.bill[price.KVList]++
		f.leg = k.read.draw(k.world.Random) / 2
		k.after(f.leg, n, kvListed)
	default:
		panic(fmt.Sprintf("kv: no verb %d", e.Op.Verb))
	}
}

func (k *KV) get(now time.Duration, n int32, f *flight) {
	if f.op.TTL == 0 {
		f.op.TTL = k.params.TTL
	}
	if f.op.TTL < k.params.LeastTTL {
		f.cause = fmt.Errorf("kv get %s: cacheTtl %v: want at least %v", f.op.Key, f.op.TTL, k.params.LeastTTL)
		k.end(n)
		return
	}
	k.bill[price.KVRead]++
	if v := k.place(f.from).fresh(f.op.Key, now, f.op.TTL); v != nil {
		f.result = v.result(now, f.asked)
		k.after(k.params.Hot.draw(k.world.Random), n, kvHome)
		return
	}
	f.leg = k.params.Tier.draw(k.world.Random) / 2
	k.after(f.leg, n, kvAtTier)
}

func (k *KV) fire(now time.Duration, t Timer) {
	n, f := t.flight, &k.slots[t.flight]
	switch t.stage {
	case kvAtTier:
		k.atTier(now, n, f)
	case kvAtCentre:
		f.seen = k.register(f.op.Key, now).current
		f.result = f.seen.result(now, f.asked)
		k.after(f.leg, n, kvBack)
	case kvBack:
		// The tier is a few milliseconds nearer to the centre; both are filled when the location is.
		place := k.place(f.from)
		place.tier.keep(f.op.Key, f.seen, now, f.op.TTL)
		place.keep(f.op.Key, f.seen, now, f.op.TTL)
		k.end(n)
	case kvWritten:
		k.written(now, f)
		k.after(f.leg, n, kvAcknowledged)
	case kvAcknowledged:
		if f.seen != nil && k.world.Random.Float64() < k.params.Local {
			k.place(f.from).keep(f.op.Key, f.seen, now, k.params.TTL)
		}
		k.end(n)
	case kvListed:
		f.result = k.listOf(f.op.Key).latest(now, f.asked, f.op.Count)
		k.after(f.leg, n, kvHome)
	case kvHome:
		if f.seen != nil {
			k.place(f.from).keep(f.op.Key, f.seen, now, f.op.TTL)
		}
		k.end(n)
	}
}

func (k *KV) atTier(now time.Duration, n int32, f *flight) {
	if v := k.place(f.from).tier.fresh(f.op.Key, now, f.op.TTL); v != nil {
		f.seen, f.result = v, v.result(now, f.asked)
		k.after(f.leg, n, kvHome)
		return
	}
	// What is drawn is the whole journey, of which the way to the tier is done.
	whole := k.read.draw(k.world.Random) / 2
	rest := max(0, whole-f.leg)
	f.leg = whole
	k.after(rest, n, kvAtCentre)
}

// written applies a write at the centre, or refuses it.
func (k *KV) written(now time.Duration, f *flight) {
	if f.op.Message.ID != "" { // a key of its own: nobody else writes it, and lists show it in their own time
		k.bill[price.KVWrite]++
		k.listOf(f.op.Key).insert(f.op.Message, now, now+k.params.ListLag.draw(k.world.Random))
		f.result.Kept = true
		return
	}
	r := k.register(f.op.Key, now)
	if now < r.next {
		f.cause = fmt.Errorf("kv put: %w", ErrTooManyRequests)
		return
	}
	k.bill[price.KVWrite]++
	k.serial++
	v := &version{value: f.op.Value, found: true, serial: k.serial}
	if f.op.TTL > 0 {
		v.expires = now + f.op.TTL
	}
	r.replace(v, now)
	r.next = now + k.params.WriteEvery
	f.seen, f.result.Kept = v, true
}

func (r *register) replace(v *version, now time.Duration) {
	r.current.replaced = max(1, now)
	r.current = v
}

// register finds a key at the centre; one that has expired is absent from now on.
func (k *KV) register(key string, now time.Duration) *register {
	r, ok := k.centre[key]
	if !ok {
		r = &register{current: &version{}}
		k.centre[key] = r
	}
	if !r.current.alive(now) {
		r.replace(&version{}, now)
	}
	return r
}

func (k *KV) listOf(key string) *list {
	l, ok := k.lists[key]
	if !ok {
		l = &list{}
		k.lists[key] = l
	}
	return l
}

func (k *KV) place(at regions.ID) *location {
	l, ok := k.places[at]
	if !ok {
		l = &location{cache: make(cache), tier: k.tiers[k.world.Nearest(at, k.params.Tiers)]}
		k.places[at] = l
	}
	return l
}
