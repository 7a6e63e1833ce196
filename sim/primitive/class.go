package primitive

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/durabench/durabench/loadgen"
)

// logic is what a class makes of a value that it read: the same for every
// service that stores values.
type logic struct {
	// show is the reply to a read.
	show func(seen Result) Done
	// change is the value to write, and the reply once it is written. Without
	// write there is nothing to write, and the reply stands.
	change func(w *worker, seen Result) (next Value, reply Done, write bool)
}

func logicOf(class string) logic {
	switch class {
	case "counter":
		return logic{show: showCount, change: changeCount}
	case "limiter":
		return logic{show: showBucket, change: changeBucket}
	}
	return logic{show: showRoom, change: changeRoom}
}

func showCount(seen Result) Done { return counted(seen.Value.Number) }

func changeCount(w *worker, seen Result) (Value, Done, bool) {
	n := seen.Value.Number
	switch w.ask.Operation.Kind {
	case loadgen.Increment:
		n++
	case loadgen.Decrement:
		n = max(0, n-1)
	case loadgen.Reset:
		n = 0
	}
	return Value{Number: n}, counted(n), true
}

func counted(n int64) Done {
	return Done{Reply: loadgen.Reply{Status: http.StatusOK, Value: n}}
}

func showBucket(seen Result) Done { return admitted(seen.Value) }

func changeBucket(w *worker, seen Result) (Value, Done, bool) {
	next, allowed := w.options.Limit.take(seen.Value, seen.Found, w.now)
	if !allowed {
		return next, refused(), false
	}
	return next, admitted(next), true
}

func admitted(bucket Value) Done {
	return Done{Reply: loadgen.Reply{Status: http.StatusOK, Allowed: true, Value: int64(bucket.Tokens)}}
}

func refused() Done {
	return Done{Reply: loadgen.Reply{Status: http.StatusTooManyRequests}}
}

func showRoom(seen Result) Done { return listed(seen.Value.Messages) }

// changeRoom appends to a history that is stored as one value.
func changeRoom(w *worker, seen Result) (Value, Done, bool) {
	before := seen.Value.Messages
	before = before[max(0, len(before)-(w.options.History-1)):]
	m := w.message()
	// Clip: what was read is shared with every cache that holds it.
	return Value{Messages: append(slices.Clip(before), m)}, sent(m), true
}

func listed(messages []Message) Done {
	return Done{Reply: loadgen.Reply{Status: http.StatusOK, Value: int64(len(messages))}, Listed: messages}
}

func sent(m Message) Done {
	return Done{Reply: loadgen.Reply{Status: http.StatusOK, Text: m.ID}}
}

// message is the text of a Send under a key of its own: the Worker's clock in
// milliseconds and a random tail, as Date.now() and a UUID make it.
func (w *worker) message() Message {
	return Message{
		ID:     fmt.Sprintf("%013d-%08x", w.now.Milliseconds(), w.options.Random.Uint32()),
		Client: w.ask.Client,
		Text:   w.ask.Operation.Text,
	}
}
