package refimpl_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// farWorld is an edge, as the public meets it, and the home that it reaches over a network.
type farWorld struct {
	t      *testing.T
	class  object.Class
	node   *refimpl.Node
	public string // address of the edge
	spaces refimpl.Namespaces
}

func newFarWorld(t *testing.T, class object.Class, change func(*refimpl.NodeConfig)) *farWorld {
	t.Helper()
	server := memory.NewServer(4)
	all := []object.Class{class}
	w := &farWorld{t: t, class: class, spaces: refimpl.NewNamespaces("test", all)}
	config := refimpl.NodeConfig{
		Name: "test", Region: home, Store: memory.New(server), Classes: all,
		Clock: refimpl.SystemClock(), Seed: 1, Log: quiet(),
	}
	change(&config)
	var err error
	if w.node, err = refimpl.StartNode(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	behind := httptest.NewServer(w.node.Handler(w.spaces))
	remote := refimpl.NewRemote(behind.Listener.Addr().String(), (&net.Dialer{}).DialContext, refimpl.SystemClock(), quiet())
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		ID: "LHR", Namespaces: w.spaces, Directory: memory.NewDirectory(server), Homes: map[regions.ID]refimpl.Home{home: remote},
		Place: func(refimpl.Ask) (regions.ID, error) { return home, nil }, Clock: refimpl.SystemClock(),
	})
	front := httptest.NewUnstartedServer(nil)
	front.Config = refimpl.NewEdgeServer(edge)
	front.Listener = refimpl.Guard(front.Listener, 1000)
	front.Start()
	w.public = front.Listener.Addr().String()
	t.Cleanup(func() {
		front.Close()
		remote.Close()
		if err := w.node.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		behind.Close()
	})
	return w
}

func (w *farWorld) join(name string) *rawPeer {
	w.t.Helper()
	return join(w.t, w.public, "/object/"+w.class.Name+"/"+name+"/")
}

// The visit of who joins may be the one that has the object move. It is a member already,
// but its connection is no WebSocket yet.
func TestWhoJoinsAnObjectThatMovesIsToldSo(t *testing.T) {
	c := echo{make(chan string, 10)}
	var w *farWorld
	w = newFarWorld(t, c.class(), func(config *refimpl.NodeConfig) {
		config.Visited = func(v refimpl.Visit) { // between the answer and the upgrade
			if !v.Opens {
				t.Error("a visit that opens a socket does not say so")
			}
			if err := w.node.Move(t.Context(), v.Object.ID, "NRT"); err != nil {
				t.Error(err)
			}
		}
	})
	p := w.join("o")
	if got := p.next(); got != "close 1012" {
		t.Errorf("the first frame is %q, want close 1012", got)
	}
	p.send(code(1012, ""))
	p.asks("", "end")
}

// chatter sends, with a few messages under way, until the other side says goodbye, and
// then without end until the connection ends. It gives what the goodbye was.
func (p *rawPeer) chatter(flowing func()) (goodbye string) {
	const few = 8
	echoes := make(chan struct{}, few)
	var sending sync.WaitGroup
	sending.Go(func() {
		for range few {
			echoes <- struct{}{}
		}
		for range echoes {
			if _, err := p.conn.Write(text("so much to say")); err != nil {
				return
			}
		}
		for range 1000 {
			if _, err := p.conn.Write(text("and more")); err != nil {
				return
			}
		}
		_, _ = p.conn.Write(code(1012, ""))
	})
	defer sending.Wait()
	defer p.conn.Close()
	defer close(echoes)
	for n := 0; ; n++ {
		if got := p.next(); !strings.HasPrefix(got, "text ") {
			return got
		}
		if n == few {
			flowing()
		}
		echoes <- struct{}{}
	}
}

// Clients that have much to say while their object moves hear why the connection ends.
func TestWhoKeepsSendingIsToldThatTheObjectMoves(t *testing.T) {
	c := echo{make(chan string, 1000)}
	w := newFarWorld(t, c.class(), func(*refimpl.NodeConfig) {})
	for i := range 50 {
		name := fmt.Sprint("o", i)
		var members []*rawPeer
		for range 4 {
			members = append(members, w.join(name))
		}
		var flowing, over sync.WaitGroup
		flowing.Add(len(members))
		for _, p := range members {
			over.Go(func() {
				if got := p.chatter(flowing.Done); got != "close 1012" {
					t.Errorf("%s ended with %q, want close 1012", name, got)
				}
			})
		}
		flowing.Wait()
		if err := w.node.Move(t.Context(), w.spaces["echo"].IDFromName(name), "NRT"); err != nil {
			t.Fatal(err)
		}
		over.Wait()
	}
}

// A slow reader that says goodbye while its object moves hears all that it was told before.
func TestWhoLeavesAsItsObjectMovesHearsTheRest(t *testing.T) {
	c := newTold()
	w := newFarWorld(t, c.class(), func(config *refimpl.NodeConfig) { config.Sockets.QueueBytes = 64 << 20 })
	p := w.join("o")
	p.asks("", "text welcome")
	for range 4 {
		p.send(text("flood"))
	}
	first := p.next()
	if err := w.node.Move(t.Context(), w.spaces["told"].IDFromName("o"), "NRT"); err != nil {
		t.Fatal(err)
	}
	p.send(code(1000, ""))
	told := 1
	last := p.next()
	for ; last == first; told++ {
		last = p.next()
	}
	if told != 4*64 || last != "close 1012" {
		t.Errorf("%d frames, then %q; want all and close 1012", told, last)
	}
}

// dreamy is an echo that takes its time over one message.
type dreamy struct {
	echo
	asleep, wake chan struct{}
}

func (c dreamy) class() object.Class {
	return object.Class{Name: "echo", New: func(object.State) (object.Object, error) { return c, nil }}
}

func (c dreamy) WebSocketMessage(_ object.State, from object.Socket, m object.Message) error {
	if string(m.Data) == "sleep" {
		c.asleep <- struct{}{}
		<-c.wake
	}
	return from.Send(m)
}

// An object that is leaving hears no more messages. Who sent them connects again, as all
// who hold a socket will have to.
func TestMessagesToAnObjectThatIsLeavingEndTheirSockets(t *testing.T) {
	c := dreamy{echo{make(chan string, 10)}, make(chan struct{}), make(chan struct{})}
	w := newFarWorld(t, c.class(), func(*refimpl.NodeConfig) {})
	p, q := w.join("o"), w.join("o")
	p.send(text("sleep"))
	<-c.asleep
	id := w.spaces["echo"].IDFromName("o")
	moved := make(chan error, 2)
	for range cap(moved) { // the second one is told that the first has begun
		go func() { moved <- w.node.Move(t.Context(), id, "NRT") }()
	}
	if err := <-moved; !errors.Is(err, refimpl.ErrMoving) {
		t.Error(err)
	}
	for range 50 {
		q.send(text("hello"))
	}
	if got := q.next(); got != "close 1012" {
		t.Errorf("who speaks to an object that is leaving hears %q, want close 1012", got)
	}
	c.wake <- struct{}{}
	p.asks("", "text sleep", "", "close 1012")
	if err := <-moved; err != nil {
		t.Error(err)
	}
}

// deafTo is an edge's connection to a home that takes no more once somebody says so.
type deafTo struct {
	net.Conn
	deaf    atomic.Bool
	refused chan struct{}
	once    sync.Once
}

func (d *deafTo) Write(p []byte) (int, error) {
	if !d.deaf.Load() {
		return d.Conn.Write(p)
	}
	d.once.Do(func() { close(d.refused) })
	return 0, syscall.EPIPE
}

// A home that takes no more may have said why. It still arrives, though the client has
// more to say that nobody will hear.
func TestOneDirectionsEndLeavesTheOtherItsTime(t *testing.T) {
	for range 20 {
		ours, homes := net.Pipe()
		edges := &deafTo{Conn: ours, refused: make(chan struct{})}
		remote := refimpl.NewRemote("home:1", func(context.Context, string, string) (net.Conn, error) { return edges, nil }, refimpl.SystemClock(), quiet())
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			remote.Serve(w, r, refimpl.Target{Object: object.Identity{Class: "echo"}})
		}))
		var upgrade sync.WaitGroup
		upgrade.Go(func() {
			if _, err := http.ReadRequest(bufio.NewReader(homes)); err != nil {
				t.Error(err)
			}
			_, _ = homes.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"))
		})
		p := join(t, front.Listener.Addr().String(), "/")
		upgrade.Wait()
		edges.deaf.Store(true)
		p.send(text("too late"))
		<-edges.refused
		p.send(text("more"))
		_ = homes.SetDeadline(time.Now().Add(20 * time.Second))
		_, err := homes.Write([]byte{0x88, 2, 0x03, 0xf4}) // 1012
		if got := p.next(); err != nil || got != "close 1012" {
			t.Errorf("%q, %v, want close 1012", got, err)
		}
		homes.Close()
		p.asks("", "end")
		p.conn.Close()
		front.Close()
		remote.Close()
	}
}

// A client may end its side of the connection when it has said goodbye, and wait for the answer.
func TestWhoEndsItsSideIsStillAnswered(t *testing.T) {
	c := echo{make(chan string, 1000)}
	w := newFarWorld(t, c.class(), func(*refimpl.NodeConfig) {})
	for range 10 {
		p := w.join("o")
		p.send(append(text("last words"), code(1000, "bye")...))
		if err := p.conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		p.asks("", "text last words", "", "close 1000", "", "end")
	}
}
