package refimpl

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// asksUpgrade says whether a request asks for a WebSocket at all.
func asksUpgrade(r *http.Request) bool {
	return hasToken(r.Header["Connection"], "upgrade") && hasToken(r.Header["Upgrade"], "websocket")
}

func hasToken(values []string, token string) bool {
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// refusal is an upgrade that is refused before its object hears of it.
type refusal struct {
	status int
	kind   string // as in the error header
	why    string
}

// checkUpgrade judges a request for a WebSocket (RFC 6455, section 4.2.1), so that
// an object never accepts one that cannot be.
func checkUpgrade(r *http.Request) *refusal {
	h := r.Header
	switch key, err := base64.StdEncoding.DecodeString(h.Get("Sec-Websocket-Key")); {
	case r.Method != http.MethodGet || r.ProtoMajor != 1 || r.ProtoMinor < 1:
		return &refusal{http.StatusBadRequest, "", "a WebSocket is asked for with GET and HTTP/1.1"}
	case h.Get("Sec-Websocket-Version") != "13":
		return &refusal{http.StatusUpgradeRequired, "", "the WebSocket version must be 13"}
	case err != nil || len(key) != 16:
		return &refusal{http.StatusBadRequest, "", "Sec-WebSocket-Key must be 16 bytes"}
	}
	return nil
}

// prepare makes the wire that a request asks for, unless it must be refused.
func (n *Node) prepare(r *http.Request, t *turn, edge regions.ID) *refusal {
	if refused := checkUpgrade(r); refused != nil {
		return refused
	}
	w := &wire{
		all: n.sockets, mail: n.shardOf(t.identity.ID).mail, of: t.identity, edge: edge,
		socket: &actor.Socket{ID: actor.SocketID(n.lastID.Add(1))},
	}
	w.socket.Responder = w
	w.state.changed.L = &w.mu
	if !n.sockets.add(w) {
		return &refusal{http.StatusServiceUnavailable, "overloaded", "the node has too many WebSockets"}
	}
	t.wire, t.work.Socket = w, w.socket
	return nil
}

// giveUp forgets a wire that will not be upgraded. If its object accepted it, the object is told.
func (w *wire) giveUp() {
	if w == nil {
		return
	}
	if w.abandon() {
		w.tell(ending{closing: lostSocket()})
	}
	w.all.remove(w)
}

// upgrade makes the connection a WebSocket and starts to listen to it. The object
// heard of the socket already: what it sent meanwhile goes first.
func (n *Node) upgrade(w http.ResponseWriter, r *http.Request, t *turn) {
	conn, early, err := shake(w, r, t.reply)
	if err != nil {
		t.wire.giveUp()
		return
	}
	if !n.sockets.listening() {
		_ = conn.Close()
		t.wire.giveUp()
		return
	}
	// The listener has a goroutine of its own: that of the request has a large
	// stack, and all that the request was keeps alive.
	go t.wire.listen(conn, early) // waited for through wires.readers
}

const handshakePatience = 5 * time.Second

// shake answers the handshake and gives the connection, with what the client sent behind it.
func shake(w http.ResponseWriter, r *http.Request, reply *object.Response) (net.Conn, []byte, error) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return nil, nil, errors.New("upgrade: the connection cannot be taken over")
	}
	key := r.Header.Get("Sec-Websocket-Key")
	h := w.Header().Clone()
	addHeader(h, reply.Header)
	conn, stream, err := hijacker.Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("upgrade: %w", err)
	}
	early, err := buffered(stream.Reader)
	if err == nil {
		_ = conn.SetDeadline(time.Now().Add(handshakePatience))
		err = writeHandshake(conn, key, h)
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("upgrade: %w", err)
	}
	return conn, early, nil
}

// buffered takes what a reader holds, so that the reader can go.
func buffered(from *bufio.Reader) ([]byte, error) {
	held, err := from.Peek(from.Buffered())
	return slices.Clone(held), err
}

// handshakeGUID is what proves that a server knows the protocol (RFC 6455, section 1.3).
const handshakeGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

func writeHandshake(conn net.Conn, key string, h http.Header) error {
	sum := sha1.Sum([]byte(key + handshakeGUID))
	var out strings.Builder
	out.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
	out.WriteString(base64.StdEncoding.EncodeToString(sum[:]))
	out.WriteString("\r\n")
	// No extension is ever agreed on: a limit on compressed bytes is no limit.
	_ = h.WriteSubset(&out, map[string]bool{"Upgrade": true, "Connection": true, "Content-Length": true, "Sec-Websocket-Extensions": true})
	out.WriteString("\r\n")
	_, err := conn.Write([]byte(out.String()))
	return err
}
