package wan_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/durabench/durabench/sim/wan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	outDelay = 30 * time.Millisecond
	inDelay  = 70 * time.Millisecond
)

var lopsided = wan.Steady{Out: outDelay, In: inDelay}

func TestBytesTakeOneWay(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		begin := time.Now()
		near, far := b.dial(t, b.Link("l", lopsided))
		expectTook(t, "dial", time.Since(begin), outDelay+inDelay)

		write(t, near, "there")
		expectTook(t, "the way out", expect(t, far, "there"), outDelay)
		write(t, far, "back")
		expectTook(t, "the way in", expect(t, near, "back"), inDelay)

		// Both at once do not wait for each other.
		write(t, near, "there")
		write(t, far, "back")
		expectTook(t, "out, full duplex", expect(t, far, "there"), outDelay)
		expectTook(t, "in, full duplex", expect(t, near, "back"), inDelay-outDelay)
	})
}

// listed gives out delays one by one in one direction, and none in the other.
type listed struct {
	direction wan.Direction
	delays    []time.Duration
}

func (d *listed) Delay(dir wan.Direction) time.Duration {
	if dir != d.direction || len(d.delays) == 0 {
		return 0
	}
	next := d.delays[0]
	d.delays = d.delays[1:]
	return next
}

func TestOrderSurvivesJitter(t *testing.T) {
	const ms = time.Millisecond
	for _, dir := range []wan.Direction{wan.Out, wan.In} {
		t.Run(dir.String(), func(t *testing.T) {
			inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
				// The first is for the dial.
				l := b.Link("l", &listed{dir, []time.Duration{0, 10 * ms, 50 * ms, 20 * ms, 60 * ms}})
				source, target := b.dial(t, l)
				if dir == wan.In {
					source, target = target, source
				}
				for _, s := range []string{"a", "b", "c", "d"} {
					write(t, source, s)
				}
				for _, c := range []struct {
					bytes string
					took  time.Duration // since the byte before
				}{
					{"a", 10 * ms},
					{"b", 40 * ms},
					{"c", 0}, // its own 20 ms are over, but b was in the way
					{"d", 10 * ms},
				} {
					expectTook(t, c.bytes, expect(t, target, c.bytes), c.took)
				}
				if late := b.Lateness(); late.Max != 0 {
					t.Errorf("lateness %+v: waiting for a predecessor is not late", late)
				}
			})
		})
	}
}

func TestNothingArrivesEarly(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		near, far := b.dial(t, b.Link("l", lopsided))
		for _, s := range []string{"a", "b", "c"} {
			write(t, near, s)
			time.Sleep(time.Microsecond) // of the bubble's time
		}
		expect(t, far, "a")
		expectTook(t, "a chunk close behind another", expect(t, far, "b"), time.Microsecond)
		expectTook(t, "the next", expect(t, far, "c"), time.Microsecond)
	})
}

func TestEndArrivesBehindTheBytes(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		near, far := b.dial(t, b.Link("l", lopsided))
		write(t, near, "last words")
		if err := near.Close(); err != nil {
			t.Fatal(err)
		}
		expectTook(t, "last words", expect(t, far, "last words"), outDelay)
		if n, err := far.Read(make([]byte, 1)); err != io.EOF {
			t.Fatalf("listener read %d, %v after the dialler closed; want EOF", n, err)
		}

		near, far = b.dial(t, b.Link("l", lopsided))
		begin := time.Now()
		write(t, far, "last words")
		far.Close()
		expect(t, near, "last words")
		if n, err := near.Read(make([]byte, 1)); err != io.EOF {
			t.Fatalf("dialler read %d, %v after the listener closed; want EOF", n, err)
		}
		expectTook(t, "the listener's end", time.Since(begin), inDelay)
	})
}

func TestBrokenConnectionIsLearntLater(t *testing.T) {
	inBubble(t, wan.Options{Window: 1000}, func(t *testing.T, b *bubble) {
		near, far := b.dial(t, b.Link("l", lopsided))
		far.Close()
		write(t, near, "anybody?")
		time.Sleep(outDelay + inDelay - time.Microsecond) // of the bubble's time
		write(t, near, strings.Repeat("bytes vanish until the news is back", 100))
		time.Sleep(2 * time.Microsecond)
		if _, err := near.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("write after the news: %v, want %v", err, io.ErrClosedPipe)
		}
		if err := near.Close(); err != nil {
			t.Errorf("close of a broken connection: %v", err)
		}
	})
}

func TestWindowIsBackPressure(t *testing.T) {
	const window = 1000
	inBubble(t, wan.Options{Window: window}, func(t *testing.T, b *bubble) {
		near, far := b.dial(t, b.Link("l", lopsided))
		near.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := near.Write(make([]byte, 3*window))
		if n != window || !isTimeout(err) {
			t.Errorf("write to a listener that does not read: %d, %v; want %d and a time-out", n, err, window)
		}
		near.SetWriteDeadline(time.Time{})
		done := make(chan error, 1)
		go func() { _, err := near.Write(make([]byte, window)); done <- err }()
		synctest.Wait()
		select {
		case err := <-done:
			t.Errorf("write into a full window returned at once: %v", err)
		default:
		}
		expect(t, far, string(make([]byte, 2*window)))
		if err := <-done; err != nil {
			t.Errorf("write after the listener had read: %v", err)
		}

		// The other way: bytes not read in time stay with the sender.
		far.SetWriteDeadline(time.Now().Add(time.Second))
		n, err = far.Write(make([]byte, 100*window))
		if !isTimeout(err) || n > 32*window {
			t.Errorf("listener wrote %d, %v to a dialler that does not read; want a time-out near %d", n, err, window)
		}
	})
}

func TestDeadlinesWakeAndPass(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		near, far := b.dial(t, b.Link("l", lopsided))
		read := func() error { _, err := near.Read(make([]byte, 1)); return err }

		begin := time.Now()
		near.SetReadDeadline(begin.Add(time.Minute))
		if err := read(); !isTimeout(err) {
			t.Errorf("read past its deadline: %v", err)
		}
		expectTook(t, "the deadline", time.Since(begin), time.Minute)
		if err := read(); !isTimeout(err) {
			t.Errorf("second read past the deadline: %v", err)
		}

		// A deadline set while a read waits is the one that counts.
		near.SetReadDeadline(time.Time{})
		done := make(chan error, 1)
		go func() { done <- read() }()
		synctest.Wait()
		near.SetDeadline(time.Unix(1, 0))
		if err := <-done; !isTimeout(err) {
			t.Errorf("interrupted read: %v", err)
		}
		near.SetDeadline(time.Time{})
		write(t, far, "x")
		expect(t, near, "x")
	})
}

func TestCloseWakesReaders(t *testing.T) {
	inBubble(t, wan.Options{}, func(t *testing.T, b *bubble) {
		near, _ := b.dial(t, b.Link("l", lopsided))
		done := make(chan error, 1)
		go func() { _, err := near.Read(make([]byte, 1)); done <- err }()
		synctest.Wait()
		near.Close()
		expectClosed(t, "the read under way", <-done)
		_, err := near.Write([]byte("x"))
		expectClosed(t, "a write", err)
		expectClosed(t, "a second close", near.Close())
		expectClosed(t, "a deadline", near.SetDeadline(time.Time{}))
	})
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := wan.New(wan.Options{Window: -1}); err == nil {
		t.Error("a negative window was accepted")
	}
}
