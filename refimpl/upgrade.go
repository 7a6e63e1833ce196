package refimpl

import (
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// upgrade makes the connection a WebSocket and reads it until it ends, on the
// goroutine of its request. The object heard of the socket already: what it sent
// meanwhile goes first.
func (n *Node) upgrade(w http.ResponseWriter, r *http.Request, t *turn) {
	n.sockets.add(t.wire)
	defer n.sockets.remove(t.wire)
	upgrader := websocket.Upgrader{
		HandshakeTimeout: 5 * time.Second,
		ReadBufferSize:   1024,
		WriteBufferSize:  512, // control frames only
		WriteBufferPool:  &n.buffers,
		CheckOrigin:      func(*http.Request) bool { return true }, // the edge has
	}
	conn, err := upgrader.Upgrade(w, r, w.Header())
	if err != nil {
		t.wire.end() // the library has answered the client
		n.hear(t, actor.Closed, object.Message{}, object.Closing{Code: websocket.CloseAbnormalClosure})
		return
	}
	defer conn.Close()
	conn.SetReadLimit(MaxBodyBytes)
	t.wire.attach(conn.NetConn())
	closing := n.listen(conn, t)
	t.wire.end()
	if !t.wire.wasCut() {
		n.hear(t, actor.Closed, object.Message{}, closing)
	}
}

// listen passes messages on, in order, until the socket ends.
func (n *Node) listen(conn *websocket.Conn, t *turn) object.Closing {
	alive := func(string) error { return conn.SetReadDeadline(time.Now().Add(pongWait)) }
	conn.SetPongHandler(alive)
	for {
		if err := alive(""); err != nil {
			return lostSocket()
		}
		kind, data, err := conn.ReadMessage()
		if err != nil {
			return closingOf(err)
		}
		message := object.Message{Binary: kind == websocket.BinaryMessage, Data: data}
		if !n.hear(t, actor.Message, message, object.Closing{}) {
			t.wire.close(websocket.CloseTryAgainLater, actor.ErrOverloaded.Error())
		}
	}
}

func closingOf(err error) object.Closing {
	var closed *websocket.CloseError
	if errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure {
		return object.Closing{Code: closed.Code, Reason: closed.Text, Clean: true}
	}
	return lostSocket()
}

func lostSocket() object.Closing {
	return object.Closing{Code: websocket.CloseAbnormalClosure, Reason: "the connection was lost"}
}

// hear asks for a turn for a socket's event. A close is always taken.
func (n *Node) hear(t *turn, kind actor.Kind, message object.Message, closing object.Closing) bool {
	event := &turn{
		identity: t.identity,
		arrived:  n.clock(),
		wire:     t.wire,
		work:     actor.Work{Kind: kind, Socket: t.work.Socket, Message: message, Closing: closing},
	}
	mail := n.shardOf(t.identity.ID).mail
	if kind == actor.Closed {
		mail.put(event)
		return true
	}
	return mail.offer(event)
}
