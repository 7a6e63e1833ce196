package refimpl_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

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
