package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParseRefusesInOneSentence(t *testing.T) {
	for _, tt := range []struct {
		story, args, want string
	}{
		{"the defaults are good", "", ""},
		{"an argument that is no flag", "workerd", "everything is said with flags"},
		{"wrk counts whole seconds", "--each 1500ms", "whole seconds"},
		{"no rounds, no median", "--rounds 0", "want 1 to 100"},
		{"a system we do not know", "--only celld", "want workerd or durabench"},
		{"a load generator we do not have", "--http ab", "want auto, wrk or own"},
		{"a sender that never sends", "--window 0", "want 1 to 100"},
		{"an unknown flag", "--fast", "not defined"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			_, err := parse(strings.Fields(tt.args), &bytes.Buffer{})
			if got := errText(err); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("parse(%q) says %q, want %q in it", tt.args, got, tt.want)
			}
		})
	}
}

func TestParseWrk(t *testing.T) {
	const report = "Running 3s test\n  2 threads and 64 connections\n"
	got, err := parseWrk([]byte(report + `RESULT {"requests":100,"elapsed_us":2000000,"errors":4,"p50_us":7,"p99_us":9}` + "\n"))
	want := sample{Done: 96, Errors: 4, Elapsed: 2 * time.Second, P50: 7 * time.Microsecond, P99: 9 * time.Microsecond}
	if err != nil || got != want {
		t.Errorf("parseWrk = %+v, %v; want %+v: an error is not a request done", got, err, want)
	}
	if got.perSecond() != 48 {
		t.Errorf("perSecond = %v, want 48", got.perSecond())
	}
	for _, bad := range []string{report, report + "RESULT {"} {
		if _, err := parseWrk([]byte(bad)); err == nil {
			t.Errorf("parseWrk(%q) gave no error", bad)
		}
	}
}

// rated is a measure whose rounds had these rates.
func rated(target float64, workerd, durabench []int) measured {
	m := measured{measure: measure{Name: "m", Unit: "requests/s", Target: target}, bySystem: map[string][]sample{}}
	for name, rates := range map[string][]int{workerdName: workerd, durabenchName: durabench} {
		for _, r := range rates {
			m.bySystem[name] = append(m.bySystem[name], sample{Done: r, Elapsed: time.Second})
		}
	}
	return m
}

func TestRatioIsOfMedians(t *testing.T) {
	for _, tt := range []struct {
		story              string
		workerd, durabench []int
		want               string
	}{
		{"one slow round does not decide", []int{10, 10, 1}, []int{60, 60, 5}, "met"},
		{"just under the target is under it", []int{10}, []int{59}, "MISSED"},
		{"an even number of rounds takes the middle of two", []int{8, 12}, []int{60}, "met"},
		{"one system alone has no ratio", []int{10}, nil, "-"},
		{"a system that did nothing has no ratio", []int{0}, []int{60}, "-"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			if got := rated(6, tt.workerd, tt.durabench).met(); got != tt.want {
				t.Errorf("met = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestResultTellsMissesErrorsAndConditions(t *testing.T) {
	m := rated(6, []int{100, 100}, []int{300, 300})
	m.bySystem[durabenchName][1].Errors = 7
	r := result{Conditions: map[string]string{"cores": "2"}, Measures: []measured{m}}

	var text bytes.Buffer
	r.writeText(&text)
	for _, want := range []string{"3.0x", "6x", "MISSED", "7 ERRORS", "cores: 2"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, text.String())
		}
	}

	path := filepath.Join(t.TempDir(), "peer.json")
	if err := r.writeJSON(path); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back jsonResult
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	got := back.Measures[0]
	if got.Ratio != 3 || got.Met == nil || *got.Met || got.Durabench.Errors != 7 || got.Workerd.PerS != 100 {
		t.Errorf("the file says %s", raw)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
