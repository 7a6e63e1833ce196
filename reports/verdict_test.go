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
	tally := reports.NewLinkTally()
	for i := range 1000 {
		asked := 50*time.Millisecond + time.Duration(i%7)*time.Microsecond
		tally.Add("LHR", "AMS", asked, asked+100*time.Microsecond)
		tally.Add("LHR", "IAD", asked, asked-300*time.Microsecond)
	}
	n := tally.Network(2 * time.Millisecond)
	if n.Pairs != 2 || n.N != 2000 || len(n.Links) != 2 {
		t.Fatalf("network = %+v, want 2 pairs and 2000 measurements", n)
	}
	link := n.Links[1]
	if link.Home != "IAD" || link.Measured >= link.Injected || link.Error.P50 != reports.Micros(300*time.Microsecond) {
		t.Errorf("link = %+v: too early is an error too, of 300 µs", link)
	}
	if got := n.Verdict(); got.Verdict != reports.OK || !n.Within() {
		t.Errorf("verdict = %+v, want ok: 300 µs are within 2 ms", got)
	}
	if strict := tally.Network(200 * time.Microsecond); strict.Verdict().Verdict != reports.Void || strict.Within() {
		t.Errorf("verdict = %+v, want void: 300 µs are over 200 µs", strict.Verdict())
	}
	if none := reports.NewLinkTally().Network(time.Second); none.Within() || none.Verdict().Verdict != reports.Void {
		t.Error("a network that was never measured passed")
	}
}
