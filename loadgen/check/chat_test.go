package check_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

// script tells a chat history line by line.
type script struct{ history []loadgen.Observation }

func (s *script) add(client int, operation loadgen.Operation, sent, done int) *loadgen.Observation {
	o := op(client, operation.Kind, sent, done, 0)
	o.Operation = operation
	s.history = append(s.history, o)
	return &s.history[len(s.history)-1]
}

func (s *script) join(at int, clients ...int) *script {
	for _, c := range clients {
		s.add(c, loadgen.Operation{Kind: loadgen.Join}, at, at+1).Reply.Status = http.StatusSwitchingProtocols
	}
	return s
}

// polled has every member ask for the texts, and send them, with requests.
func (s *script) polled() *script {
	for i := range s.history {
		if o := &s.history[i]; o.Operation.Kind == loadgen.Join {
			o.Reply.Status = http.StatusOK
		}
	}
	return s
}

func (s *script) leave(at int, clients ...int) *script {
	for _, c := range clients {
		s.add(c, loadgen.Operation{Kind: loadgen.Leave}, at, at+1)
	}
	return s
}

func (s *script) cut(at, client int) *script {
	o := s.add(client, loadgen.Operation{Kind: loadgen.Leave}, at, at)
	o.Outcome, o.Reply.Error = loadgen.Failed, "connection reset"
	return s
}

// says is a text sent and echoed.
func (s *script) says(client int, text string, sent, echoed int) *script {
	s.add(client, loadgen.Operation{Kind: loadgen.Send, Text: text}, sent, echoed)
	return s
}

// gets is a delivery; the object's id of a text is the text in brackets.
func (s *script) gets(client int, text string, at int) *script {
	o := s.add(client, loadgen.Operation{Kind: loadgen.Deliver, Text: text}, 0, at)
	o.Reply.Text = "[" + text + "]"
	return s
}

func (s *script) last() *loadgen.Observation { return &s.history[len(s.history)-1] }

// pair is a room in which 1 and 2 send a, b and c, a and b at once and c later.
func pair() *script {
	return new(script).join(0, 1, 2, 3).
		says(1, "a", 10, 20).says(2, "b", 11, 21).says(1, "c", 30, 40)
}

func ExampleChatOrder() {
	history := pair().gets(1, "a", 20).gets(1, "b", 21).gets(2, "b", 21).gets(2, "a", 22).history
	fmt.Println(check.ChatOrder(check.Params{}).Check(history))
	// Output:
	// chat one order: violated: x had two orders: client 1 received "a" before "b", client 2 the other way round
	//     0.000 ms … 20.000 ms  client 1  deliver x "a" from client 0 → ok
	//     0.000 ms … 21.000 ms  client 1  deliver x "b" from client 0 → ok
	//     0.000 ms … 21.000 ms  client 2  deliver x "b" from client 0 → ok
	//     0.000 ms … 22.000 ms  client 2  deliver x "a" from client 0 → ok
}

func TestChatOrder(t *testing.T) {
	judgeAll(t, check.ChatOrder(check.Params{}), []told{
		{"all see the same", pair().gets(1, "a", 20).gets(1, "b", 21).gets(2, "a", 20).gets(2, "b", 22).history, check.OK, "4 deliveries to 3 members of 1 rooms", 0},
		{"late members see a part", pair().gets(1, "a", 20).gets(1, "b", 21).gets(1, "c", 40).gets(3, "b", 22).gets(3, "c", 41).history, check.OK, "", 0},
		{"reordered: two members disagree", pair().gets(1, "a", 20).gets(1, "b", 21).gets(2, "b", 21).gets(2, "a", 22).history, check.Violated, "had two orders", 4},
		{"reordered among others", pair().gets(1, "a", 20).gets(1, "b", 21).gets(1, "c", 40).gets(2, "b", 21).gets(2, "c", 40).gets(2, "a", 41).history, check.Violated, "", 4},
		{
			"three members, no two of whom disagree", new(script).join(0, 1, 2, 3).
				says(1, "a", 10, 50).says(2, "b", 10, 50).says(3, "c", 10, 50).
				gets(1, "a", 20).gets(1, "b", 50).gets(2, "b", 20).gets(2, "c", 50).gets(3, "c", 20).gets(3, "a", 50).history,
			check.Violated, "in a circle", 6,
		},
		{"acknowledged before the other was sent, yet after it", pair().gets(3, "c", 41).gets(3, "a", 42).history, check.Violated, "although it was sent only after", 4},
		{"an unknown text has no time of acknowledgement", unacknowledged(pair().gets(3, "c", 41).gets(3, "a", 42).history, "a"), check.OK, "", 0},
		{"a text received twice is another law's matter", pair().gets(1, "a", 20).gets(1, "b", 21).gets(1, "a", 22).history, check.OK, "", 0},
	})
}

func unacknowledged(history []loadgen.Observation, text string) []loadgen.Observation {
	for i := range history {
		if o := &history[i]; o.Operation.Kind == loadgen.Send && o.Operation.Text == text {
			*o = lost(*o)
		}
	}
	return history
}

func TestChatOnce(t *testing.T) {
	failedSend := func(history []loadgen.Observation) []loadgen.Observation {
		for i := range history {
			if history[i].Operation.Text == "a" && history[i].Operation.Kind == loadgen.Send {
				history[i] = failed(history[i])
			}
		}
		return history
	}
	renamed := pair().gets(1, "a", 20).gets(2, "a", 21)
	renamed.last().Reply.Text = "[another]"
	judgeAll(t, check.ChatOnce(check.Params{}), []told{
		{"each once", pair().gets(1, "a", 20).gets(1, "b", 21).gets(2, "a", 20).history, check.OK, "none twice", 0},
		{"duplicate delivery", pair().gets(1, "a", 20).gets(1, "b", 21).gets(1, "a", 22).history, check.Violated, `received "a" twice`, 3},
		{"invented", pair().gets(1, "z", 20).history, check.Violated, "nobody sent", 1},
		{"before it was sent", pair().gets(1, "a", 5).history, check.Violated, "before it was sent", 2},
		{"its sending failed for certain", failedSend(pair().gets(3, "a", 20).history), check.Violated, "certainly failed", 2},
		{"of unknown outcome may come", unacknowledged(pair().gets(3, "a", 20).history, "a"), check.OK, "", 0},
		{"the room took one text in twice", renamed.history, check.Violated, "as another message", 3},
	})
}

func TestChatGap(t *testing.T) {
	judgeAll(t, check.ChatGap(check.Params{}), []told{
		{"nothing missing", pair().gets(1, "a", 20).gets(1, "c", 40).gets(3, "a", 20).gets(3, "c", 41).history, check.OK, "leave nothing out", 0},
		{"dropped between two others", pair().gets(1, "a", 20).gets(1, "b", 21).gets(1, "c", 40).gets(3, "a", 20).gets(3, "c", 41).history, check.Violated, `received "c" but never "b"`, 5},
		{"dropped before the first", pair().gets(1, "a", 20).gets(1, "c", 40).gets(3, "c", 41).history, check.Violated, `never "a"`, 5},
		{"it was sent before the member had joined", new(script).join(0, 1, 2).says(1, "a", 10, 20).join(15, 3).says(2, "b", 30, 40).
			gets(1, "a", 20).gets(1, "b", 40).gets(3, "b", 40).history, check.OK, "", 0},
		{"missed at the end of a lost connection", new(script).join(0, 1, 3).says(1, "a", 10, 20).says(1, "b", 11, 21).says(1, "c", 30, 40).
			gets(1, "a", 20).gets(1, "b", 21).gets(1, "c", 40).gets(3, "a", 20).cut(50, 3).history, check.OK, "2 messages were missed", 0},
		{"a lost connection excuses no gap before its end", pair().gets(1, "a", 20).gets(1, "b", 21).gets(1, "c", 40).gets(3, "a", 20).gets(3, "c", 41).cut(50, 3).history, check.Violated, "", 5},
		{"who came back is a new member", new(script).join(0, 1, 2).says(1, "a", 10, 20).says(1, "b", 30, 40).says(1, "c", 50, 60).
			gets(1, "a", 20).gets(1, "b", 40).gets(1, "c", 60).gets(2, "a", 21).cut(25, 2).join(45, 2).gets(2, "c", 60).history, check.OK, "leave nothing out", 0},
	})
}

func TestChatReach(t *testing.T) {
	second := 1000
	judgeAll(t, check.ChatReach(check.Params{Grace: time.Second}), []told{
		{"everybody has everything", pair().gets(1, "a", 20).gets(2, "a", 20).gets(3, "a", 20).gets(1, "b", 21).gets(2, "b", 21).gets(3, "b", 21).
			gets(1, "c", 40).gets(2, "c", 40).gets(3, "c", 40).leave(5*second, 1, 2, 3).history, check.OK, "9 of 9", 0},
		{"dropped delivery at the end", pair().gets(1, "a", 20).gets(2, "a", 20).gets(1, "b", 21).gets(2, "b", 21).gets(1, "c", 40).
			leave(5*second, 1, 2).history, check.Violated, "never reached client 2", 4},
		{"it left soon after: perhaps the message was on its way", new(script).join(0, 1, 2).says(1, "a", 10, 20).gets(1, "a", 20).
			leave(500, 2).leave(5*second, 1).history, check.OK, "1 of 1", 0},
		{"its connection was lost, nobody knows when", new(script).join(0, 1, 2).says(1, "a", 10, 20).gets(1, "a", 20).
			cut(5*second, 2).leave(5*second, 1).history, check.OK, "1 of 1", 0},
		{"never acknowledged, never due", unacknowledged(new(script).join(0, 1, 2).says(1, "a", 10, 20).leave(5*second, 1, 2).history, "a"), check.OK, "0 of 0", 0},
		{"it joined after the message was sent", new(script).join(0, 1).says(1, "a", 10, 20).join(11, 2).gets(1, "a", 20).
			leave(5*second, 1, 2).history, check.OK, "1 of 1", 0},
		{"the run ended without anybody leaving", new(script).join(0, 1, 2).says(1, "a", 10, 20).says(1, "b", 2*second, 2*second+1).
			gets(1, "a", 20).gets(1, "b", 2*second+1).gets(2, "b", 2*second+1).history, check.Violated, "3 of 4", 0},
	})
}

// chatHistory is what members of a lawful room may see. Member 0 stays, others
// lose their connections now and then; whatever was not received by then is lost.
func chatHistory(random *rand.Rand, members, texts int) []loadgen.Observation {
	s := new(script)
	for c := range members {
		s.join(0, c)
	}
	free := make([]int, members) // when each member's last delivery was
	gone := make([]int, members)
	for c := 1; c < members; c++ {
		gone[c] = 1 << 30
		if random.IntN(4) == 0 {
			gone[c] = 10 + random.IntN(10*texts)
			s.cut(gone[c], c)
		}
	}
	gone[0] = 1 << 30
	instant := 10
	for n := range texts {
		sender, text := random.IntN(members), fmt.Sprint("t", n)
		instant += random.IntN(10)
		if gone[sender] <= instant {
			continue
		}
		taken := instant + random.IntN(5)
		echo := 0
		for c := range members {
			free[c] = max(free[c], taken+random.IntN(20))
			if free[c] >= gone[c] {
				continue
			}
			s.gets(c, text, free[c])
			if c == sender {
				echo = free[c]
			}
		}
		s.says(sender, text, instant, echo)
		if echo == 0 {
			*s.last() = lost(*s.last())
		}
		instant = taken
	}
	for c := range members {
		if gone[c] == 1<<30 {
			s.leave(instant+10_000, c)
		}
	}
	for seq := range s.history {
		s.history[seq].Seq = uint64(seq)
	}
	return s.history
}

func chatLaws(t *testing.T) []check.Checker {
	t.Helper()
	laws, err := check.For("chat", check.Params{Least: 1})
	if err != nil {
		t.Fatal(err)
	}
	return laws
}

func TestLawfulChatsAreAcquitted(t *testing.T) {
	for seed := range uint64(200) {
		history := chatHistory(rand.New(rand.NewPCG(seed, 3)), 2+int(seed%5), 30)
		for _, law := range chatLaws(t) {
			if got := law.Check(history); got.Ruling != check.OK {
				t.Fatalf("seed %d: %s", seed, got)
			}
		}
	}
}

// Each way of breaking a delivery must be found by one of the laws, and the law
// it is aimed at.
func TestBrokenChatsAreConvicted(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 4))
		history := chatHistory(random, 4, 30)
		var own []int // deliveries to member 0, who stays
		for i, o := range history {
			if o.Operation.Kind == loadgen.Deliver && o.Client == 0 {
				own = append(own, i)
			}
		}
		i := own[1+random.IntN(len(own)-2)]
		dropped := slices.Delete(slices.Clone(history), i, i+1)
		doubled := append(slices.Clone(history), history[i])
		doubled[len(doubled)-1].Done += ms
		invented := slices.Clone(history)
		invented[i].Operation.Text = "never said"
		for _, broken := range []struct {
			story   string
			history []loadgen.Observation
			law     func(check.Params) check.Checker
		}{
			{"dropped", dropped, check.ChatGap},
			{"dropped", dropped, check.ChatReach},
			{"doubled", doubled, check.ChatOnce},
			{"invented", invented, check.ChatOnce},
		} {
			got := broken.law(check.Params{}).Check(broken.history)
			acknowledged := !slices.ContainsFunc(history, func(o loadgen.Observation) bool {
				return o.Operation.Text == history[i].Operation.Text && o.Outcome == loadgen.Unknown
			})
			if got.Ruling != check.Violated && (broken.story != "dropped" || acknowledged && seenByOthers(history, i)) {
				t.Errorf("seed %d: delivery %d %s: %s", seed, i, broken.story, got)
			}
		}
	}
}

func seenByOthers(history []loadgen.Observation, i int) bool {
	return slices.ContainsFunc(history, func(o loadgen.Observation) bool {
		return o.Operation.Kind == loadgen.Deliver && o.Client != 0 && o.Operation.Text == history[i].Operation.Text && o.Client != history[i].Client
	})
}

func BenchmarkChatMillion(b *testing.B) {
	history := chatHistory(rand.New(rand.NewPCG(1, 1)), 50, 30_000)
	b.ReportMetric(float64(len(history)), "observations")
	for b.Loop() {
		laws, _ := check.For("chat", check.Params{})
		for _, law := range laws {
			if got := law.Check(history); got.Ruling != check.OK {
				b.Fatal(got)
			}
		}
	}
}
