package live_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/live"
)

// relay asks an object in western Europe for its name.
type relay struct{}

func (relay) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	if r.Path == "/name" {
		return &object.Response{Status: http.StatusOK, Body: []byte(s.Identity().Name)}, nil
	}
	space, _ := s.Namespace("relay")
	return s.Stub(space.Named("far"), "weur").Call(&object.Request{Method: http.MethodGet, Path: "/name"})
}

func TestCallsBetweenHomesTakeTheDistance(t *testing.T) {
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	world, err := live.Start(t.Context(), live.Config{
		Map: m, Homes: []regions.ID{"LHR", "IAD"}, Edges: []regions.ID{"IAD"}, Directory: "LHR",
		Place: placement.Fixed{Home: "IAD"}, Seed: 1, Cores: 1, Storage: inMemory{memory.NewServer(8)},
		Classes: []object.Class{{Name: "relay", New: func(object.State) (object.Object, error) { return relay{}, nil }}},
		Clock:   refimpl.SystemClock(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := world.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	near, far := m.RTT("IAD", "IAD").RTT, m.RTT("IAD", "LHR").RTT
	client := &http.Client{}
	defer client.CloseIdleConnections()
	for _, least := range []time.Duration{near + 3*far, near + far, near + far} { // first a trunk is made: two round trips more
		began := time.Now()
		answer, err := client.Get(world.Edges()[0].URL + "/object/relay/near/ask")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if took := time.Since(began); string(body) != "far" || err != nil || took < least {
			t.Errorf("%d %q after %v, want \"far\" and no sooner than %v", answer.StatusCode, body, took, least)
		}
	}
}
