package primitive

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
)

// KVParams are what KV does and how long it takes.
type KVParams struct {
	Tiers      []regions.ID  // where the regional tiers are; a location asks the nearest
	TTL        time.Duration // how long a cache keeps what it fetched, if a read does not say
	LeastTTL   time.Duration // the shortest cacheTtl that a read may ask for
	LeastLife  time.Duration // the shortest expirationTtl that a write may ask for
	WriteEvery time.Duration // between two writes of one key
	Local      float64       // the probability that a write is at once in the cache of its own location
	Hot        Range         // a read that the location answers
	Tier       Range         // a read that the tier answers, there and back
	Read       Latency       // a read or list that the centre answers, there and back
	Write      Latency       // a write, there and back
	ListLag    Latency       // from a key's write until lists have it
}

func (p KVParams) check() error {
	if len(p.Tiers) == 0 {
		return errors.New("no tier given")
	}
	if !(p.Local >= 0 && p.Local <= 1) {
		return fmt.Errorf("local %v: want a probability", p.Local)
	}
	if p.LeastTTL <= 0 || p.TTL < p.LeastTTL || p.LeastLife < 0 || p.WriteEvery < 0 {
		return fmt.Errorf("ttl %v, least ttl %v, least life %v, write every %v: want 0 < least ttl <= ttl, and nothing below zero",
			p.TTL, p.LeastTTL, p.LeastLife, p.WriteEvery)
	}
	return errors.Join(named("hot", p.Hot), named("tier", p.Tier), named("read", p.Read), named("write", p.Write), named("list lag", p.ListLag))
}

func (p KVParams) expiry(ttl time.Duration) error {
	if ttl != 0 && ttl < p.LeastLife {
		return fmt.Errorf("kv put: expirationTtl %v: want at least %v", ttl, p.LeastLife)
	}
	return nil
}

// D1Params are what D1 does and how long it takes.
type D1Params struct {
	Primary      regions.ID
	Replicas     []regions.ID  // of read replication; none turns it off
	ReadService  Range         // the thread's time for a SELECT
	WriteService Range         // … for a statement that writes, with its local commit
	Commit       Range         // until a write is durable; other statements run meanwhile, their replies wait
	Queue        int           // statements that wait for the thread; one more is refused
	Longest      time.Duration // a wait that is refused
	Lag          Latency       // from durable at the primary to applied at a replica
}

func (p D1Params) check() error {
	if p.Primary == "" {
		return errors.New("no primary given")
	}
	if p.Queue < 0 || p.Longest < 0 {
		return fmt.Errorf("queue %d, longest wait %v: want none below zero", p.Queue, p.Longest)
	}
	return errors.Join(named("read service", p.ReadService), named("write service", p.WriteService), named("commit", p.Commit), named("lag", p.Lag))
}

// R2Params are what R2 does and how long it takes.
type R2Params struct {
	Bucket     regions.ID
	WriteEvery time.Duration // between two puts of one key
	Read       Latency       // the bucket's work on a get or list; the ways come on top
	Write      Latency       // … on a put
}

func (p R2Params) check() error {
	if p.Bucket == "" {
		return errors.New("no place for the bucket given")
	}
	if p.WriteEvery < 0 {
		return fmt.Errorf("write every %v: want nothing below zero", p.WriteEvery)
	}
	return errors.Join(named("read", p.Read), named("write", p.Write))
}

func named(name string, c interface{ check() error }) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	return nil
}

// Params are all assumptions about all services.
type Params struct {
	KV KVParams
	D1 D1Params
	R2 R2Params
}

// Default is what is documented, and our assumptions where nothing is. Conditions tells which is which.
func Default() Params {
	const ms = time.Millisecond
	return Params{
		KV: KVParams{
			Tiers:      []regions.ID{"LHR", "IAD", "SJC", "SIN", "NRT", "SYD"},
			TTL:        60 * time.Second,
			LeastTTL:   30 * time.Second,
			LeastLife:  60 * time.Second,
			WriteEvery: time.Second,
			Local:      0.98,
			Hot:        Range{500 * time.Microsecond, 5 * ms},
			Tier:       Range{10 * ms, 30 * ms},
			Read:       Latency{P50: 40 * ms, P99: 300 * ms, Max: 2 * time.Second},
			Write:      Latency{P50: 60 * ms, P99: 300 * ms, Max: 2 * time.Second},
			ListLag:    Latency{P50: 2 * time.Second, P99: 30 * time.Second, Max: 60 * time.Second},
		},
		D1: D1Params{
			Primary:      "LHR",
			Replicas:     []regions.ID{"IAD", "SJC", "LHR", "FRA", "SIN", "SYD"},
			ReadService:  Range{300 * time.Microsecond, ms},
			WriteService: Range{ms, 3 * ms},
			Commit:       Range{5 * ms, 20 * ms},
			Queue:        1000,
			Longest:      30 * time.Second,
			Lag:          Latency{P50: 100 * ms, P99: 2 * time.Second, Max: 10 * time.Second},
		},
		R2: R2Params{
			Bucket:     "LHR",
			WriteEvery: time.Second,
			Read:       Latency{P50: 50 * ms, P99: 250 * ms, Max: 2 * time.Second},
			Write:      Latency{P50: 120 * ms, P99: 500 * ms, Max: 3 * time.Second},
		},
	}
}

// NewMachine returns the service that a primitive's scripts call: KV for "kv" and "do+kv", D1, or R2.
func NewMachine(primitive string, p Params, w World) (Machine, error) {
	switch primitive {
	case "kv", "do+kv":
		return NewKV(p.KV, w)
	case "d1":
		return NewD1(p.D1, w)
	case "r2":
		return NewR2(p.R2, w)
	}
	return nil, unknown("primitive", primitive, Primitives())
}

func join(places []regions.ID) string {
	if len(places) == 0 {
		return "none"
	}
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = string(p)
	}
	return strings.Join(names, " ")
}
