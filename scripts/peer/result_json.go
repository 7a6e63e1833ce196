package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// The shapes of the JSON file. Units stand in the names.
type (
	jsonResult struct {
		Conditions map[string]string `json:"conditions"`
		Measures   []jsonMeasure     `json:"measures"`
		Facts      []jsonFact        `json:"facts,omitempty"`
	}
	jsonMeasure struct {
		Name      string      `json:"name"`
		Unit      string      `json:"unit"`
		Workerd   *jsonSystem `json:"workerd,omitempty"`
		Durabench *jsonSystem `json:"durabench,omitempty"`
		Ratio     float64     `json:"ratio,omitempty"`
		Target    float64     `json:"target_ratio"`
		Met       *bool       `json:"met,omitempty"` // absent where one system was not measured
	}
	jsonFact struct {
		Name   string             `json:"name"`
		Unit   string             `json:"unit"`
		Most   float64            `json:"target_most"`
		Values map[string]float64 `json:"values"`
	}
	jsonSystem struct {
		PerS   float64   `json:"median_per_s"`
		Rounds []float64 `json:"rounds_per_s"`
		P50US  []int64   `json:"rounds_p50_us,omitempty"` // closed loop; chat measures none
		P99US  []int64   `json:"rounds_p99_us,omitempty"`
		Errors int       `json:"errors"`
	}
)

func (m measured) json() jsonMeasure {
	out := jsonMeasure{
		Name: m.Name, Unit: m.Unit, Target: m.Target,
		Workerd: m.jsonSystem(workerdName), Durabench: m.jsonSystem(durabenchName),
	}
	if ratio, ok := m.ratio(); ok {
		met := ratio >= m.Target
		out.Ratio, out.Met = ratio, &met
	}
	return out
}

func (m measured) jsonSystem(name string) *jsonSystem {
	samples := m.bySystem[name]
	if len(samples) == 0 {
		return nil
	}
	out := &jsonSystem{PerS: median(m.rates(name)), Rounds: m.rates(name), Errors: m.errors(name)}
	for _, s := range samples {
		if s.P50 > 0 {
			out.P50US = append(out.P50US, int64(s.P50/time.Microsecond))
			out.P99US = append(out.P99US, int64(s.P99/time.Microsecond))
		}
	}
	return out
}

func (r result) writeJSON(path string) error {
	out := jsonResult{Conditions: r.Conditions}
	for _, m := range r.Measures {
		out.Measures = append(out.Measures, m.json())
	}
	for _, f := range r.Facts {
		out.Facts = append(out.Facts, jsonFact(f))
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
