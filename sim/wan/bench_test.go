package wan_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/durabench/durabench/sim/wan"
)

// BenchmarkExactness asks for 50 ms one way on many connections, each of which
// sends 16 bytes to an echo in the same process every interval, and reports how
// far the round trips were over the 100 ms asked for. It runs for its own span
// of time and not b.N times, so it is meant for -benchtime=1x:
//
//	go test ./sim/wan -run '^$' -bench Exactness -benchtime 1x -count 3
func BenchmarkExactness(b *testing.B) {
	const span = 6 * time.Second
	for _, c := range []struct {
		conns    int
		interval time.Duration
	}{
		{100, 250 * time.Millisecond},
		{2000, time.Second},
		{2000, 500 * time.Millisecond},
		{2000, 250 * time.Millisecond},
	} {
		b.Run(fmt.Sprintf("conns=%d/every=%v", c.conns, c.interval), func(b *testing.B) {
			for b.Loop() {
				measure(b, c.conns, c.interval, span)
			}
		})
	}
}

func measure(b *testing.B, conns int, interval, span time.Duration) {
	n, err := wan.New(wan.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	links := make([]*wan.Link, conns)
	for i := range links {
		links[i] = n.Link("pair", wan.Steady{Out: 50 * time.Millisecond, In: 50 * time.Millisecond})
	}
	ctx, cancel := context.WithTimeout(b.Context(), span)
	defer cancel()
	serve, stop := context.WithCancel(b.Context())
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	work.Go(func() {
		if err := wan.Echo(serve, ln); err != nil {
			b.Error(err)
		}
	})
	probe := wan.NewProbe(interval)
	before := processorTime(b)
	begin := time.Now()
	probe.Run(ctx, "tcp", ln.Addr().String(), links...)
	used := (processorTime(b) - before).Seconds() / time.Since(begin).Seconds()

	over, late := probe.Error(), n.Lateness()
	b.ReportMetric(over.P50.Seconds()*1e3, "ms-error-p50")
	b.ReportMetric(over.P99.Seconds()*1e3, "ms-error-p99")
	b.ReportMetric(over.Max.Seconds()*1e3, "ms-error-max")
	b.ReportMetric(late.P50.Seconds()*1e3, "ms-late-p50")
	b.ReportMetric(late.P99.Seconds()*1e3, "ms-late-p99")
	b.ReportMetric(float64(over.N)/span.Seconds(), "pings/s")
	b.ReportMetric(used*100, "%cpu")
	b.ReportMetric(0, "ns/op") // it would only say how long we chose to measure
}

// processorTime is what this process has used so far, in user and kernel mode.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
