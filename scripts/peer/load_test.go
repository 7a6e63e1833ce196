package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestOwnLoadAsksForEveryObjectAndCountsBadAnswers(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		id := r.URL.Query().Get("id")
		asked[id]++
		if id == "o-2" {
			w.WriteHeader(http.StatusTeapot)
		}
		fmt.Fprint(w, `{"count":1}`)
	}))
	defer srv.Close()

	s, err := ownLoad{}.drive(t.Context(), srv.Listener.Addr().String(), target{"/counter/increment", "o", 4}, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, id := range []string{"o-1", "o-2", "o-3", "o-4"} {
		if asked[id] == 0 {
			t.Errorf("%s was never asked for: %v", id, asked)
		}
	}
	if s.Errors != asked["o-2"] || s.Done != asked["o-1"]+asked["o-3"]+asked["o-4"] {
		t.Errorf("sample %+v does not agree with what was asked: %v", s, asked)
	}
	if s.P50 <= 0 || s.P99 < s.P50 {
		t.Errorf("p50 %v, p99 %v", s.P50, s.P99)
	}
}

func TestOwnLoadRefusesAnEmptyMeasurement(t *testing.T) {
	srv := httptest.NewServer(nil)
	addr := srv.Listener.Addr().String()
	srv.Close() // nobody listens there now
	if _, err := (ownLoad{}).drive(t.Context(), addr, target{"/x", "o", 1}, time.Second); err == nil {
		t.Error("a load that reached nobody reported a rate")
	}
}

// room is a chat room that repeats each frame to everyone as a message of its sender, and closes when
// it has repeated as many as it should.
type room struct {
	mu      sync.Mutex
	joined  []*websocket.Conn
	frames  int
	last    int    // close after this many frames; 0: never
	message string // format with the sender's name
}

func (r *room) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	conn, err := r.join(w, req)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
		r.repeat(fmt.Appendf(nil, r.message, req.URL.Query().Get("userId")))
	}
}

// join lets nobody speak between a member's hearing that it has joined and its joining.
func (r *room) join(w http.ResponseWriter, req *http.Request) (*websocket.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	up := websocket.Upgrader{}
	conn, err := up.Upgrade(w, req, nil)
	if err == nil {
		r.joined = append(r.joined, conn)
	}
	return conn, err
}

func (r *room) repeat(frame []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.frames == r.last && r.last > 0 {
		return
	}
	r.frames++
	for _, c := range r.joined {
		_ = c.WriteMessage(websocket.TextMessage, frame)
		if r.frames == r.last {
			_ = c.WriteMessage(websocket.CloseMessage, nil)
		}
	}
}

func TestMembersCountWhatTheyHear(t *testing.T) {
	const window = 2
	for _, tt := range []struct {
		story, message string
		last           int
		messages       bool
	}{
		{"each echo calls for the next message", `{"type":"message","message":{"id":"1","userId":%q,"text":"x"}}`, 100, true},
		{"an error is no delivery and calls for nothing: the first window is all that is sent", `{"type":"error","error":"for %s"}`, senders * window, false},
		{"of long frames the head is enough, and the rest is skipped", `{"type":"message","message":{"userId":%q,"text":"` + strings.Repeat("x", 2*frameBytes) + `"}}`, 100, true},
	} {
		t.Run(tt.story, func(t *testing.T) {
			r := &room{message: tt.message, last: tt.last}
			srv := httptest.NewServer(r)
			defer srv.Close()
			joined, err := join(t.Context(), srv.Listener.Addr().String(), "r")
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for _, m := range joined {
				all.Go(func() { _ = m.listen(window) })
			}
			all.Wait() // the room closes after its last frame
			// A sender whose next message finds the room closed stops listening, so only the others
			// are sure to hear everything.
			messages, other := heard(joined[senders:])
			if !tt.messages {
				messages, other = other, messages
			}
			if want := tt.last * (members - senders); messages != want || other != 0 {
				t.Errorf("heard %d of that kind and %d of another, want %d and none", messages, other, want)
			}
			for _, m := range joined {
				m.conn.Close()
			}
		})
	}
}

func TestChatFailsWhenAMemberIsCutOff(t *testing.T) {
	srv := httptest.NewServer(&room{message: `{"type":"message","message":{"userId":%q}}`, last: 1})
	defer srv.Close()
	_, err := driveChat(t.Context(), srv.Listener.Addr().String(), chatLoad{Room: "r", Window: 1, Each: time.Hour, used: func() time.Duration { return 0 }})
	if got := errText(err); !strings.Contains(got, "listen in the room") {
		t.Errorf("a room that closes ends with %q", got)
	}
}

func TestChatEndsWhenTold(t *testing.T) {
	srv := httptest.NewServer(&room{message: `{"type":"message","message":{"userId":%q}}`})
	defer srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := driveChat(ctx, srv.Listener.Addr().String(), chatLoad{Room: "r", Window: 1, Each: time.Hour, used: func() time.Duration { return 0 }}); !errors.Is(err, context.Canceled) {
		t.Errorf("told to end, it says %v", err)
	}
}

func TestCountRefusesWhatIsNoCounter(t *testing.T) {
	for body, want := range map[string]string{
		`{"count":7}`:  "",
		`{"value":7}`:  "has no count",
		`not found`:    "read a counter",
		`{"count":"7"`: "read a counter",
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
		sys := system{Name: "x", addr: srv.Listener.Addr().String()}
		n, err := sys.count(t.Context(), "a")
		srv.Close()
		if want == "" && (err != nil || n != 7) || !strings.Contains(errText(err), want) {
			t.Errorf("count of %s = %d, %v; want %q", body, n, err, want)
		}
	}
}

func TestReadHeapAddsHeapAndStacks(t *testing.T) {
	text := "heap profile: 1: 2\n# Alloc = 7\n# Stack = 100 / 200\n# HeapInuse = 1000\n# HeapIdle = 5\n"
	if got := readHeap(text); got != 1100 {
		t.Errorf("heap and stacks of %q: %v, want 1100", text, got)
	}
}

func TestParseStatReadsBehindTheName(t *testing.T) {
	pid, parent, used, ok := parseStat("42 (a b) c) S 7 42 42 0 -1 4194304 1 2 3 4 150 50 0 0 20 0 1 0 5 6 7")
	if pid != 42 || parent != 7 || used != 2*time.Second || !ok {
		t.Errorf("got %d, %d, %v, %v; want 42, 7, 2s, true", pid, parent, used, ok)
	}
	if _, _, _, ok := parseStat("42 (x) S 7"); ok {
		t.Error("a line cut short was taken")
	}
}
