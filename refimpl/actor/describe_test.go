package actor_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// describe is an effect on one line. Times are counted from the start.
func describe(effect actor.Effect) string {
	switch e := effect.(type) {
	case actor.Load:
		return fmt.Sprintf("load %s@%d", nameOf(e.Object.ID), e.Activation)
	case actor.Resume:
		return describeResume(e)
	case actor.Commit:
		return describeCommit(e.Batch)
	case actor.Release:
		return fmt.Sprintf("release %s: %s", nameOf(e.Object), describeOutputs(e.Outputs))
	case actor.Refuse:
		return fmt.Sprintf("refuse %d: %s", e.Turn, describeCause(e.Cause))
	case actor.Evict:
		return "evict " + nameOf(e.Object)
	case actor.Break:
		return fmt.Sprintf("break %s: %v", nameOf(e.Object), describeCause(e.Cause))
	case actor.Moved:
		if e.Cause != nil {
			return fmt.Sprintf("moved %s: %s", nameOf(e.Object), describeCause(e.Cause))
		}
		if !e.Alarm.IsZero() {
			return fmt.Sprintf("moved %s with alarm %s", nameOf(e.Object), since(e.Alarm))
		}
		return "moved " + nameOf(e.Object)
	case actor.Scan:
		return "scan until " + since(e.Until)
	case actor.Probe:
		return "probe"
	case actor.Wake:
		return "wake " + since(e.At)
	case actor.Drained:
		return "drained"
	}
	panic(fmt.Sprintf("describe %T", effect))
}

func describeResume(e actor.Resume) string {
	who := fmt.Sprintf("resume %s@%d", nameOf(e.Object), e.Activation)
	if e.Kind == actor.Alarm {
		return fmt.Sprintf("%s alarm of %s, retry %d", who, since(e.Alarm.Scheduled), e.Alarm.Retry)
	}
	if e.Kind == actor.Construct {
		return who + " construct"
	}
	return fmt.Sprintf("%s %s %s", who, e.Kind, describeTurn(e.Turn))
}

// describeTurn is the driver's number, or own1, own2 ... for the core's.
func describeTurn(turn actor.TurnID) string {
	if turn >= actor.OwnTurns {
		return fmt.Sprintf("own%d", turn-actor.OwnTurns+1)
	}
	return strconv.Itoa(int(turn))
}

// describeCommit: "commit 0@1 2@1: wipe a, put a.k=v, delete c.k, alarm c 30s, no-alarm a"; 0@1 is slot 0 in epoch 1.
func describeCommit(batch *store.Batch) string {
	var leases, rows []string
	for _, lease := range batch.Leases {
		leases = append(leases, fmt.Sprintf("%d@%d", lease.Slot, lease.Epoch))
	}
	for _, id := range batch.Wipes {
		rows = append(rows, "wipe "+nameOf(id))
	}
	for _, w := range batch.Writes {
		if w.Deleted {
			rows = append(rows, fmt.Sprintf("delete %s.%s", nameOf(w.Object), w.Key))
		} else {
			rows = append(rows, fmt.Sprintf("put %s.%s=%s", nameOf(w.Object), w.Key, w.Value.Data))
		}
	}
	for _, a := range batch.Alarms {
		if a.At.IsZero() {
			rows = append(rows, "no-alarm "+nameOf(a.Object))
		} else {
			rows = append(rows, fmt.Sprintf("alarm %s %s", nameOf(a.Object), since(a.At)))
		}
	}
	return fmt.Sprintf("commit %s: %s", strings.Join(leases, " "), strings.Join(rows, ", "))
}

func describeOutputs(outputs []actor.Output) string {
	var said []string
	for _, o := range outputs {
		switch {
		case o.Reply != nil:
			said = append(said, fmt.Sprintf("reply %d %s", o.Turn, o.Reply.Body))
		case o.Call != nil:
			said = append(said, fmt.Sprintf("call c%d of %s, for %s", o.Call.ID, nameOf(o.Call.To.ID), describeTurn(o.Call.Turn)))
		case o.Close != nil:
			said = append(said, fmt.Sprintf("close s%d", o.Socket))
		default:
			said = append(said, fmt.Sprintf("send s%d %s", o.Socket, o.Message.Data))
		}
	}
	return strings.Join(said, ", ")
}

// describeCause is the first reason that a caller would branch on, or else the error.
func describeCause(err error) string {
	reasons := []struct {
		is   error
		name string
	}{
		{actor.ErrUnknownOutcome, "unknown outcome"},
		{actor.ErrReset, "reset"},
		{actor.ErrConstructor, "not constructed"},
		{actor.ErrRetryable, "retryable"},
		{actor.ErrMoved, "moved"},
		{actor.ErrNotOwner, "not owner"},
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	for _, reason := range reasons {
		if errors.Is(err, reason.is) && !errors.Is(err, actor.ErrOverloaded) {
			return reason.name
		}
		if errors.Is(err, reason.is) {
			return reason.name + ", overloaded" + text[strings.LastIndex(text, ":"):]
		}
	}
	if errors.Is(err, actor.ErrOverloaded) {
		return strings.TrimPrefix(text, "object ")
	}
	var rejected *store.RejectedError
	if errors.As(err, &rejected) {
		return "rejected"
	}
	return text
}

// since is the time from the start, without the "0s" of "1m0s".
func since(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	text := at.Sub(epochOfTests).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	return text
}

// yield reads what a turn did: "yield a put k=v, delete k, wipe, alarm 30s,
// no-alarm, unconfirmed, reply ok, send s1 hi, close s1, task, fail". It is suspended by
// "call c1 b", "sleep 5s" or "sync"; "in 2" says that it is in section 2. "panic" and
// "abort keep" or "abort drop" stand alone.
func (s *script) yield(arguments string) actor.Event {
	who, clauses, _ := strings.Cut(arguments, " ")
	id, activation := s.which(who)
	event := &actor.Yielded{Object: id, Activation: activation}
	for clause := range strings.SplitSeq(clauses, ",") {
		if words := strings.Fields(clause); len(words) > 0 {
			s.clause(event, words[0], strings.Join(words[1:], " "))
		}
	}
	return event
}

func (s *script) clause(event *actor.Yielded, verb, what string) {
	switch verb {
	case "put":
		key, value, _ := strings.Cut(what, "=")
		event.Writes = append(event.Writes, store.Write{Object: event.Object, Key: key, Value: object.Value{Data: []byte(value)}})
	case "delete":
		event.Writes = append(event.Writes, store.Write{Object: event.Object, Key: what, Deleted: true})
	case "wipe":
		event.Wiped = true
	case "alarm":
		event.Alarm = actor.AlarmChange{Changed: true, At: epochOfTests.Add(s.duration(what))}
	case "no-alarm":
		event.Alarm = actor.AlarmChange{Changed: true}
	case "reply":
		reply := &object.Response{Status: 200, Body: []byte(what)}
		event.Outputs = append(event.Outputs, actor.Output{Turn: s.turns[event.Object], Reply: reply})
	case "send":
		socket, text, _ := strings.Cut(what, " ")
		event.Outputs = append(event.Outputs, actor.Output{Socket: s.socket(socket), Message: object.Text([]byte(text))})
	case "close":
		event.Outputs = append(event.Outputs, actor.Output{Socket: s.socket(what), Close: &object.Closing{Code: 1000}})
	case "fail":
		event.Failed = errors.New("handler failed")
	case "panic":
		event.Reset = errors.New("handler panicked")
	case "unconfirmed":
		event.Unconfirmed = true
	case "task":
		event.Tasks++
	case "abort":
		event.Reset = &actor.AbortError{Cause: errors.New("enough"), Alarm: map[string]object.AlarmPolicy{"drop": object.DropAlarm}[what]}
	default:
		s.suspend(event, verb, what)
	}
}

func (s *script) suspend(event *actor.Yielded, verb, what string) {
	switch verb {
	case "call":
		words := strings.Fields(what)
		call := &actor.Call{
			From: event.Object, Activation: event.Activation, Turn: s.turns[event.Object],
			ID: actor.CallID(s.number(words[0][1:])), To: identityOf(words[1]),
		}
		s.calls[call.ID] = call
		event.Outputs = append(event.Outputs, actor.Output{Call: call})
		event.Pause.Wait, event.Pause.Call = actor.ForAnswer, call.ID
	case "sleep":
		event.Pause.Wait, event.Pause.For = actor.ForTime, s.duration(what)
	case "sync":
		event.Pause.Wait = actor.ForDurable
	case "in":
		event.Pause.Section = uint64(s.number(what))
	default:
		s.t.Fatalf("%s: no such thing to do in a turn: %s", s.file, s.at)
	}
}

func (s *script) socket(name string) actor.SocketID {
	return actor.SocketID(s.number(strings.TrimPrefix(name, "s")))
}

// told is an event on one line, as a replay tells it.
func (w *world) told(event actor.Event) string {
	switch e := event.(type) {
	case *actor.Arrived:
		return fmt.Sprintf("%s %s %d (%s)", e.Kind, nameOf(e.Object.ID), e.Turn, w.judge.turns[e.Turn].path)
	case actor.Loaded:
		return fmt.Sprintf("loaded %s@%d alarm %s, %v", nameOf(e.Object), e.Activation, since(e.Alarm), e.Cause)
	case *actor.Yielded:
		return fmt.Sprintf("yield %s@%d %d writes, %s, failed %v, panic %v", nameOf(e.Object), e.Activation,
			len(e.Writes), describeOutputs(e.Outputs), e.Failed != nil, e.Reset != nil)
	case actor.Acquired:
		return fmt.Sprintf("acquired %v", e.Leases)
	case actor.CommitFailed:
		return fmt.Sprintf("commit failed: %v", e.Cause)
	}
	return strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", event), "*"), "actor.")
}
