package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/plant"
	"github.com/durabench/durabench/sim/plant/moving"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// command runs durabench with arguments and gives what it said.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c := console{stdout: &out, stderr: &errs, getenv: os.Getenv}
	code = execute(t.Context(), c, args)
	return code, out.String(), errs.String()
}

func TestBadInputGetsOneSentence(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	if err := os.MkdirAll(filepath.Join(full, "something"), 0o755); err != nil {
		t.Fatal(err)
	}
	suite := filepath.Join(dir, "bad.txt")
	if err := os.WriteFile(suite, []byte("# a comment\n--class counter\n--class cuonter\n--rate often\n--name \"open\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, step := range []struct {
		story string
		args  []string
		code  int
		says  string
	}{
		{"a class with a slip of the pen", []string{"run", "--class", "cuonter"}, 2, `did you mean "counter"`},
		{"a home nobody knows", []string{"run", "--homes", "LRH"}, 2, "did you mean LHR"},
		{"an edge that hosts no objects, as a home", []string{"run", "--homes", "GRU"}, 2, "GRU"},
		{"an edge nobody knows", []string{"run", "--edges", "LHR,XQX"}, 2, "XQX"},
		{"the same edge twice", []string{"run", "--edges", "LHR,lhr"}, 2, "twice"},
		{"a flag nobody knows", []string{"run", "--speed", "9"}, 2, "--speed"},
		{"a rate that is none", []string{"run", "--rate", "fast"}, 2, "--rate"},
		{"a rate below zero", []string{"run", "--rate", "-5/s"}, 2, "-5/s"},
		{"a strategy nobody knows", []string{"run", "--place", "frist"}, 2, "did you mean first"},
		{"a fixed home outside the run's homes", []string{"run", "--place", "fixed:FRA"}, 2, "FRA"},
		{"a share over one", []string{"run", "--reads", "2"}, 2, "--reads"},
		{"no time at all", []string{"run", "--for", "0s"}, 2, "--for"},
		{"a limit without time", []string{"run", "--class", "limiter", "--limit", "100"}, 2, "--limit"},
		{"a bug nobody knows", []string{"run", "--plant", "lost-updat"}, 2, "did you mean lost-update"},
		{"a bug of another class", []string{"run", "--plant", "lost-message"}, 2, "chat"},
		{"a verb nobody knows", []string{"bench"}, 2, "bench"},
		{"a suite nobody knows", []string{"suite", "standrad"}, 2, "standard"},
		{"a suite with bad lines names them all", []string{"suite", suite}, 2, "bad.txt:4:"},
		{"an output directory with something in it", []string{"run", "-o", full}, 2, "not empty"},
		{"an output directory that cannot be", []string{"run", "-o", filepath.Join(suite, "x")}, 3, "output directory"},
		{"a Postgres that does not answer", []string{"run", "-o", filepath.Join(dir, "a"), "--postgres", "postgres://127.0.0.1:1/x"}, 3, "127.0.0.1"},
		{"a Postgres from nowhere", []string{"run", "-o", filepath.Join(dir, "b"), "--postgres", "oracle"}, 2, "--postgres: launch Postgres from \"oracle\": want auto"},
		{"a Postgres from nowhere, where none is wanted", []string{"run", "--engine", "virtual", "--postgres", "dokcer"}, 2, "dokcer"},
		{"a Postgres from nowhere, for a server", []string{"serve", "--postgres", "dokcer"}, 2, "dokcer"},
		{"a Postgres at half a URL", []string{"suite", "quick", "--postgres", "postgres://[half/x"}, 2, "--postgres"},
		{"a port in use", []string{"serve", "--listen", taken.Addr().String()}, 3, "in use"},
		{"an address that is none", []string{"serve", "--listen", "here"}, 2, "here"},
		{"a port that is none", []string{"serve", "--listen", "127.0.0.1:99999"}, 2, "99999"},
		{"a port for whoever looks after it that is none", []string{"serve", "--admin", "127.0.0.1:99999"}, 2, "--admin"},
		{"a port with a name that nobody knows", []string{"serve", "--listen", "127.0.0.1:durabench"}, 2, "durabench"},
		{"a region nobody knows", []string{"serve", "--region", "mars"}, 2, "--region"},
		{"an admin address for all to see", []string{"serve", "--admin", "0.0.0.0:6060"}, 2, "loopback"},
		{"an admin port in use", []string{"serve", "--admin", taken.Addr().String()}, 3, "in use"},
		{"an origin that is none", []string{"serve", "--allow-origin", "null"}, 2, "--allow-origin"},
		{"an object that may keep nothing", []string{"serve", "--max-storage", "0"}, 2, "--max-storage"},
		{"no connections", []string{"serve", "--max-connections", "0"}, 2, "--max-connections"},
		{"observations that are not there", []string{"check", filepath.Join(dir, "none")}, 2, "no such file"},
		{"observations that are none", []string{"check", suite}, 2, "header"},
		{"a report that is not there", []string{"report", dir}, 2, "no such file"},
		{"a report that is none", []string{"report", suite}, 2, "bad.txt"},
		{"distances of a place nobody knows", []string{"regions", "LHX"}, 2, "LHX"},
	} {
		code, out, errs := command(t, step.args...)
		if code != step.code || !strings.Contains(errs, step.says) || out != "" || strings.Contains(errs, "goroutine ") {
			t.Errorf("%s: durabench %s\n  code %d, want %d; said %q on stderr, want %q in it; stdout %q",
				step.story, strings.Join(step.args, " "), code, step.code, errs, step.says, out)
		}
	}
}

func TestHelpTeaches(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"run", "--help"}, {"suite", "--help"}, {"serve", "--help"}, {"check", "--help"}, {"report", "--help"}, {"regions", "--help"}} {
		code, out, errs := command(t, args...)
		if code != 0 || len(out) < 200 || errs != "" {
			t.Errorf("durabench %v: code %d, %d bytes of help, %q on stderr", args, code, len(out), errs)
		}
	}
}

func TestRegionsTellsDistances(t *testing.T) {
	for _, args := range [][]string{{"regions"}, {"regions", "FRA"}, {"regions", "FRA", "IAD"}, {"regions", "--all"}} {
		if code, out, errs := command(t, args...); code != 0 || !strings.Contains(out, "FRA") || errs != "" {
			t.Errorf("durabench %v: code %d, %q, stderr %q", args, code, out, errs)
		}
	}
}

// bugLoads are the loads, by class, under which planted bugs show.
func bugLoads() map[string]string {
	return map[string]string{
		"counter": "--objects 1 --rate 150/s --reads 0.5",
		"chat":    "--objects 1 --members 8 --rate 25/s",
		"limiter": "--objects 1 --rate 60/s --limit 40/20s",
		"account": "--objects 1 --rate 150/s --reads 0.4",
		// A TTL that is long beside any wait of a busy machine, so that an access which
		// found nothing is surely within it, and sessions enough that many show the bug.
		"session": "--ttl 1s --rate 200/s --objects 32 --for 5s",
		// Writers who meet: edits that cross, at one place now and then.
		"document": "--objects 1 --members 8 --senders 8 --rate 100/s",
	}
}

// Every planted bug must be convicted by its own law, on a running system, and
// the report must show the witness.
func TestPlantedBugsAreConvicted(t *testing.T) {
	dir := t.TempDir()
	suite := filepath.Join(dir, "bugs.txt")
	var lines []string
	bugs := plant.Bugs()
	if testing.Short() { // one of each class: the others run without the race detector
		bugs = oneOfEachClass(bugs)
	}
	type wanted struct{ name, law string }
	var all []wanted
	for _, b := range bugs {
		all = append(all, wanted{b.Name, b.Law})
		lines = append(lines, "--name "+b.Name+" --class "+b.Class+" --plant "+b.Name+" --for 3s --edges LHR,FRA --homes LHR "+bugLoads()[b.Class])
	}
	for _, b := range moving.Bugs() {
		if testing.Short() && b.Name != "early-handover" {
			continue
		}
		all = append(all, wanted{b.Name, b.Law})
		lines = append(lines, moveLoad(b.Name)+" --for 3s")
	}
	if err := os.WriteFile(suite, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	code, said, errs := command(t, "suite", suite, "-o", out)
	if code != exitViolated {
		t.Fatalf("exit code %d, want %d\n%s\n%s", code, exitViolated, said, errs)
	}
	report := readReport(t, out)
	for i, b := range all {
		convicted := false
		for _, v := range report.Runs[i].Verdicts {
			if strings.Contains(v.Law, b.law) && v.Verdict == reports.Violated {
				convicted = true
				if len(v.Witness) == 0 {
					t.Errorf("%s: convicted without a witness", b.name)
				}
			}
		}
		if !convicted {
			t.Errorf("%s was not convicted of breaking %q: %+v", b.name, b.law, report.Runs[i].Verdicts)
		}
	}
	// The observations alone are enough to convict.
	if code, said, errs := command(t, "check", out); code != exitViolated || errs != "" {
		t.Errorf("check: exit code %d, want %d\n%s\n%s", code, exitViolated, said, errs)
	}
	for _, format := range []string{"terminal", "markdown", "html", "json"} {
		if code, said, errs := command(t, "report", "--format", format, out); code != 0 || len(said) < 500 || errs != "" {
			t.Errorf("report --format %s: code %d, %d bytes, %q", format, code, len(said), errs)
		}
	}
}

// moveLoad is the load under which a bug of moves shows.
func moveLoad(bug string) string {
	place := "follow"
	if bug == "outlaw" {
		place = "jurisdiction:us/mtlm:2"
	}
	return "--name " + bug + " --plant " + bug + " --place " + place + " --homes LHR,IAD --edges LHR,FRA,IAD --objects 2 --rate 60/s"
}

func oneOfEachClass(bugs []plant.Bug) []plant.Bug {
	seen := make(map[string]bool)
	return slices.DeleteFunc(slices.Clone(bugs), func(b plant.Bug) bool {
		again := seen[b.Class]
		seen[b.Class] = true
		return again
	})
}

// An interrupt ends the load; what was observed until then is judged and reported.
func TestInterruptStillReports(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var said, errs bytes.Buffer
	watch := &trigger{Buffer: &errs, at: "ok,", then: interrupt}
	c := console{stdout: &said, stderr: watch, terminal: true, getenv: os.Getenv}
	code := execute(ctx, c, []string{"run", "--for", "1h", "--least", "1", "--homes", "LHR", "--edges", "LHR", "-o", out})
	if code != exitGood && code != exitNotRun {
		t.Fatalf("exit code %d\n%s\n%s", code, said.String(), errs.String())
	}
	if _, err := os.Stat(filepath.Join(out, "report.html")); err != nil {
		t.Errorf("no report after an interrupt: %v\n%s", err, errs.String())
	}
}

// trigger does something once a text was written.
type trigger struct {
	*bytes.Buffer
	at   string
	then func()
}

func (w *trigger) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.at) && !strings.Contains(string(p), " 0 ok,") {
		w.then()
	}
	return w.Buffer.Write(p)
}
