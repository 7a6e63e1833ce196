package primitive_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/sim/primitive"
)

// alone asks one way for operations, two seconds apart, by one client whose every write stays in its cache.
// It returns the replies, one to a word.
func (tr trial) alone(t *testing.T, operations []loadgen.Operation) string {
	t.Helper()
	p := primitive.Default()
	p.KV.Local = 1
	tr.options.Random = rand.New(rand.NewPCG(tr.seed, 2))
	program, err := primitive.NewProgram(tr.class, tr.primitive, tr.variant, tr.options)
	if err != nil {
		t.Fatal(err)
	}
	w := &workers{
		host: newHost(t, tr.primitive, p, tr.seed), trial: tr, program: program, object: newObject(tr.options.Limit),
		bookmarks: make(map[int]primitive.Bookmark), seen: make(map[int]map[string]bool),
		sends: make(map[string]*loadgen.Observation), outcome: outcome{failed: make(map[string]int)},
	}
	var replies []string
	for n, op := range operations {
		at := time.Duration(n) * 2 * time.Second
		if tr.class == "chat" && op.Kind == loadgen.Read {
			at += 2 * time.Minute // until every list has every key
		}
		w.at(at, func() {
			script := program.Script(loadgen.Ask{Object: "it", Operation: op}, w.bookmarks[0])
			w.through(script, script.Start(w.now), func(d primitive.Done) {
				w.bookmarks[0] = max(w.bookmarks[0], d.Bookmark)
				replies = append(replies, word(op.Kind, d))
			})
		})
	}
	w.drain()
	return strings.Join(replies, " ")
}

// through runs a script to its end.
func (w *workers) through(script primitive.Script, step primitive.Step, end func(primitive.Done)) {
	then := func(r primitive.Result, err error) { w.through(script, script.Resume(w.now, r, err), end) }
	switch s := step.(type) {
	case primitive.Call:
		if s.Op.Service == primitive.Object {
			w.object.call(w, "LHR", s.Op, then)
		} else {
			w.call("LHR", s.Op, then)
		}
	case primitive.Pause:
		w.after(s.For, func() { then(primitive.Result{}, nil) })
	case primitive.Done:
		for _, op := range s.Later {
			w.call("LHR", op, func(primitive.Result, error) {})
		}
		end(s)
	}
}

func word(kind loadgen.Kind, d primitive.Done) string {
	switch {
	case d.Outcome != loadgen.OK:
		return string(d.Outcome)
	case kind == loadgen.Read && d.Reply.Text != "": // balances
		return d.Reply.Text
	case kind == loadgen.Take || kind == loadgen.Move:
		return fmt.Sprintf("%v/%d", d.Reply.Allowed, d.Reply.Status)
	case kind == loadgen.Send && d.Reply.Text != "":
		return "sent"
	case d.Listed != nil:
		var texts []string
		for _, m := range d.Listed {
			texts = append(texts, m.Text)
		}
		return strings.Join(texts, ",")
	}
	return fmt.Sprint(d.Reply.Value)
}

// TestEveryWayWorksAlone: with nobody else about, every way of every class does the same.
func TestEveryWayWorksAlone(t *testing.T) {
	operations := func(kinds ...loadgen.Kind) (list []loadgen.Operation) {
		for n, k := range kinds {
			list = append(list, loadgen.Operation{Kind: k, Text: fmt.Sprint("t", n)})
		}
		return list
	}
	asked := map[string][]loadgen.Operation{
		"counter": operations(loadgen.Increment, loadgen.Increment, loadgen.Decrement, loadgen.Increment, loadgen.Reset, loadgen.Decrement, loadgen.Increment, loadgen.Read),
		"limiter": operations(loadgen.Take, loadgen.Take, loadgen.Take),
		"chat":    operations(loadgen.Send, loadgen.Send, loadgen.Send, loadgen.Send, loadgen.Read),
	}
	for _, text := range []string{"a0>a1 60", "a0>a1 60", "a1>a2 150"} {
		asked["account"] = append(asked["account"], loadgen.Operation{Kind: loadgen.Move, Text: text})
	}
	asked["account"] = append(asked["account"], loadgen.Operation{Kind: loadgen.Read})
	want := map[string]string{
		"account": "true/200 false/400 true/200 40 10 250",
		"counter": "1 2 1 2 0 0 1 1",
		"limiter": "true/200 true/200 false/429",
		"chat":    "sent sent sent sent t1,t2,t3",
	}
	everyWay(func(tr trial) {
		tr.options = primitive.Options{Limit: primitive.Limit{Tokens: 2, Refill: time.Hour}, Bank: loadgen.Bank{Accounts: 3, Opening: 100}, History: 3}
		expected := want[tr.class]
		if tr.class == "chat" && tr.primitive == "do+kv" {
			expected = "sent sent sent sent t0,t1,t2,t3" // how much the object remembers is the object's
		}
		for tr.seed = range 5 {
			if got := tr.alone(t, asked[tr.class]); got != expected {
				t.Errorf("%s: got %q, want %q", tr, got, expected)
			}
		}
	})
}

// TestARefusalEnds: a bucket of one token that comes every nine and a half seconds, asked every two.
func TestARefusalEnds(t *testing.T) {
	everyWay(func(tr trial) {
		if tr.class != "limiter" {
			return
		}
		tr.options = primitive.Options{Limit: primitive.Limit{Tokens: 1, Refill: 9500 * time.Millisecond}}
		want := "100001000"
		if tr.primitive == "do+kv" {
			want = "100000010" // ten whole seconds from the first refusal, kept at the edge
		}
		var got strings.Builder
		for allowed := range strings.FieldsSeq(tr.alone(t, slices.Repeat([]loadgen.Operation{{Kind: loadgen.Take}}, 9))) {
			if allowed == "true/200" {
				got.WriteByte('1')
			} else {
				got.WriteByte('0')
			}
		}
		if got.String() != want {
			t.Errorf("%s: got %s, want %s", tr, got.String(), want)
		}
	})
}
