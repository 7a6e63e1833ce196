package wan_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durabench/durabench/sim/wan"
)

func expectClosed(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("%s after the close: %v, want %v", what, err, net.ErrClosed)
	}
}

// quiet checks that nothing reaches c for a minute.
func quiet(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(time.Minute))
	if n, err := c.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("read %d bytes, %v over a cut link", n, err)
	}
	c.SetReadDeadline(time.Time{})
}

func TestCutHoldsBytesUntilHealed(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		l := b.Link("l", lopsided)
		near, far := b.dial(t, l)
		write(t, near, "a") // in flight when the cut comes
		write(t, far, "A")
		l.Cut()
		write(t, near, "b")
		quiet(t, far)
		quiet(t, near)
		l.Heal()
		write(t, near, "c")
		expectTook(t, "sending again", expect(t, far, "abc"), outDelay)
		expectTook(t, "the other way", expect(t, near, "A"), inDelay-outDelay)
	})
}

// What follows the bytes sent again over a slow link cannot overtake them.
func TestHealedBytesKeepTheirPlace(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		l := b.Link("l", lopsided)
		near, far := b.dial(t, l)
		l.Cut()
		write(t, near, "a")
		write(t, far, "A")
		quiet(t, far)
		l.Slow(time.Second)
		l.Heal()
		l.Slow(0)
		write(t, near, "b")
		write(t, far, "B")
		expectTook(t, "sending again, slowly", expect(t, far, "ab"), time.Second+outDelay)
		expectTook(t, "the other way", expect(t, near, "AB"), inDelay-outDelay)
		if late := l.Lateness(); late.Max != 0 {
			t.Errorf("lateness %+v: waiting for a predecessor is not late", late)
		}
	})
}

func TestCutOneWay(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		l := b.Link("l", lopsided)
		near, far := b.dial(t, l)
		l.Cut(wan.Out)
		write(t, near, "lost")
		write(t, far, "heard")
		expectTook(t, "the direction that works", expect(t, near, "heard"), inDelay)
		quiet(t, far)
		l.Cut(wan.In)
		write(t, far, "x")
		quiet(t, near)
		l.Heal(wan.Out)
		expectTook(t, "the healed direction", expect(t, far, "lost"), outDelay)
		quiet(t, near)
		l.Heal(wan.In)
		expectTook(t, "the direction healed last", expect(t, near, "x"), inDelay)
	})
}

func TestCutStopsDials(t *testing.T) {
	for _, dir := range []wan.Direction{wan.Out, wan.In} {
		inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
			l := b.Link("l", lopsided)
			l.Cut(dir)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			begin := time.Now()
			_, err := l.DialContext(ctx, "tcp", "far")
			if !errors.Is(err, context.DeadlineExceeded) || !isTimeout(err) {
				t.Errorf("dial over a link cut %v: %v, want a time-out", dir, err)
			}
			expectTook(t, "the time-out", time.Since(begin), time.Second)

			done := make(chan error, 1)
			go func() { _, err := l.DialContext(t.Context(), "tcp", "far"); done <- err }()
			synctest.Wait()
			begin = time.Now()
			l.Heal()
			if err := <-done; err != nil {
				t.Errorf("dial after the healing: %v", err)
			}
			expectTook(t, "the dial after the healing", time.Since(begin), outDelay+inDelay)
		})
	}
}

func TestCutMeetsDialUnderWay(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		l := b.Link("l", lopsided)
		done := make(chan error, 1)
		go func() { _, err := l.DialContext(t.Context(), "tcp", "far"); done <- err }()
		synctest.Wait()
		l.Cut()
		time.Sleep(time.Minute) // of the bubble's time
		if len(b.far) != 0 {
			t.Error("a cut link let a dial through")
		}
		l.Heal()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestSlowAddsDelayEachWay(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		l := b.Link("l", lopsided)
		near, far := b.dial(t, l)
		l.Slow(time.Second)
		write(t, near, "a")
		expectTook(t, "slow out", expect(t, far, "a"), time.Second+outDelay)
		write(t, far, "b")
		expectTook(t, "slow in", expect(t, near, "b"), time.Second+inDelay)
		l.Slow(0)
		write(t, near, "c")
		expectTook(t, "out again", expect(t, far, "c"), outDelay)
	})
}

// Faults belong to one link; its neighbours in the same network go on.
func TestFaultsStayOnTheirLink(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		cut, whole := b.Link("cut", lopsided), b.Link("whole", lopsided)
		near, far := b.dial(t, whole)
		cut.Cut()
		cut.Slow(time.Hour)
		write(t, near, "a")
		expectTook(t, "the whole link", expect(t, far, "a"), outDelay)
	})
}

func TestNetworkCloseBreaksEverything(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		l := b.Link("l", lopsided)
		near, far := b.dial(t, l)
		write(t, near, "in flight")
		results := make(chan error, 3)
		go func() { _, err := near.Read(make([]byte, 1)); results <- err }()
		go func() { _, err := l.DialContext(t.Context(), "tcp", "far"); results <- err }()
		cut := b.Link("cut", lopsided)
		cut.Cut()
		go func() { _, err := cut.DialContext(t.Context(), "tcp", "far"); results <- err }()
		synctest.Wait()
		b.Close()
		for range cap(results) {
			expectClosed(t, "a call under way", <-results)
		}
		_, err := l.DialContext(t.Context(), "tcp", "far")
		expectClosed(t, "a dial", err)
		if _, err := far.Read(make([]byte, 16)); err == nil {
			t.Error("bytes in flight outlived their network")
		}
		near.Close()
		b.Close() // twice is no harm
	})
}

// A listener that never reads does not keep a closed connection for ever.
func TestCloseLingersOnlySoLong(t *testing.T) {
	for _, c := range []struct {
		story string
		early bool // the bytes are at the socket before the close
	}{
		{"closed while the bytes wait at the listener", true},
		{"closed while the bytes are on their way", false},
	} {
		t.Run(c.story, func(t *testing.T) {
			inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
				near, far := b.dial(t, b.Link("l", lopsided))
				write(t, near, "nobody listens")
				if c.early {
					time.Sleep(time.Minute) // of the bubble's time
				}
				near.Close()
				time.Sleep(time.Minute)
				if n, err := far.Read(make([]byte, 1)); err != io.EOF {
					t.Errorf("a minute after the close: read %d, %v; want EOF", n, err)
				}
			})
		})
	}
}

func TestNetworkCloseEndsStalledWrites(t *testing.T) {
	n := must(wan.New(wan.Options{}))
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	l := n.Link("l", brief)
	near, far, err := dialled(l, ln)
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	done := make(chan error, 1)
	go func() { _, err := near.Write(make([]byte, 64<<20)); done <- err }()
	for l.Stalls() == 0 {
		runtime.Gosched()
	}
	n.Close()
	expectClosed(t, "a write into a full socket", <-done)
}

// slowToDie is a connection whose reader takes a second to notice its end.
type slowToDie struct{ net.Conn }

func (c slowToDie) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		time.Sleep(time.Second) // of the bubble's time
	}
	return n, err
}

func TestNetworkCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := must(wan.New(wan.Options{
			CoarseTimer: true,
			Dial: func(context.Context, string, string) (net.Conn, error) {
				near, _ := net.Pipe()
				return slowToDie{near}, nil
			},
		}))
		must(n.Link("l", wan.Steady{}).DialContext(t.Context(), "tcp", "far"))
		begin := time.Now()
		n.Close()
		expectTook(t, "waiting for the last goroutine", time.Since(begin), time.Second)
	})
}

// A dial that the network's end overtakes leaves no connection behind.
func TestNetworkCloseMeetsDialUnderWay(t *testing.T) {
	near, far := net.Pipe()
	dialling, proceed := make(chan struct{}), make(chan struct{})
	n := must(wan.New(wan.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		close(dialling)
		<-proceed
		return near, nil
	}}))
	done := make(chan error, 1)
	go func() { _, err := n.Link("l", wan.Steady{}).DialContext(t.Context(), "tcp", "far"); done <- err }()
	<-dialling
	n.Close()
	close(proceed)
	expectClosed(t, "the dial", <-done)
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read from the connection nobody has: %v, want EOF", err)
	}
}
