package virtual_test

import (
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/virtual"
)

// suffer runs a counter that lives in London for users in London and Washington, and
// gives what was observed.
func suffer(t *testing.T, class, faults string, change func(*virtual.Config)) []loadgen.Observation {
	t.Helper()
	o := workload.Options{Objects: 2, Clients: 8, Reads: 0.4, Members: 4, Senders: 2}
	c, history := config(t, class, o, 100, 12*time.Second, 1)
	schedule, err := fault.Parse(faults)
	if err != nil {
		t.Fatal(err)
	}
	c.Homes, c.Edges, c.Directory = []regions.ID{"LHR"}, []regions.ID{"LHR", "IAD"}, "LHR"
	c.Place, c.Jitter, c.Faults = placement.Fixed{Home: "LHR"}, regions.Jitter{}, schedule
	if change != nil {
		change(&c)
	}
	if _, err := virtual.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return *history
}

// within are the observations of operations sent in a time.
func within(history []loadgen.Observation, from, to time.Duration, keep func(*loadgen.Observation) bool) []loadgen.Observation {
	var some []loadgen.Observation
	for i := range history {
		if o := &history[i]; o.Sent >= from && o.Sent < to && (keep == nil || keep(o)) {
			some = append(some, *o)
		}
	}
	return some
}

func at(edge regions.ID) func(*loadgen.Observation) bool {
	return func(o *loadgen.Observation) bool { return o.Edge == edge }
}

func failed(o *loadgen.Observation) bool { return o.Outcome != loadgen.OK }

func TestACutHoldsWhatWouldArrive(t *testing.T) {
	const healed = 5 * time.Second
	for _, row := range []struct {
		faults string
		from   time.Duration // of what was sent from then on, nothing is answered before the healing
		ways   time.Duration // how many of one way's delay after it, at least
	}{
		{faults: "partition IAD|LHR at 3s for 2s", from: 3 * time.Second, ways: 2},
		{faults: "partition IAD>LHR at 3s for 2s", from: 3 * time.Second, ways: 2},
		{faults: "partition LHR>IAD at 3s for 2s", from: 3 * time.Second, ways: 1},
		{faults: "partition IAD|LHR at 3s for 1s; partition IAD|LHR at 3500ms for 1500ms", from: 3 * time.Second, ways: 2},
	} {
		history := suffer(t, "counter", row.faults, nil)
		m, err := regions.Load()
		if err != nil {
			t.Fatal(err)
		}
		way := m.RTT("IAD", "LHR").RTT / 2
		cut := within(history, row.from, healed-2*way, at("IAD"))
		if len(cut) == 0 {
			t.Fatal("nobody asked")
		}
		for _, o := range cut {
			if o.Outcome != loadgen.OK || o.Done < healed+row.ways*way-time.Microsecond {
				t.Errorf("%s: sent at %v, %s at %v; healed at %v, one way takes %v", row.faults, o.Sent, o.Outcome, o.Done, healed, way)
			}
		}
		for _, o := range within(history, 0, 12*time.Second, at("LHR")) {
			if o.Latency() > 100*time.Millisecond {
				t.Errorf("%s: London waits %v", row.faults, o.Latency())
			}
		}
	}
}

func TestASlowLinkAddsToEachWay(t *testing.T) {
	history := suffer(t, "counter", "slow IAD|LHR by 300ms at 3s for 2s; slow LHR>IAD by 100ms at 7s for 2s", nil)
	least := func(from, to time.Duration) time.Duration {
		least := time.Hour
		for _, o := range within(history, from, to, at("IAD")) {
			least = min(least, o.Latency())
		}
		return least
	}
	before := least(0, 2*time.Second)
	for _, row := range []struct{ from, to, more time.Duration }{
		{3 * time.Second, 4500 * time.Millisecond, 600 * time.Millisecond},
		{5500 * time.Millisecond, 6800 * time.Millisecond, 0},
		{7 * time.Second, 8700 * time.Millisecond, 100 * time.Millisecond},
	} {
		if more := least(row.from, row.to) - before; (more - row.more).Abs() > 5*time.Millisecond {
			t.Errorf("from %v to %v the fastest took %v more, want %v", row.from, row.to, more, row.more)
		}
	}
}

func TestAChatKeepsItsOrderThroughCuts(t *testing.T) {
	history := suffer(t, "chat", "partition IAD|LHR at 3s for 500ms; partition LHR>IAD at 3600ms for 300ms; slow IAD|LHR by 700ms at 5s for 300ms", nil)
	last := make(map[int]uint64)
	deliveries := 0
	ids := make(map[string]uint64)
	for _, o := range history {
		if o.Operation.Kind == loadgen.Send {
			ids[o.Operation.Text] = o.Seq
		}
	}
	for _, o := range history {
		if o.Outcome != loadgen.OK {
			t.Errorf("%+v", o)
		}
		if o.Operation.Kind != loadgen.Deliver {
			continue
		}
		deliveries++
		from := o.Client*100 + o.Operation.Sender
		if seq := ids[o.Operation.Text]; seq < last[from] {
			t.Errorf("client %d received %s of client %d late", o.Client, o.Operation.Text, o.Operation.Sender)
		} else {
			last[from] = seq
		}
	}
	if deliveries < 4000 {
		t.Errorf("%d deliveries", deliveries)
	}
}

func TestADeadNode(t *testing.T) {
	history := suffer(t, "counter", "kill LHR at 3s for 2s", nil)
	for _, o := range within(history, 0, 12*time.Second, failed) {
		write := o.Operation.Kind != loadgen.Read
		switch {
		case o.Done < 3*time.Second || o.Sent > 5500*time.Millisecond:
			t.Errorf("%+v", o)
		case o.Outcome == loadgen.Unknown && (!write || o.Sent > 3200*time.Millisecond):
			t.Errorf("nobody could doubt it: %+v", o)
		}
	}
	if unknown := within(history, 2*time.Second, 4*time.Second, func(o *loadgen.Observation) bool { return o.Outcome == loadgen.Unknown }); len(unknown) == 0 {
		t.Error("no outcome is unknown")
	}
	for _, o := range within(history, 0, 12*time.Second, nil) {
		if o.Outcome == loadgen.OK && (o.Server.Epoch == 2) != (o.Sent > 4*time.Second) {
			t.Errorf("sent at %v, answered at epoch %d", o.Sent, o.Server.Epoch)
		}
		// The owner before was not drained: for a second nothing is written.
		if o.Outcome == loadgen.OK && o.Sent > 4*time.Second && o.Operation.Kind != loadgen.Read && o.Done < 6*time.Second {
			t.Errorf("written too early: %+v", o)
		}
	}
	joined := suffer(t, "chat", "kill LHR at 3s for 2s", nil)
	left := within(joined, 0, time.Hour, func(o *loadgen.Observation) bool { return o.Operation.Kind == loadgen.Leave && failed(o) })
	if len(left) != 8 || left[0].Sent < 3*time.Second || left[7].Sent > 3100*time.Millisecond {
		t.Errorf("%d members lost their connection: %v", len(left), left)
	}
}

func TestAPausedNode(t *testing.T) {
	short := suffer(t, "counter", "pause LHR at 3s for 2s", nil)
	if bad := within(short, 0, time.Hour, failed); len(bad) > 0 {
		t.Errorf("after a short pause: %+v", bad[0])
	}
	for _, o := range within(short, 3*time.Second, 4900*time.Millisecond, nil) {
		if o.Done < 5*time.Second || o.Server.Epoch != 1 {
			t.Errorf("sent at %v, answered at %v, epoch %d", o.Sent, o.Done, o.Server.Epoch)
		}
	}
	long := suffer(t, "counter", "pause LHR at 3s for 4s", nil)
	epochs := make(map[uint64]int)
	for _, o := range within(long, 8*time.Second, time.Hour, nil) {
		epochs[o.Server.Epoch]++
	}
	if len(epochs) != 1 || epochs[2] == 0 {
		t.Errorf("the database has ended the session of a node that stood still for 4 s: epochs %v", epochs)
	}
}

func TestAStandbyTakesOver(t *testing.T) {
	for _, faults := range []string{"kill LHR at 3s for 5s", "pause LHR at 3s for 8s", "ack LHR lost at 3s"} {
		history := suffer(t, "counter", faults, func(c *virtual.Config) { c.Standby = true })
		nodes := make(map[string]int)
		for _, o := range within(history, 9*time.Second, time.Hour, nil) {
			nodes[o.Server.Node]++
		}
		if nodes["lhr-2"] == 0 || faults[:4] == "kill" && len(nodes) != 1 {
			t.Errorf("%s: in the end these answer: %v", faults, nodes)
		}
	}
}

func TestADatabaseThatIsSilent(t *testing.T) {
	short := suffer(t, "counter", "postgres down at 3s for 2s", nil)
	if bad := within(short, 0, time.Hour, failed); len(bad) > 0 {
		t.Errorf("after a short silence: %+v", bad[0])
	}
	long := suffer(t, "counter", "postgres LHR down at 2s for 6s", nil)
	lost := within(long, 0, time.Hour, func(o *loadgen.Observation) bool { return o.Outcome == loadgen.Unknown })
	if len(lost) == 0 || lost[0].Done < 7*time.Second {
		t.Errorf("a session waits for 5 s: %+v", lost)
	}
	served := within(long, 10500*time.Millisecond, time.Hour, nil)
	for _, o := range served {
		if o.Outcome != loadgen.OK || o.Server.Epoch != 2 {
			t.Errorf("afterwards: %+v", o)
		}
	}
	if len(served) == 0 {
		t.Error("nobody was served afterwards")
	}
}

func TestAnswersThatComeLateOrNever(t *testing.T) {
	late := suffer(t, "counter", "ack late by 400ms at 3s for 2s", nil)
	for _, o := range within(late, 3*time.Second, 4500*time.Millisecond, nil) {
		if write := o.Operation.Kind != loadgen.Read; o.Outcome != loadgen.OK || write && o.Latency() < 400*time.Millisecond {
			t.Errorf("%s took %v: %s", o.Operation.Kind, o.Latency(), o.Outcome)
		}
	}
	lost := suffer(t, "counter", "ack lost at 3s", nil)
	unknown := within(lost, 0, time.Hour, func(o *loadgen.Observation) bool { return o.Outcome == loadgen.Unknown })
	if len(unknown) == 0 || unknown[0].Done < 7900*time.Millisecond { // the commit may have begun just before
		t.Errorf("%d of unknown outcome; a node waits 5 s for an answer", len(unknown))
	}
}

func TestAKilledSessionIsReplaced(t *testing.T) {
	history := suffer(t, "counter", "session LHR killed at 3s", nil)
	for _, o := range within(history, 3500*time.Millisecond, time.Hour, nil) {
		if o.Outcome != loadgen.OK || o.Server.Epoch != 2 {
			t.Errorf("%+v", o)
		}
	}
}

func TestAClockThatJumpsAdmitsMore(t *testing.T) {
	admitted := func(faults string) int {
		return len(within(suffer(t, "limiter", faults, nil), 0, time.Hour, func(o *loadgen.Observation) bool { return o.Reply.Allowed }))
	}
	honest := admitted("")
	// Two buckets of 100 refill in a minute: half a minute is a hundred tokens.
	if more := admitted("clock LHR by +30s at 6s") - honest; more < 90 || more > 102 {
		t.Errorf("half a minute ahead: %d more, want about 100", more)
	}
	if more := admitted("clock LHR by -30s at 6s") - honest; more > 0 || more < -40 {
		t.Errorf("half a minute back: %d more", more)
	}
}

func TestFaultsOfUnknownPlacesAreRefused(t *testing.T) {
	c, _ := config(t, "counter", workload.Options{}, 10, time.Second, 1)
	schedule, err := fault.Parse("kill LRH at 1s for 1s")
	if err != nil {
		t.Fatal(err)
	}
	c.Faults = schedule
	if _, err := virtual.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "did you mean LHR") {
		t.Errorf("got %v", err)
	}
	c.Faults, c.Standby, c.Cores = nil, true, 2
	if _, err := virtual.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "one core") {
		t.Errorf("got %v", err)
	}
}
