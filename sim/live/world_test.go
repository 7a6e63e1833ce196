package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inMemory keeps a world's objects in memory.
type inMemory struct{ *memory.Server }

func (s inMemory) Store(regions.ID) store.Store { return memory.New(s.Server) }

func (s inMemory) OpenDirectory(context.Context, live.Dial) (store.Directory, error) {
	return memory.NewDirectory(s.Server), nil
}

func worldOf(t *testing.T, place placement.Strategy) (*live.World, *regions.Map) {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	return worldWith(t, place, func(*live.Config) {}), m
}

// worldWith is a world in memory, but for what is changed.
func worldWith(t *testing.T, place placement.Strategy, change func(*live.Config)) *live.World {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	config := live.Config{
		Map: m, Homes: []regions.ID{"LHR", "IAD"}, Edges: []regions.ID{"FRA", "IAD"}, Directory: "LHR",
		Place: place, Seed: 1, Cores: 1, Storage: inMemory{memory.NewServer(8)},
		Classes: []object.Class{classes.Counter(), classes.Chat(), classes.Limiter(classes.DefaultLimit())},
		Clock:   refimpl.SystemClock(), Log: slog.New(slog.DiscardHandler),
	}
	change(&config)
	world, err := live.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return world
}

// ask sends n operations and gives what was seen.
func ask(t *testing.T, world *live.World, class string, n uint64) []loadgen.Observation {
	t.Helper()
	source, err := workload.New(class, workload.Options{Run: "t", Clients: 8, Objects: 4, Members: 4, Senders: 2})
	if err != nil {
		t.Fatal(err)
	}
	var history []loadgen.Observation
	recorder := loadgen.NewRecorder(nil, func(o *loadgen.Observation) { history = append(history, *o) })
	schedule := loadgen.Constant(100)
	if chat, ok := source.(*workload.Chat); ok {
		_, err = loadgen.Chat{
			Source: chat, Members: chat.Members(), Edges: world.Edges(), Schedule: schedule,
			For: schedule(n), Record: recorder.Record,
		}.Run(t.Context(), time.Now())
	} else {
		_, err = loadgen.HTTP{
			Source: source, Edges: world.Edges(), Schedule: schedule, For: schedule(n), Record: recorder.Record,
		}.Run(t.Context(), time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	return history
}

// clocked is a strategy that keeps what it was asked.
type clocked struct {
	placement.Fixed
	asked chan placement.Ask
}

func (c clocked) Place(ask placement.Ask) regions.ID {
	select {
	case c.asked <- ask:
	default:
	}
	return c.Fixed.Place(ask)
}

// TestStrategiesAreToldTheTime wants the instant in what a strategy is asked: one that goes by the clock places by it.
func TestStrategiesAreToldTheTime(t *testing.T) {
	place := clocked{placement.Fixed{Home: "IAD"}, make(chan placement.Ask, 1)}
	before := time.Now()
	world, _ := worldOf(t, place)
	ask(t, world, "counter", 5)
	if got := (<-place.asked).At; got.Before(before) || got.After(time.Now()) {
		t.Errorf("asked at %v, between %v and now", got, before)
	}
}

func TestRepliesTakeTheDistanceAndSayWhereTheTimeWent(t *testing.T) {
	world, m := worldOf(t, placement.Fixed{Home: "IAD"})
	for _, o := range ask(t, world, "counter", 50) {
		if o.Outcome != loadgen.OK {
			t.Fatalf("operation %d: %+v", o.Seq, o)
		}
		if o.Server.Home != "IAD" || o.Server.Node != "iad-1" || o.Server.Epoch == 0 {
			t.Errorf("operation %d was served by %+v, want IAD", o.Seq, o.Server)
		}
		// Without jitter no reply can be faster than its distance.
		if distance := m.RTT(o.Edge, "IAD").RTT; o.Budget[loadgen.WAN] < distance || o.Latency() < distance {
			t.Errorf("from %s: wan %v of %v, the round trip is %v", o.Edge, o.Budget[loadgen.WAN], o.Latency(), distance)
		}
		if difference := o.Budget.Whole() - o.Latency(); difference.Abs().Microseconds() > 50 {
			t.Errorf("the parts of operation %d add up to %v, its latency is %v", o.Seq, o.Budget.Whole(), o.Latency())
		}
	}
}

func TestFirstRequestDecidesTheHome(t *testing.T) {
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	world, _ := worldOf(t, placement.FirstRequest{Map: m})
	// That cannot be checked from outside with several clients at once; what can
	// is that every object stays where it is, whoever asks.
	homes := make(map[string]regions.ID)
	for _, o := range ask(t, world, "counter", 80) {
		if o.Outcome != loadgen.OK {
			t.Fatalf("%+v", o)
		}
		if at, known := homes[o.Object]; known && at != o.Server.Home {
			t.Errorf("%s was served from %s and from %s", o.Object, at, o.Server.Home)
		}
		homes[o.Object] = o.Server.Home
	}
	if len(homes) < 2 {
		t.Errorf("only %d objects were asked", len(homes))
	}
}

func TestChatCrossesTheWorld(t *testing.T) {
	world, _ := worldOf(t, placement.Fixed{Home: "LHR"})
	kinds := make(map[loadgen.Kind]int)
	for _, o := range ask(t, world, "chat", 20) {
		if o.Outcome != loadgen.OK {
			t.Errorf("%+v", o)
		}
		kinds[o.Operation.Kind]++
	}
	if kinds[loadgen.Join] != 16 || kinds[loadgen.Send] == 0 || kinds[loadgen.Deliver] != 4*kinds[loadgen.Send]-kinds[loadgen.Send] && kinds[loadgen.Deliver] != 4*kinds[loadgen.Send] {
		t.Errorf("observations by kind: %v", kinds)
	}
}

func TestAWorldThatCannotStartSaysWhyAndLeavesNothing(t *testing.T) {
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	server := memory.NewServer(8)
	_, err = live.Start(t.Context(), live.Config{
		Map: m, Homes: []regions.ID{"LHR"}, Edges: []regions.ID{"LHR"}, Directory: "LHR", Place: placement.FirstRequest{Map: m},
		Storage: noDirectory{inMemory{server}}, Cores: 1, Classes: []object.Class{classes.Counter()},
		Clock: refimpl.SystemClock(), Log: slog.New(slog.DiscardHandler),
	})
	if err == nil || !strings.Contains(err.Error(), "start edge LHR: open directory: planted") {
		t.Errorf("got %v", err)
	}
}

type noDirectory struct{ inMemory }

func (noDirectory) OpenDirectory(context.Context, live.Dial) (store.Directory, error) {
	return nil, fmt.Errorf("planted")
}
