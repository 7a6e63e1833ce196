package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/reports"
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

// What paper predicts, the virtual world confirms, within the tolerance that the
// report states: for all that the suite placement compares.
func TestPaperAndTheVirtualWorldAgree(t *testing.T) {
	text, err := suiteFiles.ReadFile("scripts/suites/placement.txt")
	if err != nil {
		t.Fatal(err)
	}
	suite := filepath.Join(t.TempDir(), "placement.txt")
	lines := strings.ReplaceAll(string(text), "--engine both", "--engine virtual")
	// So busy that a team's own question overtakes a stranger's on the way to the directory.
	lines += "\n--name race --confirm race --users team --place first --engine virtual --class counter --objects 8 --clients 60 --rate 160/s --for 5s" +
		" --homes LHR,IAD,NRT --edges LHR,IAD,NRT,SIN,FRA --jitter off\n"
	if err := os.WriteFile(suite, []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	if code, stdout, stderr := command(t, "suite", suite, "-o", out); code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	moves := map[string]int64{}
	for _, run := range readReport(t, out).Runs {
		paper, spent := run.Confirmed.Paper, run.Confirmed.Spent
		if !run.Agrees() {
			t.Errorf("%s: on paper %+v, in the virtual world %+v, moves %+v", run.Name, paper, spent, run.Moves)
		}
		if whole, mean := spent.Mean(), run.Latency.Mean; whole < mean-reports.Micros(time.Millisecond) || whole > mean+reports.Micros(time.Millisecond) {
			t.Errorf("%s: the parts add up to %v, the mean is %v", run.Name, whole, mean)
		}
		if run.Moves == nil {
			continue
		}
		moves[run.Name] = run.Moves.Made
		if float64(run.Moves.Made) != paper.Moves { // without jitter, to the move
			t.Errorf("%s: %d moves, on paper %v", run.Name, run.Moves.Made, paper.Moves)
		}
	}
	// A stranger was the first to ask for one object: who knows the team moves it. A
	// user who moves later than the tenth request is none of majority's business.
	if moves["a team in one place, majority"] == 0 || moves["a user who moves once, majority"] != 0 || moves["a user who moves once, mtlm"] == 0 {
		t.Errorf("moves: %v", moves)
	}
}

// Chance falls alike in all worlds: what draws goes by the objects' own names.
func TestDrawsAreTheSameInAllWorlds(t *testing.T) {
	for _, pair := range [][2]string{{"rmwtvzp150-counter-0", "counter-0"}, {"v-counter-17", "counter-17"}, {"counter-3", "counter-3"}, {"lobby", "lobby"}, {"", ""}, {"-", "-"}} {
		if got := ownName(pair[0]); got != pair[1] {
			t.Errorf("%q is called %q, want %q", pair[0], got, pair[1])
		}
	}
	for _, text := range []string{"random", "lottery", "hint"} {
		places, err := regions.Load()
		if err != nil {
			t.Fatal(err)
		}
		e, err := parseLine(places, strings.Fields("--engine virtual --place "+text))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			ask := placement.Ask{Object: fmt.Sprint("v-counter-", i), Edge: "FRA", Homes: e.homes}
			live := ask
			live.Object = fmt.Sprint("r83jf-counter-", i)
			if a, b := e.place.Place(ask), e.place.Place(live); a != b {
				t.Errorf("%s: %s and %s", text, a, b)
			}
		}
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
	out := filepath.Join(t.TempDir(), "out")
	code, stdout, stderr := command(t, strings.Fields("run --engine virtual --place sun:LHR@8 --objects 6 --clients 30 --rate 60/s --for 3s --least 10 -o "+out)...)
	if code != 0 || readReport(t, out).Runs[0].Moves.Made != 0 {
		t.Errorf("objects are born where the clock says, and yet they move: exit %d: %s%s", code, stdout, stderr)
	}
	for _, args := range [][]string{{"--class", "chat", "--place", "regional"}, {"--class", "document", "--place", "regional"}} {
		code, _, stderr := command(t, append([]string{"run", "--engine", "virtual"}, args...)...)
		if code != 2 || !strings.Contains(stderr, "--place") {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
}
