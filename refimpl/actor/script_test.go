package actor_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

var epochOfTests = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// script replays one transcript. It fills in what an event repeats of the effect it answers.
type script struct {
	t      *testing.T
	file   string
	at     string // the line that is being played
	core   *actor.Core
	hidden []string

	activations map[object.ID]actor.Activation
	turns       map[object.ID]actor.TurnID // that run
	calls       map[actor.CallID]*actor.Call
	scan        time.Time
	committed   time.Time
	probed      time.Time
}

func newScript(t *testing.T, file string) *script {
	s := &script{t: t, file: file, activations: map[object.ID]actor.Activation{}, turns: map[object.ID]actor.TurnID{}, calls: map[actor.CallID]*actor.Call{}}
	s.configure(nil)
	return s
}

// configure starts a new core: "config idle=1s queue=2 rows=2 pending=3 hide=wake,scan".
// The names of its options are in limit.
func (s *script) configure(options []string) {
	config := actor.Config{Slots: 4, Random: rand.New(rand.NewPCG(1, 2))}
	s.hidden = nil
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		if name == "hide" {
			s.hidden = strings.Split(value, ",")
			continue
		}
		s.limit(&config, name, value)
	}
	s.core = actor.New(config)
}

func (s *script) limit(config *actor.Config, name, value string) {
	durations := map[string]*time.Duration{"idle": &config.IdleAfter, "age": &config.QueueAge, "keeps": &config.PendingKeeps}
	numbers := map[string]*int{
		"queue": &config.QueueTurns, "bytes": &config.QueueBytes, "held": &config.HeldTurns, "rows": &config.BatchRows,
		"pending": &config.PendingRows, "suspended": &config.SuspendedTurns, "window": &config.WindowTurns, "objects": &config.Objects,
	}
	switch {
	case durations[name] != nil:
		*durations[name] = s.duration(value)
	case numbers[name] != nil:
		*numbers[name] = s.number(value)
	default:
		s.t.Fatalf("%s: config %q", s.file, name)
	}
}

// line plays one event line: "<time> <verb> <arguments>".
func (s *script) line(line string) []string {
	s.at = line
	at, rest, _ := strings.Cut(line, " ")
	verb, arguments, _ := strings.Cut(strings.TrimSpace(rest), " ")
	now := epochOfTests.Add(s.duration(at))
	var said []string
	for _, event := range s.events(verb, strings.TrimSpace(arguments)) {
		for _, effect := range s.core.Step(now, event) {
			s.notice(now, effect)
			text := describe(effect)
			if strings.HasSuffix(text, " construct") && verb == "loaded" {
				continue
			}
			if !slices.Contains(s.hidden, strings.Fields(text)[0]) {
				said = append(said, text)
			}
		}
	}
	return said
}

func (s *script) notice(now time.Time, effect actor.Effect) {
	switch e := effect.(type) {
	case actor.Load:
		s.activations[e.Object.ID] = e.Activation
	case actor.Resume:
		s.turns[e.Object] = e.Turn
	case actor.Commit:
		s.committed = now
	case actor.Probe:
		s.probed = now
	case actor.Scan:
		s.scan = e.Until
	}
}

// events reads an event; "fetch a 1 2" is two. "fetch a 1:100" carries 100 bytes.
func (s *script) events(verb, arguments string) []actor.Event {
	words := strings.Fields(arguments)
	switch verb {
	case "acquire":
		return one(s.acquire(words))
	case "fetch", "message", "closed":
		return s.arrive(verb, words)
	case "loaded":
		return s.loaded(words)
	case "read": // and not constructed yet
		return s.loaded(words)[:1]
	case "yield":
		return one(s.yield(arguments))
	case "answer": // "answer c1"
		return one(s.calls[actor.CallID(s.number(words[0][1:]))].Answered(&object.Response{Status: 200}, nil))
	case "committed":
		return one(actor.Committed{Sent: s.sent(words, s.committed)})
	case "confirmed":
		return one(actor.Confirmed{Sent: s.sent(words, s.probed)})
	case "rejected":
		return one(actor.CommitFailed{Cause: &store.RejectedError{Object: idOf(words[0]), Cause: errors.New("value refused")}})
	case "failed":
		return one(actor.CommitFailed{Cause: store.ErrLost})
	case "found":
		return one(s.found(words))
	case "lost":
		return one(actor.Lost{Cause: store.ErrLost})
	case "tick":
		return one(actor.Tick{})
	case "move":
		return one(actor.Move{Object: idOf(words[0])})
	case "stay":
		return one(actor.Stay{Object: idOf(words[0])})
	case "drain":
		return one(actor.Drain{})
	}
	s.t.Fatalf("%s: no such event: %s", s.file, s.at)
	return nil
}

func one(event actor.Event) []actor.Event { return []actor.Event{event} }

// acquire: "acquire 0 1 2 epoch 5 unclean sent 10ms".
func (s *script) acquire(words []string) actor.Event {
	event := actor.Acquired{Sent: epochOfTests.Add(s.duration(strings.Fields(s.at)[0]))}
	epoch, clean := uint64(1), true
	for len(words) > 0 {
		switch words[0] {
		case "unclean":
			clean, words = false, words[1:]
		case "epoch":
			epoch, words = uint64(s.number(words[1])), words[2:]
		case "sent":
			event.Sent, words = s.sent(words, event.Sent), words[2:]
		default:
			event.Leases = append(event.Leases, store.Lease{Slot: store.Slot(s.number(words[0]))})
			words = words[1:]
		}
	}
	for i := range event.Leases {
		event.Leases[i].Epoch, event.Leases[i].Clean = epoch, clean
	}
	return event
}

func (s *script) arrive(verb string, words []string) []actor.Event {
	kind := map[string]actor.Kind{"fetch": actor.Fetch, "message": actor.Message, "closed": actor.Closed}[verb]
	var events []actor.Event
	for _, word := range words[1:] {
		turn, bytes, sized := strings.Cut(word, ":")
		event := &actor.Arrived{Object: identityOf(words[0]), Turn: actor.TurnID(s.number(turn)), Kind: kind}
		if sized {
			event.Bytes = s.number(bytes)
		}
		events = append(events, event)
	}
	return events
}

// loaded: "loaded a", "loaded a alarm 30s", "loaded a@1 broken". With it the constructor is over, or has failed.
func (s *script) loaded(words []string) []actor.Event {
	id, activation := s.which(words[0])
	event := actor.Loaded{Object: id, Activation: activation}
	if len(words) >= 3 && words[1] == "alarm" {
		event.Alarm = epochOfTests.Add(s.duration(words[2]))
		words = slices.Delete(words, 1, 3)
	}
	switch {
	case len(words) == 2 && words[1] == "broken":
		return []actor.Event{event, &actor.Yielded{Object: id, Activation: activation, Failed: errors.New("constructor failed")}}
	case len(words) == 2 && words[1] == "unread":
		event.Cause = errors.New("store failed")
		return one(event)
	case len(words) != 1:
		s.t.Fatalf("%s: %s", s.file, s.at)
	}
	return []actor.Event{event, &actor.Yielded{Object: id, Activation: activation}}
}

// found: "found a 30s b 1m", "found a 30s until 30s" for a list cut short.
func (s *script) found(words []string) actor.Event {
	event := actor.Found{Until: s.scan}
	for ; len(words) > 0; words = words[2:] {
		at := epochOfTests.Add(s.duration(words[1]))
		if words[0] == "until" {
			event.Until = at
			continue
		}
		identity := identityOf(words[0])
		event.Alarms = append(event.Alarms, store.Alarm{Object: identity.ID, Class: identity.Class, Name: identity.Name, At: at})
	}
	return event
}

// which reads "a" (its newest activation) or "a@1".
func (s *script) which(word string) (object.ID, actor.Activation) {
	name, activation, given := strings.Cut(word, "@")
	if given {
		return idOf(name), actor.Activation(s.number(activation))
	}
	return idOf(name), s.activations[idOf(name)]
}

// sent reads "sent 10ms" at the start of the words.
func (s *script) sent(words []string, otherwise time.Time) time.Time {
	if len(words) >= 2 && words[0] == "sent" {
		return epochOfTests.Add(s.duration(words[1]))
	}
	return otherwise
}

func (s *script) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.t.Fatalf("%s: %s: %v", s.file, s.at, err)
	}
	return d
}

func (s *script) number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		s.t.Fatalf("%s: %s: %v", s.file, s.at, err)
	}
	return n
}

// idOf places a in slot 0 of four, b in slot 1, and so on.
func idOf(name string) object.ID { return object.ID{7: name[0] - 'a', 31: name[0]} }

func identityOf(name string) object.Identity {
	return object.Identity{ID: idOf(name), Class: "thing", Name: name}
}

func nameOf(id object.ID) string { return fmt.Sprintf("%c", id[31]) }
