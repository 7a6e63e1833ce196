package virtual_test

import (
	"hash/fnv"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/virtual"
)

func config(t testing.TB, class string, o workload.Options, rate float64, lasts time.Duration, seed uint64) (virtual.Config, *[]loadgen.Observation) {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := virtual.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	o.Run = "t"
	source, err := workload.New(class, o)
	if err != nil {
		t.Fatal(err)
	}
	history := new([]loadgen.Observation)
	c := virtual.Config{
		Map: m, Homes: ids(m.DefaultHomes()), Edges: ids(m.DefaultEdges()), Directory: "LHR",
		Place: placement.FirstRequest{Map: m}, Jitter: regions.Backbone(), Seed: seed, Warm: 8, Profile: profile,
		Classes: []object.Class{classes.Counter(), classes.Chat(), classes.Limiter(classes.DefaultLimit())},
		Source:  source, Schedule: loadgen.Poisson(loadgen.Rate(rate), seed), For: lasts,
		Record: func(o *loadgen.Observation) { *history = append(*history, *o) },
		Log:    slog.New(slog.DiscardHandler),
	}
	if chat, ok := source.(*workload.Chat); ok {
		c.Members = chat.Members()
	}
	return c, history
}

func ids(places []regions.Place) []regions.ID {
	var all []regions.ID
	for _, p := range places {
		all = append(all, p.ID)
	}
	return all
}

func TestEveryClassKeepsItsLaws(t *testing.T) {
	for _, row := range []struct {
		class string
		o     workload.Options
		rate  float64
	}{
		{"counter", workload.Options{Objects: 1, Reads: 0.2}, 300},
		{"counter", workload.Options{Objects: 64, Reads: 0.2}, 300},
		{"chat", workload.Options{Objects: 3, Members: 12, Senders: 4}, 30},
		{"limiter", workload.Options{Objects: 3, Rate: 100, Refill: 100.0 / 60}, 100},
	} {
		c, history := config(t, row.class, row.o, row.rate, 10*time.Second, 1)
		load, err := virtual.Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		laws, err := check.For(row.class, check.Params{Limit: check.Limit{Capacity: 100, Refill: 100.0 / 60}})
		if err != nil {
			t.Fatal(err)
		}
		for _, law := range laws {
			if v := law.Check(*history); v.Ruling != check.OK {
				t.Errorf("%s %+v: %v", row.class, row.o, v)
			}
		}
		bad := 0
		for _, o := range *history {
			if o.Outcome != loadgen.OK {
				bad++
			}
		}
		if bad > 0 || load.Asked == 0 || load.Lost > 0 {
			t.Errorf("%s: %d observations not OK of %d, load %+v", row.class, bad, len(*history), load)
		}
	}
}

func TestSameSeedSameHistory(t *testing.T) {
	hash := func(seed uint64) uint64 {
		c, _ := config(t, "counter", workload.Options{Objects: 16, Reads: 0.2}, 400, 5*time.Second, seed)
		h := fnv.New64a()
		c.Record = func(o *loadgen.Observation) { _, _ = h.Write([]byte(check.Line(o))) }
		if _, err := virtual.Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		return h.Sum64()
	}
	if a, b := hash(1), hash(1); a != b {
		t.Errorf("seed 1 twice: %x and %x", a, b)
	}
	if a, b := hash(1), hash(2); a == b {
		t.Errorf("seeds 1 and 2 gave the same history %x", a)
	}
}

func BenchmarkCounter(b *testing.B) {
	requests := 0
	for b.Loop() {
		c, _ := config(b, "counter", workload.Options{Objects: 64, Reads: 0.2}, 20_000, 10*time.Second, 1)
		c.Record = func(*loadgen.Observation) { requests++ }
		if _, err := virtual.Run(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(requests)/b.Elapsed().Seconds(), "requests/s")
}

func BenchmarkChat(b *testing.B) {
	deliveries := 0
	for b.Loop() {
		c, _ := config(b, "chat", workload.Options{Objects: 20, Members: 50, Senders: 4}, 400, 10*time.Second, 1)
		c.Record = func(o *loadgen.Observation) {
			if o.Operation.Kind == loadgen.Deliver {
				deliveries++
			}
		}
		if _, err := virtual.Run(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(deliveries)/b.Elapsed().Seconds(), "deliveries/s")
}

// The same seed gives the same history on every machine: these are the histories.
// A change of the model changes them; a change of processor must not.
func TestGoldenHistories(t *testing.T) {
	for _, row := range []struct {
		class string
		o     workload.Options
		rate  float64
		want  string
	}{
		{"counter", workload.Options{Objects: 16, Reads: 0.2}, 300, "360c90b9fc08072e"},
		{"chat", workload.Options{Objects: 2, Members: 12, Senders: 4}, 20, "77fd1a8618c22dc9"},
		{"limiter", workload.Options{Objects: 3, Rate: 100, Refill: 100.0 / 60}, 100, "52e9fc3405e3348c"},
	} {
		c, _ := config(t, row.class, row.o, row.rate, 5*time.Second, 7)
		writer, err := loadgen.NewWriter(io.Discard, loadgen.Header{})
		if err != nil {
			t.Fatal(err)
		}
		c.Record = func(o *loadgen.Observation) { _ = writer.Write(o) } // nothing can fail to be discarded
		if _, err := virtual.Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got := writer.Digest(); got != row.want {
			t.Errorf("%s: digest %s, want %s", row.class, got, row.want)
		}
	}
}
