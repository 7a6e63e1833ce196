package check_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

// wrote is an edit that was acknowledged as a version.
func wrote(client, sent, done int, edit string, version int64) loadgen.Observation {
	o := op(client, loadgen.Send, sent, done, version)
	o.Operation.Text, o.Reply.Text = edit, fmt.Sprint("text", version)
	return o
}

// heard is that edit with a member, whose text is the right one.
func heard(client, done int, edit string, version int64) loadgen.Observation {
	o := op(client, loadgen.Deliver, 0, done, version)
	o.Operation.Text, o.Reply.Text = edit, fmt.Sprint("text", version)
	return o
}

// looked is the object's own text, asked for by a member.
func looked(client, sent, done int, version int64) loadgen.Observation {
	o := op(client, loadgen.Look, sent, done, version)
	o.Operation.Text, o.Reply.Text = fmt.Sprint("look", sent), fmt.Sprint("text", version)
	return o
}

// entered is a member that joined, and the text that came unasked.
func entered(client, done int, version int64) []loadgen.Observation {
	join := op(client, loadgen.Join, done, done, 0)
	text := looked(client, done, done, version)
	text.Operation.Text = ""
	return list(join, text)
}

// reading changes the sum of a text.
func reading(o loadgen.Observation, sum string) loadgen.Observation {
	o.Reply.Text = sum
	return o
}

func ExampleDocumentConverges() {
	history := []loadgen.Observation{
		wrote(1, 10, 20, "a", 1), heard(1, 20, "a", 1), reading(heard(2, 25, "a", 1), "other"),
	}
	fmt.Println(check.DocumentConverges(check.Params{}).Check(history))
	// Output:
	// document converges: violated: version 1 of x is two texts: text1 with client 1 and other with client 2
	//     0.000 ms … 20.000 ms  client 1  deliver x "a" from client 0 → version 1, text text1
	//     0.000 ms … 25.000 ms  client 2  deliver x "a" from client 0 → version 1, text other
}

// together is a document of two members and two edits that crossed.
func together(more ...loadgen.Observation) []loadgen.Observation {
	history := append(entered(1, 1, 0), entered(2, 2, 0)...)
	return append(append(history,
		wrote(1, 10, 20, "a", 1), wrote(2, 11, 25, "b", 2),
		heard(1, 20, "a", 1), heard(2, 22, "a", 1), heard(2, 25, "b", 2), heard(1, 27, "b", 2)), more...)
}

func TestDocumentConverges(t *testing.T) {
	judgeAll(t, check.DocumentConverges(check.Params{Least: 1}), []told{
		{"all have the same", together(), check.OK, "6 texts of 1 documents", 0},
		{"the object too", together(looked(1, 30, 35, 2)), check.OK, "7 texts", 0},
		{"but the object has another", together(reading(looked(1, 30, 35, 2), "other")), check.Violated, "and other at the object", 2},
		{"a member could not apply an edit", together(reading(heard(1, 40, "c", 3), loadgen.Misfit)), check.Violated, "could not apply edit \"c\" as version 3", 1},
		{"a member without a text says nothing of it", together(reading(heard(1, 40, "c", 3), ""), heard(2, 41, "c", 3)), check.OK, "", 0},
		{"another document has other texts", append(together(), on("y", reading(heard(3, 9, "z", 1), "else"))), check.OK, "2 documents", 0},
		{"nothing was heard", list(wrote(1, 1, 2, "a", 1)), check.Unknown, "void: 0 deliveries", 0},
	})
}

func TestDocumentOrder(t *testing.T) {
	judgeAll(t, check.DocumentOrder(check.Params{Least: 1}), []told{
		{"one after the other", together(), check.OK, "6 versions", 0},
		{"who joins later begins where the text is", append(together(wrote(1, 50, 60, "c", 3), heard(3, 60, "c", 3)), entered(3, 40, 2)...), check.OK, "", 0},
		{"who joins again, too", append(together(wrote(1, 50, 60, "c", 3), wrote(1, 60, 65, "d", 4), heard(2, 75, "d", 4)), entered(2, 70, 3)...), check.OK, "", 0},
		{"a version was left out", together(wrote(1, 50, 60, "d", 4), heard(2, 60, "d", 4)), check.Violated, "was at version 2 and received an edit as version 4, not 3", 2},
		{"an edit came twice", together(heard(2, 30, "b", 2)), check.Violated, "received an edit as version 2, not 3", 2},
		{"the object went back", together(looked(2, 30, 35, 1)), check.Violated, "received the text as version 1, not 2", 2},
		{"an edit was applied twice", together(heard(2, 40, "a", 3), heard(1, 41, "a", 3)), check.Violated, "applied twice, as version 1 and 3", 2},
		{"two edits as one version", together(wrote(1, 50, 60, "c", 3), wrote(2, 50, 60, "d", 3), heard(1, 60, "c", 3), heard(2, 60, "d", 3)), check.Violated, "is two edits", 2},
		{"nobody wrote it", together(heard(2, 40, "z", 3)), check.Violated, "which nobody wrote", 1},
		{"it had been refused", together(failed(wrote(1, 30, 31, "c", 3)), heard(2, 40, "c", 3)), check.Violated, "which had been refused", 2},
		{"of unknown outcome, and there", together(lost(wrote(1, 30, 31, "c", 3)), heard(2, 40, "c", 3)), check.OK, "", 0},
		{"written after an answer, and before it", together(wrote(3, 30, 40, "c", 1)), check.Violated, "had acknowledged version 2 before client 3 asked, and answered with version 1", 2},
		{"written before the answer", together(wrote(3, 24, 40, "c", 2)), check.OK, "", 0},
		{"a look after an answer sees it", together(looked(3, 30, 40, 1)), check.Violated, "had acknowledged version 2", 2},
		{"the text that comes unasked may be old", append(together(), entered(3, 30, 1)...), check.OK, "", 0},
		{"two frames at one instant are in the order of their versions", together(wrote(1, 50, 60, "c", 3), wrote(1, 50, 60, "d", 4), heard(2, 60, "d", 4), looked(2, 50, 60, 4), heard(2, 60, "c", 3)), check.OK, "", 0},
	})
}

func TestDocumentReach(t *testing.T) {
	law := check.DocumentReach(check.Params{Least: 1, Grace: 100 * ms})
	later := op(1, loadgen.Leave, 500, 501, 0)
	other := op(2, loadgen.Leave, 500, 501, 0)
	judgeAll(t, law, []told{
		{"all that was acknowledged came", together(later, other), check.OK, "4 of 4 deliveries", 0},
		{"one did not", together(wrote(1, 50, 60, "c", 3), heard(1, 60, "c", 3), later, other), check.Violated, `"c" in x was acknowledged at 60.000 ms and never reached client 2`, 0},
		{"nobody knows whether it should have", together(lost(wrote(1, 50, 60, "c", 3)), later, other), check.OK, "", 0},
	})
	if law.Law() != "document reach" {
		t.Errorf("the law is called %s", law.Law())
	}
}

// documentHistory is what members of a lawful document may see: some join late or
// leave early, and frames take their time.
func documentHistory(random *rand.Rand, edits int) []loadgen.Observation {
	var history []loadgen.Observation
	const members = 4
	heardAt := [members]time.Duration{} // the last frame of each
	from, until := [members]int64{}, [members]int64{}
	us := func(n int) time.Duration { return time.Duration(random.IntN(n)) * time.Microsecond }
	for m := range members {
		if random.IntN(3) == 0 {
			from[m] = random.Int64N(int64(edits))
		}
		until[m] = int64(edits)
		if random.IntN(3) == 0 {
			until[m] = from[m] + random.Int64N(int64(edits)-from[m]+1)
		}
	}
	sum := func(version int64) string { return fmt.Sprint("text", version) }
	add := func(client int, kind loadgen.Kind, name string, sent, done time.Duration, version int64) {
		o := loadgen.Observation{Client: client, Object: "x", Scheduled: sent, Sent: sent, Done: done, Outcome: loadgen.OK}
		o.Operation, o.Reply = loadgen.Operation{Kind: kind, Text: name}, loadgen.Reply{Value: version, Text: sum(version)}
		if kind == loadgen.Join || kind == loadgen.Leave {
			o.Reply = loadgen.Reply{}
		}
		history = append(history, o)
	}
	at := time.Duration(0) // the object's clock
	for version := int64(0); version <= int64(edits); version++ {
		at += us(60) + 1
		writer, name, sent := random.IntN(members), fmt.Sprint("e", version), at-us(40)
		for m := range members {
			if version < from[m] || version > until[m] {
				continue
			}
			done := max(at, heardAt[m]) + us(80)
			if version == from[m] {
				add(m, loadgen.Join, "", at-us(10), done, 0)
				add(m, loadgen.Look, "", done, done, version)
			} else {
				add(m, loadgen.Deliver, name, sent, done, version)
			}
			if version > from[m] && m == writer {
				add(m, loadgen.Send, name, sent, done, version)
				writer = -1
			}
			if random.IntN(10) == 0 {
				add(m, loadgen.Look, fmt.Sprint("l", version, m), at-us(5), done, version)
			}
			if version == until[m] {
				add(m, loadgen.Leave, "", done, done, 0)
			}
			heardAt[m] = done
		}
		if writer >= 0 && version > 0 { // it was lost on its way back
			o := loadgen.Observation{Client: 9, Object: "x", Scheduled: sent, Sent: sent, Done: at + time.Second, Outcome: loadgen.Unknown}
			o.Operation = loadgen.Operation{Kind: loadgen.Send, Text: name}
			history = append(history, o)
		}
	}
	return history
}

func TestDocumentsAreJudgedTheSameAsTheyGo(t *testing.T) {
	verdicts := make(map[check.Ruling]int)
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 12))
		history := documentHistory(random, 2+random.IntN(40))
		for range int(seed % 3) {
			switch o := &history[random.IntN(len(history))]; {
			case o.Operation.Kind != loadgen.Deliver:
			case random.IntN(3) == 0:
				o.Reply.Text = "other"
			case random.IntN(2) == 0:
				o.Reply.Value += int64(random.IntN(3)) - 1
			default:
				history = append(history, *o)
			}
		}
		for seq := range history {
			history[seq].Seq = uint64(seq)
		}
		whole, pieces := lawsOf(t, "document", check.Params{Least: 1})
		if seed%3 == 0 {
			for _, law := range whole {
				if v := law.Check(history); v.Ruling == check.Violated {
					t.Fatalf("seed %d: a lawful document was convicted: %s", seed, v)
				}
			}
		}
		agree(t, seed, whole[:2], pieces[:2], history, verdicts)
	}
	if verdicts[check.OK] < 600 || verdicts[check.Violated] < 600 {
		t.Errorf("verdicts %v: the histories prove little", verdicts)
	}
}
