package wan_test

import (
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/durabench/durabench/sim/wan"
)

// BenchmarkExactness asks for 50 ms one way on many connections, each of which
// sends 16 bytes to an echo in the same process every interval, and reports by
// how much the round trips exceeded the 100 ms asked for. One iteration is one
// measurement of ten seconds, so it is meant for -benchtime=1x:
//
//	go test ./sim/wan -run '^$' -bench Exactness -benchtime 1x -count 3
func BenchmarkExactness(b *testing.B) {
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
				measureExactness(b, c.conns, c.interval, 10*time.Second)
			}
		})
	}
}

func measureExactness(b *testing.B, conns int, interval, span time.Duration) {
	const oneWay = 50 * time.Millisecond
	n := onLoopback(b, wan.Options{})
	l := n.Link("pair", wan.Steady{Out: oneWay, In: oneWay})
	pingers := make([]*pinger, conns)
	rounds := int(span / interval)
	var dials sync.WaitGroup
	address := echoing(b)
	for i := range pingers {
		dials.Go(func() {
			c, err := l.DialContext(b.Context(), "tcp", address)
			if err != nil {
				b.Error(err)
				return
			}
			pingers[i] = &pinger{conn: c, over: make([]time.Duration, 0, rounds)}
		})
	}
	if dials.Wait(); b.Failed() {
		b.FailNow()
	}
	before, begin := processorTime(b), time.Now()
	var pings sync.WaitGroup
	for i, p := range pingers {
		phase := interval * time.Duration(i) / time.Duration(conns)
		pings.Go(func() { p.run(b, begin.Add(phase), interval, rounds, 2*oneWay) })
	}
	pings.Wait()
	used := (processorTime(b) - before).Seconds() / time.Since(begin).Seconds()

	var over []time.Duration
	for _, p := range pingers {
		over = append(over, p.over...)
		p.conn.Close()
	}
	slices.Sort(over)
	late := n.Lateness()
	ms := func(d time.Duration) float64 { return d.Seconds() * 1e3 }
	b.ReportMetric(ms(over[len(over)/2]), "ms-error-p50")
	b.ReportMetric(ms(over[len(over)*99/100]), "ms-error-p99")
	b.ReportMetric(ms(over[len(over)-1]), "ms-error-max")
	b.ReportMetric(ms(late.P50), "ms-late-p50")
	b.ReportMetric(ms(late.P99), "ms-late-p99")
	b.ReportMetric(float64(len(over))/span.Seconds(), "pings/s")
	b.ReportMetric(used*100, "%cpu")
	b.ReportMetric(0, "ns/op") // it would only say how long we chose to measure
}

// pinger sends over one connection at given instants, and keeps by how much each
// round trip exceeded what was asked for.
type pinger struct {
	conn net.Conn
	over []time.Duration
}

func (p *pinger) run(b *testing.B, first time.Time, interval time.Duration, rounds int, asked time.Duration) {
	var message [16]byte
	for i := range rounds {
		time.Sleep(time.Until(first.Add(time.Duration(i) * interval)))
		begin := time.Now()
		if _, err := p.conn.Write(message[:]); err != nil {
			b.Error(err)
			return
		}
		if _, err := io.ReadFull(p.conn, message[:]); err != nil {
			b.Error(err)
			return
		}
		p.over = append(p.over, time.Since(begin)-asked)
	}
}

// BenchmarkEcho is what a round trip costs when no delay is asked for: the price
// of the emulation itself, beside a bare connection.
func BenchmarkEcho(b *testing.B) {
	address := echoing(b)
	for _, c := range []struct {
		name string
		dial func() (net.Conn, error)
	}{
		{"bare", func() (net.Conn, error) { return net.Dial("tcp", address) }},
		{"wan", func() (net.Conn, error) {
			n := onLoopback(b, wan.Options{})
			return n.Link("l", wan.Steady{}).DialContext(b.Context(), "tcp", address)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			conn := must(c.dial())
			defer conn.Close()
			var message [16]byte
			for b.Loop() {
				must(conn.Write(message[:]))
				must(io.ReadFull(conn, message[:]))
			}
		})
	}
}

// BenchmarkBulk streams through one connection, to show that the emulation is
// not the bandwidth that it leaves unlimited.
func BenchmarkBulk(b *testing.B) {
	n := onLoopback(b, wan.Options{})
	l := n.Link("l", wan.Steady{Out: time.Millisecond, In: time.Millisecond})
	conn := must(l.DialContext(b.Context(), "tcp", echoing(b)))
	defer conn.Close()
	const size = 1 << 20
	b.SetBytes(size)
	b.ReportAllocs()
	var writer sync.WaitGroup
	defer writer.Wait()
	back := make([]byte, size)
	for b.Loop() {
		writer.Go(func() { must(conn.Write(make([]byte, size))) })
		must(io.ReadFull(conn, back))
	}
}

// echoing is the address of a server that echoes whatever it reads.
func echoing(b *testing.B) string {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	var work sync.WaitGroup
	b.Cleanup(func() { ln.Close(); work.Wait() })
	work.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return // closed by the clean-up
			}
			work.Go(func() {
				defer c.Close()
				var buffer [4096]byte
				for {
					n, err := c.Read(buffer[:])
					if err != nil {
						return
					}
					if _, err := c.Write(buffer[:n]); err != nil {
						return
					}
				}
			})
		}
	})
	return ln.Addr().String()
}

// processorTime is what this process has used so far, in user and kernel mode.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
