package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
)

// pair finds the [microseconds, share] pairs that indentation tore apart. A JSON
// string holds no bare line break, so nothing else can match.
var pair = regexp.MustCompile(`\[\s*\n\s*(-?[\d.e+-]+),\s*\n\s*(-?[\d.e+-]+)\s*\n\s*\]`)

// JSON writes results.json: all of the report, for programs to build on.
func JSON(w io.Writer, r *Report) error {
	versioned := *r
	versioned.Format = Format
	versioned.Runs = listed(r.Runs)
	versioned.Claims = append([]Claim(nil), r.Claims...)
	for i := range versioned.Claims {
		c := &versioned.Claims[i]
		c.Runs = append([]string{}, c.Runs...)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&versioned); err != nil {
		return fmt.Errorf("write results as JSON: %w", err)
	}
	if _, err := w.Write(pair.ReplaceAll(out.Bytes(), []byte("[$1, $2]"))); err != nil {
		return fmt.Errorf("write results as JSON: %w", err)
	}
	return nil
}

// listed is runs with empty lists where there were none, so that a reader in any
// language may range over them.
func listed(runs []Run) []Run {
	out := append([]Run{}, runs...)
	for i := range out {
		r := &out[i]
		r.Args = append([]string{}, r.Args...)
		r.Verdicts = append([]Verdict{}, r.Verdicts...)
		r.OverTime.Points = append([]Point{}, r.OverTime.Points...)
		if r.ByEdge == nil {
			r.ByEdge = map[string]EdgeGroup{}
		}
	}
	return out
}

// Read gives back the report that JSON wrote. Fields it does not know are left
// out; another format is refused.
func Read(from io.Reader) (*Report, error) {
	var r Report
	if err := json.NewDecoder(from).Decode(&r); err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	if r.Format != Format {
		return nil, fmt.Errorf("read results: format %d is not the one this version reads (%d)", r.Format, Format)
	}
	return &r, nil
}
