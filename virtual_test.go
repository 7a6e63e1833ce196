package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/durabench/durabench/reports"
)

func readReport(t *testing.T, dir string) *reports.Report {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	report, err := reports.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func digestOf(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	if code, out, errs := command(t, append(append([]string{"run", "--engine", "virtual", "--for", "5s"}, args...), "-o", dir)...); code != 0 {
		t.Fatalf("%v: code %d\n%s\n%s", args, code, out, errs)
	}
	return readReport(t, dir).Runs[0].Conditions.Value("history")
}

func TestASeedGivesOneHistory(t *testing.T) {
	for _, line := range [][]string{
		{"--class", "counter", "--rate", "200/s"},
		{"--class", "chat", "--rate", "20/s"},
		{"--class", "limiter", "--rate", "200/s"},
		{"--class", "counter", "--rate", "50/s", "--fault", "partition FRA|LHR at 1s for 1s", "--fault", "kill LHR at 3s for 1s", "--least", "1"},
	} {
		one, again, other := digestOf(t, line...), digestOf(t, line...), digestOf(t, append(line, "--seed", "2")...)
		if one == "" || one != again {
			t.Errorf("%v: seed 1 gave %q, then %q", line, one, again)
		}
		if one == other {
			t.Errorf("%v: seeds 1 and 2 gave the same history", line)
		}
	}
}

func TestQuickSuiteNeedsNothing(t *testing.T) {
	t.Setenv("PATH", "") // no Postgres, no Docker, no npm
	t.Setenv("DATABASE_URL", "")
	dir := filepath.Join(t.TempDir(), "out")
	if code, out, errs := command(t, "suite", "quick", "-o", dir); code != 0 {
		t.Errorf("code %d\n%s\n%s", code, out, errs)
	}
}

// What the documentation of the sister services promises, and what it warns of,
// must come out as verdicts.
func TestPrimitivesAreJudgedAsTheyDeserve(t *testing.T) {
	inFull(t)
	dir := filepath.Join(t.TempDir(), "out")
	if code, out, errs := command(t, "suite", "primitives", "-o", dir); code != exitViolated {
		t.Fatalf("code %d, want %d\n%s\n%s", code, exitViolated, out, errs)
	}
	lawful := []string{
		"counter on the object", "counter on D1, one statement", "counter on R2, compare and set",
		"account on the object", "account on D1, one transaction", "account on R2, compare and set",
		"limiter on the object", "limiter on D1, one statement", "limiter on R2",
		// Not chat on R2: its keys are stamped by the Workers' clocks, so one that is
		// written late appears before what others have read already.
		"chat on the object", "chat on D1", "chat on object + KV",
	}
	for _, run := range readReport(t, dir).Runs {
		want := reports.Violated
		if slices.Contains(lawful, run.Name) {
			want = reports.OK
		}
		if got, why := run.Ruling(); got != want {
			t.Errorf("%s: %s (%s), want %s", run.Name, got, why, want)
		}
		if run.Harm == nil || run.Price == nil || run.Price.PerMillionUSD <= 0 {
			t.Errorf("%s: harm %+v, price %+v", run.Name, run.Harm, run.Price)
		}
	}
}

func TestClaimsAreAllJudged(t *testing.T) {
	inFull(t)
	dir := filepath.Join(t.TempDir(), "out")
	if code, out, errs := command(t, "suite", "claims", "-o", dir); code != exitViolated {
		t.Fatalf("code %d, want %d\n%s\n%s", code, exitViolated, out, errs)
	}
	judged := make(map[string]reports.Finding)
	for _, c := range readReport(t, dir).Claims {
		judged[c.Name] = c.Holds
		if c.Holds == reports.Untold {
			if c.Why == "" {
				t.Errorf("claim %s cannot be told, and nobody knows why", c.Name)
			}
			continue
		}
		if c.Measured == "" || c.Claimed == "" || len(c.Runs) == 0 {
			t.Errorf("claim %+v lacks its evidence", c)
		}
	}
	for _, name := range claimNames() {
		if judged[name] == "" {
			t.Errorf("claim %s is missing from the report", name)
		}
	}
}

func TestBadInputToVirtualRuns(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, step := range []struct {
		story string
		args  []string
		code  int
		says  string
	}{
		{"an engine nobody knows", []string{"run", "--engine", "virtaul"}, 2, "--engine"},
		{"a model in the live world", []string{"run", "--primitive", "kv"}, 2, "--engine virtual"},
		{"a variant of the object", []string{"run", "--variant", "x"}, 2, "--variant"},
		{"a variant nobody knows", []string{"run", "--engine", "virtual", "--primitive", "d1", "--variant", "two-statement"}, 2, "did you mean two-statements"},
		{"a bug in a model", []string{"run", "--engine", "virtual", "--primitive", "kv", "--plant", "lost-update"}, 2, "--plant"},
		{"a claim nobody made", []string{"run", "--claim", "transatlantc"}, 2, "did you mean transatlantic"},
		{"a fault nobody knows", []string{"run", "--fault", "kil LHR at 3s for 1s"}, 2, "did you mean kill"},
		{"a fault that a live world cannot have", []string{"run", "--fault", "clock LHR by +500ms at 5s"}, 2, "--engine virtual"},
		{"a fault in a place that is not there", []string{"run", "--fault", "kill XQX at 3s for 1s"}, 2, "XQX"},
		{"a profile that is not there", []string{"run", "--engine", "virtual", "--profile", filepath.Join(dir, "none")}, 2, "--profile"},
		{"a profile of another version", []string{"run", "--engine", "virtual", "--profile", write("v9", `{"format":9}`)}, 2, "format 9"},
		{"a profile with parts missing", []string{"run", "--engine", "virtual", "--profile", write("thin", `{"format":1,"service_us":[1,2,3]}`)}, 2, "service_us"},
		{"a profile of nothing", []string{"report", "--format", "profile", dir}, 2, "no such file"},
	} {
		code, out, errs := command(t, step.args...)
		if code != step.code || !strings.Contains(errs, step.says) || out != "" || strings.Contains(errs, "goroutine ") {
			t.Errorf("%s: durabench %s\n  code %d, want %d; said %q on stderr, want %q in it; stdout %q",
				step.story, strings.Join(step.args, " "), code, step.code, errs, step.says, out)
		}
	}
}
