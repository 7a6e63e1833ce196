package refimpl_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// What a request for a hot object costs on its node, without HTTP around it.
func BenchmarkHotCounter(b *testing.B) {
	all := []object.Class{classes.Counter()}
	node, err := refimpl.StartNode(b.Context(), refimpl.NodeConfig{
		Name: "bench", Region: home, Store: memory.New(memory.NewServer(16)), Classes: all,
		Clock: refimpl.SystemClock(), Seed: 1, Log: quiet(),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer node.Stop(context.Background())
	to := refimpl.Target{Object: refimpl.NewNamespaces("test", all)["counter"].Named("hot"), Path: "/increment"}
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "/", http.NoBody)
		if err != nil {
			b.Error(err)
		}
		for pb.Next() {
			node.Serve(&answer{header: make(http.Header)}, r, to)
		}
	})
}

// What metrics add to it.
func BenchmarkMeter(b *testing.B) {
	count := refimpl.MeterOneReply()
	for b.Loop() {
		count()
	}
}

// silentHome answers nothing.
type silentHome struct{}

func (silentHome) Serve(http.ResponseWriter, *http.Request, refimpl.Target) {}

// What an edge adds to a request whose object it knows.
func BenchmarkEdge(b *testing.B) {
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: refimpl.NewNamespaces("test", []object.Class{classes.Counter()}),
		Directory:  memory.NewDirectory(memory.NewServer(1)), Clock: refimpl.SystemClock(),
		Homes: map[regions.ID]refimpl.Home{home: silentHome{}},
		Place: func(refimpl.Ask) (regions.ID, error) { return home, nil },
	})
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "/counter/increment?id=hot", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	w := &answer{header: make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		edge.ServeHTTP(w, r)
	}
}
