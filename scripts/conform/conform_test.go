package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
)

func Example_compile() {
	program, err := compile(`put "k" {"a":1}; transaction ( delete "k"; throw "no" ); get "k"`)
	fmt.Println(string(program), err)
	// Output: [["put","k",{"a":1}],["transaction",[["delete","k"],["throw","no"]]],["get","k"]] <nil>
}

func TestProgramsThatCannotBeRead(t *testing.T) {
	for program, why := range map[string]string{
		"":                  "want the name of an operation",
		"put k":             "read argument",
		"block ( get \"k\"": "want )",
		"get \"k\" )":       "stands behind",
		"; get":             "want the name",
	} {
		if _, err := compile(program); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("compile(%q) = %v, want an error with %q", program, err, why)
		}
	}
}

func TestScenariosThatCannotBeRead(t *testing.T) {
	for text, why := range map[string]string{
		"run a: get":                             "file.txt:1: a step before the first scenario",
		"== name and no section":                 "want == NAME",
		"== n §1 story\njump a":                  `file.txt:2: unknown step "jump"`,
		"== n §1 story\nrun a get":               "want a colon",
		"== n §1 story\nidle soon":               "read step",
		"== n §1 story\ntake s some":             "read step",
		"== n §1 story\nask a GET /x {not JSON}": "read step",
	} {
		if _, err := parseScenarios("file", []byte(text)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want an error with %q", text, err, why)
		}
	}
}

func TestScenariosAreEnoughAndWellFormed(t *testing.T) {
	all, err := written()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 150 {
		t.Errorf("%d scenarios, want 150 at least", len(all))
	}
	for _, s := range all {
		if len(s.Steps) == 0 {
			t.Errorf("%s/%s has no steps", s.Group, s.Name)
		}
		if s.Differs != "" && s.Open != "" {
			t.Errorf("%s/%s is both deliberate and open", s.Group, s.Name)
		}
	}
}

func TestRandomSequencesRepeat(t *testing.T) {
	text := func(seed uint64) string { return fmt.Sprint(random(seed, 3, 50)) }
	if first, again := text(7), text(7); first != again {
		t.Error("one seed gave two sequences")
	}
	if text(7) == text(8) {
		t.Error("two seeds gave the same sequences")
	}
}

// What is the same on both sides must be the same text, and what is not must not.
func TestNormal(t *testing.T) {
	for _, row := range []struct {
		story, one, other string
		same              bool
	}{
		{"the order of members means nothing", `200 [{"a":1,"b":2}]`, `200 [{"b":2,"a":1}]`, true},
		{"one number has many spellings", `200 [1.0,1e3]`, `200 [1,1000]`, true},
		{"times differ", `{"timestamp":1795461123456}`, `{"timestamp":1795461123999}`, true},
		{"random IDs differ", `{"id":"0f5c9a6e-2f4b-4d0e-9c2a-1b2c3d4e5f60"}`, `{"id":"1f5c9a6e-2f4b-4d0e-8c2a-1b2c3d4e5f60"}`, true},
		{"waits of a few seconds more", `429 Retry-After=720 {"retryAfter":720}`, `429 Retry-After=719 {"retryAfter":719}`, true},
		{"but not of minutes more", `429 Retry-After=720`, `429 Retry-After=1020`, false},
		{"values differ", `200 [1]`, `200 [2]`, false},
		{"the order of elements means something", `200 [1,2]`, `200 [2,1]`, false},
		{"each message is normalised", `text {"b":1,"a":2} | text x`, `text {"a":2,"b":1} | text x`, true},
		{"the order of messages means something", `text a | text b`, `text b | text a`, false},
		{"small numbers are no times", `200 [12345]`, `200 [12346]`, false},
	} {
		if same := normal(row.one) == normal(row.other); same != row.same {
			t.Errorf("%s: %q and %q: same %t, want %t", row.story, normal(row.one), normal(row.other), same, row.same)
		}
	}
}

// stub is a system that answers every program with the same.
type stub struct{ server *httptest.Server }

func (s stub) Address() string             { return s.server.Listener.Addr().String() }
func (stub) Restart(context.Context) error { return nil }

func newStub(t *testing.T, answer string) stub {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server of a test
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	return stub{server}
}

// A difference that is planted must be seen, and a reason for one that is not there must be, too.
func TestPlantedDifferencesAreSeen(t *testing.T) {
	for _, row := range []struct {
		story, ours, header string
		want                verdict
	}{
		{"the same answers", `{"results":[{"a":1,"b":2}]}`, "", equal},
		{"another value", `{"results":[{"a":1,"b":3}]}`, "", mismatch},
		{"one result too many", `{"results":[{"a":1,"b":2},null]}`, "", mismatch},
		{"another value, as was said", `{"results":[{"a":1,"b":3}]}`, "differs: on purpose\n", differs},
		{"another value, as is known", `{"results":[{"a":1,"b":3}]}`, "open: not mended\n", open},
		{"no difference where one was said to be", `{"results":[{"b":2,"a":1}]}`, "differs: on purpose\n", stale},
		{"nor where one was known, which may be chance", `{"results":[{"b":2,"a":1}]}`, "open: not mended\n", mended},
	} {
		all, err := parseScenarios("planted", []byte("== planted §1 A story.\n"+row.header+"run a: get \"k\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		theirs, ours := newStub(t, `{"results":[{"b":2,"a":1}]}`), newStub(t, row.ours)
		outcomes := playAll(t.Context(), all, theirs, ours, 1)
		var printed strings.Builder
		failed, err := report(options{}, outcomes, "", &printed)
		if err != nil {
			t.Fatal(err)
		}
		if got := outcomes[0].verdict(); got != row.want || failed > 0 != row.want.fails() {
			t.Errorf("%s: %s and %d failed, want %s\n%s", row.story, got, failed, row.want, &printed)
		}
	}
}

// A step that could not be done is a mismatch though both sides failed alike: the scenario is wrong.
func TestStepsThatFailAlikeAreNoAgreement(t *testing.T) {
	all, err := parseScenarios("planted", []byte("== planted §1 A story.\nsend s \"x\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	one := newStub(t, "{}")
	if got := playAll(t.Context(), all, one, one, 1)[0].verdict(); got != mismatch {
		t.Errorf("sending on no socket: %s, want %s", got, mismatch)
	}
}

func TestFlagsThatMakeNoSense(t *testing.T) {
	for _, args := range [][]string{{"word"}, {"--seeds", "-1"}, {"--steps", "0"}, {"--together", "0"}, {"--nonsense"}} {
		var said strings.Builder
		if code := command(t.Context(), args, io.Discard, &said); code != exitUsage || said.Len() == 0 {
			t.Errorf("%v: exit %d saying %q, want %d and a reason", args, code, &said, exitUsage)
		}
	}
	var said strings.Builder
	if code := command(t.Context(), []string{"--only", "no such scenario"}, io.Discard, &said); code != exitCouldNotRun {
		t.Errorf("--only of nothing: exit %d saying %q, want %d", code, &said, exitCouldNotRun)
	}
}

// CONFORMANCE.md is written by a run; a scenario that was added or changed since is missing there.
func TestTheTableIsCurrent(t *testing.T) {
	table, err := os.ReadFile("CONFORMANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	all, err := written()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		row := tableRow(s, s.expected())
		if !strings.Contains(string(table), row) {
			t.Errorf("CONFORMANCE.md lacks %q: write it anew with --table", row)
		}
	}
}

// The worker's operations and the probe's are the same, or a program would mean two things.
func TestBothProbesKnowTheOperationsThatAreUsed(t *testing.T) {
	all, err := written()
	if err != nil {
		t.Fatal(err)
	}
	js, err := worker.ReadFile("probe.js")
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for _, s := range all {
		for _, step := range s.Steps {
			for _, name := range operationNames(step.Program) {
				if !strings.Contains(string(js), "\n  "+name+":") && name != "nonsense" {
					missing = append(missing, name)
				}
			}
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		t.Errorf("probe.js does not know %v", slices.Compact(missing))
	}
}

// operationNames are the operations of a program, without those in programs inside it.
func operationNames(program []byte) []string {
	var steps [][]json.RawMessage
	if json.Unmarshal(program, &steps) != nil {
		return nil
	}
	var names []string
	for _, step := range steps {
		var name string
		if len(step) > 0 && json.Unmarshal(step[0], &name) == nil {
			names = append(names, name)
		}
	}
	return names
}
