package refimpl_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

const upgradeToCalls = "GET /calls HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: durabench-calls/1\r\n\r\n"

// Whatever comes over a trunk, the node lives on, and bad frames end their connection.
func TestTrunksEndAtBadFrames(t *testing.T) {
	w := newWorld(t, straight)
	for story, sent := range map[string]string{
		"not an upgrade":             "GET /calls HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		"another protocol":           "GET /calls HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n",
		"a frame of no kind":         upgradeToCalls + "\x00\x00\x00\x00",
		"a frame of 4 GiB":           upgradeToCalls + "\xff\xff\xff\xff\x01",
		"a frame of unknown kind":    upgradeToCalls + "\x00\x00\x00\x02\x09\x00",
		"an answer to a server":      upgradeToCalls + "\x00\x00\x00\x04\x03\x01\x00\x00",
		"an ask that ends too soon":  upgradeToCalls + "\x00\x00\x00\x03\x01\x01\x05",
		"text where a frame was due": upgradeToCalls + "GET / HTTP/1.1\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", w.servers["NRT"].Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(conn, sent) }()
		if _, err := io.ReadAll(conn); err != nil { // until the node hangs up
			t.Errorf("%s: %v", story, err)
		}
		conn.Close()
	}
	if r := w.ask("POST", "LHR-a", "/send?path=/add&to=NRT-b"); r.Code != 200 {
		t.Errorf("after all that: %d %s", r.Code, r.Body)
	}
}

// rudeHome takes a trunk, reads one frame, and then does what the test says.
func rudeHome(t *testing.T, then func(conn net.Conn, ask []byte)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if then == nil {
			http.NotFound(w, r)
			return
		}
		conn, stream, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: durabench-calls/1\r\n\r\n")
		then(conn, frameOf(stream.Reader))
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func frameOf(from *bufio.Reader) []byte {
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil
	}
	data := make([]byte, binary.BigEndian.Uint32(length[:]))
	_, _ = io.ReadFull(from, data)
	return data
}

func TestTrunksThatBreak(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	nobody := gone.Listener.Addr().String()
	gone.Close()
	for _, row := range []struct {
		story, address string
		unknown        bool // else surely not delivered
	}{
		{"nobody listens", nobody, false},
		{"a server that knows nothing of calls", rudeHome(t, nil), false},
		{"the call was read, and the connection ended", rudeHome(t, func(net.Conn, []byte) {}), true},
		{"an answer that cannot be read", rudeHome(t, func(c net.Conn, _ []byte) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n") }), true},
		{"an answer to another call", rudeHome(t, func(c net.Conn, _ []byte) { fmt.Fprint(c, "\x00\x00\x00\x04\x03\x63\x00\x00") }), true},
	} {
		got := callThrough(t, row.address)
		if !strings.Contains(got, `"Retryable":true`) || strings.Contains(got, `"Reset":true`) != row.unknown {
			t.Errorf("%s: %s, want retryable, unknown %v", row.story, got, row.unknown)
		}
	}
}

// callThrough has an object call another whose home is at the address.
func callThrough(t *testing.T, address string) string {
	t.Helper()
	class := agents(nil, nil)
	server := memory.NewServer(4)
	spaces := refimpl.NewNamespaces("test", []object.Class{class})
	node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
		Name: "near", Region: "LHR", Store: memory.New(server), Classes: []object.Class{class}, Namespaces: spaces,
		Clock: refimpl.SystemClock(), Seed: 1, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	remote := refimpl.NewRemote(address, (&net.Dialer{}).DialContext, refimpl.SystemClock(), quiet())
	defer remote.Close()
	defer func() {
		if err := node.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: spaces, Directory: memory.NewDirectory(server), Clock: refimpl.SystemClock(),
		Homes: map[regions.ID]refimpl.Home{"LHR": node, "NRT": remote},
		Place: func(ask refimpl.Ask) (regions.ID, error) { return regions.ID(ask.Object.Name[:3]), nil },
	})
	node.Reach(edge)
	w := httptest.NewRecorder()
	edge.ServeHTTP(w, httptest.NewRequest("POST", "/object/agent/LHR-a/send?path=/add&to=NRT-b", nil))
	return w.Body.String()
}
