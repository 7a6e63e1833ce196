package reports

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// logMillis marks a logarithmic axis of milliseconds at 1, 2, 5, 10 …, and names
// the powers of ten only if there are many.
type logMillis struct{}

// Ticks implements plot.Ticker.
func (logMillis) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	first, last := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	decades := math.Log10(high / low)
	for e := first; e <= last; e++ {
		for step := 1.0; step < 10; step++ {
			v := step * math.Pow(10, e)
			if v < low*0.999 || v > high*1.001 {
				continue
			}
			label := ""
			if step == 1 || decades < 1.8 && (step == 2 || step == 5) {
				label = millis(v)
			}
			ticks = append(ticks, plot.Tick{Value: v, Label: label})
		}
	}
	return ticks
}

// millis is a round number of milliseconds with its best unit.
func millis(v float64) string {
	switch {
	case v >= 999:
		return strconv.FormatFloat(v/1000, 'g', 3, 64) + " s"
	case v < 0.999:
		return strconv.FormatFloat(v*1000, 'g', 3, 64) + " µs"
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " ms"
}

// linear marks an axis at four to eight round values.
type linear struct {
	scale  float64 // shown = value * scale
	suffix string
}

// Ticks implements plot.Ticker.
func (l linear) Ticks(low, high float64) []plot.Tick {
	scale := l.scale
	if scale == 0 {
		scale = 1
	}
	span := (high - low) * scale
	if span <= 0 {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10(span)))
	for _, part := range []float64{5, 2, 1} {
		if span/step < 4 {
			step = step * part / 10
			if span/step >= 4 {
				break
			}
			step = step * 10 / part
		}
	}
	var ticks []plot.Tick
	first := math.Ceil(low*scale/step - 1e-9)
	for i := range 20 { // far from zero, adding one changes nothing: never count up to a value
		v := (first+float64(i))*step + 0 // no negative zero
		if v > high*scale*(1+1e-9) {
			break
		}
		ticks = append(ticks, plot.Tick{Value: v / scale, Label: strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64) + l.suffix})
	}
	return ticks
}

// none marks nothing.
type none struct{}

// Ticks implements plot.Ticker.
func (none) Ticks(float64, float64) []plot.Tick { return nil }

// logRange widens what was seen to an axis that shows at least most of a decade.
func logRange(low, high float64) (float64, float64) {
	low, high = max(low, 1e-3), max(high, 1e-3)
	low, high = low/1.1, high*1.1
	if high/low < 4 {
		middle := math.Sqrt(low * high)
		low, high = middle/2, middle*2
	}
	return low, high
}
