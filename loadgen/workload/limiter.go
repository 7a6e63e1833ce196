package workload

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"

	"github.com/durabench/durabench/loadgen"
)

// maxKeys bounds how many keys over-subscription may ask for.
const maxKeys = 1_000_000

// Limiter takes tokens from rate limiters, more often than they refill.
type Limiter struct {
	keys    []string
	clients int
	over    float64 // 0 if not known
}

func newLimiter(o Options) (*Limiter, error) {
	keys := o.Objects
	if keys == 0 && o.Over > 0 && o.Rate > 0 && o.Refill > 0 {
		want := math.Round(o.Rate / (o.Refill * o.Over))
		if want > maxKeys {
			return nil, fmt.Errorf("workload limiter: over %v at %v/s makes %.0f keys: at most %d", o.Over, o.Rate, want, maxKeys)
		}
		keys = max(1, int(want))
	}
	l := &Limiter{keys: names(o.Run, "key", orDefault(keys, 8)), clients: orDefault(o.Clients, 64)}
	if o.Rate > 0 && o.Refill > 0 {
		l.over = o.Rate / (float64(len(l.keys)) * o.Refill)
	}
	return l, nil
}

// Class is "limiter".
func (l *Limiter) Class() string { return "limiter" }

// Clients is how many clients ask.
func (l *Limiter) Clients() int { return l.clients }

// Objects are the keys.
func (l *Limiter) Objects() []string { return l.keys }

func (l *Limiter) String() string {
	if l.over > 0 {
		return fmt.Sprintf("%d clients on %d keys, asked %.1f times what they refill", l.clients, len(l.keys), l.over)
	}
	return fmt.Sprintf("%d clients on %d keys", l.clients, len(l.keys))
}

// Next draws a client and a key. It is a POST, because a repeated request would
// take two tokens.
func (l *Limiter) Next(_ uint64, random *rand.Rand) loadgen.Ask {
	key := l.keys[random.IntN(len(l.keys))]
	return loadgen.Ask{
		Client:    random.IntN(l.clients),
		Object:    key,
		Operation: loadgen.Operation{Kind: loadgen.Take},
		Method:    http.MethodPost,
		Path:      "/check",
		Header:    []loadgen.Field{{Name: "X-Api-Key", Value: key}},
	}
}

// Decode reads {"allowed":…,"remaining":…} of the statuses 200 and 429.
func (l *Limiter) Decode(_ loadgen.Kind, status int, body []byte) (loadgen.Reply, error) {
	if status != http.StatusOK && status != http.StatusTooManyRequests {
		return loadgen.Reply{Error: errorIn(status, body)}, nil
	}
	var reply struct {
		Allowed   *bool `json:"allowed"`
		Remaining int64 `json:"remaining"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return loadgen.Reply{}, fmt.Errorf("read limiter's reply %.80q: %w", body, err)
	}
	if reply.Allowed == nil {
		return loadgen.Reply{}, fmt.Errorf("read limiter's reply %.80q: it does not say whether allowed", body)
	}
	if *reply.Allowed != (status == http.StatusOK) {
		return loadgen.Reply{}, fmt.Errorf("read limiter's reply %.80q: it does not match status %d", body, status)
	}
	return loadgen.Reply{Allowed: *reply.Allowed, Value: reply.Remaining}, nil
}
