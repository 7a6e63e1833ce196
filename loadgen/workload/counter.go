package workload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/durabench/durabench/loadgen"
)

// Counter increments and reads counters. One object is the hot case, many are
// the spread one.
type Counter struct {
	objects    []string
	increments []string // paths, by object
	reads      []string
	clients    int
	share      float64 // of reads
}

func newCounter(o Options) *Counter {
	c := &Counter{
		objects: names(o.Run, "counter", orDefault(o.Objects, 1)),
		clients: orDefault(o.Clients, 64),
		share:   o.Reads,
	}
	for _, name := range c.objects {
		c.increments = append(c.increments, "/counter/increment?id="+name)
		c.reads = append(c.reads, "/counter/value?id="+name)
	}
	return c
}

// Class is "counter".
func (c *Counter) Class() string { return "counter" }

// Clients is how many clients ask.
func (c *Counter) Clients() int { return c.clients }

// Objects are the counters' names.
func (c *Counter) Objects() []string { return c.objects }

func (c *Counter) String() string {
	return fmt.Sprintf("%d clients on %d counters, %.0f %% reads", c.clients, len(c.objects), 100*c.share)
}

// Next draws a client, a counter, and whether to read or to increment.
// Increments are POSTs: an HTTP client may repeat a GET by itself after a lost
// connection, and the counter would count twice.
func (c *Counter) Next(_ uint64, random *rand.Rand) loadgen.Ask {
	object := random.IntN(len(c.objects))
	ask := loadgen.Ask{
		Client:    random.IntN(c.clients),
		Object:    c.objects[object],
		Operation: loadgen.Operation{Kind: loadgen.Increment},
		Method:    http.MethodPost,
		Path:      c.increments[object],
	}
	if c.share > 0 && random.Float64() < c.share {
		ask.Operation.Kind = loadgen.Read
		ask.Method, ask.Path = http.MethodGet, c.reads[object]
	}
	return ask
}

// Decode reads {"count":N}. Any other status than 200 is a refusal without a count.
func (c *Counter) Decode(_ loadgen.Kind, status int, body []byte) (loadgen.Reply, error) {
	if status != http.StatusOK {
		return loadgen.Reply{Error: errorIn(status, body)}, nil
	}
	if count, ok := plainCount(body); ok {
		return loadgen.Reply{Value: count}, nil
	}
	var reply struct {
		Count *int64 `json:"count"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return loadgen.Reply{}, fmt.Errorf("read counter's reply %.80q: %w", body, err)
	}
	if reply.Count == nil {
		return loadgen.Reply{}, fmt.Errorf("read counter's reply %.80q: it has no count", body)
	}
	return loadgen.Reply{Value: *reply.Count}, nil
}

// plainCount reads a reply that is {"count":N} to the letter, as nearly all are.
func plainCount(body []byte) (int64, bool) {
	digits, ok := bytes.CutPrefix(body, []byte(`{"count":`))
	if !ok || len(digits) < 2 || len(digits) > 18 || digits[len(digits)-1] != '}' {
		return 0, false
	}
	count := int64(0)
	for _, d := range digits[:len(digits)-1] {
		if d < '0' || d > '9' {
			return 0, false
		}
		count = 10*count + int64(d-'0')
	}
	return count, true
}

// errorIn is the reason that a refusal's body gives.
func errorIn(status int, body []byte) string {
	var reply struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &reply) == nil && reply.Error != "" {
		return reply.Error
	}
	return fmt.Sprintf("status %d: %.80q", status, body)
}
