package virtual_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/reports/price"
	"github.com/durabench/durabench/sim/primitive"
	"github.com/durabench/durabench/sim/virtual"
)

// What the documentation of each service says of it must come out as a verdict.
func TestOneWorkloadOnEveryPrimitive(t *testing.T) {
	for _, row := range []struct {
		story, class, name, variant, law string
		want                             check.Ruling
	}{
		{"KV loses updates of a counter", "counter", "kv", "", "linearizable", check.Violated},
		{"one statement at D1's primary is exact", "counter", "d1", "one-statement", "linearizable", check.OK},
		{"two statements lose updates", "counter", "d1", "two-statements", "linearizable", check.Violated},
		{"R2 without a condition loses updates", "counter", "r2", "read-modify-write", "linearizable", check.Violated},
		{"writes to the object, reads through KV: the reads are stale", "counter", "do+kv", "", "linearizable", check.Violated},
		{"KV admits more than the limit", "limiter", "kv", "", "never above", check.Violated},
		{"a limiter whose refusals are cached admits no more than the object", "limiter", "do+kv", "", "never above", check.OK},
		{"a room that is read through KV loses texts when it forgets them before the cache does", "chat", "do+kv", "", "reach", check.Violated},
		{"… in the order of the object", "chat", "do+kv", "write-through", "one order", check.OK},
		{"a room in one KV value loses texts", "chat", "kv", "one-value", "reach", check.Violated},
	} {
		t.Run(row.story, func(t *testing.T) {
			c, history := config(t, row.class, workload.Options{Objects: 1, Members: 6, Senders: 3, Clients: 12, Reads: 0.3, Rate: 5, Refill: 1}, 5, 60*time.Second, 1)
			limit := primitive.Limit{Tokens: 20, Refill: time.Minute}
			if row.name == "do+kv" {
				limit.Tokens = 100 // the object's own
			}
			program, err := primitive.NewProgram(row.class, row.name, row.variant, primitive.Options{Limit: limit, Random: rand.New(rand.NewPCG(1, 2))})
			if err != nil {
				t.Fatal(err, primitive.Variants(row.class, row.name))
			}
			c.Primitive = &virtual.Primitive{Name: row.name, Program: program, Params: primitive.Default(), Linger: 3 * time.Minute}
			load, after, err := virtual.RunPrimitive(t.Context(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			if load.Asked < 200 || after.Bill == (price.Bill{}) && row.name != "do+kv" {
				t.Errorf("load %+v, bill %v", load, after.Bill)
			}
			laws, err := check.For(row.class, check.Params{Limit: check.Limit{Capacity: float64(limit.Tokens), Refill: float64(limit.Tokens) / 60}})
			if err != nil {
				t.Fatal(err)
			}
			for _, law := range laws {
				if v := law.Check(*history); strings.Contains(v.Law, row.law) && !strings.Contains(v.Law, "search") {
					if v.Ruling != row.want {
						t.Errorf("%v, want %s", v, row.want)
					}
				}
			}
		})
	}
}
