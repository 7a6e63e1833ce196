package main

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/classes/probe"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/refimpl/text"
	"github.com/durabench/durabench/regions"
)

// ours is durabench in this process, on the memory store.
type ours struct{ server *httptest.Server }

func (o ours) Address() string             { return o.server.Listener.Addr().String() }
func (ours) Restart(context.Context) error { panic("scenarios that restart are not played here") }

// newOurs serves the classes, and of documents the one that is given.
func newOurs(t *testing.T, document object.Class) ours {
	t.Helper()
	const home = regions.ID("LHR")
	places, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	lifetime, err := time.ParseDuration(ttl)
	if err != nil {
		t.Fatal(err)
	}
	all := []object.Class{
		probe.Class(), classes.Counter(), classes.Chat(), classes.Limiter(classes.Limit{Tokens: 5, Refill: time.Hour}),
		classes.Account(classes.DefaultBank(), classes.Batched), classes.Session(lifetime), document,
	}
	server := memory.NewServer(8)
	spaces := refimpl.NewNamespaces("test", all)
	node, err := refimpl.StartNode(t.Context(), refimpl.NodeConfig{
		Name: "test", Region: home, Store: memory.New(server), Classes: all, Namespaces: spaces, Cores: 1,
		Clock: refimpl.SystemClock(), Seed: 1, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: spaces, Directory: memory.NewDirectory(server), Map: places, Clock: refimpl.SystemClock(),
		Homes: map[regions.ID]refimpl.Home{home: node},
		Place: func(refimpl.Ask) (regions.ID, error) { return home, nil },
	})
	node.Reach(edge)
	web := httptest.NewServer(edge)
	t.Cleanup(func() {
		web.Close()
		if err := node.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return ours{web}
}

// quick says whether a scenario waits for nothing that takes its time: idle seconds, or an alarm's retry.
func quick(s scenario) bool {
	for _, step := range s.Steps {
		if strings.Contains(step.Text, "onAlarm") && (strings.Contains(step.Text, "throw") || strings.Contains(step.Text, "abort") || strings.Contains(step.Text, "block")) {
			return false
		}
	}
	return s.lasts() < time.Second && !s.restarts()
}

// What workerd answered once, durabench answers here, wherever they are meant to agree.
func TestAnswersAreThoseThatWorkerdGave(t *testing.T) {
	recorded, err := os.ReadFile("testdata/workerd.txt")
	if err != nil {
		t.Fatal(err)
	}
	record, err := readRecord(recorded)
	if err != nil {
		t.Fatal(err)
	}
	all, err := written()
	if err != nil {
		t.Fatal(err)
	}
	here, played := newOurs(t, classes.Document()), 0
	for _, s := range all {
		if !quick(s) || s.expected() != equal {
			continue
		}
		played++
		o := outcome{scenario: s, theirs: record[s.Name], ours: play(t.Context(), s, here, "test")}
		if v := o.verdict(); v != equal {
			var shown strings.Builder
			o.show(&shown)
			t.Error(shown.String())
		}
	}
	if played < 300 {
		t.Errorf("only %d scenarios were played", played)
	}
}

// Writers who edit together find the document that does not bring crossing edits behind each other.
func TestWritersFindADocumentThatDoesNotRebase(t *testing.T) {
	all, err := parseScenarios("planted", []byte("== planted §1 A story.\nwrite /doc/{d} ann,bob,cid 20\n"))
	if err != nil {
		t.Fatal(err)
	}
	right := newOurs(t, classes.Document())
	wrong := newOurs(t, classes.DocumentBy(func(_, edits []text.Edit) []text.Edit { return edits }))
	if got := play(t.Context(), all[0], right, "test")[0]; !strings.HasSuffix(got, "\tversion 60, one text") {
		t.Errorf("a document as it should be: %s", got)
	}
	if got := play(t.Context(), all[0], wrong, "test")[0]; !strings.Contains(got, "\tfailed: ") {
		t.Errorf("a document that orders edits as they are: %s", got)
	}
}
