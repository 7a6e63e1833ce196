package refimpl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const home regions.ID = "LHR"

// deployment is an edge and one home on a memory store.
type deployment struct {
	*httptest.Server
	node   *refimpl.Node
	server *memory.Server
}

func deploy(t *testing.T, more ...object.Class) *deployment {
	t.Helper()
	server := memory.NewServer(16)
	all := append([]object.Class{classes.Counter(), classes.Chat(), classes.Limiter(classes.DefaultLimit())}, more...)
	node := start(t, server, all)
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: refimpl.NewNamespaces("test", all),
		Directory:  memory.NewDirectory(server),
		Homes:      map[regions.ID]refimpl.Home{home: node},
		Place:      func(refimpl.Ask) (regions.ID, error) { return home, nil },
		Clock:      refimpl.SystemClock(),
	})
	d := &deployment{Server: httptest.NewUnstartedServer(nil), node: node, server: server}
	d.Config = refimpl.NewEdgeServer(edge)
	d.Start()
	t.Cleanup(func() {
		d.Client().CloseIdleConnections()
		d.Close()
	})
	return d
}

func start(t *testing.T, server *memory.Server, all []object.Class) *refimpl.Node {
	t.Helper()
	node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
		Name: "test", Region: home, Store: memory.New(server), Classes: all, Cores: 2,
		Clock: refimpl.SystemClock(), Seed: 1, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := node.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return node
}

func (d *deployment) get(t *testing.T, path string) (int, http.Header, string) {
	t.Helper()
	r, err := d.Client().Get(d.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Header, string(body)
}

func TestCounterCountsAndKeepsItsPaths(t *testing.T) {
	d := deploy(t)
	for _, step := range []struct {
		path, body string
		status     int
	}{
		{"/counter/value?id=a", `{"count":0}`, 200},
		{"/counter/increment?id=a", `{"count":1}`, 200},
		{"/counter/increment?id=a", `{"count":2}`, 200},
		{"/counter/decrement?id=a", `{"count":1}`, 200},
		{"/counter/increment?id=b", `{"count":1}`, 200}, // another object
		{"/counter/increment", `{"count":1}`, 200},      // the global one
		{"/counter/reset?id=a", `{"count":0,"reset":true}`, 200},
		{"/counter/decrement?id=a", `{"count":0}`, 200}, // never below zero
		{"/counter/nonsense?id=a", `Not Found`, 404},
		{"/elsewhere", "Not Found", 404},
	} {
		status, _, body := d.get(t, step.path)
		if status != step.status || body != step.body {
			t.Errorf("GET %s: %d %q, want %d %q", step.path, status, body, step.status, step.body)
		}
	}
}

func TestRepliesSayWhereTheirTimeWent(t *testing.T) {
	d := deploy(t)
	_, header, _ := d.get(t, "/counter/increment?id=a")
	if timing := header.Get("Server-Timing"); !strings.Contains(timing, "activate;dur=") && !strings.Contains(timing, "commit;dur=") {
		t.Errorf("Server-Timing of a first write: %q", timing)
	}
	if header.Get("X-Durabench-Home") != "LHR" || header.Get("X-Durabench-Node") != "test" || header.Get("X-Durabench-Epoch") != "1" {
		t.Errorf("headers: %v", header)
	}
}

func TestBadNamesAndBodiesAreRefused(t *testing.T) {
	d := deploy(t)
	for path, want := range map[string]int{
		"/counter/value?id=a%2Fb":                          400,
		"/counter/value?id=a%00":                           400,
		"/counter/value?id=%ff":                            400,
		"/counter/value?id=":                               400,
		"/counter/value?id=" + strings.Repeat("n", 2049):   400,
		"/counter/value?id=" + strings.Repeat("n", 2048):   200,
		"/room/a%2Fb/messages":                             400,
		"/room/%2e%2e/messages":                            400,
		"/room/ok/ws":                                      426,
		"/room/ok":                                         426,
		"/room/" + strings.Repeat("x", 2100) + "/messages": 400,
	} {
		if status, _, body := d.get(t, path); status != want {
			t.Errorf("GET %.60s: %d %s, want %d", path, status, body, want)
		}
	}
	r, err := d.Client().Post(d.URL+"/counter/increment", "text/plain", strings.NewReader(strings.Repeat("x", refimpl.MaxBodyBytes+1)))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("body over 1 MiB: %d, want 413", r.StatusCode)
	}
}

func TestConcurrentIncrementsAreAllCounted(t *testing.T) {
	d := deploy(t)
	const clients, each = 16, 50
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			for range each {
				d.get(t, "/counter/increment?id=a")
			}
		})
	}
	wait.Wait()
	if _, _, body := d.get(t, "/counter/value?id=a"); body != fmt.Sprintf(`{"count":%d}`, clients*each) {
		t.Errorf("after %d increments: %s", clients*each, body)
	}
}

func (d *deployment) join(t *testing.T, room, user string) *websocket.Conn {
	t.Helper()
	conn, r, err := websocket.DefaultDialer.Dial("ws"+d.URL[len("http"):]+"/room/"+room+"/ws?userId="+user, nil)
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	if r.Header.Get("X-Durabench-Home") != "LHR" {
		t.Errorf("the upgrade does not say who serves: %v", r.Header)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func read(t *testing.T, conn *websocket.Conn) map[string]any {
	t.Helper()
	_, data, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	var message map[string]any
	if err := json.Unmarshal(data, &message); err != nil {
		t.Fatalf("message %q: %v", data, err)
	}
	return message
}

func say(t *testing.T, conn *websocket.Conn, text string) {
	t.Helper()
	if err := conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestChatRoomTellsEveryMemberInOrder(t *testing.T) {
	d := deploy(t)
	ann, bob := d.join(t, "r", "ann"), d.join(t, "r", "bob")
	say(t, ann, `{"type":"chat","text":"<hello>"}`)
	say(t, ann, `{"type":"ping"}`) // JSON, but nothing that a room knows
	say(t, ann, `not JSON`)
	say(t, ann, `{"type":"chat","text":"again"}`)
	for _, member := range []*websocket.Conn{ann, bob} {
		first := read(t, member)["message"].(map[string]any)
		if first["text"] != "<hello>" || first["userId"] != "ann" || len(first["id"].(string)) != 36 {
			t.Errorf("first message: %v", first)
		}
	}
	if got := read(t, ann); got["error"] != "Invalid JSON" {
		t.Errorf("answer to what is not JSON: %v", got)
	}
	for _, member := range []*websocket.Conn{ann, bob} {
		if got := read(t, member)["message"].(map[string]any); got["text"] != "again" {
			t.Errorf("second message: %v", got)
		}
	}

	carl := d.join(t, "r", "carl")
	if history := read(t, carl)["messages"].([]any); len(history) != 2 {
		t.Errorf("history of a new member: %v", history)
	}
	if err := carl.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "bye")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, bob); got["type"] != "user_left" || got["userId"] != "carl" {
		t.Errorf("after carl left: %v", got)
	}
	var closed *websocket.CloseError
	if _, _, err := carl.ReadMessage(); !errors.As(err, &closed) || closed.Code != 1000 {
		t.Errorf("carl's close was answered with %v, want 1000", err)
	}
}

func TestLimiterAdmitsItsCapacity(t *testing.T) {
	d := deploy(t)
	admitted := 0
	for range 110 {
		status, header, _ := d.get(t, "/check")
		switch status {
		case http.StatusOK:
			admitted++
		case http.StatusTooManyRequests:
			if header.Get("Retry-After") == "" || header.Get("X-Ratelimit-Limit") != "100" {
				t.Fatalf("headers of a refusal: %v", header)
			}
		}
	}
	if admitted < 100 || admitted > 105 {
		t.Errorf("%d of 110 admitted at once, want 100 and a few refilled", admitted)
	}
}

// stuck is a class with a handler that waits for the test.
type stuck struct{ gate chan struct{} }

func (s stuck) Fetch(_ object.State, r *object.Request) (*object.Response, error) {
	switch r.Path {
	case "/wait":
		<-s.gate
	case "/panic":
		panic("planted")
	case "/fail":
		return nil, errors.New("planted error")
	case "/status":
		return &object.Response{Status: 42}, nil
	}
	return &object.Response{Status: http.StatusOK}, nil
}

func TestSlowHandlerDelaysNoOtherObject(t *testing.T) {
	gate := make(chan struct{})
	class := object.Class{Name: "limiter", New: func(object.State) (object.Object, error) { return stuck{gate}, nil }}
	server := memory.NewServer(1) // one slot: all objects share a shard
	all := []object.Class{classes.Counter(), class}
	node := start(t, server, all)
	spaces := refimpl.NewNamespaces("test", all)
	ask := func(class, name, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		node.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), refimpl.Target{
			Object: object.Identity{ID: spaces[class].IDFromName(name), Class: class, Name: name}, Path: path,
		})
		return w
	}
	slow := make(chan int)
	go func() { slow <- ask("limiter", "a", "/wait").Code }()
	for range 3 { // would hang if the slow turn held the shard
		if w := ask("counter", "b", "/increment"); w.Code != http.StatusOK {
			t.Errorf("beside a slow handler: %d", w.Code)
		}
	}
	close(gate)
	if code := <-slow; code != http.StatusOK {
		t.Errorf("the slow request: %d", code)
	}
}

func TestFailingHandlers(t *testing.T) {
	class := object.Class{Name: "limiter", New: func(object.State) (object.Object, error) { return stuck{}, nil }}
	all := []object.Class{class}
	node := start(t, memory.NewServer(1), all)
	id := refimpl.NewNamespaces("test", all)["limiter"].IDFromName("a")
	for _, step := range []struct {
		path, kind, body string
		status           int
	}{
		{"/fail", "", "planted error", 500},
		{"/panic", "reset", `{"error":"object reset: panic: planted"}`, 500},
		{"/fine", "", "", 200}, // a new instance
		{"/status", "", `{"error":"the object gave the status 42"}`, 500},
	} {
		w := httptest.NewRecorder()
		node.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), refimpl.Target{Object: object.Identity{ID: id, Class: "limiter"}, Path: step.path})
		if w.Code != step.status || w.Body.String() != step.body || w.Header().Get("X-Durabench-Error") != step.kind {
			t.Errorf("%s: %d %q %v, want %d %q kind %q", step.path, w.Code, w.Body, w.Header(), step.status, step.body, step.kind)
		}
	}
}
