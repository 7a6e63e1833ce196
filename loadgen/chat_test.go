package loadgen_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/durabench/durabench/loadgen"
)

// club is a chat room that may lose, double or hang up.
type club struct {
	mu      sync.Mutex
	sockets []*websocket.Conn
	users   []string
	taken   int
	hangUp  int // after so many texts it drops its first socket; 0 is never
	code    int // that it drops it with; 0 is none
	mute    bool
	history []string // what it gives to who joins
	full    bool     // who was dropped is not let in again
}

func (c *club) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "closed") {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	if c.refuses() {
		http.Error(w, "full", http.StatusServiceUnavailable)
		return
	}
	header := http.Header{"X-Durabench-Home": {"weur"}, "Server-Timing": {"wan;dur=0.001"}}
	c.mu.Lock() // whoever sees the reply is a member already
	socket, err := (&websocket.Upgrader{}).Upgrade(w, r, header)
	if err != nil {
		c.mu.Unlock()
		return
	}
	c.sockets, c.users = append(c.sockets, socket), append(c.users, r.URL.Query().Get("userId"))
	history := append([]string{`{"id":"0","userId":"u","text":"old","timestamp":1}`}, c.history...)
	socket.WriteMessage(websocket.TextMessage, []byte(`{"type":"history","messages":[`+strings.Join(history, ",")+`]}`))
	c.mu.Unlock()
	defer socket.Close()
	for {
		_, frame, err := socket.ReadMessage()
		if err != nil {
			return
		}
		c.take(r.URL.Query().Get("userId"), frame)
	}
}

func (c *club) take(user string, frame []byte) {
	var in struct{ Type, Text string }
	if json.Unmarshal(frame, &in) != nil || in.Type != "chat" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken++
	if c.mute {
		return
	}
	message := map[string]any{"id": fmt.Sprint("id", c.taken), "userId": user, "text": in.Text, "timestamp": c.taken}
	kept, _ := json.Marshal(message)
	c.history = append(c.history, string(kept))
	out, _ := json.Marshal(map[string]any{"type": "message", "message": message})
	for n, socket := range c.sockets {
		if c.taken == c.hangUp && n == 0 {
			if c.code > 0 {
				socket.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(c.code, "away with you"))
			}
			socket.Close() // before the text that it hangs up at
		}
		socket.WriteMessage(websocket.TextMessage, out)
	}
}

func (c *club) refuses() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.full && c.hangUp > 0 && c.taken >= c.hangUp
}

// talkers is a source of texts by two of the members.
type talkers struct{ members []loadgen.Member }

func (t talkers) Class() string { return "chat" }
func (t talkers) Clients() int  { return len(t.members) }
func (t talkers) Next(seq uint64, _ *rand.Rand) loadgen.Ask {
	m := t.members[seq%2]
	return loadgen.Ask{Client: m.Client, Object: m.Object, Operation: loadgen.Operation{Kind: loadgen.Send, Text: fmt.Sprintf("text \"%d\" é", seq)}}
}

func (t talkers) Decode(loadgen.Kind, int, []byte) (loadgen.Reply, error) {
	return loadgen.Reply{}, nil
}

func chat(t *testing.T, ctx context.Context, members, texts int, c *club, load loadgen.Chat) ([]loadgen.Observation, loadgen.Load, error) {
	t.Helper()
	server := httptest.NewServer(c)
	defer server.Close()
	var seen gathered
	for client := range members {
		load.Members = append(load.Members, loadgen.Member{Client: client, Object: "room", Path: fmt.Sprintf("/room/room/ws?userId=u%d", client)})
	}
	load.Source, load.Record = talkers{load.Members}, seen.record
	load.Edges = []loadgen.Edge{{ID: "near", URL: server.URL, Weight: 1}, {ID: "far", URL: server.URL, Weight: 1}}
	load.Schedule, load.For = first(texts)
	got, err := load.Run(ctx, time.Now())
	slices.SortFunc(seen.all, func(a, b loadgen.Observation) int {
		return cmp.Or(cmp.Compare(a.Done, b.Done), cmp.Compare(a.Seq, b.Seq))
	})
	return seen.all, got, err
}

// of picks the observations of a kind.
func of(all []loadgen.Observation, kind loadgen.Kind) []loadgen.Observation {
	return slices.DeleteFunc(slices.Clone(all), func(o loadgen.Observation) bool { return o.Operation.Kind != kind })
}

func TestChatRecordsEveryDelivery(t *testing.T) {
	defer goleak.VerifyNone(t)
	all, got, err := chat(t, t.Context(), 5, 40, new(club), loadgen.Chat{FirstSeq: 100})
	if err != nil {
		t.Fatal(err)
	}
	joins, sends, delivers, leaves := of(all, loadgen.Join), of(all, loadgen.Send), of(all, loadgen.Deliver), of(all, loadgen.Leave)
	if len(joins) != 5 || len(sends) != 40 || len(delivers) != 200 || len(leaves) != 5 || len(all) != 250 {
		t.Fatalf("%d joins, %d sends, %d deliveries, %d leaves", len(joins), len(sends), len(delivers), len(leaves))
	}
	if got.Asked != 40 || got.Lost != 0 || len(got.Warnings()) > 1 {
		t.Errorf("got %+v, warnings %q", got, got.Warnings())
	}
	seqs, sent := make(map[uint64]bool), make(map[string]loadgen.Observation)
	for _, o := range all {
		if o.Outcome != loadgen.OK || o.Seq < 100 || seqs[o.Seq] || o.Server.Home != "weur" || o.Object != "room" {
			t.Fatalf("got %+v", o)
		}
		seqs[o.Seq] = true
	}
	for _, o := range joins {
		if o.Reply.Status != 101 || o.Budget.Whole() != o.Latency() {
			t.Errorf("joined with status %d, budget %v of %s", o.Reply.Status, o.Budget, o.Latency())
		}
	}
	for _, o := range sends {
		sent[o.Operation.Text] = o
	}
	for _, o := range delivers {
		send := sent[o.Operation.Text]
		if o.Operation.Sender != send.Client || o.Sent != send.Sent || o.Scheduled != send.Scheduled || o.Reply.Text != send.Reply.Text || o.Reply.Text == "" {
			t.Fatalf("delivery %+v of send %+v", o, send)
		}
		if o.Client == send.Client && o.Done != send.Done {
			t.Errorf("the echo came at %s, the send was done at %s", o.Done, send.Done)
		}
	}
}

func TestChatTellsLostConnections(t *testing.T) {
	for _, row := range []struct {
		story string
		room  *club
		back  bool
	}{
		{"the object moves", &club{code: websocket.CloseServiceRestart}, true},
		{"nobody says why", &club{}, true},
		{"it is shown the door", &club{code: websocket.ClosePolicyViolation}, false},
		{"it does not get in again", &club{code: websocket.CloseServiceRestart, full: true}, false},
	} {
		t.Run(row.story, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			row.room.hangUp = 10
			all, got, err := chat(t, t.Context(), 4, 20, row.room, loadgen.Chat{Drain: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			lost := slices.DeleteFunc(of(all, loadgen.Leave), func(o loadgen.Observation) bool { return o.Outcome == loadgen.OK })
			if len(lost) != 1 || lost[0].Reply.Error == "" || got.Lost != map[bool]int{false: 1}[row.back] {
				t.Errorf("%d lost connections told, %+v", len(lost), got)
			}
			if sends := of(all, loadgen.Send); len(sends) != 20 {
				t.Errorf("%d sends told of 20", len(sends))
			}
			resumed := of(all, loadgen.Resume)
			if !row.back {
				if len(resumed) != 0 || len(of(all, loadgen.Leave)) != 4 {
					t.Errorf("it came back: %+v", resumed)
				}
				return
			}
			if len(resumed) != 1 || !resumed[0].Reply.Allowed || resumed[0].Operation.Text == "" {
				t.Fatalf("it came back with %+v", resumed)
			}
			heard := make(map[string]int)
			for _, o := range of(all, loadgen.Deliver) {
				if o.Client == resumed[0].Client {
					heard[o.Operation.Text]++
				}
			}
			for _, o := range of(all, loadgen.Send) {
				if taken := o.Outcome == loadgen.OK; taken && heard[o.Operation.Text] != 1 {
					t.Errorf("it received %q %d times", o.Operation.Text, heard[o.Operation.Text])
				}
			}
		})
	}
}

func TestChatWithoutEchoIsUnknown(t *testing.T) {
	defer goleak.VerifyNone(t)
	all, _, err := chat(t, t.Context(), 2, 3, &club{mute: true}, loadgen.Chat{Drain: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range of(all, loadgen.Send) {
		if o.Outcome != loadgen.Unknown || o.Reply.Error != "its echo never came" || o.Done < o.Sent {
			t.Errorf("got %+v", o)
		}
	}
	if n := len(of(all, loadgen.Send)); n != 3 {
		t.Errorf("%d sends told of 3", n)
	}
}

func TestChatEndsWithItsContext(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(new(club))
	defer server.Close()
	members := []loadgen.Member{{Client: 0, Object: "room", Path: "/ws"}, {Client: 1, Object: "room", Path: "/ws"}}
	var seen gathered
	got, err := loadgen.Chat{
		Source: talkers{members}, Members: members,
		Edges:    []loadgen.Edge{{ID: "e", URL: server.URL, Weight: 1}},
		Schedule: func(seq uint64) time.Duration { return time.Duration(seq) * time.Hour },
		Record: func(o loadgen.Observation) {
			seen.record(o)
			if o.Operation.Kind == loadgen.Send {
				cancel() // Ctrl-C, while the next text is an hour away
			}
		},
	}.Run(ctx, time.Now())
	if err != nil || !got.Cancelled || len(of(seen.all, loadgen.Leave)) != 2 || len(of(seen.all, loadgen.Deliver)) != 2 {
		t.Errorf("got %+v, %v, %d observations", got, err, len(seen.all))
	}
}

func TestChatWithNobodyIsAnError(t *testing.T) {
	defer goleak.VerifyNone(t)
	server := httptest.NewServer(new(club))
	defer server.Close()
	var seen gathered
	members := []loadgen.Member{{Client: 0, Object: "room", Path: "/closed"}}
	_, err := loadgen.Chat{
		Source: talkers{members}, Members: members, Edges: []loadgen.Edge{{ID: "e", URL: server.URL, Weight: 1}}, Record: seen.record,
	}.Run(t.Context(), time.Now())
	if err == nil || !strings.Contains(err.Error(), "join room at e") {
		t.Errorf("got %v", err)
	}
	if len(seen.all) != 1 || seen.all[0].Outcome != loadgen.Failed || seen.all[0].Reply.Status != 503 {
		t.Errorf("got %+v", seen.all)
	}
}
