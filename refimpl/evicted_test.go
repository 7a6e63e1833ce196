package refimpl_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
)

// BenchmarkEvictedObject touches 100,000 objects once each and tells what they
// leave in the heap when all are evicted: the first time the room of the tables
// that held them, the second time nothing.
func BenchmarkEvictedObject(b *testing.B) {
	const objects = 100_000
	class := &sleepy{}
	all := []object.Class{class.class()}
	node, err := refimpl.StartNode(b.Context(), refimpl.NodeConfig{
		Name: "test", Region: home, Store: memory.New(memory.NewServer(16)), Classes: all,
		Clock: refimpl.SystemClock(), Seed: 1, Log: quiet(), Limits: actor.Config{IdleAfter: 2 * time.Second},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer node.Stop(b.Context())
	space := refimpl.NewNamespaces("test", all)["echo"]
	touch := func(pass string) int {
		before := weigh()
		for i := range objects {
			w := httptest.NewRecorder()
			node.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), refimpl.Target{Object: space.Named(pass + strconv.Itoa(i)), Path: "/"})
			if w.Code != http.StatusOK {
				b.Fatal(w.Code, w.Body)
			}
		}
		for class.alive.Load() > 0 {
			runtime.GC()
		}
		return (weigh().memory - before.memory) / objects
	}
	for b.Loop() {
		b.ReportMetric(float64(touch("first ")), "B/object-first")
		b.ReportMetric(float64(touch("second ")), "B/object-second")
	}
}
