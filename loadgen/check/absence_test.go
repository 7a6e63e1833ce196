package check_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

// back is a member that joins again and is told what it missed: both is the latest
// text that it had and was given again, of so many given.
func (s *script) back(at, client int, both string, given int, missed ...string) *script {
	s.join(at, client)
	o := s.add(client, loadgen.Operation{}, at+2, at+2)
	o.Resumed(time.Duration(at+2)*ms, both, given)
	for _, text := range missed {
		s.gets(client, text, at+2)
	}
	return s
}

// absent is a room in which 1 sends a, b and c to 2, whose connection is lost before b.
func absent() *script {
	return new(script).join(0, 1, 2).says(1, "a", 10, 20).says(1, "b", 30, 40).says(1, "c", 60, 70).
		gets(1, "a", 20).gets(1, "b", 40).gets(1, "c", 70).gets(2, "a", 20).cut(25, 2)
}

func TestWhoComesBackHasMissedNothing(t *testing.T) {
	gap, reach := check.ChatGap(check.Params{Least: 1}), check.ChatReach(check.Params{Least: 1, Grace: time.Second})
	judgeAll(t, gap, []told{
		{"told what it missed", absent().back(45, 2, "a", 2, "b").gets(2, "c", 70).history, check.OK, "(1 times back", 0},
		{"not told of one text", absent().back(45, 2, "a", 2).gets(2, "c", 70).history, check.Violated, `but never "b"`, 5},
		{"the room forgot what it had received last", absent().back(45, 2, "", 0, "b").gets(2, "c", 70).history, check.Violated, `and not "a"`, 5},
		{"the room remembers older texts only", new(script).join(0, 1, 2).says(1, "a", 10, 20).says(1, "b", 30, 40).
			gets(1, "a", 20).gets(1, "b", 40).gets(2, "a", 20).gets(2, "b", 40).cut(45, 2).back(50, 2, "a", 1).history, check.Violated, `but no longer "b"`, 5},
		{"a hundred others came meanwhile", absent().back(45, 2, "", 100).gets(2, "c", 70).history, check.OK, "", 0},
		{"it was told nothing: a new member", absent().join(45, 2).gets(2, "c", 70).history, check.OK, "", 0},
		{"it came back too late: a new member", absent().back(31_000, 2, "", 0).history, check.OK, "", 0},
		{"lost again before it was told", absent().join(45, 2).cut(46, 2).back(50, 2, "a", 2, "b").gets(2, "c", 70).history, check.OK, "", 0},
	})
	judgeAll(t, reach, []told{
		{"told what it missed", absent().back(45, 2, "a", 2, "b").gets(2, "c", 70).leave(5000, 1, 2).history, check.OK, "6 of 6", 0},
		{"not told of the last text", absent().back(75, 2, "a", 3, "b").leave(5000, 1, 2).history, check.Violated, "never reached client 2", 0},
		{"it did not come back", absent().leave(5000, 1).history, check.OK, "4 of 4", 0},
	})
	judgeAll(t, check.ChatOnce(check.Params{Least: 1}), []told{
		{"told once", absent().back(45, 2, "a", 2, "b").gets(2, "c", 70).history, check.OK, "", 0},
		{"told again of what it had missed", absent().back(45, 2, "a", 2, "b").gets(2, "b", 50).gets(2, "c", 70).history, check.Violated, `"b" twice`, 0},
		{"told again of what it had before", absent().back(45, 2, "a", 2, "b").gets(2, "a", 50).history, check.Violated, `"a" twice`, 0},
	})
	judgeAll(t, check.ChatOrder(check.Params{Least: 1}), []told{
		{"in order", absent().back(75, 2, "a", 3, "b", "c").history, check.OK, "", 0},
		{"told in another order", absent().back(45, 2, "a", 2).gets(2, "c", 70).gets(2, "b", 80).history, check.Violated, "", 0},
	})
}

// A socket keeps its sender's order; the next one knows nothing of it.
func TestASendersOrderHoldsWithinOneConnection(t *testing.T) {
	across := func() *script {
		s := new(script).join(0, 1, 2).cut(15, 1).join(18, 1)
		s.says(1, "a", 10, 15)
		*s.last() = lost(*s.last())
		return s.says(1, "b", 20, 30)
	}
	judgeAll(t, check.ChatFIFO(check.Params{Least: 1}), []told{
		{"what was under way when the connection was lost comes later", across().gets(2, "b", 30).gets(2, "a", 35).history, check.OK, "", 0},
		{"within the next connection there is an order", across().says(1, "c", 25, 40).gets(2, "c", 40).gets(2, "b", 45).history, check.Violated, `"c" before "b"`, 4},
	})
}

// coming is what members of a lawful room may see whose connections are lost again
// and again: the room orders a text at once, and gives its last hundred to who joins.
func coming(random *rand.Rand, members, texts int) []loadgen.Observation {
	s := new(script)
	type client struct {
		here    bool
		next    int // of the order, to receive
		had     string
		under   []int // of the history: sends that were not echoed
		returns int
	}
	var order []string
	all, sends := make([]client, members), make(map[string]int)
	for c := range all {
		all[c].here = true
		s.join(0, c)
	}
	receive := func(c, at int) {
		text := order[all[c].next]
		s.gets(c, text, at)
		s.last().Sent, s.last().Operation.Sender = s.history[sends[text]].Sent, s.history[sends[text]].Client
		all[c].had = text
		all[c].next++
		if send := &s.history[sends[text]]; send.Client == c && send.Outcome == "" {
			send.Done, send.Outcome = time.Duration(at)*ms, loadgen.OK
		}
	}
	for at, said := 10, 0; said < texts || random.IntN(50) > 0; at += 3 {
		c := random.IntN(members)
		switch m := &all[c]; {
		case !m.here && at > m.returns:
			m.here = true
			first := max(m.next, len(order)-loadgen.RoomRemembers)
			both := m.had
			if first > m.next || len(order) > 0 && m.next <= len(order)-loadgen.RoomRemembers {
				both = ""
			}
			s.back(at, c, both, min(len(order), loadgen.RoomRemembers))
			for m.next = first; m.next < len(order); {
				receive(c, at+2)
			}
		case !m.here:
		case random.IntN(25) == 0:
			m.here, m.returns = false, at+random.IntN(300)
			s.cut(at, c)
			for _, i := range m.under {
				if o := &s.history[i]; o.Outcome == "" {
					o.Done, o.Outcome, o.Reply = time.Duration(at)*ms, loadgen.Unknown, loadgen.Reply{}
				}
			}
			m.under = nil
		case said < texts && random.IntN(3) == 0:
			text := fmt.Sprint("t", said)
			said++
			s.says(c, text, at, at)
			s.last().Outcome, s.last().Reply = "", loadgen.Reply{}
			m.under = append(m.under, len(s.history)-1)
			if sends[text] = len(s.history) - 1; random.IntN(20) > 0 {
				order = append(order, text)
			}
		case m.next < len(order):
			receive(c, at)
		}
	}
	for i := range s.history {
		o := &s.history[i]
		if o.Seq = uint64(i); o.Outcome == "" {
			*o = lost(*o)
		}
	}
	return s.history
}

func TestLawfulReturnsAreAcquitted(t *testing.T) {
	returns := 0
	for seed := range uint64(300) {
		history := coming(rand.New(rand.NewPCG(seed, 21)), 2+int(seed%5), 40+int(seed%4)*100)
		for _, law := range chatLaws(t) {
			if got := law.Check(history); got.Ruling != check.OK {
				t.Fatalf("seed %d: %s", seed, got)
			}
		}
		for _, o := range history {
			if o.Operation.Kind == loadgen.Resume && o.Reply.Allowed {
				returns++
			}
		}
	}
	if returns < 1000 {
		t.Errorf("%d returns", returns)
	}
}

// Histories with returns, lawful and broken, must be judged as they go as at their end.
func TestReturnsAreJudgedTheSameAsTheyGo(t *testing.T) {
	verdicts := make(map[check.Ruling]int)
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 22))
		history := coming(random, 2+random.IntN(5), 30+random.IntN(200))
		for range random.IntN(3) {
			history = breakChat(random, history)
		}
		for i := range history {
			if history[i].Seq = uint64(i); history[i].Operation.Kind == loadgen.Resume && random.IntN(60) == 0 {
				history[i].Operation.Text, history[i].Reply.Allowed = "", false
			}
		}
		if receivedBeforeSent(history) {
			continue
		}
		whole, pieces := lawsOf(t, "chat", check.Params{Least: 1, Grace: 150 * ms})
		agree(t, seed, whole, pieces, history, verdicts)
	}
	if verdicts[check.OK] < 300 || verdicts[check.Violated] < 300 {
		t.Errorf("verdicts %v: the histories prove little", verdicts)
	}
}

// Whoever does not come back is forgotten after a while: a long run keeps little.
func TestTheAbsentHoldUpNothingForLong(t *testing.T) {
	s := new(script).join(0, 1, 2, 3).cut(5, 3)
	for n := range 40_000 {
		text, at := fmt.Sprint("t", n), 10+10*n
		s.says(1, text, at, at+2).gets(1, text, at+2).gets(2, text, at+3)
	}
	for i := range s.history {
		s.history[i].Seq = uint64(i)
	}
	laws, err := check.For("chat", check.Params{Keep: 100})
	if err != nil {
		t.Fatal(err)
	}
	court, most := check.Open(laws), 0
	for i := range s.history {
		court.Hear(&s.history[i])
		most = max(most, court.Kept())
	}
	for _, v := range court.Verdicts() {
		if v.Ruling != check.OK {
			t.Error(v)
		}
	}
	// 30 s of 300 observations each, and as many again until it is looked at.
	if most > 30_000 {
		t.Errorf("%d of %d observations were kept", most, len(s.history))
	}
}
