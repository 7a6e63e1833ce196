package loadgen_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/text"
)

func (l *library) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	socket, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		l.mu.Unlock()
		return
	}
	defer socket.Close()
	l.sockets = append(l.sockets, socket)
	socket.WriteMessage(websocket.TextMessage, []byte(l.shown()))
	l.mu.Unlock()
	for {
		_, frame, err := socket.ReadMessage()
		if err != nil {
			return
		}
		l.mu.Lock()
		toAll, back := l.take(frame)
		for _, each := range l.sockets {
			for _, frame := range toAll {
				each.WriteMessage(websocket.TextMessage, []byte(frame))
			}
		}
		for _, frame := range back {
			socket.WriteMessage(websocket.TextMessage, []byte(frame))
		}
		l.mu.Unlock()
	}
}

// writers is a source of edits, with a look among them.
type writers struct{ talkers }

func (w writers) Class() string { return loadgen.DocumentClass }

func (w writers) Next(seq uint64, r *rand.Rand) loadgen.Ask {
	ask := w.talkers.Next(seq, r)
	ask.Operation.Text = fmt.Sprint("e", seq)
	if seq%10 == 9 {
		ask.Operation.Kind = loadgen.Look
	}
	return ask
}

func write(t *testing.T, l *library, edits int) []loadgen.Observation {
	t.Helper()
	server := httptest.NewServer(l)
	defer server.Close()
	var seen gathered
	load := loadgen.Chat{Record: seen.record, Edges: []loadgen.Edge{{ID: "e", URL: server.URL, Weight: 1}}, Drain: time.Second}
	if l.mute {
		load.Drain = 20 * time.Millisecond
	}
	for client := range 3 {
		load.Members = append(load.Members, loadgen.Member{Client: client, Object: "doc", Path: "/doc/doc/ws"})
	}
	load.Source = writers{talkers{load.Members}}
	load.Schedule, load.For = first(edits)
	if _, err := load.Run(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	return seen.all
}

func TestMembersWriteOneDocument(t *testing.T) {
	defer goleak.VerifyNone(t)
	l := &library{}
	all := write(t, l, 60)
	sums := map[int64]string{}
	for _, o := range all {
		kind := o.Operation.Kind
		if o.Outcome != loadgen.OK {
			t.Fatalf("got %+v", o)
		}
		if kind != loadgen.Deliver && kind != loadgen.Look && kind != loadgen.Send {
			continue
		}
		if known := sums[o.Reply.Value]; known != "" && known != o.Reply.Text {
			t.Fatalf("version %d is two texts: %+v", o.Reply.Value, o)
		}
		sums[o.Reply.Value] = o.Reply.Text
	}
	// Six looks, and the text that came to each of three who joined.
	if s, d, k := len(of(all, loadgen.Send)), len(of(all, loadgen.Deliver)), len(of(all, loadgen.Look)); s != 54 || d != 3*54 || k != 6+3 {
		t.Errorf("%d edits, %d deliveries, %d looks", s, d, k)
	}
	if sums[54] != text.Sum(l.text) || !strings.Contains(l.text, "e") {
		t.Errorf("at the end members have %s, the object %q", sums[54], l.text)
	}
}

func TestRefusedEditsFailAndTheRestGoesOn(t *testing.T) {
	defer goleak.VerifyNone(t)
	all := write(t, &library{refuse: 1}, 8)
	failed := 0
	for _, o := range of(all, loadgen.Send) {
		if o.Outcome == loadgen.Failed && o.Reply.Error == "not today" {
			failed++
		}
	}
	if failed != 1 || len(of(all, loadgen.Send)) != 8 {
		t.Errorf("%d of %d edits failed", failed, len(of(all, loadgen.Send)))
	}
}

func TestUnansweredEditsAreUnknown(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, o := range write(t, &library{mute: true}, 10) {
		kind := o.Operation.Kind
		if (kind == loadgen.Send || kind == loadgen.Look && o.Operation.Text != "") && o.Outcome != loadgen.Unknown {
			t.Errorf("got %+v", o)
		}
	}
}
