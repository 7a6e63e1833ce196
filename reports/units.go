package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/durabench/durabench/loadgen"

	"github.com/durabench/durabench/reports/stat"
)

// Micros is a duration that JSON holds in microseconds; the names of the fields
// it fills end in _us.
type Micros time.Duration

// MarshalJSON writes microseconds, to the nanosecond.
func (m Micros) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(m)/1e3, 'f', -1, 64), nil
}

// UnmarshalJSON reads microseconds.
func (m *Micros) UnmarshalJSON(data []byte) error {
	us, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return fmt.Errorf("read microseconds %q: %w", data, err)
	}
	*m = micros(us)
	return nil
}

// micros rounds to the nanosecond: a float of microseconds is a hair off.
func micros(us float64) Micros {
	if us < 0 {
		return Micros(us*1e3 - 0.5)
	}
	return Micros(us*1e3 + 0.5)
}

// ms is the duration in milliseconds, the unit of plots.
func (m Micros) ms() float64 { return float64(m) / 1e6 }

// String is the duration with three significant digits and its unit.
func (m Micros) String() string {
	d := time.Duration(m)
	switch abs := max(d, -d); {
	case d == 0:
		return "0"
	case abs < time.Millisecond:
		return digits(float64(d)/1e3) + " µs"
	case abs < time.Second:
		return digits(float64(d)/1e6) + " ms"
	case abs < 10*time.Minute:
		return digits(float64(d)/1e9) + " s"
	}
	return d.Round(time.Second).String()
}

// digits is short for a number's.
func digits(v float64) string { return stat.Digits(v) }

// count groups thousands by commas: 1,234,567.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// rate is a number per second.
func rate(perS float64) string {
	if perS >= 99.95 {
		return count(int64(perS + 0.5))
	}
	return strconv.FormatFloat(perS, 'f', 1, 64)
}

// Quantiles are five of a group's latencies. N and the doubts that follow from
// it are in Group.
type Quantiles struct {
	P50  Micros `json:"p50"`
	P90  Micros `json:"p90"`
	P99  Micros `json:"p99"`
	P999 Micros `json:"p999"`
	Max  Micros `json:"max"`
	Mean Micros `json:"mean"`
}

// Mark is a point of a distribution: Share of the latencies do not exceed At.
// JSON holds it as [microseconds, share].
type Mark struct {
	At    Micros
	Share float64
}

// MarshalJSON writes the pair.
func (m Mark) MarshalJSON() ([]byte, error) { return json.Marshal([2]any{m.At, m.Share}) }

// UnmarshalJSON reads the pair.
func (m *Mark) UnmarshalJSON(data []byte) error {
	var pair [2]float64
	if err := json.Unmarshal(data, &pair); err != nil {
		return fmt.Errorf("read a [microseconds, share] pair: %w", err)
	}
	m.At, m.Share = micros(pair[0]), pair[1]
	return nil
}

// Budget is the mean duration of each part of the latency. JSON holds it as an
// object in the order in which a request passes through the parts.
type Budget [loadgen.Parts]Micros

// MarshalJSON names the parts.
func (b Budget) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	for p := range loadgen.Parts {
		sep := byte(',')
		if p == 0 {
			sep = '{'
		}
		out.WriteByte(sep)
		us, _ := b[p].MarshalJSON() // cannot fail
		fmt.Fprintf(&out, "%q:%s", p.String(), us)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads the parts by name; one that is missing is zero.
func (b *Budget) UnmarshalJSON(data []byte) error {
	var parts map[string]Micros
	if err := json.Unmarshal(data, &parts); err != nil {
		return fmt.Errorf("read a budget: %w", err)
	}
	for name, mean := range parts {
		p, ok := loadgen.ParsePart(name)
		if !ok {
			return fmt.Errorf("read a budget: no part %q", name)
		}
		b[p] = mean
	}
	return nil
}

// Whole is the sum of the parts.
func (b Budget) Whole() Micros {
	var sum Micros
	for _, mean := range b {
		sum += mean
	}
	return sum
}
