package refimpl_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// pipes is a listener whose connections are made in memory, so that the patience
// of a server can be tried in no time.
type pipes struct {
	made   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{made: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.made:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dial returns the client's end.
func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.made <- server
	return client
}

// readingHome reads the body and answers with as many bytes as it was asked for.
type readingHome struct{ body int }

func (h readingHome) Serve(w http.ResponseWriter, r *http.Request, _ refimpl.Target) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		w.WriteHeader(http.StatusRequestTimeout)
		return
	}
	_, _ = io.WriteString(w, strings.Repeat("x", h.body))
}

// serveInMemory serves until the test ends.
func serveInMemory(t *testing.T, home refimpl.Home, connections int) *pipes {
	t.Helper()
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: refimpl.NewNamespaces("test", []object.Class{{Name: "counter"}}),
		Directory:  memory.NewDirectory(memory.NewServer(4)), Clock: time.Now,
		Homes: map[regions.ID]refimpl.Home{"LHR": home},
		Place: func(refimpl.Ask) (regions.ID, error) { return "LHR", nil },
	})
	server, listener := refimpl.NewEdgeServer(edge), newPipes()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(refimpl.Guard(listener, connections)) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return listener
}

func TestPatienceWithClients(t *testing.T) {
	const request = "POST /counter/value HTTP/1.1\r\nHost: a\r\n"
	for _, row := range []struct {
		story, sent string
		answer      string // how it begins; "" is none
		after       time.Duration
	}{
		{"says nothing", "", "", 5 * time.Second},
		{"stops in the header", request + "X-Slow: ", "", 5 * time.Second},
		{"stops in the body", request + "Content-Length: 5\r\n\r\nab", "HTTP/1.1 408", 30 * time.Second},
		{"stops in a chunk", request + "Transfer-Encoding: chunked\r\n\r\n5\r\nab", "HTTP/1.1 408", 30 * time.Second},
		{"never sends the body that nobody reads", "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 404", 30 * time.Second},
		{"asks once and stays", request + "\r\n", "HTTP/1.1 200", 60 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			client := serveInMemory(t, readingHome{}, 8).dial()
			defer client.Close()
			began := time.Now()
			go func() { _, _ = io.WriteString(client, row.sent) }()
			answer, _ := io.ReadAll(client)
			if took := time.Since(began); took < row.after || took > row.after+time.Second || !strings.HasPrefix(string(answer), row.answer) {
				t.Errorf("who %s is let go after %v with %.40q, want %v and %q", row.story, took, answer, row.after, row.answer)
			}
		})
	}
}

func TestRepliesThatNobodyReadsAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serveInMemory(t, readingHome{body: 1 << 16}, 8).dial()
		defer client.Close()
		_, _ = io.WriteString(client, "GET /counter/value HTTP/1.1\r\nHost: a\r\n\r\n")
		time.Sleep(31 * time.Second) // of the bubble: no time at all
		synctest.Wait()
		answer, err := io.ReadAll(client)
		if len(answer) > 1<<15 || err != nil {
			t.Errorf("a reader that came 31 s late got %d bytes (%v)", len(answer), err)
		}
	})
}

func TestConnectionsAreCapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := serveInMemory(t, readingHome{}, 2)
		first, second := listener.dial(), listener.dial()
		defer second.Close()
		third := make(chan net.Conn)
		go func() { third <- listener.dial() }()
		synctest.Wait()
		select {
		case <-third:
			t.Fatal("a third connection was taken where two are allowed")
		default:
		}
		first.Close()
		(<-third).Close()
	})
}

func TestRequestsThatAreRefused(t *testing.T) {
	d := deploy(t)
	long := strings.Repeat("x", 64<<10)
	for _, row := range []struct {
		story, request string
		status         int // 0 is no answer
	}{
		{"a good one", "GET /counter/value HTTP/1.1\r\nHost: a\r\n\r\n", 200},
		{"not HTTP", "HELO example.com\r\n\r\n", 400},
		{"no host", "GET /counter/value HTTP/1.1\r\n\r\n", 400},
		{"a header of 64 KiB", "GET /counter/value HTTP/1.1\r\nHost: a\r\nX: " + long + "\r\n\r\n", 431},
		{"a path of 64 KiB", "GET /" + long + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
		{"a query of 16 KiB", "GET /counter/value?id=" + long[:16<<10] + " HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"a body that says it is too long", "POST /counter/value HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413},
		{"a body of an absurd length", "POST /counter/value HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
		{"a body of negative length", "POST /counter/value HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
		{"two lengths", "POST /counter/value HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
		{"a chunk of no size", "POST /counter/value HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		{"an encoding nobody knows", "POST /counter/value HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
		{"TRACE", "TRACE /counter/value HTTP/1.1\r\nHost: a\r\n\r\n", 405},
		{"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
		{"a method of somebody's own", "INCREMENT /counter/value HTTP/1.1\r\nHost: a\r\n\r\n", 405},
		{"no method", " /counter/value HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"a class that nobody knows", "GET /object/nothing/a HTTP/1.1\r\nHost: a\r\n\r\n", 404},
		{"a class that is not served", "GET /account/a HTTP/1.1\r\nHost: a\r\n\r\n", 404},
		{"a header with a line break in it", "GET /counter/value HTTP/1.1\r\nHost: a\r\nX: a\n b\x00\r\n\r\n", 400},
		{"a whole URL of another server", "GET http://b/counter/value HTTP/1.1\r\nHost: a\r\n\r\n", 200}, // as a proxy is asked: the path counts
		{"a star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200},                                         // the library's
		{"an upgrade to what nobody speaks", "GET /counter/value HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200},
	} {
		if got := askRaw(t, d, row.request); got != row.status {
			t.Errorf("%s: %d, want %d", row.story, got, row.status)
		}
	}
	if status, _, body := d.get(t, "/counter/value"); status != 200 || body != `{"count":0}` {
		t.Errorf("after all that: %d %s", status, body)
	}
}

func askRaw(t *testing.T, d *deployment, request string) int {
	t.Helper()
	conn, err := net.Dial("tcp", d.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, request) }()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

// FuzzServer sends bytes as they come: whatever they are, the server lives on.
func FuzzServer(f *testing.F) {
	server := memory.NewServer(1)
	edge := refimpl.NewEdgeServer(refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: refimpl.NewNamespaces("test", []object.Class{{Name: "counter"}}), Directory: memory.NewDirectory(server),
		Homes: map[regions.ID]refimpl.Home{home: readingHome{}}, Clock: refimpl.SystemClock(),
		Place: func(refimpl.Ask) (regions.ID, error) { return home, nil },
	}))
	f.Add("GET /counter/value?id=id:00 HTTP/1.1\r\nHost: a\r\nObject-Jurisdiction: eu\r\n\r\n")
	f.Add("POST /object/a/%2e/b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
	f.Fuzz(func(t *testing.T, request string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(request)))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		edge.Handler.ServeHTTP(w, r)
		if w.Code < 200 || w.Code > 499 {
			t.Errorf("%q: %d %s", request, w.Code, w.Body)
		}
	})
}
