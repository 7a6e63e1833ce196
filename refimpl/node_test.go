package refimpl_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/durabench/durabench/refimpl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
