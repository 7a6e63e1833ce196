package reports_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/relocate"
)

// The pause of a move is what the unluckiest waited that came too late, beyond the
// way to the new home. Those who came in time do not count.
func TestPausesAreWhatClientsWaited(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	tally := reports.NewMoveTally(func(regions.ID, regions.ID) time.Duration { return ms(100) })
	for _, o := range []struct {
		home  regions.ID
		took  int
		moved bool
	}{
		{"LHR", 900, false}, // slow for reasons of its own
		{"NRT", 300, true},
		{"NRT", 350, true},
		{"NRT", 120, false},
		{"LHR", 150, true},
	} {
		tally.Add(&loadgen.Observation{
			Object: "a", Edge: "SIN", Done: ms(o.took), Outcome: loadgen.OK,
			Server: loadgen.Server{Home: o.home, Moved: o.moved},
		})
	}
	began := time.Unix(100, 0)
	a := object.Identity{Class: "counter", Name: "a"}
	m := tally.Moves("follow", 20, []relocate.Move{
		{Object: a, From: "LHR", To: "NRT", Began: began, Ended: began.Add(ms(5))},
		{Object: a, From: "NRT", To: "LHR", Began: began, Ended: began.Add(ms(7))},
		{Object: a, From: "LHR", To: "NRT", Began: began, Ended: began.Add(ms(9)), Cause: errors.New("busy")},
		{Object: a, From: "LHR", To: "NRT", Began: began},
	})
	if m.Made != 2 || m.Stayed != 2 || m.Objects != 1 || m.Late != 3 || m.Paused != 2 {
		t.Errorf("%+v", m)
	}
	if m.Pause.Max != reports.Micros(ms(250)) || m.HandOver.Max != reports.Micros(ms(7)) || m.RoundTrips < 0.49 || m.RoundTrips > 0.51 {
		t.Errorf("pause %v, hand-over %v, %v round trips; want 250 ms, 7 ms and 0.5", m.Pause.Max, m.HandOver.Max, m.RoundTrips)
	}
	report := sample()
	report.Runs[0].Moves = m
	for name, render := range map[string]reports.Renderer{"page": reports.HTML, "Markdown": reports.Markdown, "terminal": reports.Terminal} {
		if text := rendered(t, render, report); !strings.Contains(text, "250 ms") {
			t.Errorf("the %s does not show the pause", name)
		}
	}
}

// To who holds a socket, a move is a connection that ends, and what it hears late.
func TestReturnsAreTimed(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	tally := reports.NewMoveTally(func(regions.ID, regions.ID) time.Duration { return 0 })
	for _, o := range []struct {
		kind       loadgen.Kind
		client     int
		sent, done int
		outcome    loadgen.Outcome
		goesOn     bool
	}{
		{loadgen.Join, 1, 0, 1, loadgen.OK, false},
		{loadgen.Deliver, 1, 2, 3, loadgen.OK, false},
		{loadgen.Leave, 1, 100, 100, loadgen.Failed, false},
		{loadgen.Leave, 2, 100, 100, loadgen.Failed, false},
		{loadgen.Leave, 3, 100, 100, loadgen.Failed, false},
		{loadgen.Join, 1, 120, 130, loadgen.Failed, false},
		{loadgen.Join, 1, 200, 240, loadgen.OK, false},
		{loadgen.Resume, 1, 250, 250, loadgen.OK, true},
		{loadgen.Deliver, 1, 110, 250, loadgen.OK, false},
		{loadgen.Deliver, 1, 210, 250, loadgen.OK, false},
		{loadgen.Deliver, 1, 245, 270, loadgen.OK, false},
		{loadgen.Join, 2, 200, 280, loadgen.OK, false},
		{loadgen.Look, 2, 290, 290, loadgen.OK, false},
		{loadgen.Look, 2, 300, 310, loadgen.OK, false},
	} {
		tally.Add(&loadgen.Observation{
			Object: "a", Client: o.client, Operation: loadgen.Operation{Kind: o.kind}, Sent: ms(o.sent), Done: ms(o.done), Outcome: o.outcome,
			Reply: loadgen.Reply{Allowed: o.goesOn}, Server: loadgen.Server{Moved: true},
		})
	}
	m := tally.Moves("follow", 20, nil)
	b := m.Returns
	if b == nil || b.Lost != 3 || b.Back != 2 || b.Missed != 2 || b.New != 1 || m.Late != 0 {
		t.Fatalf("%+v: %+v", m, b)
	}
	if b.Away.Max != reports.Micros(ms(180)) || b.Delay.Max != reports.Micros(ms(140)) {
		t.Errorf("away %v, delay %v; want 180 ms and 140 ms", b.Away.Max, b.Delay.Max)
	}
	report := sample()
	report.Runs[0].Moves = m
	for name, render := range map[string]reports.Renderer{"page": reports.HTML, "Markdown": reports.Markdown, "terminal": reports.Terminal} {
		if text := rendered(t, render, report); !strings.Contains(text, "180 ms") {
			t.Errorf("the %s does not show how long members were away", name)
		}
	}
}

func TestMovesOutOfAJurisdictionAreCounted(t *testing.T) {
	a := object.Identity{Name: "a"}
	log := []relocate.Move{
		{Object: a, From: "FRA", To: "CDG"},
		{Object: a, From: "CDG", To: "LHR"},
		{Object: a, From: "LHR", To: "IAD", Cause: errors.New("busy")}, // it stayed
	}
	m := &reports.Moves{Made: 2}
	if v := m.Stray("eu", []regions.ID{"FRA", "CDG"}, log); v.Verdict != reports.Violated || m.Violations != 1 || len(v.Witness) != 1 || !strings.Contains(v.Why, "1 of 2 moves led out of eu") {
		t.Errorf("%+v, %d violations", v, m.Violations)
	}
	if v := m.Stray("eu", []regions.ID{"FRA", "CDG"}, log[:1]); v.Verdict != reports.OK || m.Violations != 0 {
		t.Errorf("%+v, %d violations", v, m.Violations)
	}
}

// confirmedIn is the row of what worlds made of a prediction, a way of 41 ms and 8 of finding.
func confirmedIn(t *testing.T, change func(spent *reports.Spent, run *reports.Run)) []string {
	t.Helper()
	report := sample()
	ms := func(n int) reports.Micros { return reports.Micros(time.Duration(n) * time.Millisecond) }
	for i, engine := range []string{"live", "virtual"} {
		run := &report.Runs[i]
		run.Engine, run.Void, run.Verdicts = engine, "", []reports.Verdict{{Law: "law", Verdict: reports.OK}}
		run.Confirmed = &reports.Confirmed{
			Users: "a team", Strategy: "mtlm:5", Paper: reports.OnPaper{Way: ms(41), Finding: ms(8), Moves: 3},
			Spent: reports.Spent{Way: ms(41), Finding: ms(8), Home: ms(1)},
		}
		run.Moves = &reports.Moves{Made: 3}
		if engine == "live" {
			change(&run.Confirmed.Spent, run)
		}
	}
	text := rendered(t, reports.Markdown, report)
	if strings.Count(text, "| a team |") != 3 { // one row for all worlds, then one for the parts in each
		t.Errorf("%d rows", strings.Count(text, "| a team |"))
	}
	row := text[strings.Index(text, "| a team |"):]
	row = row[:strings.Index(row, "\n")]
	cells := strings.Split(strings.Trim(row, "| "), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

func TestPlacementsStandSideBySide(t *testing.T) {
	ms := func(n int) reports.Micros { return reports.Micros(time.Duration(n) * time.Millisecond) }
	cells := confirmedIn(t, func(*reports.Spent, *reports.Run) {})
	if len(cells) != 13 || cells[3] != "49.0 ms" || cells[6] != "41.0 ms" || cells[9] != "3" || cells[11] != "3" {
		t.Errorf("%q", cells)
	}
	for _, test := range []struct {
		story  string
		change func(spent *reports.Spent, run *reports.Run)
		want   string
	}{
		{"the same", func(*reports.Spent, *reports.Run) {}, "agree"},
		{"the way by 5 % and 2 ms", func(s *reports.Spent, _ *reports.Run) { s.Way = ms(45) }, "differ: live, way ✕"},
		{"a little less", func(s *reports.Spent, _ *reports.Run) { s.Way, s.Home = ms(44), 0 }, "agree"},
		{"new connections: named, since they are the greatest part", func(s *reports.Spent, _ *reports.Run) { s.Connecting = ms(9) }, "differ: live, connecting ✕"},
		{"a directory that answers late", func(s *reports.Spent, _ *reports.Run) { s.Finding, s.Connecting = ms(16), ms(2) }, "differ: live, finding ✕"},
		{"a slow home", func(s *reports.Spent, _ *reports.Run) { s.Home = ms(7) }, "differ: live, home ✕"},
		{"what moves took is not judged: paper has only D", func(s *reports.Spent, _ *reports.Run) { s.Moving = ms(90) }, "all but moving"},
		{"nor is a load generator that fell behind", func(s *reports.Spent, _ *reports.Run) { s.Client = ms(90) }, "all but the load generator"},
		{"one move more", func(_ *reports.Spent, r *reports.Run) { r.Moves.Made = 4 }, "agree"},
		{"two moves more, of three", func(_ *reports.Spent, r *reports.Run) { r.Moves.Made = 5 }, "differ: live, moves ✕"},
		{"a void run shows nothing", func(s *reports.Spent, r *reports.Run) { s.Way, r.Void = ms(90), "nothing to see" }, "agree; live is void"},
	} {
		if got := confirmedIn(t, test.change)[2]; got != test.want {
			t.Errorf("%s: %q, want %q", test.story, got, test.want)
		}
	}
}
