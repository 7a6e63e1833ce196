package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports"
)

// onlyRun is a run of a few seconds in virtual time.
func onlyRun(t *testing.T, line string) *reports.Run {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	args := append(strings.Fields("run --engine virtual --for 15s --rate 30/s --objects 8 "+line), "-o", out)
	if code, said, errs := command(t, args...); code != exitGood {
		t.Fatalf("%v: code %d\n%s\n%s", args, code, said, errs)
	}
	return &readReport(t, out).Runs[0]
}

// Offices open in turn, from east to west, and objects that follow the sun are where one is open.
func TestTheSunOfARunRisesWithItsUsers(t *testing.T) {
	const world = "--users sun --clients 60 --homes LHR,IAD,NRT --edges LHR,IAD,NRT,SIN,FRA --place "
	sun, first := onlyRun(t, world+"sun"), onlyRun(t, world+"first")
	if sun.Moves == nil || sun.Moves.Made < 16 {
		t.Errorf("8 objects and two moves each: %+v", sun.Moves)
	}
	if 4*sun.Latency.P50 > first.Latency.P50 {
		t.Errorf("users wait %v, and %v where objects stay", sun.Latency.P50, first.Latency.P50)
	}
	if got := sun.Conditions.Value("placement"); got != "sun, whose day is the run" {
		t.Errorf("placement: %q", got)
	}
	eu := onlyRun(t, "--users sun --clients 60 --homes LHR,MAD,VIE --edges LHR,IAD,NRT,SIN,FRA --place jurisdiction:eu/sun")
	if eu.Moves == nil || eu.Moves.Made == 0 {
		t.Errorf("within a jurisdiction: %+v", eu.Moves)
	}
}

func TestStrategiesThatTheRunIsTooShortFor(t *testing.T) {
	for _, test := range []struct{ story, line, want string }{
		{"a day of batches", "--place volley", "volley moves objects at the end of each 24h, and the run is over after 15s: they stay where they are; give a shorter period, as in --place volley:3s"},
		{"within a jurisdiction, too", "--place jurisdiction:us/volley:1m", "at the end of each 1m,"},
		{"batches that the run has time for", "--place volley:2s", ""},
		{"a day of the sun", "--place sun", "sun moves objects by the hours of a day, UTC, of which the run has 15s; with --users sun"},
		{"the day that is the run", "--place sun --users sun", ""},
		{"what goes by accesses", "--place mtlm", ""},
	} {
		warnings := strings.Join(onlyRun(t, test.line).Warnings, "\n")
		if test.want == "" && strings.Contains(warnings, "moves objects") || !strings.Contains(warnings, test.want) {
			t.Errorf("%s: %s: %q, want %q", test.story, test.line, warnings, test.want)
		}
	}
}

// One object that is asked from two regions by turns, and eight of which each is asked from one.
func TestARunOfRegionsSaysWhatItLeavesOut(t *testing.T) {
	if got := onlyRun(t, "--place first").Warnings; strings.Contains(strings.Join(got, "\n"), "another region") {
		t.Errorf("one object for all: %q", got)
	}
	many := strings.Join(onlyRun(t, "--place regional --least 5").Warnings, "\n")
	if !strings.Contains(many, " % of operations came after one in another region, and would have had to ask there as well; the run does not") {
		t.Errorf("warnings: %q", many)
	}
	if one := strings.Join(onlyRun(t, "--place regional --homes LHR,IAD --edges LHR").Warnings, "\n"); !strings.Contains(one, "regional: 0.0 % of operations") {
		t.Errorf("all from one place: %q", one)
	}
}

func TestSecondRegions(t *testing.T) {
	s := &secondRegions{last: map[string]string{}}
	for _, object := range []string{"LHR-v-counter-0", "LHR-v-counter-0", "IAD-v-counter-0", "IAD-v-counter-1", "LHR-v-counter-0"} {
		s.hear(&loadgen.Observation{Object: object, Outcome: loadgen.OK})
	}
	s.hear(&loadgen.Observation{Object: "IAD-v-counter-0", Outcome: loadgen.Failed})
	if got := strings.Join(s.warnings("regional"), ""); !strings.HasPrefix(got, "regional: 40.0 % of operations") {
		t.Errorf("two of five, and one that was not answered: %s", got)
	}
}
