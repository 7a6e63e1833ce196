package reports_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/reports"
)

// judgedRun is a run of one reply under the verdicts given.
func judgedRun(verdicts ...reports.Ruling) reports.Run {
	run := tallied(reply(0, time.Millisecond))
	for _, v := range verdicts {
		run.Verdicts = append(run.Verdicts, reports.Verdict{Law: "law-" + string(v), Verdict: v, Why: "because"})
	}
	return run
}

func TestRunRuling(t *testing.T) {
	void := judgedRun(reports.OK)
	void.Void = "97 operations are below the minimum of 500"
	both := judgedRun(reports.Violated)
	both.Void = "too few"
	empty := reports.Run{Verdicts: []reports.Verdict{{Law: "counter", Verdict: reports.OK}}}
	emptyBad := reports.Run{Verdicts: []reports.Verdict{{Law: "counter", Verdict: reports.Violated}}}
	for _, row := range []struct {
		story string
		run   reports.Run
		want  reports.Ruling
	}{
		{"every law held", judgedRun(reports.OK, reports.OK), reports.OK},
		{"a violation outweighs all", judgedRun(reports.OK, reports.Unknown, reports.Violated), reports.Violated},
		{"undecided is no pass", judgedRun(reports.OK, reports.Unknown), reports.Unknown},
		{"no law judged is no pass", judgedRun(), reports.Unknown},
		{"nothing observed is void, whatever the laws say", empty, reports.Void},
		{"a run below its minimum is void", void, reports.Void},
		{"a violation happened, however little was seen", both, reports.Violated},
		{"… even if the tally saw nothing", emptyBad, reports.Violated},
		{"a void law makes the run void", judgedRun(reports.OK, reports.Void), reports.Void},
		{"a word nobody knows is no pass", judgedRun("fine"), reports.Unknown},
	} {
		if got, why := row.run.Ruling(); got != row.want || why == "" {
			t.Errorf("%s: %s (%q), want %s with a reason", row.story, got, why, row.want)
		}
	}
}

func TestReportRuling(t *testing.T) {
	good, bad, open := judgedRun(reports.OK), judgedRun(reports.Violated), judgedRun(reports.Unknown)
	for _, row := range []struct {
		story string
		runs  []reports.Run
		want  reports.Ruling
	}{
		{"no run at all", nil, reports.Void},
		{"all good", []reports.Run{good, good}, reports.OK},
		{"one bad", []reports.Run{good, bad, open}, reports.Violated},
		{"one undecided", []reports.Run{good, open}, reports.Unknown},
		{"one empty", []reports.Run{good, {}}, reports.Void},
	} {
		if got, _ := (&reports.Report{Runs: row.runs}).Ruling(); got != row.want {
			t.Errorf("%s: %s, want %s", row.story, got, row.want)
		}
	}
}

// TestEveryRendererSaysTheRuling: no form of the report may lose a verdict, a
// witness, a warning or the emptiness of a run.
func TestEveryRendererSaysTheRuling(t *testing.T) {
	violated := judgedRun(reports.Violated)
	violated.Name, violated.Verdicts[0].Witness = "bad", []string{"the witness took the stand"}
	undecided := judgedRun(reports.Unknown)
	undecided.Name = "open"
	void := reports.Run{Name: "empty", Verdicts: []reports.Verdict{{Law: "l", Verdict: reports.OK, Why: "vacuous"}}}
	warned := judgedRun(reports.OK)
	warned.Warnings = append(warned.Warnings, "the moon was full")
	for name, render := range map[string]reports.Renderer{"html": reports.HTML, "markdown": reports.Markdown, "terminal": reports.Terminal} {
		for _, row := range []struct {
			run  reports.Run
			want []string
			not  string
		}{
			{violated, []string{"VIOLATED", "the witness took the stand"}, ""},
			{undecided, []string{"UNKNOWN"}, "VIOLATED"},
			{void, []string{"VOID", "nothing was observed"}, "1 good"},
			{warned, []string{"OK", "the moon was full", "†"}, "VOID"},
		} {
			var out bytes.Buffer
			if err := render(&out, &reports.Report{Title: "t", Runs: []reports.Run{row.run}}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, want := range row.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%s of run %q lacks %q", name, row.run.Name, want)
				}
			}
			if row.not != "" && strings.Contains(out.String(), row.not) {
				t.Errorf("%s of run %q says %q", name, row.run.Name, row.not)
			}
		}
	}
}

func TestNetworkProvesItself(t *testing.T) {
	n := reports.Network{Pairs: 2, N: 2000, Error: reports.Spread{P99: reports.Micros(300 * time.Microsecond)}}
	for _, row := range []struct {
		story string
		n     int64
		limit time.Duration
		want  reports.Ruling
	}{
		{"300 µs are within 2 ms", 2000, 2 * time.Millisecond, reports.OK},
		{"300 µs are over 200 µs", 2000, 200 * time.Microsecond, reports.Void},
		{"a network that was never measured does not pass", 0, time.Second, reports.Void},
	} {
		n.N, n.Limit = row.n, reports.Micros(row.limit)
		if got := n.Verdict(); got.Verdict != row.want || n.Within() != (row.want == reports.OK) {
			t.Errorf("%s: %+v, want %s", row.story, got, row.want)
		}
	}
}
