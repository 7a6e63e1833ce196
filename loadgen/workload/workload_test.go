package workload_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/workload"
)

func ExampleNew() {
	counters, err := workload.New("counter", workload.Options{Run: "demo", Objects: 2, Clients: 3, Reads: 0.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(counters)
	for seq := range uint64(4) {
		ask := counters.Next(seq, loadgen.Random(1, seq))
		fmt.Println(ask.Method, ask.Path)
	}
	_, err = workload.New("conter", workload.Options{})
	fmt.Println(err)
	// Output:
	// 3 clients on 2 counters, 50 % reads
	// POST /counter/increment?id=demo-counter-1
	// GET /counter/value?id=demo-counter-1
	// GET /counter/value?id=demo-counter-0
	// GET /counter/value?id=demo-counter-0
	// class "conter" is unknown: did you mean "counter"? There are counter, chat, limiter, account, session, document
}

func TestRefusals(t *testing.T) {
	rows := []struct {
		story string
		class string
		opts  workload.Options
		want  string
	}{
		{"a word that is near nothing gets the list only", "database", workload.Options{}, "there are counter, chat, limiter, account, session, document"},
		{"a beginning is near enough", "lim", workload.Options{}, `did you mean "limiter"`},
		{"a class in capitals is near itself", "CHAT", workload.Options{}, `did you mean "chat"`},
		{"reads are a share", "counter", workload.Options{Reads: 10}, "reads 10: want a share"},
		{"counts are not negative", "counter", workload.Options{Clients: -1}, "clients -1"},
		{"nobody outside the room sends", "chat", workload.Options{Members: 2, Senders: 3}, "3 senders in a room of 2"},
		{"names of objects go into paths", "chat", workload.Options{Run: "a/b"}, "run prefix"},
		{"keys must fit into memory", "limiter", workload.Options{Over: 1e-9, Rate: 1000, Refill: 1}, "at most 1000000"},
	}
	for _, row := range rows {
		if _, err := workload.New(row.class, row.opts); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q in it", row.story, err, row.want)
		}
	}
}

func TestNextIsPureAndWithinBounds(t *testing.T) {
	for _, class := range workload.Classes() {
		w, err := workload.New(class, workload.Options{Run: "r1", Objects: 3, Clients: 6, Members: 4, Senders: 2, Reads: 0.3})
		if err != nil {
			t.Fatal(err)
		}
		asked := make(map[string]bool)
		for seq := range uint64(2000) {
			ask := w.Next(seq, loadgen.Random(7, seq))
			if again := w.Next(seq, loadgen.Random(7, seq)); fmt.Sprint(again) != fmt.Sprint(ask) {
				t.Fatalf("%s: operation %d is once %v and once %v", class, seq, ask, again)
			}
			if ask.Client < 0 || ask.Client >= w.Clients() {
				t.Fatalf("%s: operation %d comes from client %d of %d", class, seq, ask.Client, w.Clients())
			}
			if !slices.Contains(w.Objects(), ask.Object) || !strings.HasPrefix(ask.Object, "r1-") {
				t.Fatalf("%s: operation %d is on %q, not one of %v", class, seq, ask.Object, w.Objects())
			}
			asked[ask.Object] = true
		}
		if len(asked) != 3 {
			t.Errorf("%s: 2000 operations touched %d objects of 3", class, len(asked))
		}
	}
}

func TestCounterReadsTheShareItIsGiven(t *testing.T) {
	w, _ := workload.New("counter", workload.Options{Reads: 0.25})
	reads := 0
	for seq := range uint64(10_000) {
		if w.Next(seq, loadgen.Random(3, seq)).Operation.Kind == loadgen.Read {
			reads++
		}
	}
	if reads < 2300 || reads > 2700 {
		t.Errorf("got %d reads of 10000, want about 2500", reads)
	}
}

func TestChatSendsUniqueTextsFromMembersOfTheRoom(t *testing.T) {
	w, err := workload.New("chat", workload.Options{Run: "r", Objects: 3, Members: 5, Senders: 2, Bytes: 40})
	if err != nil {
		t.Fatal(err)
	}
	members := w.(*workload.Chat).Members()
	if len(members) != 15 {
		t.Fatalf("got %d members, want 15", len(members))
	}
	texts, senders := make(map[string]bool), make(map[int]bool)
	for seq := range uint64(1000) {
		ask := w.Next(seq, loadgen.Random(5, seq))
		if got := members[ask.Client]; got.Client != ask.Client || got.Object != ask.Object {
			t.Fatalf("client %d sends to %s but is %+v", ask.Client, ask.Object, got)
		}
		if texts[ask.Operation.Text] {
			t.Fatalf("text %q is sent twice", ask.Operation.Text)
		}
		if len(ask.Operation.Text) != 40 {
			t.Fatalf("text %q has %d bytes, want 40", ask.Operation.Text, len(ask.Operation.Text))
		}
		texts[ask.Operation.Text], senders[ask.Client] = true, true
	}
	if len(senders) != 6 {
		t.Errorf("%d clients sent, want 2 in each of 3 rooms", len(senders))
	}
}

func TestLimiterKeysFollowOverSubscription(t *testing.T) {
	w, err := workload.New("limiter", workload.Options{Over: 2, Rate: 40, Refill: 100.0 / 60})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(w.Objects()); got != 12 {
		t.Errorf("got %d keys, want 12: 40/s over keys of 1.67/s, asked twice that", got)
	}
}

func TestDecode(t *testing.T) {
	rows := []struct {
		story, class string
		status       int
		body         string
		want         loadgen.Reply
		bad          bool
	}{
		{"a count", "counter", 200, `{"count":17}`, loadgen.Reply{Value: 17}, false},
		{"a reset's reply has a count too", "counter", 200, `{"count":0,"reset":true}`, loadgen.Reply{}, false},
		{"a refusal is a reply", "counter", 404, `Not Found`, loadgen.Reply{Error: `status 404: "Not Found"`}, false},
		{"a refusal with a reason", "counter", 400, `{"error":"bad name"}`, loadgen.Reply{Error: "bad name"}, false},
		{"no count", "counter", 200, `{}`, loadgen.Reply{}, true},
		{"not JSON", "counter", 200, `<html>`, loadgen.Reply{}, true},
		{"a token", "limiter", 200, `{"allowed":true,"remaining":9}`, loadgen.Reply{Allowed: true, Value: 9}, false},
		{"no token", "limiter", 429, `{"allowed":false,"retryAfter":1,"remaining":0}`, loadgen.Reply{}, false},
		{"status and body disagree", "limiter", 200, `{"allowed":false}`, loadgen.Reply{}, true},
		{"a limiter that does not say", "limiter", 429, `{}`, loadgen.Reply{}, true},
		{"another refusal", "limiter", 400, `{"error":"bad key"}`, loadgen.Reply{Error: "bad key"}, false},
		{"chat has no replies", "chat", 200, `{}`, loadgen.Reply{}, true},
	}
	for _, row := range rows {
		w, err := workload.New(row.class, workload.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Decode(loadgen.Increment, row.status, []byte(row.body))
		if got != row.want || (err != nil) != row.bad {
			t.Errorf("%s: %d %s: got %+v, %v, want %+v, error %v", row.story, row.status, row.body, got, err, row.want, row.bad)
		}
	}
}
