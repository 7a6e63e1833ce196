package loadgen

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions/chance"
)

// Rate is operations per second.
type Rate float64

// maxRate is above what one machine can send; more is a slip of the pen.
const maxRate Rate = 10_000_000

// ParseRate reads "200/s", "30/m", "5/100ms" or "0.5/s"; a bare number is per second.
func ParseRate(text string) (Rate, error) {
	count, unit, found := strings.Cut(strings.TrimSpace(text), "/")
	if !found {
		unit = "s"
	}
	number, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		return 0, fmt.Errorf("rate %q: %q is no number; want COUNT/UNIT, such as 200/s, 30/m or 5/100ms", text, count)
	}
	per, err := parsePer(strings.TrimSpace(unit))
	if err != nil {
		return 0, fmt.Errorf("rate %q: %q is no unit of time; want COUNT/UNIT, such as 200/s, 30/m or 5/100ms", text, unit)
	}
	rate := Rate(number / per.Seconds())
	switch {
	case rate <= 0:
		return 0, fmt.Errorf("rate %q: want more than zero", text)
	case rate > maxRate:
		return 0, fmt.Errorf("rate %q: at most %.0f/s", text, float64(maxRate))
	}
	return rate, nil
}

func parsePer(unit string) (time.Duration, error) {
	if unit != "" && (unit[0] < '0' || unit[0] > '9') {
		unit = "1" + unit
	}
	per, err := time.ParseDuration(unit)
	if err == nil && per <= 0 {
		err = fmt.Errorf("duration %s: want more than zero", per)
	}
	return per, err
}

// String is what ParseRate reads.
func (r Rate) String() string { return strconv.FormatFloat(float64(r), 'g', -1, 64) + "/s" }

// Schedule says when each operation of an open loop is to be sent, counted from
// the start of the load: it depends on seq alone, never on how the last
// operation went, and rises with seq.
type Schedule func(seq uint64) time.Duration

// Constant sends at equal distances.
func Constant(rate Rate) Schedule {
	return func(seq uint64) time.Duration { return seconds(float64(seq) / float64(rate)) }
}

// Poisson sends at random instants whose distances are exponential, as many
// independent users would. Rate and seed decide all of them.
//
// An instant is the sum of all distances before it, so each answer in rising
// order costs one draw and an earlier one starts the sum again. One goroutine
// may use it at a time.
func Poisson(rate Rate, seed uint64) Schedule {
	var next uint64 // the seq whose instant is sum
	var sum float64
	var random *rand.Rand
	return func(seq uint64) time.Duration {
		if random == nil || seq < next {
			random = rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
			next, sum = 0, chance.Exponential(random)
		}
		for ; next < seq; next++ {
			sum += chance.Exponential(random)
		}
		return seconds(sum / float64(rate))
	}
}

// seconds rounds to whole microseconds, the unit in which instants are recorded.
func seconds(s float64) time.Duration {
	if s > math.MaxInt64/float64(time.Second)/2 {
		return math.MaxInt64 / 2
	}
	return time.Duration(math.Round(s*1e6)) * time.Microsecond
}
