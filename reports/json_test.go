package reports_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/reports"
)

func asJSON(t *testing.T, r *reports.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reports.JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestReadGivesBackWhatWasWritten: a report can be rendered again without its
// observations, to the byte.
func TestReadGivesBackWhatWasWritten(t *testing.T) {
	for _, before := range []*reports.Report{sample(), studies()} {
		readsBack(t, before)
	}
}

func readsBack(t *testing.T, before *reports.Report) {
	after, err := reports.Read(bytes.NewReader(asJSON(t, before)))
	if err != nil {
		t.Fatal(err)
	}
	for name, render := range map[string]reports.Renderer{
		"json": reports.JSON, "html": reports.HTML, "markdown": reports.Markdown, "terminal": reports.Terminal,
	} {
		var a, b bytes.Buffer
		if err := render(&a, before); err != nil {
			t.Fatal(err)
		}
		if err := render(&b, after); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s differs after a round trip at %s", name, firstDifference(b.Bytes(), a.Bytes()))
		}
	}
}

// field walks through decoded JSON by keys and list positions.
func field(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			next, ok := v.(map[string]any)[step]
			if !ok {
				t.Fatalf("no %q on the way of %v", step, path)
			}
			v = next
		case int:
			v = v.([]any)[step]
		}
	}
	return v
}

// TestSchema holds the promise that others build on.
func TestSchema(t *testing.T) {
	var doc any
	if err := json.Unmarshal(asJSON(t, sample()), &doc); err != nil {
		t.Fatal(err)
	}
	runs := field(t, doc, "runs").([]any)
	for i, run := range runs {
		for _, row := range []struct {
			want any // a value of the type
			path []any
		}{
			{"", []any{"name"}},
			{"", []any{"engine"}},
			{"", []any{"class"}},
			{"", []any{"args", 0}},
			{0.0, []any{"throughput_per_s"}},
			{0.0, []any{"errors"}},
			{0.0, []any{"unknown"}},
			{0.0, []any{"latency_us", "p50"}},
			{0.0, []any{"latency_us", "p90"}},
			{0.0, []any{"latency_us", "p99"}},
			{0.0, []any{"latency_us", "p999"}},
			{0.0, []any{"latency_us", "max"}},
			{0.0, []any{"by_edge", "LHR", "latency_us", "p999"}},
			{"", []any{"verdicts", 0, "law"}},
			{"", []any{"verdicts", 0, "verdict"}},
			{"", []any{"verdicts", 0, "why"}},
			{0.0, []any{"network", "pairs"}},
			{0.0, []any{"network", "error_us", "p50"}},
			{0.0, []any{"network", "error_us", "p99"}},
			{"", []any{"conditions", "edges"}},
			{"", []any{"cost", "dated"}},
			{"", []any{"cost", "assumptions", 0}},
			{"", []any{"cost", "ways", 0, "way"}},
			{0.0, []any{"cost", "ways", 0, "month_usd", "duration"}},
			{0.0, []any{"cost", "ways", 1, "month_sum_usd"}},
			{0.0, []any{"cost", "ways", 2, "month_beyond_allowances_usd"}},
			{0.0, []any{"cost", "ways", 4, "per_million_operations_usd"}},
		} {
			if got := field(t, run, row.path...); reflect.TypeOf(got) != reflect.TypeOf(row.want) {
				t.Errorf("run %d: %v is %T %v, want %T", i, row.path, got, got, row.want)
			}
		}
	}
	for _, part := range []string{"wait", "wan", "route", "queue", "activate", "turn", "commit", "return"} {
		if us := field(t, runs[0], "budget_us", part).(float64); us < 0 || us > 1e6 {
			t.Errorf("budget part %s is %g µs", part, us)
		}
	}
	if p50 := field(t, runs[0], "latency_us", "p50").(float64); p50 < 1e5 || p50 > 2e5 {
		t.Errorf("p50 is %g: not the microseconds of 133 ms", p50)
	}
}

// TestDurationsNameTheirUnit: a number of microseconds stands below a key that says so.
func TestDurationsNameTheirUnit(t *testing.T) {
	var check func(reflect.Type, string, bool)
	seen := map[reflect.Type]bool{}
	check = func(typ reflect.Type, name string, told bool) {
		told = told || strings.Contains(name, "_us")
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
			check(typ.Elem(), name, told)
		case reflect.Struct:
			if seen[typ] && told {
				return
			}
			seen[typ] = true
			for i := range typ.NumField() {
				if f := typ.Field(i); f.IsExported() {
					tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
					check(f.Type, tag, told)
				}
			}
		case reflect.Int64:
			if typ == reflect.TypeFor[reports.Micros]() && !told {
				t.Errorf("a duration is called %q, without its unit", name)
			}
		}
	}
	check(reflect.TypeFor[reports.Report](), "", false)
}

func TestReadRefuses(t *testing.T) {
	for _, row := range []struct{ story, text, want string }{
		{"no JSON", "<html>", "read results:"},
		{"cut off", `{"format":1,"runs":[{"name":"x"`, "read results:"},
		{"another format", `{"format":2,"runs":[]}`, "format 2 is not the one"},
		{"no format: not one of ours", `{"runs":[]}`, "format 0 is not the one"},
		{"a part nobody knows", `{"format":1,"runs":[{"budget_us":{"lunch":3}}]}`, `no part "lunch"`},
		{"a duration that is a word", `{"format":1,"took_us":"long"}`, "read microseconds"},
		{"conditions that are a list", `{"format":1,"conditions":[1]}`, "is no object"},
	} {
		_, err := reports.Read(strings.NewReader(row.text))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want one that says %q", row.story, err, row.want)
		}
	}
}

func TestReadTakesNoUnknownWordForAPass(t *testing.T) {
	r, err := reports.Read(strings.NewReader(`{"format":1,"extra":true,"runs":[{"n":1,"verdicts":[{"verdict":"OK"},{"verdict":"splendid"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	v := r.Runs[0].Verdicts
	if v[0].Verdict != reports.OK || v[1].Verdict != reports.Unknown {
		t.Errorf("verdicts = %v, want OK in any case, and unknown for any other word", v)
	}
}

func TestConditionsKeepTheirOrder(t *testing.T) {
	c := reports.Conditions{{Key: "z", Value: "1"}, {Key: "a", Value: `"quoted" <&>`}}.With("m", "2").With("z", "3")
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back reports.Conditions
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, c) || back[0].Value != "3" || back.Value("m") != "2" || back.Value("none") != "" {
		t.Errorf("read %v from %s, want %v", back, text, c)
	}
}

func TestMicros(t *testing.T) {
	for _, row := range []struct {
		of         time.Duration
		text, json string
	}{
		{0, "0", "0"},
		{1, "0.00 µs", "0.001"},
		{1234, "1.23 µs", "1.234"},
		{999 * time.Microsecond, "999 µs", "999"},
		{12345 * time.Microsecond, "12.3 ms", "12345"},
		{99960 * time.Microsecond, "100 ms", "99960"},
		{1500 * time.Millisecond, "1.50 s", "1500000"},
		{-3 * time.Millisecond, "-3.00 ms", "-3000"},
		{time.Hour, "1h0m0s", "3600000000"},
	} {
		m := reports.Micros(row.of)
		text, _ := json.Marshal(m)
		var back reports.Micros
		if err := json.Unmarshal(text, &back); err != nil || back != m {
			t.Errorf("%v came back as %v (%v)", row.of, back, err)
		}
		if m.String() != row.text || string(text) != row.json {
			t.Errorf("%v = %q and %s, want %q and %s", row.of, m, text, row.text, row.json)
		}
	}
}

// FuzzRead: whatever is read can be rendered, and never panics.
func FuzzRead(f *testing.F) {
	var small bytes.Buffer
	if err := reports.JSON(&small, &reports.Report{Title: "t", Runs: []reports.Run{judgedRun(reports.OK)}}); err != nil {
		f.Fatal(err)
	}
	f.Add(small.String())
	f.Add(`{"format":1,"runs":[{"n":5,"by_edge":{"A":{"n":1,"warm":{"n":1}}},"budget_us":{},"network":{"links":[{}]},"limit":{"capacity":1},"over_time":{"points":[{"n":-1},{"p50_us":-5}]}}]}`)
	f.Add(`{"format":1,"runs":[{"n":9,"errors":-9223372036854775808,"latency_us":{"p50":1e300},"by_edge":{"A":{"n":2,"latency_us":{"p50":-1e300,"p99":1e300},"cdf_us_share":[[1e300,0.5],[-3,2],[0,-1]],"warm":{"n":1,"budget_us":{"wan":1e300,"commit":-1e300}}},"B":{"n":1}},"by_edge_and_home":{"A":{"X":{"n":1,"latency_us":{"p50":-1}},"Y":{"n":1,"latency_us":{"p50":1e16}}}},"budget_us":{"wan":-1},"cold":{"n":1},"network":{"n":1,"limit_us":1e300,"links":[{"injected_p50_us":-1e300,"error_us":{"p50":-1,"p99":1e300}}]},"limit":{"capacity":1e300,"refill_per_s":-1e300},"over_time":{"width_us":1e300,"points":[{"at_us":9e15,"n":1,"p50_us":1,"p99_us":9e15,"new_objects":9},{"at_us":9e15,"n":1,"p50_us":-1}]},"faults":[{"from_us":-1e300,"to_us":1e300}]}]}`)
	f.Add(`{"format":1,"claims":[{"holds":"perhaps","runs":["x","y"]},{}],"runs":[{"name":"x","curve":"c","offered_per_s":1e300,"throughput_per_s":-1e300,"queue_us":{"p50":-1e300,"p99":1e300},"n":5,"errors":-9},{"curve":"c","offered_per_s":-1,"n":-5},{"curve":"c","engine":"live","chat":{"sends":1,"expected":9223372036854775807,"delivered":-1},"n":1,"offered_per_s":1e308}]}`)
	f.Add(`{"format":1,"runs":[{"primitive":"kv","n":1,"harm":{"lost_updates":{"n":-1,"of":1},"over_admitted":{"n":9223372036854775807,"of":1},"stale_reads":{"n":1,"of":-1},"staleness_us":{"p50":1e300}},"reads":{"near":{"n":1,"latency_us":{"p50":-1e300}},"far":{"n":1,"latency_us":{"p50":1e300}}},"writes":{},"ceiling_per_s":1e300,"price":{"per_million_usd":-1e300}},{"primitive":"kv","assumptions":{"a":"b"}},{"primitive":"kv","assumptions":{"a":"c"}},{"predicted":{"edges":[{"p50_us":{"measured":-1e300,"predicted":1e300}}],"measured_budget_us":{},"predicted_budget_us":{"wan":1e300}}}]}`)
	f.Add(`{"format":1,"runs":[{"cost":{}},{"cost":{"operations":-1,"objects":-9223372036854775808,"window_us":1e300,"ways":[{},{"way":"kv","month_sum_usd":-1e300,"month_usd":{"rows":1e300},"per_million_operations_usd":1e300}]}},{"cost":{"ways":[{"way":"kv","counted":true}]}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := reports.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, render := range []reports.Renderer{reports.HTML, reports.Markdown, reports.Terminal, reports.JSON} {
			var out bytes.Buffer
			if err := render(&out, r); err != nil {
				t.Errorf("render what was read: %v", err)
			}
		}
	})
}
