package refimpl_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

func idOf(name string) object.ID {
	return refimpl.NewNamespaces("test", []object.Class{{Name: "agent"}})["agent"].IDFromName(name)
}

func (w *world) move(t *testing.T, name string, from, to regions.ID) {
	t.Helper()
	if err := w.nodes[from].Move(t.Context(), idOf(name), to); err != nil {
		t.Fatal(err)
	}
}

func (w *world) askAt(edge regions.ID, method, name, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRecorder()
	w.edges[edge].ServeHTTP(r, httptest.NewRequest(method, "/object/agent/"+name+path, strings.NewReader(body)))
	return r
}

// Objects move while clients use them, and nobody notices: every request is
// answered well, and none runs twice or is lost.
func TestObjectsMoveWhileTheyAreUsed(t *testing.T) {
	w := newWorld(t, straight)
	const clients, each = 8, 40
	var wait sync.WaitGroup
	for client := range clients {
		wait.Go(func() {
			edge := []regions.ID{"LHR", "NRT"}[client%2]
			for i := range each {
				if r := w.askAt(edge, "POST", "LHR-m", "/add", fmt.Sprint(client*each+i)); r.Code != 200 {
					t.Errorf("at %s: %d %s", edge, r.Code, r.Body)
				}
			}
		})
	}
	for range 5 {
		w.askAt("LHR", "GET", "LHR-m", "/all", "") // so that it lives somewhere
		w.move(t, "LHR-m", "LHR", "NRT")
		w.move(t, "LHR-m", "NRT", "LHR")
	}
	wait.Wait()
	var told []int
	for text := range strings.FieldsSeq(w.askAt("NRT", "GET", "LHR-m", "/all", "").Body.String()) {
		n, _ := strconv.Atoi(text)
		told = append(told, n)
	}
	slices.Sort(told)
	if len(told) != clients*each || len(slices.Compact(told)) != clients*each {
		t.Errorf("%d of %d were kept, or some twice", len(told), clients*each)
	}
}

func TestEdgesLearnWhereAnObjectWent(t *testing.T) {
	w := newWorld(t, straight)
	w.askAt("LHR", "POST", "LHR-m", "/add", "1")
	w.move(t, "LHR-m", "LHR", "NRT")
	for i, sentOn := range []bool{true, false} {
		r := w.askAt("LHR", "GET", "LHR-m", "/all", "")
		if r.Header().Get("X-Durabench-Home") != "NRT" || r.Body.String() != " 1" || (r.Header().Get("X-Durabench-Moved") != "") != sentOn {
			t.Errorf("request %d after the move: %v %q, want it sent on: %v", i+1, r.Header(), r.Body, sentOn)
		}
	}
}

// A home that an object has left knows where it went: whoever comes too late need not
// wait until the directory says so, however far away that is.
func TestAHomeRemembersWhereAnObjectWent(t *testing.T) {
	w := newWorld(t, straight)
	w.askAt("LHR", "POST", "LHR-m", "/add", "1")
	w.move(t, "LHR-m", "LHR", "NRT")
	before := w.questions.Load()
	if r := w.askAt("LHR", "GET", "LHR-m", "/all", ""); r.Code != 200 || r.Header().Get("X-Durabench-Home") != "NRT" {
		t.Errorf("after a move: %d %v %s", r.Code, r.Header(), r.Body)
	}
	if asked := w.questions.Load() - before; asked != 0 {
		t.Errorf("the directory was asked %d times", asked)
	}
}

// silent is a home that hears nothing of objects which come to it.
type silent struct{ refimpl.Home }

func newSilentWorld(t *testing.T) *world {
	return newWorldWith(t, straight, func(remote refimpl.Home, _ *refimpl.Node) refimpl.Home { return silent{remote} })
}

// What a home remembers may be stale. Each home here remembers the object to be in the
// other one, and both have been told to send on what asks for it.
func TestAStaleMemoryOfWhereAnObjectWentCostsHopsAndNoMore(t *testing.T) {
	w := newSilentWorld(t)
	w.askAt("LHR", "POST", "LHR-m", "/add", "1")
	w.move(t, "LHR-m", "LHR", "NRT")
	w.move(t, "LHR-m", "NRT", "LHR")
	for i, sentOn := range []bool{true, false} {
		r := w.askAt("LHR", "GET", "LHR-m", "/all", "")
		if r.Code != 200 || r.Header().Get("X-Durabench-Home") != "LHR" || r.Body.String() != " 1" || (r.Header().Get("X-Durabench-Moved") != "") != sentOn {
			t.Errorf("request %d after two moves: %d %v %q, want it sent on: %v", i+1, r.Code, r.Header(), r.Body, sentOn)
		}
	}
}

// Each home believes the object to be in the other one. An edge sends a socket where its
// old home says: it must not be told the same for ever.
func TestASocketIsNotSentToAndFro(t *testing.T) {
	w := newSilentWorld(t)
	w.askAt("LHR", "POST", "LHR-m", "/add", "1")
	w.move(t, "LHR-m", "LHR", "NRT")
	w.move(t, "LHR-m", "NRT", "LHR")
	var told []string
	for range 2 {
		request := httptest.NewRequest(http.MethodGet, "/object/agent/LHR-m/all", nil)
		request.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}}
		answer := httptest.NewRecorder()
		w.edges["LHR"].ServeHTTP(answer, request)
		told = append(told, fmt.Sprint(answer.Code, " ", answer.Header().Get("X-Durabench-Moved")))
	}
	if want := []string{"200 LHR", "200 "}; !slices.Equal(told, want) { // this class answers without upgrading
		t.Errorf("%q, want %q", told, want)
	}
}

func TestCallsFindObjectsThatMoved(t *testing.T) {
	w := newWorld(t, straight)
	for i, step := range []struct{ from, to regions.ID }{{"LHR", "NRT"}, {"NRT", "LHR"}, {"LHR", "NRT"}} {
		// A stub whose object is away fails as one that may be tried again, and a new one finds it.
		code := 0
		for attempt := range 20 {
			if code = w.ask("PUT", "LHR-a", "/send?path=/add&to=LHR-m").Code; code == 200 {
				break
			}
			if attempt == 0 && i == 0 {
				t.Errorf("before any move: %d", code)
			}
		}
		if code != 200 {
			t.Fatalf("after %d moves no call came through", i)
		}
		w.move(t, "LHR-m", step.from, step.to)
	}
	if got := w.askAt("NRT", "GET", "LHR-m", "/all", "").Body.String(); got == "" {
		t.Error("nothing was told")
	}
}

// The home that an object moves to looks for alarms every half minute, and would miss
// one that came in between; so it is told, over whatever way there is to it.
func TestAnAlarmRunsInTimeWhereItsObjectWent(t *testing.T) {
	for story, far := range map[string]func(refimpl.Home, *refimpl.Node) refimpl.Home{
		"over a network": func(remote refimpl.Home, _ *refimpl.Node) refimpl.Home { return remote },
		"in one process": func(_ refimpl.Home, node *refimpl.Node) refimpl.Home { return node },
	} {
		w := newWorldWith(t, straight, far)
		w.askAt("LHR", "POST", "LHR-m", "/alarm", "")
		w.move(t, "LHR-m", "LHR", "NRT")
		select {
		case <-w.running:
		case <-time.After(15 * time.Second):
			t.Errorf("%s: the alarm of an object that moved did not run", story)
		}
		if home := w.askAt("NRT", "GET", "LHR-m", "/all", "").Header().Get("X-Durabench-Home"); home != "NRT" {
			t.Errorf("%s: it lives in %q", story, home)
		}
	}
}

func TestNewsOfObjectsThatAreNoneIsRefused(t *testing.T) {
	w := newWorld(t, straight)
	for _, row := range []struct {
		method, id string
		want       int
	}{
		{"POST", idOf("LHR-m").String(), 204},
		{"GET", idOf("LHR-m").String(), 405},
		{"POST", "", 400},
		{"POST", "00ff", 400},
		{"POST", strings.Repeat("x", 64), 400},
	} {
		request, err := http.NewRequestWithContext(t.Context(), row.method, w.servers["LHR"].URL+"/arrived?id="+row.id, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := w.servers["LHR"].Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != row.want {
			t.Errorf("%s id=%s: %d, want %d", row.method, row.id, answer.StatusCode, row.want)
		}
	}
}

func TestMovesThatAreRefused(t *testing.T) {
	w := newWorld(t, straight)
	w.askAt("LHR", "POST", "LHR-m", "/add", "1")
	if err := w.nodes["NRT"].Move(t.Context(), idOf("LHR-m"), "LHR"); !errors.Is(err, store.ErrElsewhere) {
		t.Errorf("from where it does not live: %v", err)
	}
	if err := w.nodes["LHR"].Move(t.Context(), idOf("LHR-nobody"), "NRT"); !errors.Is(err, store.ErrElsewhere) {
		t.Errorf("of what lives nowhere: %v", err)
	}
	if r := w.askAt("LHR", "POST", "LHR-m", "/add", "2"); r.Code != 200 {
		t.Errorf("after moves that were refused: %d %s", r.Code, r.Body)
	}
	// An object that is busy does not go before it is done; who gives up keeps it.
	answered := make(chan int)
	go func() { answered <- w.askAt("LHR", "POST", "LHR-m", "/wait", "").Code }()
	<-w.running
	ctx, giveUp := context.WithCancel(t.Context())
	giveUp()
	if err := w.nodes["LHR"].Move(ctx, idOf("LHR-m"), "NRT"); !errors.Is(err, context.Canceled) {
		t.Errorf("a move that was given up: %v", err)
	}
	w.release <- struct{}{}
	if code := <-answered; code != 200 {
		t.Errorf("who was served meanwhile: %d", code)
	}
	if r := w.askAt("LHR", "GET", "LHR-m", "/all", ""); r.Header().Get("X-Durabench-Home") != "LHR" || r.Body.String() != " 1 2" {
		t.Errorf("after a move that was given up: %v %q", r.Header(), r.Body)
	}
}

// A node that comes back knows nothing of what left it: it must ask, or it would
// run an object that another node has.
func TestARestartedNodeDoesNotTakeObjectsBack(t *testing.T) {
	w := newWorld(t, straight)
	w.askAt("LHR", "POST", "LHR-m", "/add", "1")
	w.move(t, "LHR-m", "LHR", "NRT")
	direct := httptest.NewRecorder()
	// As an edge asks that has heard of nothing.
	w.restart(t, "LHR").Serve(direct, httptest.NewRequest(http.MethodGet, "/", nil), refimpl.Target{
		Object: object.Identity{ID: idOf("LHR-m"), Class: "agent", Name: "LHR-m"}, Path: "/all",
	})
	if direct.Code != http.StatusServiceUnavailable || direct.Header().Get("X-Durabench-Error") != "retryable" {
		t.Errorf("a node that was restarted answers for what left it: %d %s", direct.Code, direct.Body)
	}
}

func TestSocketsOfAnObjectThatMovesConnectAgain(t *testing.T) {
	server := memory.NewServer(4)
	all := []object.Class{classes.Chat()}
	node := start(t, server, all)
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: refimpl.NewNamespaces("test", all), Directory: memory.NewDirectory(server), Clock: refimpl.SystemClock(),
		Homes: map[regions.ID]refimpl.Home{home: node},
		Place: func(refimpl.Ask) (regions.ID, error) { return home, nil },
	})
	d := &deployment{Server: httptest.NewServer(edge), node: node, server: server}
	defer d.Close()
	member := d.join(t, "r", "ann")
	say(t, member, `{"type":"chat","text":"hello"}`)
	read(t, member)
	if err := node.Move(t.Context(), refimpl.NewNamespaces("test", all)["chat"].IDFromName("r"), "NRT"); err != nil {
		t.Fatal(err)
	}
	var closed *websocket.CloseError
	if _, _, err := member.ReadMessage(); !errors.As(err, &closed) || closed.Code != websocket.CloseServiceRestart {
		t.Errorf("a member of a room that moved: %v, want close code 1012", err)
	}
}
