package virtual_test

import (
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/relocate"
	"github.com/durabench/durabench/sim/virtual"
)

// wanderingRooms runs rooms, or documents, that wander.
func wanderingRooms(t *testing.T, class string, seed uint64, change func(*virtual.Config)) ([]loadgen.Observation, []relocate.Move) {
	t.Helper()
	c, history := config(t, class, workload.Options{Objects: 2, Members: 6, Senders: 3}, 30, 10*time.Second, seed)
	c.Homes, c.Directory = []regions.ID{"LHR", "IAD", "NRT"}, "LHR"
	c.Place = wander{placement.Fixed{Home: "LHR"}, 25}
	c.Classes = append(c.Classes, classes.Document())
	c.Members = c.Source.(interface{ Members() []loadgen.Member }).Members()
	var moves []relocate.Move
	c.Moved = func(m relocate.Move) { moves = append(moves, m) }
	if change != nil {
		change(&c)
	}
	if _, err := virtual.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return *history, moves
}

// tellReturns counts lost connections and returns.
func tellReturns(history []loadgen.Observation) (lost, joined, resumed, missed int) {
	at := make(map[int]time.Duration)
	for _, o := range history {
		switch {
		case o.Operation.Kind == loadgen.Leave && o.Outcome == loadgen.Failed:
			lost++
		case o.Operation.Kind == loadgen.Join && o.Outcome == loadgen.OK:
			joined++
		case o.Operation.Kind == loadgen.Resume:
			if o.Reply.Allowed {
				resumed++
			}
			at[o.Client] = o.Done
		case o.Operation.Kind == loadgen.Deliver && at[o.Client] == o.Done && o.Done > 0:
			missed++
		}
	}
	return lost, joined, resumed, missed
}

func TestRoomsWander(t *testing.T) {
	for _, class := range []string{"chat", "document"} {
		history, moves := wanderingRooms(t, class, 1, nil)
		if v := broken(t, class, history); v != "" {
			t.Errorf("%s: %s", class, v)
		}
		lost, joined, resumed, missed := tellReturns(history)
		t.Logf("%s: %d moves, %d lost, %d joined, %d resumed, %d missed", class, len(moves), lost, joined, resumed, missed)
		if len(moves) < 4 || lost < 6*len(moves)/2 || joined < lost || resumed < lost*8/10 {
			t.Errorf("%s: %d moves, %d connections lost, %d joined, %d went on, %d missed", class, len(moves), lost, joined, resumed, missed)
		}
	}
}

// Through whatever goes wrong, a room that moves is one room and a document one text.
func TestRoomsThatMoveThroughFaultsKeepTheLaws(t *testing.T) {
	seeds := uint64(100)
	if testing.Short() {
		seeds = 16
	}
	for _, class := range []string{"chat", "document"} {
		moved, stayed, back, told := 0, 0, 0, 0
		for seed := range seeds {
			faults := []string{
				"", "kill LHR at 2s for 1s", "session IAD killed at 2s; session LHR killed at 2600ms; session NRT killed at 3s; session IAD killed at 3300ms; session LHR killed at 4s", "partition LHR|IAD at 2s for 1s", "ack lost at 2s",
				"postgres LHR down at 1s for 6s", "pause NRT at 1s for 3s", "ack late by 300ms at 1s for 3s",
			}[seed%8]
			history, moves := wanderingRooms(t, class, seed, func(c *virtual.Config) {
				if faults == "" {
					return
				}
				var err error
				if c.Faults, err = fault.Parse(faults); err != nil {
					t.Fatal(err)
				}
			})
			if v := broken(t, class, history); v != "" {
				t.Errorf("%s, seed %d, %s: %s", class, seed, faults, v)
			}
			_, _, resumed, missed := tellReturns(history)
			back, told = back+resumed, told+missed
			for _, m := range moves {
				if m.Cause == nil && !m.Ended.IsZero() {
					moved++
				} else {
					stayed++
				}
			}
		}
		t.Logf("%s: %d moves, %d that failed, %d members came back and were told %d messages", class, moved, stayed, back, told)
	}
}

// heeded counts what a strategy is told.
type heeded struct {
	placement.Strategy
	visits *int
}

func (s heeded) Observe(*placement.State, placement.Visit) (regions.ID, bool) {
	*s.visits++
	return "", false
}

// A move has all members join again: if that told the strategy anything, moves would call
// for moves.
func TestJoiningIsNoVisit(t *testing.T) {
	visits := 0
	history, _ := wanderingRooms(t, "chat", 1, func(c *virtual.Config) {
		c.Place = heeded{placement.Fixed{Home: "LHR"}, &visits}
	})
	sent, joined := 0, 0
	for _, o := range history {
		switch o.Operation.Kind {
		case loadgen.Send:
			sent++
		case loadgen.Join:
			joined++
		}
	}
	if visits != sent || joined == 0 {
		t.Errorf("%d members joined, %d messages were sent; the strategy was told of %d visits", joined, sent, visits)
	}
}
