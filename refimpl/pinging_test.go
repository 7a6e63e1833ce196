package refimpl_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
)

// homeInMemory serves a node's objects over connections that are made in memory. All
// of it goes by the bubble's time.
func homeInMemory(t *testing.T, limits refimpl.SocketLimits, class object.Class) (at *pipes, path func(name string) string) {
	t.Helper()
	return homeInMemoryOn(t, memory.New(memory.NewServer(1)), limits, class)
}

func homeInMemoryOn(t *testing.T, on store.Store, limits refimpl.SocketLimits, class object.Class) (at *pipes, path func(name string) string) {
	t.Helper()
	all := []object.Class{class}
	node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
		Name: "test", Region: home, Store: on, Classes: all, Clock: time.Now, Seed: 1, Log: quiet(), Sockets: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	spaces := refimpl.NewNamespaces("test", all)
	server, listener := refimpl.NewHomeServer(node.Handler(spaces)), newPipes()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := node.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return listener, func(name string) string {
		return "/object/" + class.Name + "/" + spaces[class.Name].IDFromName(name).String() + "/"
	}
}

// joinInMemory is a client whose patience is that of the bubble.
func joinInMemory(t *testing.T, at *pipes, path string) *rawPeer {
	t.Helper()
	conn := at.dial()
	t.Cleanup(func() { conn.Close() })
	p := &rawPeer{t: t, conn: conn, in: bufio.NewReader(conn)}
	p.send(handshakeOf("home", path))
	response, err := http.ReadResponse(p.in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("join: %v, %v", response, err)
	}
	return p
}

// idle is the time that an object needs to leave memory.
const idle = 11 * time.Second

// A node pings its peers every 25 seconds, and gives up those that said nothing for a
// minute: at the third ping, since it looks no more often.
func TestPeersThatDoNotAnswerPingsAreGivenUp(t *testing.T) {
	const never = time.Hour
	for _, row := range []struct {
		story  string
		answer func(p *rawPeer, frame string)
		least  time.Duration // that the peer is kept
		most   time.Duration
		heard  string // by the object
	}{
		{"it says nothing", func(*rawPeer, string) {}, 60 * time.Second, 86 * time.Second, `closed 1006 "the connection was lost" clean=false`},
		{"it answers", func(p *rawPeer, _ string) { p.send(pong("")) }, never, never, ""},
		{"it does not answer, but speaks", func(p *rawPeer, frame string) {
			if frame == "ping " {
				p.send(text("alive"))
			}
		}, never, never, ""},
		{"it sends pings of its own", func(p *rawPeer, frame string) {
			if frame == "ping " {
				p.send(ping("mine"))
			}
		}, never, never, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := echo{make(chan string, 8)}
			at, path := homeInMemory(t, refimpl.SocketLimits{}, e.class())
			p := joinInMemory(t, at, path("o"))
			began := time.Now()
			_ = p.conn.SetReadDeadline(began.Add(never))
			pings := 0
			for {
				if _, err := p.in.Peek(1); err != nil {
					break
				}
				frame := p.next()
				if frame == "ping " {
					pings++
				}
				row.answer(p, frame)
			}
			kept := time.Since(began)
			if kept < row.least || kept > row.most || pings < int(kept/(26*time.Second)) {
				t.Errorf("%s: it was let go after %v and %d pings, want %v to %v", row.story, kept, pings, row.least, row.most)
			}
			synctest.Wait()
			select {
			case heard := <-e.heard:
				if heard != row.heard {
					t.Errorf("%s: the object heard %q, want %q", row.story, heard, row.heard)
				}
			default:
				if row.heard != "" {
					t.Errorf("%s: the object heard nothing", row.story)
				}
			}
		})
	}
}

// unread is a class whose messages wait until somebody lets them through.
type unread struct {
	echo
	free chan struct{}
}

func (u unread) class() object.Class {
	return object.Class{Name: "unread", New: func(object.State) (object.Object, error) { return u, nil }}
}

func (u unread) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	<-u.free
	return from.Send(m)
}

// A client that the node does not listen to, since its object has enough to do, is not
// taken for one that is gone.
func TestAPeerThatMustWaitIsNotGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := unread{echo{make(chan string, 8)}, make(chan struct{})}
		at, path := homeInMemory(t, refimpl.SocketLimits{Inbound: 1}, u.class())
		p := joinInMemory(t, at, path("o"))
		go func() { // a pipe holds nothing: this waits as long as the node does not read
			_, _ = p.conn.Write(append(text("one"), text("two")...))
		}()
		time.AfterFunc(10*time.Minute, func() { close(u.free) })
		var texts []string
		for len(texts) < 2 {
			if frame := p.next(); frame != "ping " {
				texts = append(texts, frame)
			}
		}
		if texts[0] != "text one" || texts[1] != "text two" {
			t.Errorf("after ten minutes came %q", texts)
		}
	})
}

// A peer that does not answer a Close frame is cut off at the next look, 10 seconds later at the soonest.
func TestPeersThatDoNotAnswerCloseAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTold()
		at, path := homeInMemory(t, refimpl.SocketLimits{}, c.class())
		p := joinInMemory(t, at, path("o"))
		p.asks("", "text welcome", "close 4000 enough", "close 4000")
		began := time.Now()
		for frame := ""; frame != "end"; {
			frame = p.next()
		}
		if took := time.Since(began); took < 10*time.Second || took > 36*time.Second {
			t.Errorf("it was cut after %v", took)
		}
	})
}
