package refimpl

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Collector shows a node's counts to Prometheus. They are gathered when it asks,
// so that requests pay for no labels.
func (n *Node) Collector() prometheus.Collector { return collector{n, describe(n)} }

type collector struct {
	node  *Node
	descs descriptions
}

type descriptions struct {
	requests, parts, objects, sockets, batch, commits, mail, calls *prometheus.Desc
}

func describe(n *Node) descriptions {
	of := prometheus.Labels{"node": n.name, "region": string(n.region)}
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("durabench_"+name, help, labels, of)
	}
	return descriptions{
		requests: desc("requests_total", "Requests by the class asked and how they ended.", "class", "outcome"),
		parts:    desc("request_seconds", "Where a request's time went: queue, activate, turn, commit.", "class", "part"),
		objects:  desc("objects", "Objects in memory, awake or with sockets that hibernate."),
		sockets:  desc("sockets", "Open WebSockets."),
		batch:    desc("commit_writes", "Keys written per commit."),
		commits:  desc("commit_seconds", "What the store took for a commit."),
		calls:    desc("calls_total", "Calls that objects here made of others, by how they ended.", "outcome"),
		mail:     desc("mailbox_refusals_total", "Requests refused before they were read: a shard's mailbox was full."),
	}
}

// Describe is part of prometheus.Collector.
func (c collector) Describe(out chan<- *prometheus.Desc) {
	d := c.descs
	for _, desc := range []*prometheus.Desc{d.requests, d.parts, d.objects, d.sockets, d.batch, d.commits, d.mail, d.calls} {
		out <- desc
	}
}

// Collect is part of prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) {
	var objects int64
	var batch, commits total
	for _, s := range c.node.shards {
		objects += s.gauges.objects.Load()
		batch.add(&s.gauges.batchWrites)
		commits.add(&s.gauges.commits)
	}
	gauge := func(desc *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v)
	}
	gauge(c.descs.objects, float64(objects))
	gauge(c.descs.sockets, float64(c.node.sockets.len()))
	out <- prometheus.MustNewConstMetric(c.descs.mail, prometheus.CounterValue, float64(c.node.turnedAway.Load()))
	for how := range outcomes {
		n := c.node.outbound.ended[how].Load()
		out <- prometheus.MustNewConstMetric(c.descs.calls, prometheus.CounterValue, float64(n), outcomeNames[how])
	}
	out <- batch.metric(c.descs.batch, 1)
	out <- commits.metric(c.descs.commits, 1e-6)
	for class := range c.node.shards[0].meters {
		c.collectClass(out, class)
	}
}

func (c collector) collectClass(out chan<- prometheus.Metric, class string) {
	var requests [outcomes]uint64
	var parts [4]total
	for _, s := range c.node.shards {
		m := s.meters[class]
		for how := range requests {
			requests[how] += m.requests[how].n.Load()
		}
		for i, part := range []*spread{&m.queue, &m.activate, &m.turn, &m.commit} {
			parts[i].add(part)
		}
	}
	for how, n := range requests {
		out <- prometheus.MustNewConstMetric(c.descs.requests, prometheus.CounterValue, float64(n), class, outcomeNames[how])
	}
	for i, name := range [4]string{"queue", "activate", "turn", "commit"} {
		out <- parts[i].metric(c.descs.parts, 1e-6, class, name)
	}
}

// total is several spreads together.
type total struct {
	buckets [spreadBuckets]uint64
	sum     uint64
}

func (t *total) add(s *spread) {
	for i := range s.buckets {
		t.buckets[i] += s.buckets[i].n.Load()
	}
	t.sum += s.sum.n.Load()
}

// metric makes a histogram; one count is unit in its unit.
func (t *total) metric(desc *prometheus.Desc, unit float64, labels ...string) prometheus.Metric {
	bounds := make(map[float64]uint64, spreadBuckets)
	var below uint64
	for i, n := range t.buckets {
		below += n
		if i < spreadBuckets-1 {
			bounds[float64(uint64(1)<<i)*unit] = below
		}
	}
	return prometheus.MustNewConstHistogram(desc, below, float64(t.sum)*unit, bounds, labels...)
}
