package actor_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

var objectNames = []string{"a", "b", "c", "d", "e"}

// mix is how often what happens in a world.
type mix struct {
	delays
	rejects, deaths  float64       // of commits
	partial, clean   float64       // of acquired slots: left out; handed over cleanly
	broken           float64       // constructors that fail
	panics, failures float64       // of turns; a panic may be an abort
	waits            float64       // turns that suspend in the middle
	moves            time.Duration // between moves, at most; 0 is never
	beats            bool
	troubled         bool // not calm yet
}

// delays are at most so long.
type delays struct {
	loadTime, turnTime, commitTime time.Duration
	gap                            time.Duration // between arrivals
}

func drawMix(random *rand.Rand) mix {
	some := func(most float64) float64 { return pick(random, 0, most/5, most) }
	return mix{
		delays: delays{
			loadTime:   pick(random, 0, 5*time.Millisecond, 2*time.Second),
			turnTime:   pick(random, 0, 2*time.Millisecond, time.Second),
			commitTime: pick(random, time.Millisecond, 10*time.Millisecond, 700*time.Millisecond),
			gap:        pick(random, 2*time.Millisecond, 100*time.Millisecond, 2*time.Second),
		},
		rejects: some(0.2), deaths: some(0.05), partial: some(0.5), clean: pick(random, 0, 0.5, 1),
		broken: some(0.3), panics: some(0.2), failures: some(0.3), waits: pick(random, 0, 0.3, 1),
		moves: pick(random, 0, 0, time.Second, 10*time.Second),
		beats: random.IntN(2) == 0, troubled: true,
	}
}

// calm is the mix without faults.
func (m mix) calm() mix { return mix{delays: m.delays, clean: m.clean, beats: m.beats, waits: m.waits} }

// registerObject holds in "n" the number of the turn that wrote last, and around
// it some keys that come and go. Whatever it says carries its turn's number and n,
// so that the judge can tell what was shown to whom.
type registerObject struct{ w *world }

func register(w *world) object.Class {
	return object.Class{Name: "register", New: func(s object.State) (object.Object, error) {
		if w.chance(w.mix.waits / 4) {
			r := registerObject{w}
			r.write(s, "put")
			r.wait(s)
			r.write(s, "put")
		}
		if w.chance(w.mix.broken) {
			return nil, errors.New("constructor failed")
		}
		return registerObject{w}, nil
	}}
}

func (r registerObject) Fetch(s object.State, request *object.Request) (*object.Response, error) {
	said, err := r.turn(s, request.Path)
	response := &object.Response{Status: 200, Body: said}
	if request.Upgrade {
		socket, err := s.Sockets().Accept()
		if err != nil {
			return nil, err
		}
		response.Status = 101
		socket.Send(object.Text(said))
	}
	if err != nil {
		err = errors.New(string(said)) // it becomes the reply's body
	}
	return response, err
}

func (r registerObject) WebSocketMessage(s object.State, _ object.Socket, m object.Message) error {
	said, err := r.turn(s, string(m.Data))
	for _, socket := range s.Sockets().All("") {
		socket.Send(object.Text(said))
	}
	return err
}

func (r registerObject) WebSocketClose(s object.State, _ object.Socket, _ object.Closing) error {
	_, err := r.turn(s, "add")
	return err
}

func (r registerObject) Alarm(s object.State, _ object.AlarmInfo) error {
	if _, set := s.Storage().Alarm(); set {
		r.w.judge.violated("an alarm's handler sees its own alarm set")
	}
	_, err := r.turn(s, pick(s.Random(), "add", "add", "add", "alarm", "get", "call", "sleep"))
	return err
}

// turn does one thing, and perhaps another after it had to wait, and says "<turn> <n>".
func (r registerObject) turn(s object.State, path string) ([]byte, error) {
	text := r.write(s, path)
	if r.w.chance(r.w.mix.waits) {
		text = r.waitAs(s, path, text)
	}
	switch {
	case r.w.chance(r.w.mix.panics / 2):
		panic("handler panicked")
	case r.w.chance(r.w.mix.panics / 2):
		s.Abort(errors.New("enough"), pick(s.Random(), object.RetryAlarm, object.DropAlarm))
	case r.w.chance(r.w.mix.failures):
		return text, errors.New("handler failed")
	}
	return text, nil
}

// write changes something, and gives what the segment may say.
func (r registerObject) write(s object.State, path string) []byte {
	storage := s.Storage()
	before := number(storage)
	run := r.w.judge.begin()
	r.change(s, path)
	if path != "get" {
		_ = storage.Put("n", object.Value{Data: fmt.Append(nil, run)})
		r.w.judge.wrote(s.Identity().ID, before, render(everything(storage)))
	}
	return fmt.Appendf(nil, "%d %s", run, number(storage))
}

func (r registerObject) change(s object.State, path string) {
	storage := s.Storage()
	key := pick(s.Random(), "k0", "k1", "k2")
	switch path {
	case "put":
		_ = storage.Put(key, object.Value{Data: fmt.Append(nil, s.Random().IntN(10))})
	case "delete":
		storage.Delete(key)
	case "wipe":
		_ = storage.Put(key, object.Value{Data: []byte("wiped")})
		_ = storage.DeleteAll()
	case "alarm":
		_ = storage.SetAlarm(s.Now().Add(pick(s.Random(), -time.Hour, 0, time.Second, 20*time.Second, 70*time.Second, 24*time.Hour)))
	case "no-alarm":
		storage.DeleteAlarm()
	}
}

func everything(storage object.Storage) []object.Entry {
	entries, _ := storage.List(object.Range{})
	return entries
}

// number is n, "0" before the first write.
func number(storage object.Storage) string {
	if n, ok := storage.Get("n"); ok {
		return string(n.Data)
	}
	return "0"
}

// arrive makes a request, a message or a close for some object, and then the next.
func (w *world) arrive() {
	if !w.arrivals {
		return
	}
	gap := w.mix.gap
	if w.chance(0.02) {
		gap = 25 * time.Second // long enough for all to leave memory
	}
	w.after(gap, w.arrive)
	name := pick(w.random, objectNames...)
	t := &turn{
		object: idOf(name), kind: actor.Fetch, arrived: w.now,
		path: pick(w.random, "get", "get", "add", "add", "put", "delete", "wipe", "alarm", "no-alarm", "call", "call", "section", "transaction", "task"),
	}
	open := w.open[t.object]
	switch {
	case len(open) > 0 && w.chance(0.5):
		t.kind, t.socket = actor.Message, pick(w.random, open...)
		if w.chance(0.2) {
			t.kind = actor.Closed
			w.open[t.object] = without(open, t.socket)
		}
	case w.chance(0.1):
		t.socket, t.upgrade = &actor.Socket{ID: actor.SocketID(len(w.judge.turns) + 1)}, true
	}
	id := w.judge.arrived(t)
	w.step(&actor.Arrived{Object: object.Identity{ID: t.object, Class: "register", Name: name}, Turn: id, Kind: t.kind})
}

func without(sockets []*actor.Socket, socket *actor.Socket) []*actor.Socket {
	var kept []*actor.Socket
	for _, s := range sockets {
		if s != socket {
			kept = append(kept, s)
		}
	}
	return kept
}

// said reads what registerObject.turn said.
func said(text []byte) (turn int, n string) {
	first, second, _ := strings.Cut(string(text), " ")
	_, _ = fmt.Sscan(first, &turn)
	return turn, second
}
