package refimpl_test

import (
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl"
)

func TestServerTimingIsAddedUp(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                                   0,
		"queue;dur=1.500":                    1500 * time.Microsecond,
		"queue;dur=1.500, turn;dur=0.001":    1501 * time.Microsecond,
		"cache;desc=hit, turn;dur=2":         2 * time.Millisecond,
		"turn;dur=NaN, a;dur=Inf, b;dur=-1":  0,
		"turn;dur=1e300, commit;dur=1":       time.Millisecond,
		"turn;dur=, queue;dur=x, commit;dur": 0,
	} {
		if got := refimpl.SumOf(header); got != want {
			t.Errorf("sum of %q: %v, want %v", header, got, want)
		}
	}
}

func FuzzServerTiming(f *testing.F) {
	f.Add("queue;dur=1.5, turn;dur=NaN", int64(1500))
	f.Add(",;dur=9e99", int64(-1))
	f.Fuzz(func(t *testing.T, header string, nanos int64) {
		if sum := refimpl.SumOf(header); sum < 0 || sum > time.Duration(1+strings.Count(header, ","))*24*time.Hour {
			t.Errorf("sum of %q: %v", header, sum)
		}
		part := time.Duration(nanos)
		if part < 0 || part > time.Hour {
			return
		}
		if off := part - refimpl.SumOf(string(refimpl.AppendPart(nil, "turn", part))); off < -time.Microsecond || off > time.Microsecond {
			t.Errorf("%v is read back %v off", part, off)
		}
	})
}
