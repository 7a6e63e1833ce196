package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refusal is a line that must not be carried out, and what is said of it.
type refusal struct{ story, line, says string }

func refused(t *testing.T, all []refusal) {
	t.Helper()
	for _, r := range all {
		args, err := splitLine(r.line)
		if err != nil {
			t.Fatal(err)
		}
		code, out, errs := command(t, args...)
		if code != exitUsage || !strings.Contains(errs, r.says) || strings.Contains(errs, "perhaps try") || out != "" {
			t.Errorf("%s: durabench %s: code %d, want %d; said %q, want %q in it; stdout %q", r.story, r.line, code, exitUsage, errs, r.says, out)
		}
	}
}

// A flag that was written and does nothing would let its writer believe that it did.
func TestFlagsInVainAreRefused(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(trace, []byte("2026-01-05T08:00:00Z,room-7,FRA\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--population team", "--objects 5", "--rate 3/h", "--zipf 1", "--seeds 6", "--for 7d", "--script LHR"} {
		refused(t, []refusal{{"of populations, with a trace", "place --trace " + trace + " " + flag, strings.Fields(flag)[0] + " has no effect here: --trace says"}})
	}
	refused(t, []refusal{
		{"lines of no trace", "place --lenient", "--lenient has no effect here"},
		{"a script that nobody runs", "place --population solo,team --script LHR", "--script has no effect here"},
		{"a price of nothing", "place --save x.csv --cost 4", "--cost has no effect here"},
		{"strategies of nothing", "place first --save x.csv", "strategy first has no effect here"},
		{"no homes in a flag of homes", "place --homes ''", "--homes has no effect here"},

		{"sessions that are counters", "run --ttl 5s", "--ttl has no effect here: only sessions end, and the class is counter"},
		{"members of a counter", "run --members 3", "--members has no effect here"},
		{"clients of a chat", "run --class chat --clients 3", "--clients has no effect here"},
		{"a share of reads of a limiter", "run --class limiter --reads 0.5", "--reads has no effect here"},
		{"a limit of sessions", "run --class session --limit 5/s", "--limit has no effect here"},
		{"puts of a counter", "run --puts single", "--puts has no effect here"},
		{"polls of what is pushed", "run --class chat --poll 3s", "--poll has no effect here"},
		{"a price of moves that never are", "run --cost 4", "--cost has no effect here: the strategy first moves nothing"},
		{"homes of objects that are none", "run --engine virtual --primitive kv --place fixed:IAD", "--place has no effect here"},
		{"no places in a flag of places", "run --edges ''", "--edges has no effect here"},
		{"a database of a virtual run", "run --engine virtual --postgres auto", "--postgres has no effect here"},
		{"virtual times of a live run", "run --profile some", "--profile has no effect here"},
		{"a directory for the terminal", "report somewhere -o new", "--out has no effect here"},
		{"one place of all", "regions FRA --all", "FRA has no effect here"},
	})
}

func TestBadInputIsMetHalfway(t *testing.T) {
	refused(t, []refusal{
		{"strategies with commas", "place first,follow", "want spaces between them, no commas: first follow"},
		{"a population that is none", "place --population all", `there are solo, team, world`},
		{"a jitter that is none", "run --jitter no", "there are backbone, off"},
		{"a hint that is none", "run --place hint:mars", "there are wnam"},
		{"no clients", "run --clients 0", "--clients has no effect here: 0 means as many as without it; want 1 to 1000000"},
		{"no operation at all", "run --rate 1e-9/s", "--rate: 1e-9/s: in 15s that is not one operation"},
		{"too short for anything", "run --for 1us", "want a time from 1ms"},
		{"a fault after all is over", "run --engine virtual --for 2s --fault 'kill LHR at 60s for 2s'", "--fault has no effect here: kill LHR at 1m0s for 2s begins after all"},
		{"a flag at the end that wants a value", "run --out", "--out: want a value after it"},
		{"a verb of old", "compare a b", "there is no verb compare: there are run, suite, place"},
	})
	file := filepath.Join(t.TempDir(), "trace")
	for _, test := range []struct{ story, text, says string }{
		{"semicolons", "2026-01-05T08:00:00Z;a;FRA", "commas are between fields"},
		{"tabs", "2026-01-05T08:00:00Z\ta\tFRA", "neither semicolons nor tabs"},
		{"an archive of another kind", "PK\x03\x04abc", "this is a ZIP archive"},
		{"no text", "\x00\x00\x00", "this is no text"},
		{"no edge", "2026-01-05T08:00:00Z,a,", "trace:1: no edge"},
		{"no edge, in JSON", `{"time":1,"object":"a"}`, "trace:1: no edge"},
	} {
		if err := os.WriteFile(file, []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		code, _, errs := command(t, "place", "first", "-o", filepath.Join(t.TempDir(), "out"), "--trace", file)
		if code != exitUsage || !strings.Contains(errs, test.says) {
			t.Errorf("%s: code %d, %s", test.story, code, errs)
		}
	}
}

// What was recorded with a flag in vain can still be judged.
func TestRecordedFlagsAreTakenAsTheyAre(t *testing.T) {
	b := virtualBench(t)
	line := strings.Fields("--engine virtual --class counter --ttl 5s")
	if _, err := recordedLine(b.places, line); err != nil {
		t.Error(err)
	}
	if _, err := parseLine(b.places, line); err == nil {
		t.Error("a suite may write what has no effect")
	}
}

func TestNumbersAreRefusedInOurWords(t *testing.T) {
	for _, way := range []string{" ", "="} {
		for _, test := range []refusal{
			{"", "place --cost%-1", "--cost -1: want round trips from 0.5"},
			{"", "place --every%-1", "--every -1: want 0 or more"},
			{"", "place --every%-3", "--every -3: want 0 or more"},
			{"", "place --seed%-1", "--seed -1: want a whole number, 0 or more"},
			{"", "place --zipf%-1", "--zipf -1: want an exponent from 0 to 3"},
			{"", "place --objects%-1", "--objects -1: want 1 or more"},
			{"", "place --seeds%-1", "--seeds -1: want 1 to 1000"},
			{"", "place --byte-price%-.5", "--byte-price -0.5: want dollars from 0"},
			{"", "place --window%-3h", "--window -3h"},
			{"", "place --for%-3d", "--for -3d: want whole days"},
			{"", "run --clients%-3", "--clients -3: want 1 to"},
			{"", "run --for%-5s", "--for -5s: want a time from 1ms"},
			{"", "run --reads%-0.5", "--reads -0.5: want a share"},
			{"", "run --rate%-5/s", "-5/s"},
			{"", "place --cost%abc", "--cost abc: want a number"},
			{"", "place --objects%1.5", "--objects 1.5: want a whole number"},
			{"", "run --for%5", "--for 5: want a time with its unit"},
			{"", "place --for%100000d", "want at most ten years (3650d)"},
			{"", "place --for%12h", "want whole days"},
		} {
			test.line = strings.ReplaceAll(test.line, "%", way)
			refused(t, []refusal{test})
		}
	}
	refused(t, []refusal{{"a flag where a value should be", "run --cost -o", "--cost: want a value after it; -o is another flag"}})
}

func TestStrategiesAreRefusedWithWhatWouldDo(t *testing.T) {
	refused(t, []refusal{
		{"a jurisdiction nobody knows", "place jurisdiction:xx/first", "there are eu, us, fedramp, fedramp-high"},
		{"a jurisdiction with a slip of the pen", "place jurisdiction:ue/first", "did you mean eu? There are eu, us"},
		{"a home outside of the jurisdiction", "place jurisdiction:eu/fixed:IAD", "IAD is outside of eu"},
		{"the same of a run", "run --homes FRA,IAD --place jurisdiction:eu/fixed:IAD", "IAD is outside of eu, so no object could live anywhere; [FRA]"},
		{"a question", "run --place help", "volley[:PERIOD]"},
		{"a strategy like no other", "run --place zzz", "there are first, lottery, fixed:HOME"},
		{"a home that was left out", "place fixed", "fixed needs a home: fixed:IAD"},
		{"a home that was left out, without that of the example", "place fixed --homes LHR,SIN", "fixed needs a home: fixed:LHR"},
	})
}

func TestHelpIsAVerb(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"help", "run"}, {"help", "place"}} {
		code, out, errs := command(t, args...)
		_, want, _ := command(t, append(args[1:], "--help")...)
		if code != exitGood || out != want || errs != "" {
			t.Errorf("durabench %v: code %d, %q on stderr, %.100q", args, code, errs, out)
		}
	}
	refused(t, []refusal{{"help with what is no verb", "help rnu", `did you mean "run"`}})
}

func TestFilesAreNotWhatTheirNamesSay(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "accesses.csv.gz")
	for _, test := range []struct{ story, text, flags, says string }{
		{"words", "hello,there\n", "", "is not gzip, although its name says so"},
		{"words, leniently", "hello,there\n", "--lenient", "it is not gzip, although its name says so, and as plain text 1 lines"},
		{"a line that would do, with a slip", "2026-01-05T08:00:00Z,room-7,FRA\n2026-01-05T08:00:00Z,room-7,FAR\n", "", `accesses.csv.gz:2: unknown place "FAR"`},
	} {
		if err := os.WriteFile(file, []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"place", "first", "-o", filepath.Join(dir, "out"), "--trace", file}, strings.Fields(test.flags)...)
		if code, _, errs := command(t, args...); code != exitUsage || !strings.Contains(errs, test.says) {
			t.Errorf("%s: code %d, %s", test.story, code, errs)
		}
	}
	if err := os.WriteFile(file, []byte("2026-01-05T08:00:00Z,room-7,FRA\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "plain")
	if code, _, errs := command(t, "place", "first", "-o", out, "--trace", file); code != exitGood {
		t.Errorf("plain text, as some programs leave it: code %d, %s", code, errs)
	}
	refused(t, []refusal{{"judging what was on paper", "check " + out, "is a comparison of placement, made on paper: it has no observations to judge"}})
}

func TestNobodyAsked(t *testing.T) {
	code, _, errs := command(t, "place", "first", "--population", "solo", "--objects", "2", "--rate", "0.0001/d", "-o", filepath.Join(t.TempDir(), "out"))
	if code != exitNotRun || !strings.Contains(errs, "raise one of --rate, --for and --objects") {
		t.Errorf("code %d: %s", code, errs)
	}
}

// The ceiling of a service is measured without what goes wrong in the run: its world has one home.
func TestFaultsDoNotSpoilTheCeiling(t *testing.T) {
	code, out, errs := command(t, "run", "--engine", "virtual", "--primitive", "kv", "--class", "limiter", "--rate", "2/s", "--limit", "100/s", "--objects", "1",
		"--for", "30s", "--least", "10", "--fault", "partition LHR|IAD at 5s for 2s", "-o", filepath.Join(t.TempDir(), "out"))
	if code == exitUsage || strings.Contains(errs, "takes no part") || !strings.Contains(out, "ceiling/s") {
		t.Errorf("code %d\n%s\n%s", code, out, errs)
	}
}

func TestSuitesHaveNoFlagInVain(t *testing.T) {
	b := virtualBench(t)
	for name := range strings.SplitSeq(suiteNames(), ", ") {
		_, text, err := readSuite(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseSuite(b.places, name, text); err != nil {
			t.Error(err)
		}
	}
}

// No law is broken where hardly anything happens: such a run is void, and so it is when it is judged again.
func TestARunThatHardlyAnswersIsVoid(t *testing.T) {
	overwhelmed := strings.Fields("run --engine virtual --class limiter --limit 2/1h --objects 1 --handler 30ms --rate 100/s --for 20s --least 1")
	out := filepath.Join(t.TempDir(), "out")
	for _, args := range [][]string{append(overwhelmed, "-o", out), {"check", out}} {
		if code, said, errs := command(t, args...); code != exitNotRun || !strings.Contains(said, "failed or") || !strings.Contains(said, "no reply within 10s") {
			t.Errorf("durabench %v: code %d\n%s\n%s", args, code, said, errs)
		}
	}
	out = filepath.Join(t.TempDir(), "out")
	if code, said, errs := command(t, append(overwhelmed, "-o", out, "--curve", "far too much")...); code != exitGood {
		t.Errorf("a point of a curve may be beyond what an object carries: code %d\n%s\n%s", code, said, errs)
	}
}
