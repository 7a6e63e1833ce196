package refimpl_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
)

// gathered reads a node's metrics: a value, or a histogram's count, by name and labels.
func gathered(t *testing.T, node *refimpl.Node) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(node.Collector())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]float64)
	for _, family := range families {
		for _, m := range family.Metric {
			name := family.GetName()
			for _, label := range m.Label {
				if label.GetName() != "node" && label.GetName() != "region" {
					name += " " + label.GetValue()
				}
			}
			switch {
			case m.Histogram != nil:
				values[name] = float64(m.Histogram.GetSampleCount())
			case m.Gauge != nil:
				values[name] = m.Gauge.GetValue()
			default:
				values[name] = m.Counter.GetValue()
			}
		}
	}
	return values
}

func TestMetricsCountWhatHappened(t *testing.T) {
	d := deploy(t)
	for range 3 {
		d.get(t, "/counter/increment?id=a")
	}
	d.get(t, "/counter/nonsense?id=b") // an answer like any other
	member := d.join(t, "r", "ann")
	say(t, member, `{"type":"chat","text":"hello"}`)
	read(t, member) // the room has answered: its turn is counted
	got := gathered(t, d.node)
	for name, want := range map[string]float64{
		"durabench_requests_total counter ok":        4,
		"durabench_requests_total chat ok":           1, // the upgrade
		"durabench_requests_total limiter ok":        0,
		"durabench_requests_total counter failed":    0,
		"durabench_request_seconds counter turn":     4,
		"durabench_request_seconds counter queue":    4,
		"durabench_request_seconds counter commit":   4,
		"durabench_request_seconds counter activate": 2,
		"durabench_objects":                          3,
		"durabench_sockets":                          1,
		"durabench_mailbox_refusals_total":           0,
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s: %v, want %v", name, value, want)
		}
	}
	if got["durabench_commit_writes"] < 3 || got["durabench_commit_seconds"] < 3 {
		t.Errorf("commits: %v of %v, want 3 of increments and more of the room", got["durabench_commit_writes"], got["durabench_commit_seconds"])
	}
}

func TestMetricsTellRefusalsApart(t *testing.T) {
	class := object.Class{Name: "limiter", New: func(object.State) (object.Object, error) { return stuck{}, nil }}
	node := start(t, memory.NewServer(1), []object.Class{class})
	id := refimpl.NewNamespaces("test", []object.Class{class})["limiter"].IDFromName("a")
	for _, path := range []string{"/fail", "/panic", "/fine"} {
		node.Serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil),
			refimpl.Target{Object: object.Identity{ID: id, Class: "limiter"}, Path: path})
	}
	got := gathered(t, node)
	for name, want := range map[string]float64{
		"durabench_requests_total limiter ok":     1,
		"durabench_requests_total limiter failed": 1,
		"durabench_requests_total limiter reset":  1,
	} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
}
