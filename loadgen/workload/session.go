package workload

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/durabench/durabench/loadgen"
)

const (
	// burst is how many operations follow each other on one session.
	burst = 4
	// A session is asked for again after a silence; of an exponential one with the
	// mean of 1.44 TTLs half are longer than the TTL.
	silence = 1.44

	createFirst = 0.35 // of the operations that begin a burst
	createLater = 0.05 // of the others
	endLater    = 0.06
)

// Session creates sessions, asks for them in bursts, leaves them alone until about
// half have expired, and asks again.
type Session struct {
	names   []string
	clients int
	run     string
	ttl     time.Duration // 0 if not known
}

func newSession(o Options) (*Session, error) {
	count := o.Objects
	if count == 0 && o.Rate > 0 && o.TTL > 0 {
		// A session is the one that a burst is for every count bursts.
		want := silence * o.TTL.Seconds() * o.Rate / burst
		if want > maxKeys {
			return nil, fmt.Errorf("workload session: a ttl of %s at %v/s makes %.0f sessions: at most %d", o.TTL, o.Rate, want, maxKeys)
		}
		count = max(1, int(want))
	}
	return &Session{names: names(o.Run, "session", orDefault(count, 64)), clients: orDefault(o.Clients, 64), run: o.Run, ttl: o.TTL}, nil
}

// Class is "session".
func (s *Session) Class() string { return "session" }

// Clients is how many clients ask.
func (s *Session) Clients() int { return s.clients }

// Objects are the names of the sessions.
func (s *Session) Objects() []string { return s.names }

func (s *Session) String() string {
	return fmt.Sprintf("%d clients create, get and invalidate %d sessions that live for %s, in bursts of %d with silence between",
		s.clients, len(s.names), s.ttl, burst)
}

// Next draws what to do with the session whose turn it is. Which one that is
// depends on the number only, so that a burst stays on one session.
func (s *Session) Next(seq uint64, random *rand.Rand) loadgen.Ask {
	name := s.names[spread(seq/burst, len(s.names))]
	ask := loadgen.Ask{
		Client:    random.IntN(s.clients),
		Object:    name,
		Operation: loadgen.Operation{Kind: loadgen.Access},
		Method:    http.MethodGet,
		Path:      "/session/" + name + "/get",
	}
	creates, ends := createLater, endLater
	if seq%burst == 0 {
		creates, ends = createFirst, 0
	}
	switch draw := random.Float64(); {
	case draw < creates:
		text := s.run + "#" + strconv.FormatUint(seq, 10)
		ask.Operation = loadgen.Operation{Kind: loadgen.Create, Text: text}
		ask.Method, ask.Path = http.MethodPost, "/session/"+name+"/create"
		ask.Body = fmt.Sprintf(`{"userId":%q,"role":"member"}`, text)
	case draw < creates+ends:
		ask.Operation.Kind = loadgen.Invalidate
		ask.Method, ask.Path = http.MethodDelete, "/session/"+name+"/invalidate"
	}
	return ask
}

// spread scatters numbers over count places, evenly and without a pattern.
func spread(n uint64, count int) int {
	z := (n + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>29) * 0x94d049bb133111eb
	high, _ := bits.Mul64(z^z>>32, uint64(count))
	return int(high)
}

// Decode reads what the session says of itself: its userId if it is there.
func (s *Session) Decode(kind loadgen.Kind, status int, body []byte) (loadgen.Reply, error) {
	switch {
	case status == http.StatusNotFound && kind == loadgen.Access:
		return loadgen.Reply{}, nil
	case status != http.StatusOK:
		return loadgen.Reply{Error: errorIn(status, body)}, nil
	case kind != loadgen.Access:
		return loadgen.Reply{Allowed: true}, nil
	}
	var reply struct {
		Session *struct {
			UserID string `json:"userId"`
		} `json:"session"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return loadgen.Reply{}, fmt.Errorf("read session's reply %.80q: %w", body, err)
	}
	if reply.Session == nil || reply.Session.UserID == "" {
		return loadgen.Reply{}, fmt.Errorf("read session's reply %.80q: it has no session with a userId", body)
	}
	return loadgen.Reply{Allowed: true, Text: reply.Session.UserID}, nil
}
