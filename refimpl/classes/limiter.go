package classes

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// Limit is a token bucket's size and how long it takes to fill from empty.
type Limit struct {
	Tokens int
	Refill time.Duration
}

// DefaultLimit is 100 requests a minute.
func DefaultLimit() Limit { return Limit{Tokens: 100, Refill: time.Minute} }

// Limiter is a token bucket: each request takes a token, or is told when to come
// back (429). Time is counted in whole milliseconds.
func Limiter(limit Limit) object.Class {
	return object.Class{
		Name: "limiter",
		New: func(s object.State) (object.Object, error) {
			l := &limiter{limit: limit}
			return l, l.restore(s)
		},
	}
}

type limiter struct {
	limit  Limit
	bucket bucket
}

// bucket is how many tokens there were at an instant.
type bucket struct {
	Tokens     float64 `json:"tokens"`
	LastRefill int64   `json:"lastRefill"` // Unix milliseconds
}

const bucketKey = "bucket"

func (l *limiter) restore(s object.State) error {
	value, ok := s.Storage().Get(bucketKey)
	if !ok {
		l.bucket = bucket{Tokens: float64(l.limit.Tokens), LastRefill: s.Now().UnixMilli()}
		return nil
	}
	if err := object.DecodeJSON(value, &l.bucket); err != nil {
		return fmt.Errorf("restore bucket: %w", err)
	}
	return nil
}

func (l *limiter) Fetch(s object.State, _ *object.Request) (*object.Response, error) {
	now := s.Now().UnixMilli()
	perMilli := float64(l.limit.Tokens) / float64(l.limit.Refill.Milliseconds())
	// A clock that was set back refills nothing and takes nothing away.
	elapsed := max(0, now-l.bucket.LastRefill)
	tokens := min(float64(l.limit.Tokens), l.bucket.Tokens+float64(float64(elapsed)*perMilli))
	allowed := tokens >= 1
	if allowed {
		tokens--
	}
	l.bucket = bucket{Tokens: tokens, LastRefill: now}
	if err := s.Storage().Put(bucketKey, l.bucket.encode()); err != nil {
		return nil, err
	}
	if allowed {
		return admit(int64(tokens)), nil
	}
	return l.refuse(math.Ceil((1 - tokens) / perMilli)), nil
}

func (b bucket) encode() object.Value {
	data := make([]byte, 0, 64)
	data = append(data, `{"tokens":`...)
	data = strconv.AppendFloat(data, b.Tokens, 'f', -1, 64)
	data = append(data, `,"lastRefill":`...)
	data = strconv.AppendInt(data, b.LastRefill, 10)
	return object.Value{Codec: object.JSON, Data: append(data, '}')}
}

func admit(remaining int64) *object.Response {
	body := append(strconv.AppendInt([]byte(`{"allowed":true,"remaining":`), remaining, 10), '}')
	return &object.Response{Status: http.StatusOK, ContentType: object.JSONType, Body: body}
}

func (l *limiter) refuse(retryMillis float64) *object.Response {
	seconds := strconv.Itoa(int(math.Ceil(retryMillis / 1000)))
	return &object.Response{
		Status:      http.StatusTooManyRequests,
		ContentType: object.JSONType,
		Header: http.Header{
			"Retry-After":           {seconds},
			"X-Ratelimit-Limit":     {strconv.Itoa(l.limit.Tokens)},
			"X-Ratelimit-Remaining": {"0"},
		},
		Body: []byte(`{"allowed":false,"retryAfter":` + seconds + `,"remaining":0}`),
	}
}
