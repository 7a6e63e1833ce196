package place

import (
	"runtime"
	"testing"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// crowded is a mix of objects with 300 accesses each, in the mean.
func crowded(objects int, kind Kind) Population {
	return Population{Kind: kind, Objects: objects, PerDay: 30, For: 10 * 24 * time.Hour, Zipf: 0.8, Bytes: 1 << 16, Message: 1000, Script: "IAD", Seed: 1}
}

// stored is a population drawn in advance, so that a benchmark measures evaluation alone.
func stored(b *testing.B, table *placement.Table) *listed {
	b.Helper()
	source, err := crowded(1000, Mix).Source(table)
	if err != nil {
		b.Fatal(err)
	}
	all := &listed{}
	for i := range source.Parts() {
		stream, err := source.Part(i)
		if err != nil {
			b.Fatal(err)
		}
		var o Object
		for stream.Next(&o) {
			var accesses []Access
			buffer := make([]Access, 1024)
			for n := stream.Read(buffer); n > 0; n = stream.Read(buffer) {
				accesses = append(accesses, buffer[:n]...)
			}
			all.objects, all.all = append(all.objects, o), append(all.all, accesses)
		}
	}
	return all
}

// perAccess reports the time for each access, whatever the benchmark's loop is about.
func perAccess(b *testing.B, accesses int64) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(accesses), "ns/access")
	b.ReportMetric(float64(accesses)/b.Elapsed().Seconds()/1e6, "Maccesses/s")
}

// BenchmarkEvaluate is each strategy alone on one core, over accesses that are there already.
func BenchmarkEvaluate(b *testing.B) {
	table := tableOf(b)
	source := stored(b, table)
	names := []string{"fixed:IAD", "jurisdiction:eu/first"}
	for _, k := range placement.Kinds() {
		if k.Name != "fixed" {
			names = append(names, k.Name)
		}
	}
	for _, name := range names {
		b.Run(name, func(b *testing.B) {
			run(b, source, Plan{Table: table, D: 20, Rules: rulesOf(b, table, 20, name)})
		})
	}
	b.Run("clairvoyant", func(b *testing.B) {
		run(b, source, Plan{Table: table, D: 20, Every: 1, Rules: rulesOf(b, table, 20, "first")})
	})
	b.Run("clairvoyant D=1", func(b *testing.B) {
		run(b, source, Plan{Table: table, D: 1, Every: 1, Rules: rulesOf(b, table, 1, "first")})
	})
}

func run(b *testing.B, source Source, plan Plan) {
	b.ReportAllocs()
	accesses := int64(0)
	for b.Loop() {
		result, err := Evaluate(b.Context(), source, plan)
		if err != nil {
			b.Fatal(err)
		}
		accesses += result.Accesses
	}
	perAccess(b, accesses)
}

// BenchmarkDraw is the drawing of accesses and nothing else.
func BenchmarkDraw(b *testing.B) {
	table := tableOf(b)
	for _, kind := range Order() {
		b.Run(string(kind), func(b *testing.B) {
			source, err := crowded(1000, kind).Source(table)
			if err != nil {
				b.Fatal(err)
			}
			buffer := make([]Access, 4096)
			accesses := int64(0)
			for b.Loop() {
				for i := range source.Parts() {
					stream, _ := source.Part(i)
					var o Object
					for stream.Next(&o) {
						for n := stream.Read(buffer); n > 0; n = stream.Read(buffer) {
							accesses += int64(n)
						}
					}
				}
			}
			perAccess(b, accesses)
		})
	}
}

// BenchmarkAll is every strategy at once on all cores, drawing included: what planet scale takes.
func BenchmarkAll(b *testing.B) {
	table := tableOf(b)
	names := []string{"fixed:IAD"}
	for _, k := range placement.Kinds() {
		if k.Name != "fixed" {
			names = append(names, k.Name)
		}
	}
	source, err := crowded(4000, Mix).Source(table)
	if err != nil {
		b.Fatal(err)
	}
	run(b, source, Plan{Table: table, D: 20, Every: 100, Workers: runtime.GOMAXPROCS(0), Rules: rulesOf(b, table, 20, names...)})
}
