package primitive

import (
	"fmt"
	"math"
	"time"
)

// Limit is a token bucket's size, and how long it takes to fill from empty. It
// converts from and to the limiter class's.
type Limit struct {
	Tokens int
	Refill time.Duration
}

func (l Limit) check() error {
	if l.Tokens < 1 || l.Refill < time.Millisecond {
		return fmt.Errorf("limit of %d tokens in %v: want at least one token, and a millisecond", l.Tokens, l.Refill)
	}
	return nil
}

// perMilli is how many tokens come in a millisecond.
func (l Limit) perMilli() float64 { return float64(l.Tokens) / float64(l.Refill.Milliseconds()) }

// take is a bucket after somebody asked it for a token, and whether it gave one. Like the
// class it counts whole milliseconds and is full at first; a refusal leaves it as it was.
func (l Limit) take(bucket Value, found bool, now time.Duration) (Value, bool) {
	now = now.Truncate(time.Millisecond)
	if !found {
		bucket = Value{Tokens: float64(l.Tokens), At: now}
	}
	elapsed := max(0, now-bucket.At).Milliseconds()
	tokens := min(float64(l.Tokens), bucket.Tokens+float64(float64(elapsed)*l.perMilli()))
	if tokens < 1 {
		return bucket, false
	}
	return Value{Tokens: tokens - 1, At: max(now, bucket.At)}, true
}

// retryAfter is the most that a refused client is told to wait: whole seconds until a bucket that is empty has a token.
func (l Limit) retryAfter() time.Duration {
	return time.Duration(math.Ceil(1/l.perMilli()/1000)) * time.Second
}
