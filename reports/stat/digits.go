package stat

import "strconv"

// Digits keeps three significant digits of a number, without an exponent.
func Digits(v float64) string {
	switch abs := max(v, -v); {
	case abs >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case abs >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	if text := strconv.FormatFloat(v, 'f', 2, 64); text != "-0.00" {
		return text
	}
	return "0.00" // less than nothing by less than is shown
}
