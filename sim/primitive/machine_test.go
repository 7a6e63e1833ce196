package primitive_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/primitive"
)

// asked is one call of a story: when, from where, what, and what came back.
type asked struct {
	at   time.Duration
	from regions.ID
	op   primitive.Op
	want string
}

const (
	ms  = time.Millisecond
	sec = time.Second
)

func put(n int64) primitive.Op {
	return primitive.Op{Verb: primitive.Put, Key: "k", Value: primitive.Value{Number: n}}
}

func get(ttl time.Duration) primitive.Op {
	return primitive.Op{Verb: primitive.Get, Key: "k", TTL: ttl}
}

func keep(id string) primitive.Op {
	return primitive.Op{Verb: primitive.Put, Key: "room", Message: primitive.Message{ID: id, Text: "text of " + id}}
}

func list(count int) primitive.Op {
	return primitive.Op{Verb: primitive.List, Key: "room", Count: count}
}

func putIf(n int64, etag uint64) primitive.Op {
	op := put(n)
	op.Guard = primitive.Guard{On: true, ETag: etag}
	return op
}

func add(n int64) primitive.Op {
	return primitive.Op{Verb: primitive.Add, Key: "k", Value: primitive.Value{Number: n}}
}

func choose(s primitive.Session) primitive.Op {
	return primitive.Op{Verb: primitive.Select, Key: "k", Session: s}
}

var (
	primary  = primitive.Session{}
	anywhere = primitive.Session{Anywhere: true}
)

func after(b primitive.Bookmark) primitive.Session {
	return primitive.Session{Anywhere: true, Bookmark: b}
}

func show(op primitive.Op, r primitive.Result, err error) string {
	var texts []string
	for _, m := range r.Value.Messages {
		texts = append(texts, strings.TrimPrefix(m.ID+" "+m.Text, m.ID+" text of "))
	}
	switch {
	case errors.Is(err, primitive.ErrTooManyRequests):
		return "429"
	case errors.Is(err, primitive.ErrOverloaded):
		return "overloaded"
	case err != nil:
		return err.Error()
	case op.Verb == primitive.Put && !r.Kept:
		return "not kept"
	case op.Verb == primitive.Put:
		return "kept"
	case op.Verb == primitive.Take:
		return fmt.Sprintf("%v, %.0f left", r.Kept, r.Value.Tokens)
	case op.Verb == primitive.List && texts == nil:
		return "nothing"
	case texts != nil:
		return strings.Join(texts, " ")
	case !r.Found:
		return "absent"
	}
	return fmt.Sprint(r.Value.Number)
}

// story is a sequence of calls of one service.
type story struct {
	story   string
	service string
	params  func(*primitive.Params)
	calls   []asked
}

func (s story) tell(t *testing.T, seed uint64) {
	t.Helper()
	p := primitive.Default()
	p.KV.Local = 1 // certain, unless the story is about it
	if s.params != nil {
		s.params(&p)
	}
	h := newHost(t, s.service, p, seed)
	for n, c := range s.calls {
		h.at(c.at, func() {
			h.call(c.from, c.op, func(r primitive.Result, err error) {
				if got := show(c.op, r, err); got != c.want {
					t.Errorf("%s (seed %d): call %d, asked at %v from %s: got %s, want %s", s.story, seed, n+1, c.at, c.from, got, c.want)
				}
			})
		})
	}
	h.drain()
	if len(h.waiting) != 0 {
		t.Errorf("%s: %d calls were never answered", s.story, len(h.waiting))
	}
}

func TestStories(t *testing.T) {
	for _, s := range slices.Concat(kvReads(), kvWrites(), d1Stories(), r2Stories()) {
		for seed := range uint64(20) {
			s.tell(t, seed)
		}
	}
}
