package wan_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durabench/durabench/sim/wan"
)

// farEnds is a listener on which the far ends of a bubble's pipes arrive.
type farEnds struct {
	net.Listener
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (b *bubble) listener() *farEnds { return &farEnds{conns: b.far, done: make(chan struct{})} }

func (f *farEnds) Accept() (net.Conn, error) {
	select {
	case c := <-f.conns:
		return c, nil
	case <-f.done:
		return nil, net.ErrClosed
	}
}

func (f *farEnds) Close() error { f.once.Do(func() { close(f.done) }); return nil }

// In a world whose clock waits for everybody nothing is late, whatever the
// jitter, and slowness and cuts are delays that were asked for.
func TestProbeSeesNoErrorInVirtualTime(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		calm := b.Link("calm", lopsided)
		jittery := b.Link("jittery", wan.Drawn(rand.New(rand.NewPCG(1, 2)),
			func(r *rand.Rand, d wan.Direction) time.Duration {
				return lopsided.Delay(d) + time.Duration(r.ExpFloat64()*float64(20*time.Millisecond))
			}))
		faulty := b.Link("faulty", lopsided)

		ctx, cancel := context.WithCancel(t.Context())
		probe := wan.NewProbe(time.Second)
		var work sync.WaitGroup
		work.Go(func() {
			if err := wan.Echo(ctx, b.listener()); err != nil {
				t.Error(err)
			}
		})
		work.Go(func() { probe.Run(ctx, "tcp", "far", calm, jittery, faulty) })
		time.Sleep(time.Minute) // of the bubble's time
		faulty.Cut(wan.In)
		time.Sleep(time.Minute)
		faulty.Heal()
		time.Sleep(time.Minute)
		cancel()
		work.Wait()

		pairs := probe.Pairs()
		if len(pairs) != 3 {
			t.Fatalf("%d pairs for 3 links", len(pairs))
		}
		for _, p := range pairs {
			if p.Error.Max != 0 || p.Lost != 0 || p.Injected != p.Measured {
				t.Errorf("%+v: want no error, no loss, and all that was injected measured", p)
			}
			if p.Error.N < 100 {
				t.Errorf("%s: %d pings in three minutes", p.Link, p.Error.N)
			}
		}
		if want := outDelay + inDelay; pairs[0].Injected.Max != want {
			t.Errorf("calm link injected at most %v, want %v", pairs[0].Injected.Max, want)
		}
		if pairs[1].Injected.P99 < pairs[1].Injected.P50+10*time.Millisecond {
			t.Errorf("jittery link shows no jitter: %+v", pairs[1].Injected)
		}
		if pairs[2].Injected.Max < time.Minute-2*time.Second {
			t.Errorf("faulty link shows no cut: %+v", pairs[2].Injected)
		}
		if total := probe.Error(); total.N != pairs[0].Error.N+pairs[1].Error.N+pairs[2].Error.N {
			t.Errorf("%d pings in total, want the sum over %+v", total.N, pairs)
		}
		if late := b.Lateness(); late.Max != 0 || late.N < 600 {
			t.Errorf("lateness %+v, want none on some 900 chunks", late)
		}
	})
}

func TestProbeCountsLostPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := must(wan.New(wan.Options{
			CoarseTimer: true,
			Dial: func(context.Context, string, string) (net.Conn, error) {
				return nil, errors.New("nobody listens")
			},
		}))
		defer n.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond)
		defer cancel()
		probe := wan.NewProbe(time.Second)
		probe.Run(ctx, "tcp", "far", n.Link("l", wan.Steady{}))
		if p := probe.Pairs()[0]; p.Lost != 11 || p.Error.N != 0 {
			t.Errorf("%+v, want 11 lost pings and no other", p)
		}
	})
}

func TestEchoReportsBrokenListener(t *testing.T) {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	ln.Close()
	if err := wan.Echo(t.Context(), ln); !errors.Is(err, net.ErrClosed) {
		t.Errorf("echo on a closed listener: %v", err)
	}
}

func TestProbeEndsWithoutAnAnswer(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begin := time.Now()
		wan.NewProbe(time.Second).Run(ctx, "tcp", "far", b.Link("l", lopsided))
		expectTook(t, "a probe of a silent home", time.Since(begin), time.Minute)
	})
}
