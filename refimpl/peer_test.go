package refimpl_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
)

// echo is a class that says back what it hears, and tells the test the rest.
type echo struct{ heard chan string }

func (e echo) class() object.Class {
	return object.Class{Name: "echo", New: func(object.State) (object.Object, error) { return e, nil }}
}

func (e echo) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	if !r.Upgrade {
		return &object.Response{Status: http.StatusOK}, nil
	}
	_, err := s.Sockets().Accept()
	return &object.Response{Status: http.StatusSwitchingProtocols}, err
}

func (e echo) WebSocketMessage(_ object.State, from object.Socket, m object.Message) error {
	return from.Send(m)
}

func (e echo) WebSocketClose(_ object.State, _ object.Socket, c object.Closing) error {
	e.heard <- fmt.Sprintf("closed %d %q clean=%v", c.Code, c.Reason, c.Clean)
	return nil
}

func (e echo) WebSocketError(_ object.State, _ object.Socket, fault error) error {
	e.heard <- "error: " + fault.Error()
	return nil
}

// homeOf serves a node's objects over HTTP, as remote edges ask for them.
func homeOf(t testing.TB, limits refimpl.SocketLimits, class object.Class) (address string, path func(name string) string) {
	t.Helper()
	node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
		Name: "test", Region: home, Store: memory.New(memory.NewServer(16)), Classes: []object.Class{class},
		Clock: refimpl.SystemClock(), Seed: 1, Log: slog.New(slog.DiscardHandler), Sockets: limits,
		Limits: actor.Config{IdleAfter: 100 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := node.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	spaces := refimpl.NewNamespaces("test", []object.Class{class})
	server := httptest.NewServer(node.Handler(spaces))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), func(name string) string {
		return "/object/" + class.Name + "/" + spaces[class.Name].IDFromName(name).String() + "/"
	}
}

// rawPeer is a client that sends any bytes at all.
type rawPeer struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// handshake asks for a WebSocket, with further header lines.
func handshake(t testing.TB, address, path string, more ...string) (*rawPeer, *http.Response) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // a hung test should say where
	p := &rawPeer{t: t, conn: conn, in: bufio.NewReader(conn)}
	p.send(handshakeOf(address, path, more...))
	response, err := http.ReadResponse(p.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, response
}

func handshakeOf(address, path string, more ...string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + strings.Join(append(more, "", ""), "\r\n"))
}

func join(t testing.TB, address, path string) *rawPeer {
	t.Helper()
	p, r := handshake(t, address, path)
	if r.StatusCode != http.StatusSwitchingProtocols || r.Header.Get("Sec-Websocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("handshake: %s %v", r.Status, r.Header)
	}
	return p
}

func (p *rawPeer) send(data []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(data); err != nil {
		p.t.Fatal(err)
	}
}

// next reads one frame and tells it in the language of the tables.
func (p *rawPeer) next() string {
	p.t.Helper()
	var head [2]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		var reset *net.OpError
		if errors.Is(err, io.EOF) || errors.As(err, &reset) && !reset.Timeout() {
			return "end"
		}
		p.t.Fatalf("read frame: %v", err)
	}
	n := uint64(head[1])
	switch n {
	case 126:
		n = uint64(binary.BigEndian.Uint16(p.read(2)))
	case 127:
		n = binary.BigEndian.Uint64(p.read(8))
	}
	if head[0]&0xf0 != 0x80 {
		p.t.Fatalf("a server's frame begins with %#x", head[0])
	}
	payload := p.read(int(n))
	switch head[0] & 0xf {
	case 1:
		return "text " + string(payload)
	case 2:
		return "binary " + string(payload)
	case 8:
		if len(payload) < 2 {
			return "close"
		}
		return fmt.Sprintf("close %d", binary.BigEndian.Uint16(payload))
	case 9:
		return "ping " + string(payload)
	case 10:
		return "pong " + string(payload)
	}
	return fmt.Sprintf("opcode %d", head[0]&0xf)
}

func (p *rawPeer) read(n int) []byte {
	p.t.Helper()
	data := make([]byte, n)
	if _, err := io.ReadFull(p.in, data); err != nil {
		p.t.Fatalf("read %d bytes: %v", n, err)
	}
	return data
}

// masked frames what a client sends; first is its first byte.
func masked(first byte, payload string) []byte {
	out := []byte{first}
	switch n := len(payload); {
	case n < 126:
		out = append(out, 0x80|byte(n))
	case n <= 0xffff:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(n))
	}
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	out = append(out, mask[:]...)
	for i := range len(payload) {
		out = append(out, payload[i]^mask[i%4])
	}
	return out
}

// The frames of a client, by what they are.
func text(s string) []byte     { return masked(0x81, s) }
func bin(s string) []byte      { return masked(0x82, s) }
func textPart(s string) []byte { return masked(0x01, s) }
func morePart(s string) []byte { return masked(0x00, s) }
func lastPart(s string) []byte { return masked(0x80, s) }
func ping(s string) []byte     { return masked(0x89, s) }
func pong(s string) []byte     { return masked(0x8a, s) }
func closing(s string) []byte  { return masked(0x88, s) }
func code(n int, why string) []byte {
	return closing(string(binary.BigEndian.AppendUint16(nil, uint16(n))) + why)
}
