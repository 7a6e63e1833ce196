package virtual_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/sim/plant/moving"
	"github.com/durabench/durabench/sim/virtual"
)

// greeter is a class that greets who joins in its own way: ask changes the query,
// and tell what is said to the socket as long as the join lasts.
type greeter struct {
	object.Object
	ask  func(query string) string
	tell func(object.Message) []object.Message
}

func (g greeter) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	own := *r
	if g.ask != nil {
		own.Query = g.ask(r.Query)
	}
	if g.tell != nil {
		s = greeting{s, g.tell}
	}
	return g.Object.Fetch(s, &own)
}

func (g greeter) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	return g.Object.(object.MessageHandler).WebSocketMessage(s, from, m)
}

func (g greeter) WebSocketClose(s object.State, left object.Socket, c object.Closing) error {
	return g.Object.(object.CloseHandler).WebSocketClose(s, left, c)
}

type greeting struct {
	object.State
	tell func(object.Message) []object.Message
}

func (g greeting) Sockets() object.Sockets { return doorway{g.State.Sockets(), g.tell} }

type doorway struct {
	object.Sockets
	tell func(object.Message) []object.Message
}

func (d doorway) Accept(tags ...string) (object.Socket, error) {
	socket, err := d.Sockets.Accept(tags...)
	return newcomer{socket, d.tell}, err
}

type newcomer struct {
	object.Socket
	tell func(object.Message) []object.Message
}

func (n newcomer) Send(m object.Message) error {
	for _, each := range n.tell(m) {
		if err := n.Socket.Send(each); err != nil {
			return err
		}
	}
	return nil
}

// greeted puts a class's own way to greet into a world.
func greeted(class string, ask func(string) string, tell func(object.Message) []object.Message) func(*virtual.Config) {
	return func(c *virtual.Config) {
		for i := range c.Classes {
			if inner := c.Classes[i].New; c.Classes[i].Name == class {
				c.Classes[i].New = func(s object.State) (object.Object, error) {
					o, err := inner(s)
					return greeter{o, ask, tell}, err
				}
			}
		}
	}
}

var (
	historyHead = []byte(`{"type":"history","messages":[`)
	nextMessage = []byte(`,{"id":"`)
)

// withoutTheLast leaves the latest text out of what a room gives to who joins.
func withoutTheLast(m object.Message) []object.Message {
	if last := bytes.LastIndex(m.Data, nextMessage); bytes.HasPrefix(m.Data, historyHead) && last > 0 {
		m = object.Text(append(slices.Clone(m.Data[:last]), "]}"...))
	}
	return []object.Message{m}
}

// withoutOne leaves out one text of it.
func withoutOne(m object.Message) []object.Message {
	last := bytes.LastIndex(m.Data, nextMessage)
	if !bytes.HasPrefix(m.Data, historyHead) || last < 0 {
		return []object.Message{m}
	}
	if before := bytes.LastIndex(m.Data[:last], nextMessage); before > 0 {
		m = object.Text(slices.Concat(m.Data[:before], m.Data[last:]))
	}
	return []object.Message{m}
}

// theLastTwice says the latest text of it once more.
func theLastTwice(m object.Message) []object.Message {
	last := bytes.LastIndex(m.Data, nextMessage)
	if !bytes.HasPrefix(m.Data, historyHead) || last < 0 {
		return []object.Message{m}
	}
	text := bytes.TrimSuffix(m.Data[last+1:], []byte("]}"))
	return []object.Message{m, object.Text(slices.Concat([]byte(`{"type":"message","message":`), text, []byte("}")))}
}

func nothingAtAll(m object.Message) []object.Message {
	if bytes.HasPrefix(m.Data, historyHead) {
		return nil
	}
	return []object.Message{m}
}

// since asks for the edits after another version than the member said.
func since(off int) func(string) string {
	return func(query string) string {
		head, version, ok := strings.Cut(query, "since=")
		if n, err := strconv.Atoi(version); ok && err == nil && n+off >= 0 {
			return head + "since=" + fmt.Sprint(n+off)
		}
		return query
	}
}

// Each way to get a member's return wrong is found, and so is a text that is lost when its room moves.
func TestReturnsGoneWrongAreFound(t *testing.T) {
	handedOver := func(name string) func(*virtual.Config) {
		bug, known := moving.Find(name)
		if !known {
			t.Fatal(name)
		}
		return func(c *virtual.Config) {
			c.Store = bug.Stores()
			if bug.Tamper != nil {
				c.Tamper = func() virtual.Tamper { return bug.Tamper() }
			}
		}
	}
	for _, bug := range []struct {
		class, name string
		plant       func(*virtual.Config)
	}{
		{"chat", "a text acknowledged just before the move is lost", handedOver("lost-handover")},
		{"document", "an edit acknowledged just before the move is lost", handedOver("lost-handover")},
		{"chat", "a room moves before its last text is durable", handedOver("early-handover")},
		{"document", "a document moves before its last edit is durable", handedOver("early-handover")},
		{"chat", "the old home goes on answering for a room", handedOver("two-homes")},
		{"document", "the old home goes on answering for a document", handedOver("two-homes")},
		{"chat", "who comes back is not told the latest text", greeted("chat", nil, withoutTheLast)},
		{"chat", "who comes back is not told one of the texts", greeted("chat", nil, withoutOne)},
		{"chat", "who comes back is told the latest text twice", greeted("chat", nil, theLastTwice)},
		{"chat", "who comes back is told nothing", greeted("chat", nil, nothingAtAll)},
		{"document", "who comes back is not told one edit", greeted("document", since(1), nil)},
		{"document", "who comes back is told an edit twice", greeted("document", since(-1), nil)},
	} {
		found := uint64(0)
		for seed := uint64(1); seed <= 10 && found == 0; seed++ {
			history, _ := wanderingRooms(t, bug.class, seed, bug.plant)
			if why := broken(t, bug.class, history); why != "" {
				found = seed
				t.Logf("%s: %s: seed %d: %.300s", bug.class, bug.name, seed, why)
			}
		}
		if found == 0 {
			t.Errorf("%s: %s, and no law is broken in 10 worlds", bug.class, bug.name)
		}
	}
}
