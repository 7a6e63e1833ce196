package primitive

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
)

// Options are what a Worker's author decides. A zero takes the default.
type Options struct {
	Limit    Limit         // limiter; no default
	Bank     loadgen.Bank  // account; no default
	CacheTTL time.Duration // of a KV get; 60 s, at least 30 s
	// CacheLife is the expirationTtl of what a hybrid puts into KV; 60 s, at least that.
	CacheLife time.Duration
	Attempts  int // of a write, where it is tried again; 8
	// Backoff bounds the pause before the second attempt, of which a random part is taken; 250 ms. It
	// doubles with each attempt up to LongestBackoff; 4 s.
	Backoff, LongestBackoff time.Duration
	History                 int        // texts that a room remembers or a poll asks for; 100
	Random                  *rand.Rand // the Workers' own stream; no default
}

// Program is a Worker: the code for a class on a primitive, in one of the usual ways.
type Program struct {
	way     way
	options Options
}

// Primitives are what objects are compared with. "do+kv" writes to the object and reads through KV.
func Primitives() []string { return []string{"kv", "d1", "r2", "do+kv"} }

// Classes are what there are programs for.
func Classes() []string { return []string{"counter", "limiter", "account", "chat"} }

// Variants are the ways to write a class on a primitive, the default first; none if either is unknown.
func Variants(class, primitive string) []string {
	var names []string
	for _, w := range ways() {
		if w.class == class && w.primitive == primitive {
			names = append(names, w.variant)
		}
	}
	return names
}

// NewProgram finds a way. An empty variant is the default.
func NewProgram(class, primitive, variant string, o Options) (*Program, error) {
	w, err := find(class, primitive, variant)
	if err != nil {
		return nil, err
	}
	o = o.orDefaults()
	if err := o.check(class); err != nil {
		return nil, fmt.Errorf("%s on %s: %w", class, primitive, err)
	}
	return &Program{way: w, options: o}, nil
}

func find(class, primitive, variant string) (way, error) {
	if !slices.Contains(Classes(), class) {
		return way{}, unknown("class", class, Classes())
	}
	if !slices.Contains(Primitives(), primitive) {
		return way{}, unknown("primitive", primitive, Primitives())
	}
	variants := Variants(class, primitive)
	if len(variants) == 0 {
		return way{}, fmt.Errorf("%s on %s: nobody writes it so; there is %s on %s", class, primitive, class, strings.Join(primitivesOf(class), ", "))
	}
	if variant == "" {
		variant = variants[0]
	}
	for _, w := range ways() {
		if w.class == class && w.primitive == primitive && w.variant == variant {
			return w, nil
		}
	}
	return way{}, unknown("variant of "+class+" on "+primitive, variant, variants)
}

// primitivesOf are those that a class has ways on.
func primitivesOf(class string) []string {
	return slices.DeleteFunc(Primitives(), func(on string) bool { return len(Variants(class, on)) == 0 })
}

func unknown(kind, name string, known []string) error {
	return fmt.Errorf("%w (there are %s)", &regions.NameError{Kind: kind, Name: name, Near: regions.Spelling(name, known)}, strings.Join(known, ", "))
}

func (o Options) orDefaults() Options {
	o.CacheTTL = orDefault(o.CacheTTL, 60*time.Second)
	o.CacheLife = orDefault(o.CacheLife, 60*time.Second)
	o.Attempts = orDefault(o.Attempts, 8)
	o.Backoff = orDefault(o.Backoff, 250*time.Millisecond)
	o.LongestBackoff = orDefault(o.LongestBackoff, 4*time.Second)
	o.History = orDefault(o.History, 100)
	return o
}

func orDefault[T time.Duration | int](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}

func (o Options) check(class string) error {
	switch {
	case o.Random == nil:
		return errors.New("no random source given")
	case o.CacheTTL < 30*time.Second:
		return fmt.Errorf("cache ttl %v: want at least 30s", o.CacheTTL)
	case o.CacheLife < 60*time.Second:
		return fmt.Errorf("cache life %v: want at least 1m0s", o.CacheLife)
	case o.Attempts < 1 || o.Backoff < 0 || o.LongestBackoff < o.Backoff:
		return fmt.Errorf("%d attempts, backoff %v to %v: want one attempt or more, and a longest backoff not below the first",
			o.Attempts, o.Backoff, o.LongestBackoff)
	case o.History < 1 || o.History > page:
		return fmt.Errorf("history of %d texts: want 1 to %d", o.History, page)
	case class == "limiter":
		return o.Limit.check()
	case class == "account":
		return o.Bank.Check()
	}
	return nil
}

// Variant is the way's name.
func (p *Program) Variant() string { return p.way.variant }

// Conditions are the numbers behind this program that its author chose, as a report prints them.
func (p *Program) Conditions() []Condition {
	const ours = "the Worker's own"
	list := []Condition{{"written as", p.way.variant, ours}}
	if strings.Contains(p.way.primitive, "kv") && p.way.variant != "message-keys" {
		list = append(list, Condition{"cacheTtl of reads", p.options.CacheTTL.String(), ours})
	}
	if p.way.primitive == "do+kv" {
		list = append(list, Condition{"expirationTtl of what is cached", p.options.CacheLife.String(), ours})
	}
	if p.way.primitive == "r2" && p.way.variant != "message-keys" || strings.HasSuffix(p.way.variant, "+retry") {
		list = append(list, Condition{"attempts of a write", fmt.Sprintf("%d, after pauses of up to %v doubling to %v",
			p.options.Attempts, p.options.Backoff, p.options.LongestBackoff), ours})
	}
	if p.way.class == "chat" {
		list = append(list, Condition{"texts in a room's history", fmt.Sprint(p.options.History), ours})
	}
	return list
}

// Script is the code run for one operation. The bookmark is what the client
// brings from its operations before, zero if it brings none.
func (p *Program) Script(ask loadgen.Ask, b Bookmark) Script {
	return &worker{Program: p, ask: ask, bookmark: b}
}
