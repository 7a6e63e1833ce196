package refimpl_test

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// A home that closes a connection before its edges do loses requests that are
// under way: it must be the patient one. (Seen as one unknown outcome in 2,200
// increments, where an edge had opened a connection that it did not use at once.)
func TestHomesAreMorePatientThanEdges(t *testing.T) {
	home := refimpl.NewHomeServer(http.NotFoundHandler())
	if edge := refimpl.IdlePatienceOfEdges; home.IdleTimeout <= edge || home.ReadHeaderTimeout <= edge {
		t.Errorf("a home waits %v and %v, an edge keeps connections for %v", home.IdleTimeout, home.ReadHeaderTimeout, edge)
	}
}

// remoteDeployment has an edge that reaches its home over HTTP.
func remoteDeployment(t *testing.T) *deployment {
	t.Helper()
	server := memory.NewServer(4)
	all := []object.Class{classes.Counter(), classes.Chat(), classes.Limiter(classes.DefaultLimit())}
	node := start(t, server, all)
	spaces := refimpl.NewNamespaces("test", all)
	behind := httptest.NewServer(node.Handler(spaces))
	remote := refimpl.NewRemote(behind.Listener.Addr().String(), (&net.Dialer{}).DialContext, refimpl.SystemClock(), slog.New(slog.DiscardHandler))
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: spaces, Directory: memory.NewDirectory(server), Homes: map[regions.ID]refimpl.Home{home: remote},
		Place: func(refimpl.Ask) (regions.ID, error) { return home, nil }, Clock: refimpl.SystemClock(),
	})
	d := &deployment{Server: httptest.NewServer(edge), node: node, server: server}
	t.Cleanup(func() {
		d.Client().CloseIdleConnections()
		d.Close()
		remote.Close()
		behind.Close()
	})
	return d
}

func TestRemoteHomeAnswersLikeALocalOne(t *testing.T) {
	d := remoteDeployment(t)
	status, header, body := d.get(t, "/counter/increment?id=Caf%C3%A9%20+%26")
	if status != 200 || body != `{"count":1}` || header.Get("X-Durabench-Home") != "LHR" {
		t.Errorf("%d %s %v", status, body, header)
	}
	if timing := header.Get("Server-Timing"); !strings.HasPrefix(timing, "wan;dur=") {
		t.Errorf("Server-Timing over a network: %q, want wan first", timing)
	}
	r, err := d.Client().Post(d.URL+"/counter/increment", "text/plain", strings.NewReader(strings.Repeat("x", refimpl.MaxBodyBytes+1)))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("body over 1 MiB: %d, want 413", r.StatusCode)
	}
	member := d.join(t, "r", "ann")
	say(t, member, `{"type":"chat","text":"over the wire"}`)
	if got := read(t, member)["message"].(map[string]any); got["text"] != "over the wire" || got["userId"] != "ann" {
		t.Errorf("message through a remote home: %v", got)
	}
}

func TestHomeRefusesIDsItsNamespaceDidNotMake(t *testing.T) {
	server := memory.NewServer(4)
	all := []object.Class{classes.Counter()}
	node := start(t, server, all)
	handler := node.Handler(refimpl.NewNamespaces("test", all))
	foreign := refimpl.NewNamespaces("other", all)["counter"].IDFromName("a").String()
	for path, want := range map[string]int{
		"/object/counter/" + foreign + "/value": 400,
		"/object/counter/12/value":              400,
		"/object/nothing/" + foreign + "/value": 404,
		"/counter/value":                        404,
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("GET %.40s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestHomeThatCannotBeReachedIsSafeToRetry(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	address := gone.Listener.Addr().String()
	gone.Close()
	remote := refimpl.NewRemote(address, (&net.Dialer{}).DialContext, refimpl.SystemClock(), slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	remote.Serve(w, httptest.NewRequest(http.MethodPost, "/counter/increment", nil), refimpl.Target{Object: object.Identity{Class: "counter"}})
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("X-Durabench-Error") != "retryable" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestHomeThatHangsUpLeavesTheOutcomeUnknown(t *testing.T) {
	rude := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer rude.Close()
	remote := refimpl.NewRemote(rude.Listener.Addr().String(), (&net.Dialer{}).DialContext, refimpl.SystemClock(), slog.New(slog.DiscardHandler))
	defer remote.Close()
	w := httptest.NewRecorder()
	remote.Serve(w, httptest.NewRequest(http.MethodPost, "/counter/increment", nil), refimpl.Target{Object: object.Identity{Class: "counter"}})
	if w.Code != http.StatusBadGateway || w.Header().Get("X-Durabench-Error") != "unknown-outcome" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// Messages of any size come through an edge as they were sent, and so does the end.
func TestRemoteHomesPassOnWhatSocketsSay(t *testing.T) {
	e := echo{make(chan string, 8)}
	address, _ := homeOf(t, refimpl.SocketLimits{}, e.class())
	p := join(t, edgeBefore(t, address, e.class()), "/object/echo/o/")
	for _, size := range []int{0, 1, 507, 508, 509, 512, 4096, 16 << 10, 40_000} {
		p.send(text(strings.Repeat("x", size)))
		if got := p.next(); got != "text "+strings.Repeat("x", size) {
			t.Fatalf("%d bytes came back as %d", size, len(got)-len("text "))
		}
	}
	p.send(code(4001, "bye"))
	if got := p.next(); got != "close 4001" {
		t.Errorf("the answer to a Close was %q", got)
	}
	if got := p.next(); got != "end" {
		t.Errorf("after the Close frames came %q", got)
	}
	if got := <-e.heard; got != `closed 4001 "bye" clean=true` {
		t.Errorf("the object heard %q", got)
	}
	lost := join(t, edgeBefore(t, address, e.class()), "/object/echo/o/")
	lost.conn.Close()
	if got := <-e.heard; !strings.HasPrefix(got, "closed 1006") {
		t.Errorf("of a client that is lost the object heard %q", got)
	}
}
