package wan_test

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durabench/durabench/sim/wan"
)

// bubble is a network in virtual time: its connections are pipes, whose far ends
// the test reads and writes by hand.
type bubble struct {
	*wan.Network
	far chan net.Conn
}

func inBubble(t *testing.T, o wan.Options, test func(t *testing.T, b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{far: make(chan net.Conn, 16)}
		o.CoarseTimer = true
		o.Dial = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			b.far <- far
			return near, nil
		}
		b.Network = must(wan.New(o))
		defer b.Close()
		test(t, b)
	})
}

// dial returns both ends of a new connection.
func (b *bubble) dial(t *testing.T, l *wan.Link) (near, far net.Conn) {
	t.Helper()
	near, err := l.DialContext(t.Context(), "tcp", "far")
	if err != nil {
		t.Fatal(err)
	}
	far = <-b.far
	t.Cleanup(func() { far.Close() })
	return near, far
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func write(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Errorf("write %q: %v", s, err)
	}
}

// expect reads exactly s and tells how long that took.
func expect(t *testing.T, c net.Conn, s string) time.Duration {
	t.Helper()
	begin := time.Now()
	got := make([]byte, len(s))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != s {
		t.Fatalf("read %q, %v; want %q", got, err, s)
	}
	return time.Since(begin)
}

func expectTook(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if got != want {
		t.Errorf("%s took %v, want %v", what, got, want)
	}
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}
