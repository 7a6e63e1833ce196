package loadgen_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/durabench/durabench/loadgen"
)

// wants is a source that asks the same of one object again and again.
type wants struct {
	kind loadgen.Kind
	path string
}

func (w wants) Class() string { return "test" }
func (w wants) Clients() int  { return 4 }
func (w wants) Next(seq uint64, random *rand.Rand) loadgen.Ask {
	path := cmp.Or(w.path, "/n")
	return loadgen.Ask{
		Client: random.IntN(4), Object: "x", Operation: loadgen.Operation{Kind: w.kind},
		Method: http.MethodPost, Path: path, Header: []loadgen.Field{{Name: "X-Api-Key", Value: strconv.FormatUint(seq, 10)}},
	}
}

func (w wants) Decode(_ loadgen.Kind, _ int, body []byte) (loadgen.Reply, error) {
	if len(body) == 0 {
		return loadgen.Reply{}, errors.New("the reply is empty")
	}
	value, err := strconv.ParseInt(string(body), 10, 64)
	return loadgen.Reply{Value: value}, err
}

// gathered collects observations.
type gathered struct {
	mu  sync.Mutex
	all []loadgen.Observation
}

func (g *gathered) record(o loadgen.Observation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all = append(g.all, o)
}

// first is a schedule under which n operations are due at once.
func first(n int) (loadgen.Schedule, time.Duration) {
	return func(seq uint64) time.Duration {
		if seq >= uint64(n) {
			return time.Hour
		}
		return 0
	}, time.Minute
}

// load sends n operations of a kind to a handler and returns what was seen.
func load(t *testing.T, n int, kind loadgen.Kind, h loadgen.HTTP, handler http.HandlerFunc) ([]loadgen.Observation, loadgen.Load) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	var seen gathered
	h.Source, h.Record = wants{kind: kind}, seen.record
	h.Edges = []loadgen.Edge{{ID: "near", URL: server.URL, Weight: 1}, {ID: "far", URL: server.URL, Weight: 1}}
	h.Schedule, h.For = first(n)
	got, err := h.Run(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(seen.all) != n {
		t.Fatalf("%d observations of %d operations", len(seen.all), n)
	}
	slices.SortFunc(seen.all, func(a, b loadgen.Observation) int { return cmp.Compare(a.Seq, b.Seq) })
	return seen.all, got
}

func TestHTTPObservesEachOperationOnce(t *testing.T) {
	defer goleak.VerifyNone(t)
	var count atomic.Int64
	all, got := load(t, 200, loadgen.Increment, loadgen.HTTP{FirstSeq: 1000}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Durabench-Op") != "" || r.Header.Get("X-Api-Key") == "" {
			t.Errorf("header %v: the generator's own is sent, or the workload's is not", r.Header)
		}
		w.Header().Add("Server-Timing", "wan;dur=0.002, turn;dur=0.001;desc=x")
		w.Header().Add("Server-Timing", "commit;dur=0.003, wait;dur=99, cpu;dur=5")
		w.Header().Set("X-Durabench-Home", "weur")
		w.Header().Set("X-Durabench-Node", "n1")
		w.Header().Set("X-Durabench-Epoch", "7")
		fmt.Fprint(w, count.Add(1))
	})
	values := make(map[int64]bool)
	edges := make(map[string]bool)
	for i, o := range all {
		if o.Seq != uint64(1000+i) || o.Outcome != loadgen.OK || o.Reply.Status != 200 || o.Class != "test" || o.Object != "x" {
			t.Fatalf("observation %d is %+v", i, o)
		}
		if o.Server != (loadgen.Server{Home: "weur", Node: "n1", Epoch: 7}) {
			t.Fatalf("served by %+v", o.Server)
		}
		if o.Sent < o.Scheduled || o.Done < o.Sent {
			t.Fatalf("scheduled %s, sent %s, done %s", o.Scheduled, o.Sent, o.Done)
		}
		if o.Budget.Whole() != o.Latency() || o.Budget[loadgen.WAN] != 2*time.Microsecond ||
			o.Budget[loadgen.Commit] != 3*time.Microsecond || o.Budget[loadgen.Wait] != o.Sent-o.Scheduled {
			t.Fatalf("budget %v of latency %s", o.Budget, o.Latency())
		}
		values[o.Reply.Value], edges[string(o.Edge)] = true, true
	}
	if len(values) != 200 || len(edges) != 2 || got.Asked != 200 || got.Cancelled {
		t.Errorf("%d values, %d edges, %+v", len(values), len(edges), got)
	}
}

func TestHTTPOutcomes(t *testing.T) {
	defer goleak.VerifyNone(t)
	rows := []struct {
		story   string
		status  int
		mark    string
		body    string
		written loadgen.Outcome // of a write
		read    loadgen.Outcome
	}{
		{"a good reply", 200, "", "5", loadgen.OK, loadgen.OK},
		{"a refusal is a reply", 429, "", "0", loadgen.OK, loadgen.OK},
		{"overloaded: it never ran", 503, "overloaded", "", loadgen.Failed, loadgen.Failed},
		{"retryable: it never ran", 503, "retryable", "", loadgen.Failed, loadgen.Failed},
		{"unavailable, who knows since when", 503, "", "", loadgen.Unknown, loadgen.Failed},
		{"the target does not know either", 500, "unknown-outcome", "", loadgen.Unknown, loadgen.Failed},
		{"a gateway lost it", 502, "", "", loadgen.Unknown, loadgen.Failed},
		{"a gateway's time-out", 504, "", "", loadgen.Unknown, loadgen.Failed},
		{"a redirect is not followed", 302, "", "", loadgen.Unknown, loadgen.Failed},
		{"a good status with nonsense", 200, "", "hello", loadgen.Unknown, loadgen.Failed},
	}
	for _, row := range rows {
		for kind, want := range map[loadgen.Kind]loadgen.Outcome{loadgen.Increment: row.written, loadgen.Read: row.read} {
			all, _ := load(t, 1, kind, loadgen.HTTP{}, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				if row.mark != "" {
					w.Header().Set("X-Durabench-Error", row.mark)
				}
				w.WriteHeader(row.status)
				fmt.Fprint(w, row.body)
			})
			o := all[0]
			if o.Outcome != want || o.Reply.Status != row.status || (o.Reply.Error == "") != (want == loadgen.OK) {
				t.Errorf("%s, %s: got %s, %+v, want %s", row.story, kind, o.Outcome, o.Reply, want)
			}
			if o.Budget != (loadgen.Budget{}) {
				t.Errorf("%s: a target that tells no times has budget %v", row.story, o.Budget)
			}
		}
	}
}

func TestHTTPLostReplies(t *testing.T) {
	defer goleak.VerifyNone(t)
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}
	all, _ := load(t, 3, loadgen.Increment, loadgen.HTTP{}, hangUp)
	for _, o := range all {
		if o.Outcome != loadgen.Unknown {
			t.Errorf("a write whose connection broke is %s: %s", o.Outcome, o.Reply.Error)
		}
	}
	release := make(chan struct{})
	defer close(release)
	hang := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	all, _ = load(t, 1, loadgen.Increment, loadgen.HTTP{Timeout: time.Millisecond}, hang)
	// The time-out may strike while the connection is being made: then it is certain.
	if o := all[0]; o.Outcome == loadgen.OK || !strings.Contains(o.Reply.Error, "no reply within 1ms") {
		t.Errorf("a write that timed out is %s: %s", o.Outcome, o.Reply.Error)
	}
	refuse := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("connection refused")
	}}
	all, _ = load(t, 1, loadgen.Increment, loadgen.HTTP{Transport: refuse}, hang)
	if o := all[0]; o.Outcome != loadgen.Failed || !strings.Contains(o.Reply.Error, "connection refused") {
		t.Errorf("a write that found no connection is %s: %s", o.Outcome, o.Reply.Error)
	}
}

// With one worker, operations due at once wait for each other, and their latency
// counts from when they should have been sent.
func TestHTTPCountsTheWaitForAWorker(t *testing.T) {
	defer goleak.VerifyNone(t)
	all, got := load(t, 5, loadgen.Increment, loadgen.HTTP{Workers: 1}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server-Timing", "turn;dur=0")
		fmt.Fprint(w, 1)
	})
	for i, o := range all[1:] {
		if before := all[i]; o.Sent < before.Done || o.Budget[loadgen.Wait] != o.Sent-o.Scheduled || o.Scheduled != before.Scheduled {
			t.Errorf("operation %d, due with the first, sent %s, waited %s; the one before was done %s",
				o.Seq, o.Sent, o.Budget[loadgen.Wait], before.Done)
		}
	}
	if got.Capped != 5 || got.Longest < all[3].Done-all[0].Scheduled {
		t.Errorf("got %+v, want the cap reached five times, and the longest wait", got)
	}
}

func TestLoadWarnings(t *testing.T) {
	rows := []struct {
		story string
		load  loadgen.Load
		want  []string
	}{
		{"all well", loadgen.Load{Asked: 1000, Late: 10}, nil},
		{"behind", loadgen.Load{Asked: 1000, Late: 11, Longest: 80 * time.Millisecond}, []string{"1.1 % of operations were sent more than 10ms late (the latest 80ms)"}},
		{"at the cap", loadgen.Load{Asked: 1000, Capped: 3, Workers: 64}, []string{"cap of 64 operations under way was reached 3 times"}},
		{"members gone", loadgen.Load{Asked: 1, Lost: 2}, []string{"2 members did not join"}},
		{"nothing", loadgen.Load{}, []string{"no operation was sent"}},
	}
	for _, row := range rows {
		got := row.load.Warnings()
		if len(got) != len(row.want) || len(got) > 0 && !strings.Contains(got[0], row.want[0]) {
			t.Errorf("%s: got %q, want %q", row.story, got, row.want)
		}
	}
}

func TestHTTPEndsWithItsContext(t *testing.T) {
	defer goleak.VerifyNone(t)
	for kind, want := range map[loadgen.Kind]loadgen.Outcome{loadgen.Increment: loadgen.Unknown, loadgen.Read: loadgen.Failed} {
		ctx, cancel := context.WithCancel(t.Context())
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			cancel() // Ctrl-C, while the operation is under way
			<-r.Context().Done()
		}))
		var seen gathered
		schedule, _ := first(1)
		got, err := loadgen.HTTP{
			Source: wants{kind: kind}, Edges: []loadgen.Edge{{ID: "e", URL: server.URL, Weight: 1}},
			Schedule: schedule, Drain: time.Millisecond, Record: seen.record,
		}.Run(ctx, time.Now())
		server.Close()
		if err != nil || len(seen.all) != 1 || !got.Cancelled {
			t.Fatalf("%s: %d observations, %+v, %v", kind, len(seen.all), got, err)
		}
		if o := seen.all[0]; o.Outcome != want || !strings.Contains(o.Reply.Error, "the run ended") {
			t.Errorf("%s under way at the end is %s: %s, want %s", kind, o.Outcome, o.Reply.Error, want)
		}
	}
}

func TestHTTPRefusesBadEdges(t *testing.T) {
	for want, edges := range map[string][]loadgen.Edge{
		"no edge given":  nil,
		"want http://":   {{ID: "e", URL: "localhost:80", Weight: 1}},
		"edge e":         {{ID: "e", URL: "ftp://x", Weight: 1}},
		"weight 0":       {{ID: "e", URL: "http://x", Weight: 0}},
		"invalid port":   {{ID: "e", URL: "http://x:y", Weight: 1}},
		"more than zero": {{ID: "e", URL: "http://x", Weight: -1}},
	} {
		_, err := loadgen.HTTP{Source: wants{}, Edges: edges}.Run(t.Context(), time.Now())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q in it", edges, err, want)
		}
	}
}

func TestHTTPDoesNotBelieveImpossibleTimes(t *testing.T) {
	all, _ := load(t, 1, loadgen.Increment, loadgen.HTTP{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server-Timing", "turn;dur=3600000")
		fmt.Fprint(w, 1)
	})
	if all[0].Budget != (loadgen.Budget{}) {
		t.Errorf("a turn of an hour in %s: budget %v", all[0].Latency(), all[0].Budget)
	}
}
