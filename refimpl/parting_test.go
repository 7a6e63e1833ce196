package refimpl_test

import (
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
)

// writing is an echo that keeps what it hears.
type writing struct{ echo }

func (c writing) class() object.Class {
	return object.Class{Name: "echo", New: func(object.State) (object.Object, error) { return c, nil }}
}

func (c writing) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	if err := s.Storage().Put("said", object.Value{Data: m.Data}); err != nil {
		return err
	}
	return from.Send(m)
}

// An object whose slot is lost may live elsewhere by now: who listens here would
// wait for ever, above all to an object that hibernates.
func TestSocketsOfLostSlotsAreClosed(t *testing.T) {
	for _, row := range []struct {
		story string
		rest  time.Duration
	}{
		{"both are awake", 0},
		{"both hibernate, and one is woken", idle},
	} {
		t.Run(row.story, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { loseSlots(t, row.rest) })
		})
	}
}

func loseSlots(t *testing.T, rest time.Duration) {
	var lose atomic.Bool
	faulty := memory.WithFaults(memory.New(memory.NewServer(4)), func(store.Owner, *store.Batch) memory.Fault {
		if lose.CompareAndSwap(true, false) {
			return memory.LostBefore
		}
		return memory.None
	})
	c := writing{echo{make(chan string, 10)}}
	at, path := homeInMemoryOn(t, faulty, refimpl.SocketLimits{}, c.class())
	silent, busy := joinInMemory(t, at, path("silent")), joinInMemory(t, at, path("busy"))
	busy.asks("a", "text a")
	time.Sleep(rest) // of the bubble
	lose.Store(true)
	busy.asks("never durable", "close 1012") // and so never said
	silent.asks("", "close 1012")
	for _, p := range []*rawPeer{silent, busy} {
		p.send(code(1012, ""))
		p.asks("", "end")
	}
	if len(c.heard) > 0 {
		t.Errorf("an object heard of sockets that it never had: %s", <-c.heard)
	}
}

// patient is an echo that accepts when it is told to.
type patient struct {
	echo
	asked, release chan struct{}
}

func (c patient) class() object.Class {
	return object.Class{Name: "echo", New: func(object.State) (object.Object, error) { return c, nil }}
}

func (c patient) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	c.asked <- struct{}{}
	<-c.release
	return c.echo.Fetch(s, r)
}

func TestAClientThatLeftBeforeTheUpgradeIsNoMember(t *testing.T) {
	c := patient{echo{make(chan string, 10)}, make(chan struct{}), make(chan struct{})}
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(handshakeOf(address, path("o"))); err != nil {
		t.Fatal(err)
	}
	<-c.asked
	conn.Close()
	c.release <- struct{}{}
	if got := <-c.heard; got != `closed 1006 "the connection was lost" clean=false` {
		t.Errorf("the object heard %s", got)
	}
}
