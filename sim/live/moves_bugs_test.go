package live_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/live"
	"github.com/durabench/durabench/sim/plant/moving"
)

// bentStorage has a bug in each home's store.
type bentStorage struct {
	inMemory
	bend func(store.Store) store.Store
}

func (s bentStorage) Store(home regions.ID) store.Store { return s.bend(s.inMemory.Store(home)) }

// teller asks one counter, one request after the other.
type teller struct {
	t       *testing.T
	world   *live.World
	began   time.Time
	history []loadgen.Observation
	within  regions.Jurisdiction // that requests ask for; may be none
}

func (l *teller) increment(edge regions.ID) {
	l.t.Helper()
	var url string
	for _, e := range l.world.Edges() {
		if e.ID == edge {
			url = e.URL
		}
	}
	o := loadgen.Observation{
		Seq: uint64(len(l.history)), Edge: edge, Class: "counter", Object: "a", Operation: loadgen.Operation{Kind: loadgen.Increment},
		Sent: time.Since(l.began), Outcome: loadgen.OK,
	}
	request, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, url+"/counter/increment?id=a", strings.NewReader(""))
	if err != nil {
		l.t.Fatal(err)
	}
	if l.within != "" {
		request.Header.Set(refimpl.JurisdictionHeader, string(l.within))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		l.t.Fatal(err)
	}
	var said struct{ Count int64 }
	err = json.NewDecoder(response.Body).Decode(&said)
	if err := response.Body.Close(); err != nil {
		l.t.Fatal(err)
	}
	if err != nil || response.StatusCode != http.StatusOK {
		l.t.Fatalf("increment at %s: %s, %v", edge, response.Status, err)
	}
	o.Done, o.Reply = time.Since(l.began), loadgen.Reply{Status: response.StatusCode, Value: said.Count}
	o.Server.Home = regions.ID(response.Header.Get("X-Durabench-Home"))
	l.history = append(l.history, o)
}

// moved waits until the object is in its new home.
func (l *teller) moved() {
	l.t.Helper()
	for {
		if moves := l.world.Moves(); len(moves) == 1 && !moves[0].Ended.IsZero() {
			if moves[0].Cause != nil {
				l.t.Fatal(moves[0].Cause)
			}
			return
		}
		select {
		case <-l.t.Context().Done():
			l.t.Fatal("the object does not move")
		case <-time.After(time.Millisecond):
		}
	}
}

// handedOver tells a counter of a strategy that moves it once, after the third request,
// from London to Washington, when both edges believe it in London.
func handedOver(t *testing.T, bug moving.Bug) []loadgen.Observation {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	strategy, err := placement.Parse("majority:3", m, []regions.ID{"LHR", "IAD"})
	if err != nil {
		t.Fatal(err)
	}
	world := worldWith(t, strategy, func(c *live.Config) {
		if bug.Stores != nil {
			c.Storage = bentStorage{c.Storage.(inMemory), bug.Stores()}
		}
		if bug.Tamper != nil {
			c.Tamper = func() refimpl.Tamper { return bug.Tamper() }
		}
	})
	l := &teller{t: t, world: world, began: time.Now()}
	for _, edge := range []regions.ID{"FRA", "IAD", "IAD"} {
		l.increment(edge)
	}
	l.moved()
	for range 3 {
		l.increment("FRA")
		l.increment("IAD")
	}
	http.DefaultClient.CloseIdleConnections()
	return l.history
}

// Each way to get a move wrong is found in a running system, too, and not by luck: one
// request follows the other, and one hand-over is enough.
func TestMovesGoneWrongAreFoundLive(t *testing.T) {
	for _, bug := range append([]moving.Bug{{Name: "none"}}, moving.Bugs()...) {
		if bug.Rule != nil {
			continue // of the law, not of the hand-over
		}
		t.Run(bug.Name, func(t *testing.T) {
			history := handedOver(t, bug)
			laws, err := check.For("counter", check.Params{Least: len(history)})
			if err != nil {
				t.Fatal(err)
			}
			convicted := false
			for _, law := range laws {
				v := law.Check(history)
				convicted = convicted || v.Ruling == check.Violated && len(v.Witness) > 0
				if bug.Name == "none" && v.Ruling != check.OK {
					t.Error(v)
				}
			}
			if convicted != (bug.Name != "none") {
				t.Errorf("convicted: %v", convicted)
				for i := range history {
					t.Log(check.Line(&history[i]), history[i].Server.Home)
				}
			}
		})
	}
}

// An object of a jurisdiction, by its ID or by the world's own law, never leaves it,
// however much the strategy would like it to.
func TestObjectsStayInTheirJurisdictionLive(t *testing.T) {
	for _, test := range []struct {
		story       string
		asks, world regions.Jurisdiction
		wanders     bool
	}{
		{"no law: it follows its users", "", "", true},
		{"the law of its ID", "us", "", false},
		{"the law of the world", "", "us", false},
	} {
		l := &teller{t: t, began: time.Now(), within: test.asks}
		m, err := regions.Load()
		if err != nil {
			t.Fatal(err)
		}
		strategy, err := placement.Parse("follow", m, []regions.ID{"LHR", "IAD"})
		if err != nil {
			t.Fatal(err)
		}
		l.world = worldWith(t, strategy, func(c *live.Config) { c.Within = test.world })
		for range 4 {
			l.increment("IAD")
			l.increment("FRA")
		}
		homes := map[regions.ID]int{}
		for _, o := range l.history {
			homes[o.Server.Home]++
		}
		if wandered := homes["LHR"] > 0 || len(l.world.Moves()) > 0; wandered != test.wanders {
			t.Errorf("%s: served by %v, %d moves", test.story, homes, len(l.world.Moves()))
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
