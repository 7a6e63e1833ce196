package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// measure is one thing measured on every system, with the ratio durabench wants to reach.
type measure struct {
	Name   string
	Unit   string
	Target float64 // durabench / workerd
	run    func(*measurer, context.Context, *system, int) (sample, error)
}

// measures returns the four of them, in the order of the table.
func measures() []measure {
	return []measure{
		{"hot counter increments", "requests/s", 9, (*measurer).increments},
		{"increments over 256 objects", "requests/s", 14, over(target{"/counter/increment", "spread", 256})},
		{"hot counter reads", "requests/s", 5, over(target{"/counter/value", "hot", 1})},
		{"chat, 50 members, 4 senders", "deliveries/s", 3, chatting(1)},
		{"chat, senders 4 ahead", "deliveries/s", 3, chatting(4)},
	}
}

// measurer runs the measures on the systems in alternation.
type measurer struct {
	opt      options
	systems  []*system
	load     httpLoad
	progress io.Writer
}

// all goes through the rounds: each measure on the first system, then on the second, then the next
// measure. A round therefore holds one pair of each, taken within seconds of each other.
func (m *measurer) all(ctx context.Context) ([]measured, error) {
	var out []measured
	for _, what := range measures() {
		if strings.Contains(what.Name, m.opt.Measure) {
			out = append(out, measured{measure: what, bySystem: map[string][]sample{}})
		}
	}
	for round := range m.opt.Rounds {
		for i := range out {
			for _, sys := range m.systems {
				s, err := out[i].run(m, ctx, sys, round)
				if err != nil {
					return out, fmt.Errorf("measure %s on %s: %w", out[i].Name, sys.Name, err)
				}
				fmt.Fprintf(m.progress, "peer: round %d/%d  %-28s %-9s %9.0f %-12s %5.1f us of processor each\n",
					round+1, m.opt.Rounds, out[i].Name, sys.Name, s.perSecond(), out[i].Unit, s.processorEach())
				out[i].bySystem[sys.Name] = append(out[i].bySystem[sys.Name], s)
			}
		}
	}
	return out, nil
}

// over measures one target, after a warm-up of the same kind.
func over(t target) func(*measurer, context.Context, *system, int) (sample, error) {
	return func(m *measurer, ctx context.Context, sys *system, _ int) (sample, error) {
		return m.drive(ctx, sys, t)
	}
}

func (m *measurer) drive(ctx context.Context, sys *system, t target) (sample, error) {
	if m.opt.Warm > 0 {
		if _, err := m.load.drive(ctx, sys.addr, t, m.opt.Warm); err != nil {
			return sample{}, err
		}
	}
	began := processorTime(sys.child.PID())
	s, err := m.load.drive(ctx, sys.addr, t, m.opt.Each)
	s.Processor = processorTime(sys.child.PID()) - began
	return s, err
}

// increments also looks whether the counter holds every increment that was acknowledged: a system
// that loses some would be measured doing less work.
func (m *measurer) increments(ctx context.Context, sys *system, _ int) (sample, error) {
	before, err := sys.count(ctx, "hot")
	if err != nil {
		return sample{}, err
	}
	s, err := m.drive(ctx, sys, target{"/counter/increment", "hot", 1})
	if err != nil {
		return sample{}, err
	}
	after, err := sys.count(ctx, "hot")
	if err != nil {
		return sample{}, err
	}
	if after-before < s.Done {
		return sample{}, fmt.Errorf("%d increments were acknowledged, the counter grew by %d", s.Done, after-before)
	}
	return s, nil
}

// chatting takes a new room in each round, so that none begins with the history of
// another. A sender with one message under way waits for its commit each time; with
// more, as the HTTP load has them, it is throughput that is measured.
func chatting(ahead int) func(*measurer, context.Context, *system, int) (sample, error) {
	return func(m *measurer, ctx context.Context, sys *system, round int) (sample, error) {
		return m.chat(ctx, sys, fmt.Sprintf("peer-%d-%d", ahead, round), ahead*m.opt.Window)
	}
}

func (m *measurer) chat(ctx context.Context, sys *system, room string, window int) (sample, error) {
	warm := max(m.opt.Warm, 500*time.Millisecond) // the room's history is full by then
	used := func() time.Duration { return processorTime(sys.child.PID()) }
	return driveChat(ctx, sys.addr, chatLoad{Room: room, Window: window, Warm: warm, Each: m.opt.Each, used: used})
}
