package check_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

// resumed is a member that lost its connection, joined again and is told what came after a version.
func resumed(client, lost, done int, version int64) []loadgen.Observation {
	leave := op(client, loadgen.Leave, lost, lost, 0)
	leave.Outcome = loadgen.Failed
	resume := op(client, loadgen.Resume, done, done, version)
	resume.Reply.Allowed = true
	return list(leave, op(client, loadgen.Join, done-1, done, 0), resume)
}

func TestAuthorsThatComeBackGoOnWhereTheyWere(t *testing.T) {
	reentered := func(version int64) []loadgen.Observation {
		return append(resumed(2, 30, 40, 0)[:2], entered(2, 40, version)[1])
	}
	then := func(more []loadgen.Observation, last ...loadgen.Observation) []loadgen.Observation {
		return together(append(more, last...)...)
	}
	judgeAll(t, check.DocumentOrder(check.Params{Least: 1}), []told{
		{"told what it missed", then(resumed(2, 30, 40, 2), heard(1, 36, "c", 3), heard(2, 40, "c", 3), wrote(1, 32, 36, "c", 3)), check.OK, "", 0},
		{"an edit is left out", then(resumed(2, 30, 40, 3), heard(1, 36, "c", 3), wrote(1, 32, 36, "c", 3)), check.Violated, "was told what came after version 3", 2},
		{"an edit is told again", then(resumed(2, 30, 40, 1), heard(2, 40, "b", 2)), check.Violated, "was told what came after version 1", 2},
		{"it is told from where it was, and then one is missing", then(resumed(2, 30, 40, 2), heard(1, 34, "c", 3), heard(1, 36, "d", 4), heard(2, 40, "d", 4),
			wrote(1, 32, 34, "c", 3), wrote(1, 33, 36, "d", 4)), check.Violated, "as version 4, not 3", 2},
		{"the object gives a later text", then(reentered(3), heard(1, 36, "c", 3), wrote(1, 32, 36, "c", 3)), check.OK, "", 0},
		{"the object gives an earlier text: it went back", then(reentered(1)), check.Violated, "the object went back", 2},
		{"it sent an edit again that had been ordered", then(resumed(2, 30, 40, 2), heard(1, 42, "b", 3)), check.Violated, "applied twice", 2},
	})
}

// interrupted has one member lose its connection for a while, and come back.
func interrupted(random *rand.Rand, history []loadgen.Observation) []loadgen.Observation {
	o := history[random.IntN(len(history))]
	who, from := o.Client, o.Done+time.Duration(1)*time.Microsecond
	to := from + time.Duration(1+random.IntN(60))*time.Microsecond
	version := int64(-1)
	for _, o := range history {
		mine := o.Client == who && o.Outcome == loadgen.OK
		switch {
		case mine && o.Operation.Kind == loadgen.Leave && o.Done <= to, mine && o.Operation.Kind == loadgen.Join && o.Done > from:
			return history
		case mine && o.Done <= from && (o.Operation.Kind == loadgen.Deliver || o.Operation.Kind == loadgen.Look):
			version = max(version, o.Reply.Value)
		}
	}
	if version < 0 || who == 9 {
		return history
	}
	var after []loadgen.Observation
	for _, o := range history {
		if o.Client == who && o.Done > from && o.Done <= to && o.Outcome == loadgen.OK {
			if o.Operation.Kind == loadgen.Look {
				continue // nobody answers it
			}
			o.Done = to
		}
		after = append(after, o)
	}
	for i, o := range resumed(who, 0, 0, version) {
		o.Scheduled, o.Sent, o.Done = from, from, from
		if i > 0 {
			o.Scheduled, o.Sent, o.Done = to, to, to
		}
		after = append(after, o)
	}
	return after
}

func TestInterruptedAuthorsAreJudgedTheSameAsTheyGo(t *testing.T) {
	verdicts := make(map[check.Ruling]int)
	returns := 0
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 31))
		history := documentHistory(random, 2+random.IntN(40))
		for range 1 + random.IntN(3) {
			before := len(history)
			if history = interrupted(random, history); len(history) > before {
				returns++
			}
		}
		for range int(seed % 3) {
			o := &history[random.IntN(len(history))]
			switch {
			case o.Operation.Kind == loadgen.Resume:
				o.Reply.Value += int64(random.IntN(3)) - 1
			case o.Operation.Kind == loadgen.Deliver && random.IntN(2) == 0:
				o.Reply.Value += int64(random.IntN(3)) - 1
			case o.Operation.Kind == loadgen.Deliver:
				history = append(history, *o)
			}
		}
		for seq := range history {
			history[seq].Seq = uint64(seq)
		}
		whole, pieces := lawsOf(t, "document", check.Params{Least: 1, Grace: time.Second})
		if seed%3 == 0 {
			for _, law := range whole {
				if v := law.Check(history); v.Ruling == check.Violated {
					t.Fatalf("seed %d: a lawful document was convicted: %s", seed, v)
				}
			}
		}
		agree(t, seed, whole[:2], pieces[:2], history, verdicts)
	}
	if verdicts[check.OK] < 600 || verdicts[check.Violated] < 600 || returns < 1000 {
		t.Errorf("verdicts %v, %d returns: the histories prove little", verdicts, returns)
	}
}
