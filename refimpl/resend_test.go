package refimpl_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// An edge that has not heard of an object's move sends who would join after it. The
// client notices nothing, and its socket does not go through the old home.
func TestAnEdgeSendsAnUpgradeAfterItsObject(t *testing.T) {
	for story, far := range map[string]func(refimpl.Home, *refimpl.Node) refimpl.Home{
		"over a network": func(remote refimpl.Home, _ *refimpl.Node) refimpl.Home { return remote },
		"in one process": func(_ refimpl.Home, node *refimpl.Node) refimpl.Home { return node },
	} {
		w := newWorldWith(t, straight, far)
		front := httptest.NewServer(w.edges["LHR"])
		w.askAt("LHR", "POST", "LHR-m", "/add", "1")
		w.move(t, "LHR-m", "LHR", "NRT")
		for i, sentOn := range []bool{true, false} {
			p, r := handshake(t, front.Listener.Addr().String(), "/object/agent/LHR-m/join")
			home, moved := r.Header.Get("X-Durabench-Home"), r.Header.Values("X-Durabench-Moved")
			if r.StatusCode != http.StatusSwitchingProtocols || home != "NRT" || (len(moved) > 0) != sentOn {
				t.Fatalf("%s: join %d after a move: %s %v, want it sent on: %v", story, i+1, r.Status, r.Header, sentOn)
			}
			p.asks("hello", "text hello")
			if i == 0 {
				w.restart(t, "LHR") // whoever was there is gone
				p.asks("still there", "text still there")
			}
			p.conn.Close()
		}
		front.Close()
	}
}

// In both directions, and from each edge, for as often as an object likes.
func TestSocketsOfAnObjectThatWandersGetThereAtOnce(t *testing.T) {
	w := newWorld(t, straight)
	var fronts []*httptest.Server
	for _, at := range []regions.ID{"LHR", "NRT"} {
		front := httptest.NewServer(w.edges[at])
		t.Cleanup(front.Close)
		fronts = append(fronts, front)
	}
	w.askAt("LHR", "POST", "LHR-m", "/add", "1")
	homes := []regions.ID{"LHR", "NRT"}
	for i := range 10 {
		from, to := homes[i%2], homes[(i+1)%2]
		w.move(t, "LHR-m", from, to)
		for _, front := range fronts {
			if i%3 == 1 && front == fronts[0] {
				continue // it knows where the object was two moves ago
			}
			p, r := handshake(t, front.Listener.Addr().String(), "/object/agent/LHR-m/join")
			if r.StatusCode != http.StatusSwitchingProtocols || r.Header.Get("X-Durabench-Home") != string(to) {
				t.Fatalf("after move %d: %s %v", i+1, r.Status, r.Header)
			}
			p.conn.Close()
		}
	}
}

// answers is a home that gives each time the same answer.
type answers struct {
	header http.Header
	status int
	hops   *[]int // of each that came
}

func (a answers) Serve(w http.ResponseWriter, _ *http.Request, to refimpl.Target) {
	*a.hops = append(*a.hops, to.Hops)
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, "as ever")
}

// Only who surely was not heard is sent on, and not for ever.
func TestWhatAnEdgeSendsOn(t *testing.T) {
	moved := func(kind, to string) http.Header {
		return http.Header{"X-Durabench-Error": {kind}, "X-Durabench-Moved": {to}}
	}
	for _, row := range []struct {
		story   string
		method  string
		upgrade bool
		body    string
		header  http.Header
		status  int
		asked   int
	}{
		{"homes that say for ever that it is in the other one", "GET", true, "", moved("retryable", "LHR"), 503, 9},
		{"a home that nobody knows", "GET", true, "", moved("retryable", "SYD"), 503, 1},
		{"a home that does not say where it went", "GET", true, "", http.Header{"X-Durabench-Error": {"retryable"}}, 503, 1},
		{"a home that has too much to do", "GET", true, "", moved("overloaded", "LHR"), 503, 1},
		{"an object that refuses by itself, where it has gone", "GET", true, "", http.Header{"X-Durabench-Moved": {"LHR"}}, 503, 1},
		{"an outcome that is not known", "GET", true, "", moved("unknown-outcome", "LHR"), 500, 1},
		{"another status", "GET", true, "", moved("retryable", "LHR"), 404, 1},
		{"no upgrade: those are sent on by homes", "GET", false, "", moved("retryable", "LHR"), 503, 1},
		{"an upgrade with a body, which was read", "POST", true, "x", moved("retryable", "LHR"), 503, 1},
	} {
		var hops []int
		home := answers{row.header, row.status, &hops}
		edge := refimpl.NewEdge(refimpl.EdgeConfig{
			Namespaces: refimpl.NewNamespaces("test", agentsOnly()), Directory: memory.NewDirectory(memory.NewServer(1)), Clock: refimpl.SystemClock(),
			Homes: map[regions.ID]refimpl.Home{"LHR": home},
			Place: func(refimpl.Ask) (regions.ID, error) { return "LHR", nil },
		})
		request := httptest.NewRequest(row.method, "/object/agent/a/join", strings.NewReader(row.body))
		if row.upgrade {
			request.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}
		}
		r := httptest.NewRecorder()
		edge.ServeHTTP(r, request)
		var want []int
		for n := range row.asked {
			want = append(want, n)
		}
		if !slices.Equal(hops, want) || r.Code != row.status || r.Body.String() != "as ever" || fmt.Sprint(r.Header()["X-Durabench-Moved"]) != fmt.Sprint(row.header["X-Durabench-Moved"]) {
			t.Errorf("%s: asked with %v hops, want %v; answered %d %v %q", row.story, hops, want, r.Code, r.Header(), r.Body)
		}
	}
}
