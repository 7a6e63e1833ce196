package wan_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/net/nettest"

	"github.com/durabench/durabench/sim/wan"
)

// onLoopback returns a network over loopback that ends with the test.
func onLoopback(t testing.TB, o wan.Options) *wan.Network {
	t.Helper()
	n := must(wan.New(o))
	t.Cleanup(func() { n.Close() })
	return n
}

// dialled returns both ends of a connection over real sockets.
func dialled(l *wan.Link, ln net.Listener) (near, far net.Conn, err error) {
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := ln.Accept()
		if err != nil {
			close(accepted)
			return
		}
		accepted <- c
	}()
	near, err = l.DialContext(context.Background(), ln.Addr().Network(), ln.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	far, ok := <-accepted
	if !ok {
		return nil, nil, errors.New("listener is gone")
	}
	return near, far, nil
}

var brief = wan.Steady{Out: 100 * time.Microsecond, In: 100 * time.Microsecond}

// A wrapped connection keeps all promises of net.Conn, whatever it wraps and
// however long its bytes take.
func TestConnConformance(t *testing.T) {
	for _, c := range []struct {
		story   string
		network string // "" for a pipe without sockets
		delays  wan.Delays
		options wan.Options
	}{
		{"TCP without delay", "tcp", wan.Steady{}, wan.Options{}},
		{"TCP with delay", "tcp", brief, wan.Options{}},
		{"TCP with a window smaller than the messages", "tcp", brief, wan.Options{Window: 700}},
		{"a Unix socket, as Postgres uses", "unix", brief, wan.Options{}},
		{"the timers of other systems", "tcp", brief, wan.Options{CoarseTimer: true}},
		{"no socket: the path of other systems", "", brief, wan.Options{}},
	} {
		t.Run(c.story, func(t *testing.T) {
			nettest.TestConn(t, func() (near, far net.Conn, stop func(), err error) {
				if c.network == "" {
					return pipes(c.delays)
				}
				n := must(wan.New(c.options))
				ln := must(nettest.NewLocalListener(c.network))
				near, far, err = dialled(n.Link("l", c.delays), ln)
				stop = func() { near.Close(); far.Close(); ln.Close(); n.Close() }
				return near, far, stop, err
			})
		})
	}
}

func pipes(d wan.Delays) (near, far net.Conn, stop func(), err error) {
	var bare net.Conn
	bare, far = net.Pipe()
	n := must(wan.New(wan.Options{
		Dial: func(context.Context, string, string) (net.Conn, error) { return bare, nil },
	}))
	near, err = n.Link("l", d).DialContext(context.Background(), "", "")
	return near, far, func() { near.Close(); far.Close(); n.Close() }, err
}

// A slow reader gets every byte in order, although its socket is full most of
// the time, and the dialler has long gone.
func TestBulkThroughFullSocketThenClose(t *testing.T) {
	n := onLoopback(t, wan.Options{})
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	l := n.Link("l", brief)
	near, far, err := dialled(l, ln)
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	sent := make([]byte, 32<<20)
	source := rand.NewChaCha8([32]byte{1})
	source.Read(sent)
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		if _, err := near.Write(sent); err != nil {
			t.Error(err)
		}
		near.Close()
	})
	got, err := io.ReadAll(far)
	if err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("read %d bytes, %v; want the %d sent", len(got), err, len(sent))
	}
}

func TestHalfClose(t *testing.T) {
	n := onLoopback(t, wan.Options{})
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	near, far, err := dialled(n.Link("l", brief), ln)
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	defer near.Close()
	write(t, near, "question")
	if err := near.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := near.Write([]byte("more")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after CloseWrite: %v", err)
	}
	if got, err := io.ReadAll(far); err != nil || string(got) != "question" {
		t.Errorf("listener read %q, %v", got, err)
	}
	write(t, far, "answer")
	far.Close()
	if got, err := io.ReadAll(near); err != nil || string(got) != "answer" {
		t.Errorf("dialler read %q, %v", got, err)
	}
}

func TestDialRefused(t *testing.T) {
	n := onLoopback(t, wan.Options{})
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	ln.Close()
	if _, err := n.Link("l", brief).DialContext(t.Context(), "tcp", ln.Addr().String()); err == nil {
		t.Error("dialled a closed port")
	}
}

func TestHTTP(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(body) // the client will notice
	}))
	defer server.Close()
	n := onLoopback(t, wan.Options{})
	l := n.Link("l", brief)
	transport := &http.Transport{DialContext: l.DialContext}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var users sync.WaitGroup
	for range 8 {
		users.Go(func() {
			for range 20 {
				body := strings.Repeat("durable ", 1000)
				response, err := client.Post(server.URL, "text/plain", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				got, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || string(got) != body {
					t.Errorf("echo of %d bytes: %d bytes, %v", len(body), len(got), err)
				}
			}
		})
	}
	users.Wait()
	if late := l.Lateness(); late.N < 2*8*20 {
		t.Errorf("%d chunks recorded for %d requests", late.N, 8*20)
	}
}

func TestWebSocket(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		for {
			kind, message, err := c.ReadMessage()
			if err != nil {
				return // the client has said all
			}
			if err := c.WriteMessage(kind, message); err != nil {
				t.Error(err)
				return
			}
		}
	}))
	defer server.Close()
	n := onLoopback(t, wan.Options{})
	dialer := websocket.Dialer{NetDialContext: n.Link("l", brief).DialContext}
	c, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	defer c.Close()
	for _, size := range []int{0, 1, 125, 126, 65535, 65536, 1 << 20} {
		c.SetWriteDeadline(time.Now().Add(time.Minute))
		c.SetReadDeadline(time.Now().Add(time.Minute))
		want := bytes.Repeat([]byte{'x'}, size)
		if err := c.WriteMessage(websocket.BinaryMessage, want); err != nil {
			t.Fatal(err)
		}
		if _, got, err := c.ReadMessage(); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("echo of %d bytes: %d bytes, %v", size, len(got), err)
		}
	}
}
