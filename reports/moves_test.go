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

func TestPlacementsStandSideBySide(t *testing.T) {
	report := sample()
	for i, engine := range []string{"live", "virtual"} {
		report.Runs[i].Engine = engine
		report.Runs[i].Confirmed = &reports.Confirmed{
			Users: "a team", Strategy: "mtlm:5", Paper: reports.OnPaper{Mean: reports.Micros(41 * time.Millisecond), Moves: 3},
		}
	}
	text := rendered(t, reports.Markdown, report)
	row := text[strings.Index(text, "| a team |"):]
	row = row[:strings.Index(row, "\n")]
	if cells := strings.Split(row, "|"); len(cells) != 17 || !strings.Contains(cells[3], "41") || strings.TrimSpace(cells[12]) != "3" || strings.TrimSpace(cells[14]) != "0" {
		t.Errorf("%q", row)
	}
	if strings.Count(text, "| a team |") != 1 {
		t.Error("the worlds have rows of their own")
	}
}
