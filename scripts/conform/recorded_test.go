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
	"github.com/durabench/durabench/regions"
)

// ours is durabench in this process, on the memory store.
type ours struct{ server *httptest.Server }

func (o ours) Address() string             { return o.server.Listener.Addr().String() }
func (ours) Restart(context.Context) error { panic("scenarios that restart are not played here") }

func newOurs(t *testing.T) ours {
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
		classes.Account(classes.DefaultBank(), classes.Batched), classes.Session(lifetime),
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
	text, err := os.ReadFile("testdata/workerd.txt")
	if err != nil {
		t.Fatal(err)
	}
	record, err := readRecord(text)
	if err != nil {
		t.Fatal(err)
	}
	all, err := written()
	if err != nil {
		t.Fatal(err)
	}
	here, played := newOurs(t), 0
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
