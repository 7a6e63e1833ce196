package primitive_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/primitive"
)

// register is what porcupine holds a key of 1 to: reads see the last write.
var register = porcupine.Model{
	Init: func() any { return int64(0) },
	Step: func(state, input, output any) (bool, any) {
		if written := input.(int64); written != 0 {
			return true, written
		}
		return output.(int64) == state.(int64), state
	},
}

// readsAndWrites asks a service from four places for a key, over and over.
func readsAndWrites(h *host, seed uint64, read, write func(n int64) primitive.Op) []porcupine.Operation {
	random := rand.New(rand.NewPCG(seed, 9))
	var history []porcupine.Operation
	for n := range int64(60) {
		client, op, input := random.IntN(len(four)), read(n+1), int64(0)
		if random.IntN(2) == 0 {
			op, input = write(n+1), n+1
		}
		h.at(time.Duration(random.Int64N(int64(5*time.Second))), func() {
			asked := h.now
			h.call(four[client], op, func(r primitive.Result, err error) {
				history = append(history, porcupine.Operation{
					ClientId: int(input)*1000 + len(history), Input: input, Call: int64(asked), Output: r.Value.Number, Return: int64(h.now),
				})
			})
		})
	}
	h.drain()
	return history
}

func TestRegisters(t *testing.T) {
	anyRate := func(p *primitive.Params) { p.R2.WriteEvery, p.KV.WriteEvery = 0, 0 }
	upsert := func(n int64) primitive.Op {
		return primitive.Op{Verb: primitive.Upsert, Key: "k", Value: primitive.Value{Number: n}}
	}
	for _, row := range []struct {
		story, service string
		read, write    func(n int64) primitive.Op
		want           bool // linearizable with every seed; else not with some
	}{
		{"R2 is one register for the whole world", "r2", func(int64) primitive.Op { return get(0) }, put, true},
		{"so is a row at D1's primary", "d1", func(int64) primitive.Op { return choose(primary) }, upsert, true},
		{"a row at D1's replicas is not", "d1", func(int64) primitive.Op { return choose(anywhere) }, upsert, false},
		{"nor is KV", "kv", func(int64) primitive.Op { return get(0) }, put, false},
	} {
		good := 0
		const seeds = 40
		for seed := range uint64(seeds) {
			p := primitive.Default()
			anyRate(&p)
			if porcupine.CheckOperations(register, readsAndWrites(newHost(t, row.service, p, seed), seed, row.read, row.write)) {
				good++
			}
		}
		if row.want != (good == seeds) {
			t.Errorf("%s: %d of %d histories are linearizable", row.story, good, seeds)
		}
	}
}

func TestLatenciesAreWhatTheySay(t *testing.T) {
	// Without distance an answer takes what the parameters say: the quantiles of 4,000 calls are near those of the shape.
	p := primitive.Default()
	m, err := primitive.NewMachine("r2", p, primitive.World{
		Delay:   func(_, _ regions.ID) time.Duration { return 0 },
		Nearest: nearest, Random: rand.New(rand.NewPCG(1, 1)),
	})
	if err != nil {
		t.Fatal(err)
	}
	h := &host{machine: m, waiting: make(map[primitive.CallID]func(primitive.Result, error))}
	under50, under99 := 0, 0
	const calls = 4000
	for n := range calls {
		h.at(time.Duration(n)*10*time.Second, func() {
			asked := h.now
			h.call("LHR", get(0), func(primitive.Result, error) {
				if h.now-asked <= p.R2.Read.P50 {
					under50++
				}
				if h.now-asked <= p.R2.Read.P99 {
					under99++
				}
			})
		})
	}
	h.drain()
	if got := fmt.Sprintf("%.2f %.2f", float64(under50)/calls, float64(under99)/calls); got != "0.50 0.99" && got != "0.49 0.99" && got != "0.51 0.99" {
		t.Errorf("shares of calls under p50 and p99: got %s, want 0.50 and 0.99", got)
	}
}
