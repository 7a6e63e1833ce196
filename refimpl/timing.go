package refimpl

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of every answer.
const (
	timingHeader = "Server-Timing"
	homeHeader   = "X-Durabench-Home"
	nodeHeader   = "X-Durabench-Node"
	epochHeader  = "X-Durabench-Epoch"
	errorHeader  = "X-Durabench-Error"
)

// appendPart adds one part of a Server-Timing header, in milliseconds. Parts
// under a microsecond are left out.
func appendPart(out []byte, name string, d time.Duration) []byte {
	if d < time.Microsecond {
		return out
	}
	if len(out) > 0 {
		out = append(out, ", "...)
	}
	out = append(append(out, name...), ";dur="...)
	micros := int64(d / time.Microsecond)
	out = append(strconv.AppendInt(out, micros/1000, 10), '.')
	milli := micros % 1000
	return append(out, byte('0'+milli/100), byte('0'+milli/10%10), byte('0'+milli%10))
}

func (t Timing) append(out []byte) []byte {
	out = appendPart(out, "queue", t.Queue)
	out = appendPart(out, "activate", t.Activate)
	out = appendPart(out, "turn", t.Turn)
	return appendPart(out, "commit", t.Commit)
}

// maxPart bounds what a part of a Server-Timing header may count.
const maxPart = 24 * time.Hour

// sumOf adds up the parts of a Server-Timing header. Parts that it cannot read, or
// that cannot be, count nothing.
func sumOf(header string) time.Duration {
	var sum time.Duration
	for part := range strings.SplitSeq(header, ",") {
		_, value, ok := strings.Cut(part, ";dur=")
		if !ok {
			continue
		}
		millis, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err == nil && millis >= 0 && millis <= maxPart.Seconds()*1000 {
			sum += time.Duration(millis * float64(time.Millisecond))
		}
	}
	return sum
}

// setTiming writes the header without the cost of canonicalising its name.
func setTiming(h http.Header, value []byte) {
	if len(value) > 0 {
		h[timingHeader] = []string{string(value)}
	}
}
