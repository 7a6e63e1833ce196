package wan

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// A world that dials and closes all day holds only what is open.
func TestClosedConnectionsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := make(chan net.Conn, 1)
		n, err := New(Options{
			CoarseTimer: true,
			Dial: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				ends <- far
				return near, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		l := n.Link("l", Steady{})
		for i := range 10 {
			c, err := l.DialContext(t.Context(), "tcp", "far")
			if err != nil {
				t.Fatal(err)
			}
			if far := <-ends; i%2 == 0 {
				far.Close() // so that the dialler's end learns it before it closes
				_, _ = c.Write([]byte("x"))
				time.Sleep(time.Second) // of the bubble's time
			}
			c.Close()
		}
		time.Sleep(time.Second) // of the bubble's time
		n.mu.Lock()
		defer n.mu.Unlock()
		if len(n.conns) != 0 {
			t.Errorf("%d connections held after all were closed", len(n.conns))
		}
	})
}
