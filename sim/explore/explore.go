package explore

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/sim/virtual"
)

// Options say what to live through.
type Options struct {
	World
	First, Seeds uint64
	// Trouble lets things go wrong, drawn from the seed.
	Trouble bool
	// Plant changes each world before it begins; nil changes nothing. It is called
	// from several goroutines at once.
	Plant func(*virtual.Config)
	// Enough ends the exploration after so many failures; zero is never.
	Enough int
}

// Failure is an experiment that broke a law.
type Failure struct {
	Experiment
	Broken []check.Verdict
}

// String is the experiment and the laws it broke, with their witnesses.
func (f Failure) String() string {
	var text strings.Builder
	text.WriteString(f.Experiment.String())
	for _, v := range f.Broken {
		fmt.Fprintf(&text, "\n  %s", v)
	}
	// A planted bug is not part of the line: with one, the history is the lawful one.
	fmt.Fprintf(&text, "\n  again: %s", f.Command())
	return text.String()
}

// Found is what an exploration gives.
type Found struct {
	Worlds       uint64
	Observations uint64
	Undecided    []string  // verdicts that are neither: void, or too much to search
	Failures     []Failure // by seed
}

// Explore lives through seeds. An error means that a world could not be run at all.
func Explore(ctx context.Context, o Options) (Found, error) {
	var found Found
	var mu sync.Mutex
	var firstErr error
	var next atomic.Uint64
	var stop atomic.Bool
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for !stop.Load() && ctx.Err() == nil {
				n := next.Add(1) - 1
				if n >= o.Seeds {
					return
				}
				e := Draw(o.World, o.First+n, o.Trouble)
				seen, err := e.Run(ctx, o.World, o.Plant)
				mu.Lock()
				found.add(e, seen)
				if err != nil {
					firstErr = fmt.Errorf("%s: %w", e, err)
				}
				if err != nil || o.Enough > 0 && len(found.Failures) >= o.Enough {
					stop.Store(true)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	slices.SortFunc(found.Failures, func(a, b Failure) int { return int(int64(a.Seed - b.Seed)) })
	if firstErr == nil {
		firstErr = ctx.Err()
	}
	return found, firstErr
}

func (f *Found) add(e Experiment, seen Seen) {
	f.Worlds++
	f.Observations += uint64(len(seen.History))
	for _, v := range seen.Verdicts {
		if v.Ruling == check.Unknown {
			f.Undecided = append(f.Undecided, fmt.Sprintf("seed %d: %s", e.Seed, v))
		}
	}
	if broken := seen.Broken(); len(broken) > 0 {
		f.Failures = append(f.Failures, Failure{e, broken})
	}
}

// Seen is what one experiment gave.
type Seen struct {
	History  []loadgen.Observation
	Verdicts []check.Verdict
}

// Broken are the verdicts that convict.
func (s Seen) Broken() []check.Verdict {
	return slices.DeleteFunc(slices.Clone(s.Verdicts), func(v check.Verdict) bool { return v.Ruling != check.Violated })
}

// Run lives through the experiment and judges it.
func (e Experiment) Run(ctx context.Context, w World, plant func(*virtual.Config)) (Seen, error) {
	var seen Seen
	config, err := e.config(w)
	if err != nil {
		return seen, err
	}
	config.Record = func(o *loadgen.Observation) { seen.History = append(seen.History, *o) }
	if plant != nil {
		plant(&config)
	}
	if _, err = virtual.Run(ctx, config); err != nil {
		return seen, err
	}
	laws, err := e.laws()
	if err != nil {
		return seen, err
	}
	for _, law := range laws {
		seen.Verdicts = append(seen.Verdicts, law.Check(seen.History))
	}
	return seen, nil
}

// Digest is a hash of all that was observed.
func (s Seen) Digest() uint64 {
	h := fnv.New64a()
	var b []byte
	for i := range s.History {
		o := &s.History[i]
		b = binary.LittleEndian.AppendUint64(b[:0], o.Seq)
		for _, n := range []int64{int64(o.Client), int64(o.Scheduled), int64(o.Sent), int64(o.Done), int64(o.Reply.Status), o.Reply.Value, int64(o.Server.Epoch)} {
			b = binary.LittleEndian.AppendUint64(b, uint64(n))
		}
		for _, d := range o.Budget {
			b = binary.LittleEndian.AppendUint64(b, uint64(d))
		}
		_, _ = h.Write(b) // a hash takes everything
		_, _ = io.WriteString(h, strings.Join([]string{
			o.Object, string(o.Edge), string(o.Operation.Kind), o.Operation.Text, string(o.Outcome),
			o.Reply.Text, o.Reply.Error, string(o.Server.Home), o.Server.Node,
		}, "\x00"))
	}
	return h.Sum64()
}
