package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// Users are where their population says, at the time that it says.
func TestUsersAreWhereTheyShouldBe(t *testing.T) {
	places, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		users  string
		passed float64
		object int
		want   []regions.ID // any of them
	}{
		{"mover", 0.1, 0, []regions.ID{"LHR"}},
		{"mover", 0.5, 0, []regions.ID{"NRT"}},
		{"mover", 0.5, 3, []regions.ID{"IAD"}}, // another object's user goes elsewhere
		{"sun", 0.1, 5, []regions.ID{"NRT"}},
		{"sun", 0.5, 5, []regions.ID{"LHR"}},
		{"sun", 0.9, 5, []regions.ID{"IAD"}},
		{"team", 0.5, 1, []regions.ID{"LHR", "NRT", "IAD"}},
	} {
		flags := runFlags{
			Engine: "virtual", Class: "counter", Rate: "10/s", For: 1e9, Limit: "1/s", Place: "first", Jitter: "off", Cores: 1, Accounts: 2, TTL: 1e9, Least: 1,
			Objects: 6, Clients: 30, Homes: []string{"LHR"}, Edges: []string{"LHR", "NRT", "IAD"},
			usersFlags: usersFlags{Users: row.users, Cost: 20},
		}
		e, err := flags.understand(places, nil)
		if err != nil {
			t.Fatal(err)
		}
		w, err := e.workload("t")
		if err != nil {
			t.Fatal(err)
		}
		u := w.(*used)
		random := loadgen.Random(1, 1)
		seen := map[regions.ID]int{}
		for range 100 {
			seen[e.edges[u.edge(row.object, row.passed, random)]]++
		}
		if len(seen) != len(row.want) {
			t.Errorf("%s, %v of the time, object %d: %v, want %v", row.users, row.passed, row.object, seen, row.want)
		}
		for _, at := range row.want {
			if seen[at] == 0 {
				t.Errorf("%s, %v of the time, object %d: %v, want %v", row.users, row.passed, row.object, seen, row.want)
			}
		}
		if row.users == "team" && seen[e.edges[row.object]] < 80 {
			t.Errorf("a team is at home: %v", seen)
		}
	}
}

// What paper predicts of a strategy that moves objects, the virtual world confirms:
// as many moves, and means that differ by what paper leaves out.
func TestPaperAndTheVirtualWorldAgree(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	code, stdout, stderr := command(t, "run", "--engine", "virtual", "--users", "mover", "--confirm", "m", "--place", "mtlm", "--cost", "5", "--objects", "6", "--clients", "40",
		"--rate", "120/s", "--for", "6s", "--homes", "LHR,IAD,NRT", "--edges", "LHR,IAD,NRT", "--jitter", "off", "-o", out)
	if code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	run := readReport(t, out).Runs[0]
	paper, moves := run.Confirmed.Paper, run.Moves
	if moves == nil || moves.Made == 0 || float64(moves.Made) != paper.Moves {
		t.Errorf("%v moves on paper, %+v in the virtual world", paper.Moves, moves)
	}
	if ratio := float64(run.Latency.Mean) / float64(paper.Mean); ratio < 0.6 || ratio > 1.7 {
		t.Errorf("mean %v on paper, %v in the virtual world", paper.Mean, run.Latency.Mean)
	}
}

// A run takes every strategy there is, those that move or split objects too, and
// says no where it would show something else.
func TestARunTakesEveryStrategy(t *testing.T) {
	for _, kind := range placement.Kinds() {
		place := kind.Name
		if place == "fixed" {
			place = "fixed:LHR"
		}
		out := filepath.Join(t.TempDir(), "out")
		code, stdout, stderr := command(t, "run", "--engine", "virtual", "--place", place, "--objects", "6", "--clients", "30", "--rate", "60/s", "--for", "3s", "--least", "10", "-o", out)
		if code != 0 {
			t.Errorf("%s: exit %d: %s%s", place, code, stdout, stderr)
			continue
		}
		run := readReport(t, out).Runs[0]
		if (run.Moves != nil) != kind.Moves || place == "follow" && run.Moves.Made == 0 {
			t.Errorf("%s: moves %+v", place, run.Moves)
		}
		if wan := time.Duration(run.Budget[loadgen.WAN]); place == "regional" && wan > 150*time.Millisecond {
			t.Errorf("every region has an object of its own, and the way takes %v", wan)
		}
	}
	for _, args := range [][]string{{"--class", "chat", "--place", "mtlm"}, {"--class", "document", "--place", "regional"}} {
		code, _, stderr := command(t, append([]string{"run", "--engine", "virtual"}, args...)...)
		if code != 2 || !strings.Contains(stderr, "--place") {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
}
