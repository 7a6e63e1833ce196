package primitive_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/sim/primitive"
)

// BenchmarkStep is what a machine's step costs, with nothing else under way.
func BenchmarkStep(b *testing.B) {
	for _, row := range []struct {
		name, service string
		ops           []primitive.Op
	}{
		{"kv", "kv", []primitive.Op{get(0), put(1), get(0), get(0)}},
		{"d1", "d1", []primitive.Op{add(1), choose(anywhere), choose(primary), choose(anywhere)}},
		{"r2", "r2", []primitive.Op{get(0), put(1)}},
	} {
		b.Run(row.name, func(b *testing.B) {
			m, err := primitive.NewMachine(row.service, primitive.Default(), primitive.World{
				Delay: far, Nearest: nearest, Random: rand.New(rand.NewPCG(1, 1)),
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			now, n := time.Duration(0), 0
			var event primitive.Event = primitive.Asked{From: four[0], Op: row.ops[0]}
			for b.Loop() {
				switch effect := m.Step(now, event)[0].(type) {
				case primitive.After:
					now += effect.Delay
					event = primitive.Fired{Timer: effect.Timer}
				case primitive.Answered:
					n++
					event = primitive.Asked{From: four[n%len(four)], Op: row.ops[n%len(row.ops)]}
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

// BenchmarkOperation is what a whole operation costs: the script and all steps of its machine.
func BenchmarkOperation(b *testing.B) {
	everyWay(func(tr trial) {
		if tr.primitive == "do+kv" {
			return // the object is the driver's
		}
		b.Run(tr.class+"/"+tr.primitive+"/"+tr.variant, func(b *testing.B) {
			m, err := primitive.NewMachine(tr.primitive, primitive.Default(), primitive.World{
				Delay: far, Nearest: nearest, Random: rand.New(rand.NewPCG(1, 1)),
			})
			if err != nil {
				b.Fatal(err)
			}
			tr.options.Random = rand.New(rand.NewPCG(1, 2))
			program, err := primitive.NewProgram(tr.class, tr.primitive, tr.variant, tr.options)
			if err != nil {
				b.Fatal(err)
			}
			kind := map[string]loadgen.Kind{"counter": loadgen.Increment, "limiter": loadgen.Take, "chat": loadgen.Send}[tr.class]
			b.ReportAllocs()
			now := time.Duration(0)
			for b.Loop() {
				now = operate(m, program, loadgen.Ask{Object: "it", Operation: loadgen.Operation{Kind: kind, Text: "hello"}}, now)
			}
		})
	})
}

// operate runs one operation to its end, a second apart from the one before.
func operate(m primitive.Machine, p *primitive.Program, ask loadgen.Ask, now time.Duration) time.Duration {
	script := p.Script(ask, 0)
	step := script.Start(now)
	for {
		switch s := step.(type) {
		case primitive.Done:
			return now + time.Second
		case primitive.Pause:
			now += s.For
			step = script.Resume(now, primitive.Result{}, nil)
		case primitive.Call:
			var event primitive.Event = primitive.Asked{From: "LHR", Op: s.Op}
			for event != nil {
				switch effect := m.Step(now, event)[0].(type) {
				case primitive.After:
					now += effect.Delay
					event = primitive.Fired{Timer: effect.Timer}
				case primitive.Answered:
					step, event = script.Resume(now, effect.Result, effect.Cause), nil
				}
			}
		}
	}
}
