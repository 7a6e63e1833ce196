package primitive_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports/price"
	"github.com/durabench/durabench/sim/primitive"
)

func options() primitive.Options {
	return primitive.Options{Random: rand.New(rand.NewPCG(1, 2)), Limit: primitive.Limit{Tokens: 100, Refill: time.Minute}}
}

// A driver in a few lines: one Worker in London increments a counter in D1.
func Example() {
	world := primitive.World{Delay: far, Nearest: nearest, Random: rand.New(rand.NewPCG(1, 1))}
	machine, _ := primitive.NewMachine("d1", primitive.Default(), world)
	program, _ := primitive.NewProgram("counter", "d1", "", options())

	now := time.Duration(0)
	script := program.Script(loadgen.Ask{Object: "visits", Operation: loadgen.Operation{Kind: loadgen.Increment}}, 0)
	step := script.Start(now)
	for {
		if done, ok := step.(primitive.Done); ok {
			fmt.Println(done.Outcome, done.Reply.Value)
			bill := machine.Bill()
			fmt.Printf("$%.2f per million\n", bill.PerMillion(price.Current(), 1))
			return
		}
		var event primitive.Event = primitive.Asked{From: "LHR", Op: step.(primitive.Call).Op}
		for event != nil {
			switch effect := machine.Step(now, event)[0].(type) {
			case primitive.After: // the only thing under way, so nothing comes before it
				now += effect.Delay
				event = primitive.Fired{Timer: effect.Timer}
			case primitive.Answered:
				step, event = script.Resume(now, effect.Result, effect.Cause), nil
			}
		}
	}
	// Output:
	// ok 1
	// $1.00 per million
}

func ExampleVariants() {
	fmt.Println(primitive.Variants("counter", "r2"))
	_, err := primitive.NewProgram("counter", "r2", "compare-and-swap", options())
	fmt.Println(err)
	// Output:
	// [compare-and-set read-modify-write]
	// unknown variant of counter on r2 "compare-and-swap"; did you mean compare-and-set? (there are compare-and-set, read-modify-write)
}

func ExampleKVParams_Bound() {
	fmt.Println(primitive.Default().KV.Bound(60 * time.Second))
	// Output: 2m2.03s
}

func TestRefusals(t *testing.T) {
	world := primitive.World{Delay: far, Nearest: nearest, Random: rand.New(rand.NewPCG(1, 1))}
	program := func(class, on, variant string, change func(*primitive.Options)) error {
		o := options()
		change(&o)
		_, err := primitive.NewProgram(class, on, variant, o)
		return err
	}
	machine := func(on string, change func(*primitive.Params)) error {
		p := primitive.Default()
		change(&p)
		_, err := primitive.NewMachine(on, p, world)
		return err
	}
	as := func(*primitive.Options) {}
	is := func(*primitive.Params) {}
	for _, row := range []struct {
		story string
		err   error
		want  string
	}{
		{"a class misspelt", program("conter", "kv", "", as), `unknown class "conter"; did you mean counter?`},
		{"a primitive misspelt", program("counter", "do+vk", "", as), `unknown primitive "do+vk"; did you mean do+kv?`},
		{"a variant misspelt", program("chat", "d1", "one-statment", as), "did you mean one-statement?"},
		{"a variant of another primitive", program("counter", "kv", "compare-and-set", as), "there are read-modify-write"},
		{"no source of chance", program("counter", "kv", "", func(o *primitive.Options) { o.Random = nil }), "no random source"},
		{"a cacheTtl that KV refuses", program("counter", "kv", "", func(o *primitive.Options) { o.CacheTTL = time.Second }), "cache ttl 1s: want at least 30s"},
		{"a life that KV refuses", program("chat", "do+kv", "", func(o *primitive.Options) { o.CacheLife = time.Second }), "cache life 1s: want at least 1m0s"},
		{"a loop without a turn", program("counter", "r2", "", func(o *primitive.Options) { o.Attempts = -1 }), "-1 attempts"},
		{"a room that remembers more than a page", program("chat", "kv", "", func(o *primitive.Options) { o.History = 5000 }), "history of 5000 texts"},
		{"a limiter without a limit", program("limiter", "kv", "", func(o *primitive.Options) { o.Limit = primitive.Limit{} }), "limit of 0 tokens"},
		{"a machine that is none", machine("d2", is), `unknown primitive "d2"; did you mean d1?`},
		{"no tier", machine("kv", func(p *primitive.Params) { p.KV.Tiers = nil }), "kv: no tier given"},
		{"a probability of two", machine("kv", func(p *primitive.Params) { p.KV.Local = 2 }), "local 2: want a probability"},
		{"a least TTL above the usual one", machine("do+kv", func(p *primitive.Params) { p.KV.LeastTTL = time.Hour }), "least ttl 1h0m0s"},
		{"a tail before the middle", machine("kv", func(p *primitive.Params) { p.KV.Read.P99 = time.Millisecond }), "read p50 40ms, p99 1ms, at most 2s: want"},
		{"a range the wrong way round", machine("d1", func(p *primitive.Params) { p.D1.Commit.Max = 0 }), "commit 5ms to 0s: want"},
		{"a database nowhere", machine("d1", func(p *primitive.Params) { p.D1.Primary = "" }), "d1: no primary given"},
		{"a queue below zero", machine("d1", func(p *primitive.Params) { p.D1.Queue = -1 }), "queue -1"},
		{"a bucket nowhere", machine("r2", func(p *primitive.Params) { p.R2.Bucket = "" }), "r2: no place for the bucket"},
	} {
		if row.err == nil || !strings.Contains(row.err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q in it", row.story, row.err, row.want)
		}
	}
	if _, err := primitive.NewMachine("kv", primitive.Default(), primitive.World{}); err == nil {
		t.Error("a machine without a world was made")
	}
}

func TestEveryNumberSaysWhereItComesFrom(t *testing.T) {
	everyWay(func(tr trial) {
		tr.options.Random = rand.New(rand.NewPCG(1, 1))
		program, err := primitive.NewProgram(tr.class, tr.primitive, tr.variant, tr.options)
		if err != nil {
			t.Fatal(err)
		}
		list := append(primitive.Default().Conditions(tr.primitive), program.Conditions()...)
		names := make(map[string]bool)
		for _, c := range list {
			if c.Name == "" || c.Value == "" || c.Source == "" || names[c.Name] {
				t.Errorf("%s: condition %+v", tr, c)
			}
			names[c.Name] = true
		}
		if len(list) < 5 || program.Variant() != tr.variant {
			t.Errorf("%s: %d conditions of %q", tr, len(list), program.Variant())
		}
	})
}

// TestBills follows one operation of each way, on an empty service, to what it is charged.
func TestBills(t *testing.T) {
	for _, row := range []struct {
		story string
		trial trial
		want  map[price.Unit]float64
	}{
		{
			"a get, found or not, and a put", counter("kv", "", time.Second, 1, 0),
			map[price.Unit]float64{price.KVRead: 1, price.KVWrite: 1},
		},
		{
			"a statement reads and writes a row", counter("d1", "", time.Second, 1, 0),
			map[price.Unit]float64{price.D1Read: 1, price.D1Written: 1},
		},
		{
			"a get and a put", counter("r2", "", time.Second, 1, 0),
			map[price.Unit]float64{price.R2ClassA: 1, price.R2ClassB: 1},
		},
		{
			"the object, and a put after the reply", counter("do+kv", "", time.Second, 1, 0),
			map[price.Unit]float64{price.ObjectRequest: 1, price.KVWrite: 1},
		},
		{
			"what KV refuses is free: of two writes in a second one is charged", counter("kv", "", time.Millisecond, 2, 0).steadily(),
			map[price.Unit]float64{price.KVRead: 2, price.KVWrite: 1},
		},
	} {
		var want price.Bill
		for u, n := range row.want {
			want[u] = n
		}
		if got := row.trial.run(t).bill; got != want {
			t.Errorf("%s: got %v, want %v", row.story, got, want)
		}
	}
}
