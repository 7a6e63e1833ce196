package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/durabench/durabench/sim/place"
)

// small is a comparison that takes no time.
const small = "--objects 40 --for 2d --seeds 6 --rate 30/d"

func TestPlaceComparesStrategies(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	args := append([]string{"place", "-o", out, "--population", "mover,hot", "--sweep", "D=1..50,price=0.001..0.5"}, strings.Fields(small)...)
	code, said, errs := command(t, args...)
	if code != exitGood {
		t.Fatalf("code %d\n%s\n%s", code, said, errs)
	}
	for _, want := range []string{"[clairvoyant]", "[static]", "akkio:72h", "costs D = 20", "Hot: everybody in the world", "wins with", "The price of bytes. "} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in what it said:\n%s", want, said)
		}
	}
	report := readReport(t, out)
	if report.Placement == nil || len(report.Placement.Comparisons) != 2 || report.Placement.D != 20 || len(report.Placement.Sweep.D) < 6 || len(report.Placement.Prices.USDPerGB) != 8 {
		t.Fatalf("results.json: %+v", report.Placement)
	}
	table, err := os.ReadFile(filepath.Join(out, "results.csv"))
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(table), "\n")
	if columns := strings.Split(head, ","); len(slices.Compact(slices.Sorted(slices.Values(columns)))) != len(columns) {
		t.Errorf("results.csv has two columns of one name: %s", head)
	}
	if got := report.Placement.Comparisons[1].Drawn; *got != (place.Drawn{Objects: 1, PerDay: 3000, Zipf: 0.8}) {
		t.Errorf("hot: %+v", got)
	}
	if got := report.Conditions.Value("objects") + ", " + report.Conditions.Value("rate"); !strings.Contains(got, "hot: 1,") || !strings.Contains(got, "hot: 3000/d") {
		t.Errorf("conditions: %s", got)
	}
	for _, file := range []string{"report.html", "report.md", "results.csv", "results-regions.csv", "results-sweeps.csv", "plots/place-sweep.svg", "plots/place-02-hot-regret.png", "plots/place-02-hot-map-first.svg"} {
		if info, err := os.Stat(filepath.Join(out, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
	if code, again, errs := command(t, "report", out); code != 0 || !strings.Contains(said, again[:200]) {
		t.Errorf("rendered again: code %d, %s\n%s", code, errs, again)
	}
}

// TestPlaceIsRepeatable compares twice with different numbers of cores' worth of portions, by the numbers of results.json.
func TestPlaceIsRepeatable(t *testing.T) {
	var said []string
	for range 2 {
		_, text, _ := command(t, append([]string{"place", "-o", filepath.Join(t.TempDir(), "out"), "--population", "mix"}, strings.Fields(small)...)...)
		text, _, _ = strings.Cut(text, "Report:")
		said = append(said, text)
	}
	if said[0] != said[1] {
		t.Errorf("one seed, two results:\n%s\n%s", said[0], said[1])
	}
}

func TestPlaceReadsTraces(t *testing.T) {
	dir := t.TempDir()
	var lines []string
	for i := range 200 {
		edge := []string{"FRA", "BOM", "GRU"}[i%3]
		if i == 100 {
			edge = "FAR"
		}
		lines = append(lines, strings.Join([]string{"2026-01-05T08:00:00Z", "room-" + string(rune('a'+i%20)), edge}, ","))
	}
	file := filepath.Join(dir, "t.csv")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, errs := command(t, "place", "-o", filepath.Join(dir, "a"), "--trace", file)
	if code != exitUsage || !strings.Contains(errs, `t.csv:101: unknown place "FAR"; did you mean FRA (`) {
		t.Errorf("a trace with a slip: code %d, %s", code, errs)
	}
	code, said, errs := command(t, "place", "first", "follow", "-o", filepath.Join(dir, "b"), "--trace", file, "--lenient")
	if code != exitGood || !strings.Contains(said, "199 accesses to 20 objects") || !strings.Contains(said, "1 of 200 lines") {
		t.Errorf("leniently: code %d, %s\n%s", code, errs, said)
	}
	if size := readReport(t, filepath.Join(dir, "b")).Conditions.Value("object size"); !strings.HasPrefix(size, "100KB each") {
		t.Errorf("a move copies its object: how large is it? %q", size)
	}
	jumpy := slices.Insert(lines[:100], 50, "2096-01-05T08:00:00Z,room-a,FRA", "2096-01-05T08:00:00Z,room-a,FRA")
	if err := os.WriteFile(file, []byte(strings.Join(jumpy, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	code, said, errs = command(t, "place", "first", "-o", filepath.Join(dir, "c"), "--trace", file, "--lenient")
	if code != exitGood || !strings.Contains(said, "50 lines of the trace were left out because of line 52 alone") {
		t.Errorf("two lines of another century: code %d, %s\n%s", code, errs, said)
	}
}

// TestPlaceSavesTraces saves a population, reads it, and saves it again.
func TestPlaceSavesTraces(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.csv.gz"), filepath.Join(dir, "two.csv")
	if code, _, errs := command(t, append([]string{"place", "--population", "team", "--save", one}, strings.Fields(small)...)...); code != exitGood {
		t.Fatalf("code %d: %s", code, errs)
	}
	if code, _, errs := command(t, "place", "--trace", one, "--save", two); code != exitGood {
		t.Fatalf("code %d: %s", code, errs)
	}
	short := filepath.Join(dir, "short.csv")
	if err := os.WriteFile(short, []byte("2026-01-05T08:00:00Z,a,FRA\n2026-01-05T08:00:00Z,a,NOWHERE\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, said, _ := command(t, "place", "--trace", short, "--lenient", "--save", filepath.Join(dir, "three.csv")); said != "1 access, 1 line skipped\n" {
		t.Errorf("one line of two: %q", said)
	}
	text, err := os.ReadFile(two)
	if err != nil || !strings.HasPrefix(string(text), "time,object,edge,bytes\n17") {
		t.Errorf("%v, %.100s", err, text)
	}
	if code, _, errs := command(t, "place", "--trace", one, "--save", two); code != exitUsage || !strings.Contains(errs, "exists") {
		t.Errorf("over a file that is there: code %d, %s", code, errs)
	}
}

// TestPlaceHeedsInterrupts interrupts it in its second population, and before anything was compared or saved, where there is
// work without end.
func TestPlaceHeedsInterrupts(t *testing.T) {
	dir := t.TempDir()
	endless := strings.Fields("--objects 1000 --rate 1000000000/d --for 87600h --seeds 1")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var said, errs bytes.Buffer
	watch := &trigger{Buffer: &errs, at: "hot, D = 20", then: interrupt}
	args := strings.Fields("place first --population solo,hot --objects 100 --rate 20/d --for 24h --seeds 6 --every 0 -o " + filepath.Join(dir, "out"))
	code := execute(ctx, console{stdout: &said, stderr: watch, terminal: true, getenv: os.Getenv}, args)
	if code != exitNotRun || !strings.Contains(said.String(), "interrupted: 1 of 2 populations were not compared") || !strings.Contains(said.String(), "Solo: one user") {
		t.Errorf("code %d\n%s\n%s", code, said.String(), errs.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "report.html")); err != nil {
		t.Error(err)
	}
	for _, test := range [][]string{
		append([]string{"place", "first", "-o", filepath.Join(dir, "nothing")}, endless...),
		append([]string{"place", "--save", filepath.Join(dir, "saved.csv.gz")}, endless...),
	} {
		code, _, said := commandIn(ctx, test...)
		if code != exitNotRun || !strings.Contains(said, "interrupted: nothing was saved") {
			t.Errorf("%v: code %d, %s", test, code, said)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "[ns]*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func commandIn(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = execute(ctx, console{stdout: &out, stderr: &errs, getenv: os.Getenv}, args)
	return code, out.String(), errs.String()
}

// TestPlaceFindsAnOutlaw lets a mover ignore its jurisdiction: the report counts where it was, and fails.
func TestPlaceFindsAnOutlaw(t *testing.T) {
	for _, test := range []struct {
		story string
		args  []string
		code  int
	}{
		{"whoever keeps the law", nil, exitGood},
		{"an outlaw", []string{"--plant", "outlaw"}, exitViolated},
	} {
		out := filepath.Join(t.TempDir(), "out")
		args := append([]string{"place", "jurisdiction:eu/mtlm", "--population", "world", "-o", out}, strings.Fields(small)...)
		if code, said, errs := command(t, append(args, test.args...)...); code != test.code {
			t.Errorf("%s: code %d, want %d: %s%s", test.story, code, test.code, said, errs)
		}
		row := readReport(t, out).Placement.Comparisons[0].Rows[0]
		if found := row.Refused.Violations > 0; found != (test.code == exitViolated) || row.Moves.PerObject == 0 {
			t.Errorf("%s: %d accesses served outside of the jurisdiction, %+v", test.story, row.Refused.Violations, row.Moves)
		}
	}
}

// TestPlaceWeighsCopies compares large objects that are copied slowly with some that are copied in no time: whoever moves
// them pays more, whoever does not pays the same, and each result says at which rate.
func TestPlaceWeighsCopies(t *testing.T) {
	cost := func(rate string) (moving, staying, seer float64, study *place.Study) {
		out := filepath.Join(t.TempDir(), "out")
		args := append(strings.Fields("place follow first --population mover --size 100MB --every 1 --copy "+rate+" -o "+out), strings.Fields(small)...)
		code, said, errs := command(t, args...)
		want := map[string]string{"10MB/s": "and copies its object at 10 MB/s", "none": "and copies its object in no time"}[rate]
		if code != exitGood || !strings.Contains(said, want) {
			t.Fatalf("%s: code %d, want %q in\n%s%s", rate, code, want, said, errs)
		}
		s := readReport(t, out).Placement
		rows := s.Comparisons[0].Rows
		return rows[0].Cost.PerAccessMs.Center, rows[1].Cost.PerAccessMs.Center, rows[3].Cost.PerAccessMs.Center, s
	}
	moving, staying, seer, study := cost("10MB/s")
	free, same, least, weightless := cost("none")
	if !(moving > free+100 && staying == same && seer > least) || study.Copy != 10e6 || weightless.Copy != 0 {
		t.Errorf("copied at %v B/s: moving costs %v ms, staying %v, the clairvoyant %v; at %v: %v, %v and %v", study.Copy, moving, staying, seer, weightless.Copy, free, same, least)
	}
}

// TestPlaceSaysWhatIsMissing leaves seeds without accesses and the clairvoyant without objects: the report has the rest,
// and says what it lacks.
func TestPlaceSaysWhatIsMissing(t *testing.T) {
	const quiet = "place first --population solo --objects 3 --rate 0.1/d --for 7d --seeds 8 "
	for _, test := range []struct {
		story, args string
		says        string // "": nothing is missing
		samples     int
	}{
		{"a seed that nobody asked for", quiet, "population solo: nobody asks for any of its objects with --seed 6, so it has 7 of 8 samples", 7},
		{"a clairvoyant that has nothing to see", "place first --population solo --objects 30 --for 2d --seeds 6 --every 100000", "solo: the clairvoyant was asked about none of 180 objects, so there is no ratio to it: one in 100000", 6},
		{"nobody wants a clairvoyant", "place first --population solo --objects 30 --for 2d --seeds 6 --every 0", "", 6},
	} {
		out := filepath.Join(t.TempDir(), "out")
		code, said, errs := command(t, append(strings.Fields(test.args), "-o", out)...)
		if code != exitGood {
			t.Errorf("%s: code %d, %s", test.story, code, errs)
			continue
		}
		report := readReport(t, out)
		if warned := strings.Join(report.Warnings, "\n"); !strings.HasPrefix(warned, test.says) || test.says == "" && warned != "" {
			t.Errorf("%s: warned %q, want %q", test.story, warned, test.says)
		}
		if want := strconv.Itoa(test.samples) + " samples; a move costs"; !strings.Contains(said, want) || report.Placement.Comparisons[0].Samples != test.samples {
			t.Errorf("%s: %q is not in\n%s", test.story, want, said)
		}
	}
}

func TestPlaceRefuses(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.csv")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		story, args string
		code        int
		says        string
	}{
		{"a strategy nobody knows", "frist", 2, "did you mean first"},
		{"a strategy twice", "first first", 2, "twice"},
		{"a yardstick as a strategy", "clairvoyant", 2, "knows the future"},
		{"a population nobody knows", "--population teem", 2, "did you mean team"},
		{"a population twice", "--population team,team", 2, "twice"},
		{"nobody at all", "--objects 0", 2, "empty"},
		{"a home nobody knows", "--homes LRH", 2, "did you mean LHR"},
		{"an edge as a home", "--homes GRU", 2, "hosts no objects"},
		{"moves for nothing", "--cost 0", 2, "--cost"},
		{"a sweep backwards", "--sweep D=200..1", 2, "--sweep"},
		{"a price of bytes backwards", "--sweep price=2..1", 2, "as in price=0.01..0.2"},
		{"a sweep twice", "--sweep D=1..5 --sweep 2..6", 2, "one range of a kind is enough"},
		{"a rate that is none", "--rate often", 2, "--rate"},
		{"a time that is none", "--for 2weeks", 2, "such as 36h or 14d"},
		{"a jurisdiction in a jurisdiction", "jurisdiction:eu/jurisdiction:us/first", 2, "one jurisdiction is enough"},
		{"half a day", "--for 12h", 2, "whole days"},
		{"a size that is none", "--size big", 2, "--size"},
		{"a copy at no rate", "--copy 50MB", 2, "--copy: \"50MB\": want bytes per second, such as 50MB/s, or none"},
		{"a copy that never ends", "--copy 1KB/s --size 1GB", 2, "--copy: 1KB/s: that copies an object of 1000000000 bytes in more than 1h"},
		{"no seeds", "--seeds 0", 2, "--seeds"},
		{"a trace that is not there", "--trace " + filepath.Join(dir, "none"), 2, "none"},
		{"a bug nobody knows", "--plant stale-read", 2, "outlaw"},
		{"an outlaw without a law", "first --plant outlaw", 2, "jurisdiction"},
		{"an empty trace", "--trace " + empty, 2, "no accesses in it"},
		{"objects that nobody asks for", "--objects 1 --rate 0.000001/d --for 24h --population solo", 3, "no accesses"},
	} {
		args := append([]string{"place", "-o", filepath.Join(dir, "out")}, strings.Fields(test.args)...)
		code, out, errs := command(t, args...)
		if code != test.code || !strings.Contains(errs, test.says) || out != "" {
			t.Errorf("%s: durabench %s\n  code %d, want %d; said %q, want %q in it; stdout %q", test.story, test.args, code, test.code, errs, test.says, out)
		}
	}
}
