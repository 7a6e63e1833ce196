package reports_test

import (
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports"
)

func TestAnswers(t *testing.T) {
	ok := loadgen.Observation{Operation: loadgen.Operation{Kind: loadgen.Increment}, Outcome: loadgen.OK, Reply: loadgen.Reply{Status: 200}}
	gone := loadgen.Observation{Operation: loadgen.Operation{Kind: loadgen.Increment}, Outcome: loadgen.Failed, Reply: loadgen.Reply{Error: "nobody home"}}
	lost := loadgen.Observation{Operation: loadgen.Operation{Kind: loadgen.Increment}, Outcome: loadgen.Unknown, Reply: loadgen.Reply{Status: 502}}
	busy := loadgen.Observation{Operation: loadgen.Operation{Kind: loadgen.Increment}, Outcome: loadgen.Failed, Reply: loadgen.Reply{Status: 503, Error: "429 too many writes"}}
	refused := loadgen.Observation{Operation: loadgen.Operation{Kind: loadgen.Take}, Outcome: loadgen.OK, Reply: loadgen.Reply{Status: 429}}
	said := loadgen.Observation{Operation: loadgen.Operation{Kind: loadgen.Send}, Outcome: loadgen.OK}
	unsaid := loadgen.Observation{Operation: loadgen.Operation{Kind: loadgen.Send}, Outcome: loadgen.Failed, Reply: loadgen.Reply{Error: "no socket"}}
	heard := loadgen.Observation{Operation: loadgen.Operation{Kind: loadgen.Deliver}, Outcome: loadgen.OK}
	later := gone
	later.Scheduled = 10 * time.Second
	well := ok
	well.Scheduled = 6 * time.Second
	fault := []reports.Span{{From: 0, To: reports.Micros(5 * time.Second)}}
	type some struct {
		n    int
		what loadgen.Observation
	}
	for _, row := range []struct {
		story, class string
		service      bool
		spared       []reports.Span
		seen         []some
		want         string
	}{
		{"nothing was asked for: others say so", "counter", false, nil, nil, ""},
		{"one half is not more than half", "counter", false, nil, []some{{5, ok}, {5, gone}}, ""},
		{"one more", "counter", false, nil, []some{{5, ok}, {4, gone}, {2, lost}}, "6 of 11 operations failed or have an unknown outcome, the commonest reason, of 4: nobody home"},
		{"a status without words", "counter", false, nil, []some{{2, lost}}, "status 502"},
		{"what a model of a service refuses is answered", "counter", true, nil, []some{{1, ok}, {9, busy}}, ""},
		{"what an object refuses is not", "counter", false, nil, []some{{1, ok}, {9, busy}}, "9 of 10"},
		{"a model that does not answer", "counter", true, nil, []some{{1, ok}, {9, gone}}, "9 of 10"},
		{"to be refused is what a limiter is asked for", "limiter", false, nil, []some{{1, ok}, {9, refused}}, ""},
		{"deliveries were not asked for", "chat", false, nil, []some{{2, said}, {3, unsaid}, {90, heard}}, "3 of 5 sends"},
		{"what fails in a fault was meant to", "counter", false, fault, []some{{100, gone}, {60, well}}, ""},
		{"what fails long after it was not", "counter", false, fault, []some{{100, gone}, {60, later}}, "60 of 60 operations outside of faults"},
		{"too little outside of faults says nothing", "counter", false, fault, []some{{1000, ok}, {9, later}}, ""},
	} {
		a := reports.NewAnswers(row.class, row.service, row.spared)
		for _, some := range row.seen {
			for range some.n {
				a.Add(&some.what)
			}
		}
		if got := a.Void(); (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
			t.Errorf("%s: %q, want %q", row.story, got, row.want)
		}
	}
}
